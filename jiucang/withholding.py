"""Which records and rows of a collection a copy goes without, because of its access list.

With a record goes its whole exchange, and every revisit whose payload it holds: what points at a withheld record,
or is pointed at by it, goes too. Addresses in logs, in other pages' links and in their outlinks stay.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from archive.copying import Span, spans
from archive.fields import NamedFields
from jiucang.access import Entry, Withholding

# also of records about a page, such as Browsertrix's urn:text:http://…
_ADDRESS = re.compile(r"https?://.*", re.IGNORECASE | re.DOTALL)
_ADDRESSES = ("WARC-Target-URI", "WARC-Refers-To-Target-URI", "Jiucang-Late-For")


class Sieve:
    """Asked record by record; counts what went, by entry."""

    def __init__(self, withholding: Withholding) -> None:
        self._withholding = withholding
        self._gone: dict[str, Entry] = {}
        self._records: Counter[Entry] = Counter()
        self._documents: dict[str, Entry] = {}

    def __bool__(self) -> bool:
        return bool(self._withholding)

    def look(self, warcs: Iterable[Path]) -> None:
        """Finds the exchanges that go. Raises `archive.copying.NotCopied` and OSError."""
        for path in warcs:
            for span in spans(path):
                entry = self._entry(span.fields)
                if entry is not None:
                    for name in ("WARC-Record-ID", "WARC-Concurrent-To"):
                        self._gone |= dict.fromkeys(span.fields.all(name), entry)

    def goes(self, span: Span) -> bool:
        entry = self._entry(span.fields)
        if entry is not None:
            self._records[entry] += 1
        return entry is not None

    def address_goes(self, url: str) -> bool:
        return self._withholding.entry(url) is not None

    def note_documents(self, rows: Path) -> None:
        """Finds the documents of which a version was read from what goes, or can be reached there. Raises OSError."""
        with rows.open(encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                places = (row["provenance"], *row["provenance"]["parts"])
                entry = next(filter(None, (self._gone.get(place["record_id"]) for place in places)), None)
                for url in (row["url"], *row["aliases"]):
                    entry = entry or self._withholding.entry(url)
                if entry is not None:
                    self._documents.setdefault(row["id"], entry)

    def document_goes(self, document: str) -> bool:
        return document in self._documents

    def report(self, entries: Iterable[Entry]) -> str:
        """What went because of which entry, as JSON. It does not name what it withholds."""
        documents = Counter(self._documents.values())
        told = [
            {
                "by": "url" if entry.url is not None else "pattern" if entry.pattern is not None else "document",
                "reason": entry.reason,
                "since": entry.since.isoformat(),
                "until": entry.until.isoformat() if entry.until is not None else None,
                "records": self._records[entry],
                "documents": documents[entry],
            }
            for entry in dict.fromkeys(entries)
        ]
        return json.dumps({"withheld": told}, ensure_ascii=False, indent=1) + "\n"

    def _entry(self, fields: NamedFields) -> Entry | None:
        for name in _ADDRESSES:
            address = _ADDRESS.search(fields.get(name) or "")
            entry = self._withholding.entry(address[0].removesuffix(">")) if address is not None else None
            if entry is not None:
                return entry
        ids = (*fields.all("WARC-Record-ID"), *fields.all("WARC-Refers-To"), *fields.all("WARC-Concurrent-To"))
        return next((self._gone[each] for each in ids if each in self._gone), None)
