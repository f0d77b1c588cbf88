"""access.yaml: what of a collection is not shown or handed on, why, and until when. The master never changes.

An address is withheld as a viewer looks it up (`archive.surt`): with and without `www.`, over http and https, in any
case. A document is withheld with all its addresses, its attachments and its images, in all versions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from archive.collection import Collection
from archive.surt import surt
from crawler.job import HttpUrl, Pattern
from profiles.strict_yaml import BadFile, Problem, key_lines, read_model

ACCESS_LIST = "access.yaml"


class Entry(BaseModel):
    """What is withheld, by one of `url`, `pattern` (found anywhere in an address) or `document` (a row's id).

    In force from `since` on, and for good or until the day before `until`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: HttpUrl | None = None
    pattern: Annotated[Pattern, Field(min_length=1)] | None = None
    document: Annotated[str, Field(pattern="^[0-9a-f]{32}$")] | None = None
    reason: Annotated[str, Field(min_length=1)]
    since: date
    until: date | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        given = [name for name in ("url", "pattern", "document") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"expected one of url, pattern and document, found {' and '.join(given) or 'none'}")
        if self.until is not None and self.until <= self.since:
            raise ValueError(f"expected until to be after since, {self.since}")
        return self

    def in_force(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day < self.until)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    withheld: list[Entry]


@dataclass(frozen=True, slots=True)
class AccessList:
    """The entries of a collection's list in its order; false where there are none."""

    entries: tuple[Entry, ...] = ()
    _by_surt: tuple[tuple[str, Entry], ...] = ()

    @classmethod
    def load(cls, path: Path) -> AccessList:
        """The list at *path*, in a collection's folder; an empty one where there is no file.

        Documents are looked up in the collection's documents.jsonl. Raises `BadFile`, also for a document
        that is not there: what cannot be found would be shown.
        """
        if not path.exists() and not path.is_symlink():
            return cls()
        entries = read_model(path, _File).withheld
        urls = _urls_of_documents(entries, path)
        keys = [
            (surt(url), entry)
            for entry in entries
            for url in ([entry.url] if entry.url is not None else urls.get(entry.document or "", ()))
        ]
        return cls(tuple(entries), tuple(keys))

    def __bool__(self) -> bool:
        return bool(self.entries)

    def on(self, day: date) -> Withholding:
        """What is withheld on that day, ready to be asked for many addresses."""
        keys: dict[str, Entry] = {}
        for key, entry in self._by_surt:
            if entry.in_force(day):
                keys.setdefault(key, entry)
        patterns = [(re.compile(e.pattern), e) for e in self.entries if e.pattern is not None and e.in_force(day)]
        return Withholding(keys, tuple(patterns))

    def withheld(self, url: str, day: date) -> Entry | None:
        """The entry because of which *url* is not shown on that day; None where it may be."""
        return self.on(day).entry(url)


@dataclass(frozen=True, slots=True)
class Withholding:
    """The entries in force on one day; false where there are none."""

    keys: dict[str, Entry]
    patterns: tuple[tuple[re.Pattern[str], Entry], ...]

    def __bool__(self) -> bool:
        return bool(self.keys or self.patterns)

    def entry(self, url: str) -> Entry | None:
        """The entry because of which *url*, as a record's WARC-Target-URI has it, is not shown."""
        found = self.keys.get(surt(url)) if self.keys else None
        return found or next((entry for pattern, entry in self.patterns if pattern.search(url)), None)


def _urls_of_documents(entries: Sequence[Entry], path: Path) -> dict[str, set[str]]:
    """The addresses of each document in *entries*. Raises `BadFile`, naming *path*, where one is not found."""
    found: dict[str, set[str]] = {entry.document: set() for entry in entries if entry.document is not None}
    if not found:
        return found
    rows_file = Collection(path.parent).documents
    try:
        for document, url in _addresses(rows_file):
            if document in found:
                found[document].add(url)
    except OSError as error:
        raise BadFile(path, [Problem(0, "", f"names documents, but {rows_file}: {error.strerror}")]) from None
    except (ValueError, KeyError, TypeError):
        raise BadFile(path, [Problem(0, "", f"names documents, but {rows_file} is damaged; extract anew")]) from None
    lines = key_lines(path)
    unknown = [
        Problem(
            lines["withheld", at, "document"], f"withheld[{at}].document", f"{entry.document} is not in {rows_file}"
        )
        for at, entry in enumerate(entries)
        if entry.document is not None and not found[entry.document]
    ]
    if unknown:
        raise BadFile(path, unknown)
    return found


def _addresses(rows_file: Path) -> Iterator[tuple[str, str]]:
    """Each row's id with every address that shows the document or a part of it."""
    with rows_file.open(encoding="utf-8") as rows:
        for row in map(json.loads, rows):
            enclosures = (each["url"] for each in (*row["attachments"], *row["images"]))
            for url in (row["url"], *row["aliases"], *enclosures):
                yield row["id"], url
