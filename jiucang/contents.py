"""What goes into a package: the collection's own files, or copies of them with what the package has otherwise.

Copies stand in a folder of the package's own. Nothing is written into the collection, its index included.
"""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from archive.collection import Collection
from archive.copying import Copied, Edit, Span, copy_warc
from archive.indexing import Indexed, write_index
from archive.warc import WARC_FIELDS, RecordDraft
from archive.warcinfo import warc_fields
from jiucang import __version__
from jiucang.access import AccessList
from jiucang.access_copies import AccessEditor, browser_uri
from jiucang.withholding import Sieve
from pipelines.schema import serialise

SOFTWARE = f"jiucang {__version__}"
WITHHELD, CHANGES = "withheld.json", "changes.jsonl"


@dataclass(frozen=True, slots=True)
class Contents:
    """Files of a package. `created`, aware, is the date of the collection's last capture; `access` files by name."""

    created: datetime
    warcs: tuple[Path, ...]
    index: Path
    documents: tuple[Path, ...]
    reports: tuple[Path, ...]
    access: Mapping[str, Path]
    indexed: Indexed

    def warc(self, name: str) -> Path:
        return next(path for path in self.warcs if path.name == name)

    @property
    def rows(self) -> Path | None:
        """documents.jsonl."""
        return next((path for path in self.documents if path.name == "documents.jsonl"), None)


def gather(collection: Collection, access: AccessList, day: date, work: Path, *, access_copy: bool) -> Contents:
    """What a package of the collection holds on that day; copies go to *work*.

    Raises OSError, and `archive.copying.NotCopied` where records of a WARC file cannot be told apart.
    """
    index = work / "index.cdxj"
    for beside in ("", ".covered"):
        known = collection.index.with_name(collection.index.name + beside)
        if known.exists():
            shutil.copy2(known, index.with_name(index.name + beside))
    warcs = collection.warcs()
    indexed = write_index(warcs, index)
    created = _last_moment(index)
    sieve = Sieve(access.on(day))
    with ExitStack() as stack:
        changes = work / CHANGES
        editor = AccessEditor(stack.enter_context(changes.open("x", encoding="utf-8"))) if access_copy else None
        copies = _Copies(collection, sieve, editor, work, created)
        packaged = copies.of_warcs(warcs)
        documents = tuple(copies.of_rows(path) for path in copies.papers())
    if copies.made:
        indexed = write_index(packaged, index)
    reports = (path for path in sorted(collection.reports.glob("*/*")) if path.is_file() and not path.is_symlink())
    told = {CHANGES: changes} if editor is not None else {}
    if sieve:
        told[WITHHELD] = work / WITHHELD
        told[WITHHELD].write_text(
            sieve.report([entry for entry in access.entries if entry.in_force(day)]), encoding="utf-8"
        )
    return Contents(created, tuple(packaged), index, documents, tuple(reports), told, indexed)


def _last_moment(index: Path) -> datetime:
    with index.open("rb") as lines:
        last = max((line.split(b" ", 2)[1] for line in lines), default=b"19800101000000")
    return datetime.strptime(last.decode("ascii"), "%Y%m%d%H%M%S").replace(tzinfo=UTC)


class _Copies:
    """The copies that a package needs, made as they are asked for."""

    def __init__(
        self, collection: Collection, sieve: Sieve, editor: AccessEditor | None, work: Path, created: datetime
    ) -> None:
        self._collection, self._sieve, self._editor = collection, sieve, editor
        self._work, self._created = work, created
        self.made: dict[str, Copied] = {}

    def of_warcs(self, warcs: Sequence[Path]) -> list[Path]:
        """The files that are packaged for these: themselves where nothing in them goes or changes."""
        if self._sieve:
            self._sieve.look(warcs)
            if self._collection.documents.exists():
                self._sieve.note_documents(self._collection.documents)
        if self._editor is not None:
            self._editor.look(warcs)
        (self._work / "archive").mkdir()
        return [self._of_warc(path) for path in warcs] if self._sieve or self._editor is not None else list(warcs)

    def _of_warc(self, path: Path) -> Path:
        out = self._work / "archive" / path.name
        copied = copy_warc(path, out, self._edit, lambda done: self._note(path, done))
        if copied is None:
            return path
        self.made[path.name] = copied
        return out

    def _edit(self, span: Span) -> Edit:
        if self._sieve and self._sieve.goes(span):
            return "goes"
        return self._editor.edit(span) if self._editor is not None else "stays"

    def _note(self, path: Path, copied: Copied) -> RecordDraft:
        """Says in the copy what it is."""
        facts = (
            ("software", SOFTWARE),
            (
                "description",
                "copy of a WARC file, made for a package; all other records are the original's, byte for byte",
            ),
            ("copyOf", quote(path.name)),
            ("recordsLeftOut", str(copied.left_out)),
            ("recordsChanged", str(copied.changed)),
        )
        block = warc_fields(facts)
        return RecordDraft(
            type="metadata",
            date=self._created,
            block=block,
            content_type=WARC_FIELDS,
            target_uri=f"urn:jiucang:copy:{quote(path.name)}",
            record_id=f"<{uuid.uuid5(uuid.NAMESPACE_URL, self._created.isoformat() + block.decode()).urn}>",
        )

    def papers(self) -> Iterator[Path]:
        """Rows derived from the captures, and decisions on them where nothing is withheld: they quote the text."""
        collection = self._collection
        decisions = () if self._sieve else (collection.decisions,)
        return (path for path in (collection.documents, collection.clicks, *decisions) if path.is_file())

    def of_rows(self, path: Path) -> Path:
        """The file that is packaged for this one: without what is withheld, naming places in the copies."""
        if path == self._collection.decisions or not (self.made or self._sieve):
            return path
        out = self._work / path.name
        with path.open(encoding="utf-8") as rows, out.open("x", encoding="utf-8", newline="\n") as target:
            for row in map(json.loads, rows):
                if not self._sieve or not self._sieve.document_goes(row["id"]):
                    target.write(serialise(self._moved(row)) + "\n")
        return out

    def _moved(self, row: Any) -> Any:
        """The row with places in the copies. An edge: what rows are made of is checked by `jiucang verify`."""
        if self._editor is not None:
            row["url"] = browser_uri(row["url"].encode()) or row["url"]
        for place in (row["provenance"], *row["provenance"].get("parts", ())):
            copied = self.made.get(place["file"])
            if copied is not None:
                place["offset"], place["length"] = copied.place(place["offset"], place["length"])
            if self._editor is not None and place["record_id"] in self._editor.digests:
                place["payload_digest"] = self._editor.digests[place["record_id"]]
        for enclosure in (*row.get("attachments", ()), *row.get("images", ())):
            if self._sieve and self._sieve.address_goes(enclosure["url"]):
                enclosure["capture"] = None
        return row
