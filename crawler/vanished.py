"""What the portal no longer has: documents held from earlier runs that are gone, or that nothing leads to any more.

Recorded, never deleted. Only a finished run can tell, and what nothing leads to any more has vanished only
where all that could have led to it was read: a list that failed may have shown it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from crawler.state import CAPTURED, DROPPED, FAILED

NOT_LISTED = "not-listed"
#: How far up, from page to page that nothing leads to any more, one is looked for that was read.
MAX_STEPS = 100


@dataclass(frozen=True, slots=True)
class Vanished:
    """`how` is `status:404`, `status:410` or `not-listed`; `last_captured` the WARC-Date of the last good capture.

    `kind` is what that capture was taken for, `via` the page that led to it; each may be None.
    """

    url: str
    how: str
    last_captured: str
    kind: str | None
    via: str | None


def read_vanished(db: sqlite3.Connection, run: int) -> Iterator[Vanished]:
    """What was gone when the finished *run* looked, in a fixed order. Raises sqlite3.Error."""
    rows = db.execute(
        "SELECT o.url, 'status:' || o.status, c.date, c.kind, o.via FROM outcomes o JOIN captures c ON c.id = o.last"
        " WHERE o.run = ?1 AND o.gone AND c.run < ?1"
        " AND (o.role = 'attachment' OR c.kind IN ('article', 'list', 'index', 'other')) ORDER BY o.id",
        (run,),
    )
    for row in rows:
        yield Vanished(*row)
    yield from _not_listed(db, run)


def _not_listed(db: sqlite3.Connection, run: int) -> Iterator[Vanished]:
    """Documents that the run did not meet, although the page that led to them was read again, or is gone itself."""
    unsure, leads = _unsure_origins(db, run), _Leads(db, run)
    unmet = (
        "FROM urls u JOIN captures c ON c.id = u.last"
        " WHERE u.run < ? AND u.via IS NOT NULL AND (c.kind = 'article' OR u.role = 'attachment')"
    )
    above = db.execute(f"SELECT DISTINCT u.origin, u.via {unmet}", (run,))
    leads.look({via for origin, via in above if origin not in unsure})
    for origin, url, date, kind, via in db.execute(
        f"SELECT u.origin, u.url, c.date, c.kind, u.via {unmet} ORDER BY u.id", (run,)
    ):
        if origin not in unsure and leads.lead_no_more(via):
            yield Vanished(url, NOT_LISTED, date, kind, via)


def _unsure_origins(db: sqlite3.Connection, run: int) -> frozenset[int]:
    """Origins of which something that leads to documents could not be read."""
    rows = db.execute(
        "SELECT DISTINCT origin FROM (SELECT *, id IN (SELECT source FROM links WHERE role = 'article') AS lists,"
        " reason LIKE 'scope:%' OR reason LIKE 'trap:%' AS left_out FROM outcomes WHERE run = ?1)"
        " WHERE (lists OR role IN ('seed', 'redirect', 'frame', 'column', 'list')) AND (state = ?2"
        " OR (state = ?3 AND NOT (read OR gone)) OR (state = ?4 AND (lists OR NOT left_out)))",
        (run, FAILED, CAPTURED, DROPPED),
    )
    return frozenset(number for (number,) in rows)


class _Leads:
    """Pages that led to documents, looked up level by level: `urls` has no index by address."""

    def __init__(self, db: sqlite3.Connection, run: int) -> None:
        self._db, self._run = db, run
        self._read: set[str] = set()
        self._above: dict[str, str] = {}

    def look(self, urls: set[str]) -> None:
        """Finds out what became of these pages, and of what led to those that the run did not meet."""
        for _ in range(MAX_STEPS):
            todo: set[str] = set()
            for url, met, told, via in self._pages(urls):
                if met and told:
                    self._read.add(url)
                elif not met and via is not None:
                    self._above[url] = via
                    todo.add(via)
            urls = todo - self._above.keys() - self._read
            if not urls:
                break

    def lead_no_more(self, url: str) -> bool:
        """Whether the page was read and does not lead where it led, or went with a page of which that is true."""
        seen: set[str] = set()
        while url not in self._read:
            if url in seen or url not in self._above:
                return False
            seen.add(url)
            url = self._above[url]
        return True

    def _pages(self, urls: set[str]) -> list[tuple[str, bool, bool, str | None]]:
        """Address, whether the run met it, whether it was read then or is gone, and what led to it."""
        self._db.execute("CREATE TEMP TABLE IF NOT EXISTS wanted(url TEXT PRIMARY KEY)")
        self._db.execute("DELETE FROM wanted")
        self._db.executemany("INSERT INTO wanted VALUES(?)", [(url,) for url in urls])
        return self._db.execute(
            "SELECT url, run = ?, read OR gone, via FROM outcomes WHERE url IN (SELECT url FROM wanted)", (self._run,)
        ).fetchall()
