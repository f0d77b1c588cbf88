"""What extraction has found so far, in a SQLite file: rows not yet in order, and pages that give none."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from pipelines.captures import Capture
from pipelines.joining import Sighting
from pipelines.rows import NoDocument
from pipelines.schema import Row

NOT_READ = "not read:"
"""How reasons begin where a page could not be read at all."""

_TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE rows (record_id TEXT PRIMARY KEY, row TEXT) WITHOUT ROWID;
CREATE TABLE sightings (id TEXT, moment TEXT, record_id TEXT, version TEXT, url TEXT,
    PRIMARY KEY (id, moment, record_id)) WITHOUT ROWID;
CREATE TABLE refused (url TEXT, date TEXT, record_id TEXT, file TEXT, offset INTEGER, kind TEXT, reason TEXT);
"""
_REFUSED = ("url", "date", "record_id", "file", "offset", "kind", "reason")


class Drafts:
    """Rows, sightings and refusals in a SQLite file of their own at `path` (created)."""

    def __init__(self, path: Path) -> None:
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.executescript(_TABLES)
        self.db.execute("BEGIN")

    def close(self) -> None:
        self.db.close()

    def add(self, row: Row, page: Capture, captures: Iterable[Capture]) -> None:
        """`captures` are those that gave this page; `page`, the first of them, is the row's."""
        self.db.execute("INSERT INTO rows VALUES (?, ?)", (page.record_id, json.dumps(row)))
        values = ((row["id"], seen.moment, seen.record_id, row["version"], seen.url) for seen in captures)
        self.db.executemany("INSERT INTO sightings VALUES (?, ?, ?, ?, ?)", values)

    def refuse(self, why: NoDocument, captures: Iterable[Capture]) -> None:
        values = (
            (seen.url, seen.date, seen.record_id, seen.place.path.name, seen.place.offset, why.kind, why.reason)
            for seen in captures
        )
        self.db.executemany("INSERT INTO refused VALUES (?, ?, ?, ?, ?, ?, ?)", values)

    def documents(self) -> Iterator[Iterator[Sighting]]:
        """The sightings of each document in the order of time; documents by id."""
        found = self.db.execute(
            "SELECT id, url, version, row FROM sightings LEFT JOIN rows USING (record_id)"
            " ORDER BY id, moment, record_id"
        )
        for _, group in groupby(found, key=lambda item: item[0]):
            yield (Sighting(url, version, row) for _, url, version, row in group)

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
        return int(
            self.db.execute("SELECT count(*) FROM refused WHERE reason LIKE ? || '%'", (NOT_READ,)).fetchone()[0]
        )
