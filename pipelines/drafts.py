"""What extraction has found so far, in a SQLite file: drafts, the captures that show them, pages that give none."""

from __future__ import annotations

import pickle
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import cast

from pipelines.captures import Capture
from pipelines.rows import Draft, NoDocument
from profiles.counters import ClickEndpoint

NOT_READ = "not read:"
"""How reasons begin where a page could not be read at all."""

_TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE drafts (record_id TEXT PRIMARY KEY, draft BLOB);
CREATE TABLE sightings (id TEXT, moment TEXT, record_id TEXT, url TEXT, run TEXT, page INTEGER, version TEXT, read TEXT,
    PRIMARY KEY (id, moment, record_id)) WITHOUT ROWID;
CREATE TABLE refused (url TEXT, date TEXT, record_id TEXT, file TEXT, offset INTEGER, kind TEXT, reason TEXT);
"""
_REFUSED = ("url", "date", "record_id", "file", "offset", "kind", "reason")


@dataclass(frozen=True, slots=True)
class Sighting:
    """A page of a document as one capture shows it. `read` is the record id of the capture that was read for it:
    the first of those that gave the same page. `version` is that of the page's own text."""

    record_id: str
    url: str
    run: str
    page: int | None
    version: str
    read: str


@dataclass(frozen=True, slots=True)
class Packed:
    """A draft as it travels between processes and is kept: what is asked of it on the way, and all of it in bytes.
    `clicks` is the number printed in the page."""

    id: str
    page: int | None
    version: str
    clicks: int | None
    endpoints: tuple[ClickEndpoint, ...]
    draft: bytes

    @classmethod
    def of(cls, draft: Draft) -> Packed:
        parts = draft.parts
        return cls(draft.id, draft.page, draft.text.version, parts.clicks, parts.endpoints, pickle.dumps(draft))


class Drafts:
    """Drafts, sightings and refusals in a SQLite file of their own at `path` (created)."""

    def __init__(self, path: Path) -> None:
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.executescript(_TABLES)
        self.db.execute("BEGIN")

    def close(self) -> None:
        self.db.close()

    def add(self, draft: Packed, read: Capture, captures: Iterable[Capture]) -> None:
        """`captures` are those that gave this page, among them `read`."""
        self.db.execute("INSERT INTO drafts VALUES (?, ?)", (read.record_id, draft.draft))
        rest = draft.page, draft.version, read.record_id
        values = ((draft.id, seen.moment, seen.record_id, seen.url, seen.run, *rest) for seen in captures)
        self.db.executemany("INSERT INTO sightings VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)

    def refuse(self, why: NoDocument, captures: Iterable[Capture]) -> None:
        values = (
            (seen.url, seen.date, seen.record_id, seen.place.path.name, seen.place.offset, why.kind, why.reason)
            for seen in captures
        )
        self.db.executemany("INSERT INTO refused VALUES (?, ?, ?, ?, ?, ?, ?)", values)

    def documents(self) -> Iterator[list[Sighting]]:
        """The sightings of each document in the order of time; documents by id."""
        found = self.db.execute(
            "SELECT id, record_id, url, run, page, version, read FROM sightings ORDER BY id, moment, record_id"
        )
        for _, group in groupby(found, key=lambda item: item[0]):
            yield [Sighting(*rest) for _, *rest in group]

    def count_documents(self) -> int:
        return int(self.db.execute("SELECT count(DISTINCT id) FROM sightings").fetchone()[0])

    def draft(self, read: str) -> Draft:
        [[draft]] = self.db.execute("SELECT draft FROM drafts WHERE record_id = ?", (read,))
        return cast(Draft, pickle.loads(draft))  # noqa: S301 (written by this run's own processes, in a file of its own)

    def refused(self) -> Iterator[dict[str, object]]:
        found = self.db.execute(f"SELECT {', '.join(_REFUSED)} FROM refused ORDER BY url, date, record_id")  # noqa: S608
        return (dict(zip(_REFUSED, row, strict=True)) for row in found)

    def kinds(self) -> dict[str, int]:
        """How many captures were of each kind of page; those without one are `unread`."""
        kinds: Counter[str] = Counter()
        for kind, count in self.db.execute("SELECT kind, count(*) FROM refused GROUP BY kind"):
            kinds[kind or "unread"] += count
        articles = self.db.execute("SELECT count(*) FROM sightings").fetchone()[0]
        if articles:
            kinds["article"] += articles
        return dict(sorted(kinds.items()))

    def not_read(self) -> int:
        found = self.db.execute("SELECT count(*) FROM refused WHERE reason LIKE ? || '%'", (NOT_READ,))
        return int(found.fetchone()[0])
