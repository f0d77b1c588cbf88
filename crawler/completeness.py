"""Whether a run has everything: its counts, its columns against their pagers, breaks in the chain, what is missing.

All of it is read from state.db once a run has ended.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from crawler.state import CAPTURED, DROPPED, FAILED, STATE_NAMES

#: So many columns, and so many breaks, are named in a report; their numbers are always whole.
MAX_NAMED = 1000
#: A link that stands on every page of a column is none of its items, if the column has so many pages.
FURNITURE = 3


@dataclass(frozen=True, slots=True)
class Column:
    """A list with all its pages. `items` and `pages` are what its pager declares, None where it says nothing.

    `read` counts the pages that were read in this run, `listed` the articles on them, `held` those of the
    articles that the collection has.
    """

    url: str
    items: int | None
    pages: int | None
    read: int
    listed: int
    held: int

    @property
    def short(self) -> bool:
        return self.items is not None and self.held < self.items


@dataclass(frozen=True, slots=True)
class Break:
    """An address that an article, `named_by`, gives as its neighbour and that the collection does not have."""

    url: str
    named_by: str
    why: str


@dataclass(frozen=True, slots=True)
class Completeness:
    """What a run has met: discovered is the sum of captured, failed, dropped and pending.

    `columns` and `breaks` are bounded; the counts before them are not. All four are of an ended run, and
    None and empty before.
    """

    discovered: int
    captured: int
    failed: int
    dropped: int
    pending: int
    column_count: int | None = None
    short_columns: int | None = None
    break_count: int | None = None
    columns: tuple[Column, ...] = ()
    breaks: tuple[Break, ...] = ()


def read_completeness(db: sqlite3.Connection, run: int, met: Mapping[str, int], *, ended: bool) -> Completeness:
    """The statement for *run*, which *met* so many keys that are in which state (its name). Raises sqlite3.Error."""
    captured, failed, dropped = (met.get(state, 0) for state in ("captured", "failed", "dropped"))
    pending = sum(met.get(state, 0) for state in ("queued", "waiting", "claimed"))
    found = sum(met.values())
    if not ended:
        return Completeness(found, captured, failed, dropped, pending)
    columns = sorted(read_columns(db, run), key=lambda column: (not column.short, column.url))
    break_count, breaks = 0, list[Break]()
    for found_break in _breaks(db, run):
        break_count += 1
        if break_count <= MAX_NAMED:
            breaks.append(found_break)
    return Completeness(
        found,
        captured,
        failed,
        dropped,
        pending,
        len(columns),
        sum(column.short for column in columns),
        break_count,
        tuple(columns[:MAX_NAMED]),
        tuple(breaks),
    )


@dataclass(frozen=True, slots=True)
class _Page:
    id: int
    url: str
    role: str
    via: str | None
    items: int | None
    pages: int | None


def read_columns(db: sqlite3.Connection, run: int) -> Iterator[Column]:
    """The columns that *run* has read.

    A column begins at a list that no other list's pager led to; to it belong the pages that its own pager, or
    that of one of its pages, led to.
    """
    rows = db.execute(
        "SELECT u.id, u.url, u.role, u.via, p.items, p.pages FROM urls u LEFT JOIN pagers p"
        " ON p.url_id = u.id AND p.run = u.run WHERE u.run = ?1 AND (p.url_id IS NOT NULL OR u.id IN"
        " (SELECT url_id FROM captures WHERE run = ?1 AND kind = 'list')) ORDER BY u.id",
        (run,),
    )
    pages = {row[1]: _Page(*row) for row in rows}
    heads: dict[str, str] = {}
    columns: dict[str, list[_Page]] = {}
    for page in pages.values():
        columns.setdefault(_head(page, pages, heads), []).append(page)
    for head, members in columns.items():
        yield _column(db, pages[head], members)


def _head(page: _Page, pages: dict[str, _Page], heads: dict[str, str]) -> str:
    """The first page of the column that *page* belongs to; *heads* remembers what has been found before."""
    way: dict[str, None] = {}
    url = page.url
    while url not in heads and url not in way:
        way[url] = None
        above = pages[url].via if pages[url].role == "list" else None
        if above is None or above not in pages:
            break
        url = above
    head = heads.get(url, url)
    heads.update(dict.fromkeys(way, head))
    return head


def _column(db: sqlite3.Connection, head: _Page, members: list[_Page]) -> Column:
    listed: Counter[bytes] = Counter()
    held: set[bytes] = set()
    for page in members:
        for key, there in db.execute(
            "SELECT l.key, o.last IS NOT NULL OR o.read FROM links l LEFT JOIN outcomes o ON o.key = l.key"
            " WHERE l.source = ? AND l.role = 'article'",
            (page.id,),
        ):
            listed[key] += 1
            if there:
                held.add(key)
    if len(members) >= FURNITURE:
        for key in [key for key, count in listed.items() if count == len(members)]:
            del listed[key]
            held.discard(key)
    items = next((page.items for page in (head, *members) if page.items is not None), None)
    pages = next((page.pages for page in (head, *members) if page.pages is not None), None)
    return Column(head.url, items, pages, len(members), len(listed), len(held))


def _breaks(db: sqlite3.Connection, run: int) -> Iterator[Break]:
    rows = db.execute(
        "SELECT coalesce(o.url, ''), s.url, o.state, o.reason, o.status FROM links l JOIN urls s ON s.id = l.source"
        " LEFT JOIN outcomes o ON o.key = l.key WHERE l.role = 'chain' AND s.run = ? AND o.last IS NULL"
        " AND NOT coalesce(o.read, 0) GROUP BY l.key ORDER BY 1, 2",
        (run,),
    )
    for url, named_by, state, reason, status in rows:
        why = reason if state in (FAILED, DROPPED) else f"status:{status}" if state == CAPTURED else "pending"
        yield Break(url, named_by, why or STATE_NAMES[state])


def missing(db: sqlite3.Connection, run: int) -> Iterator[str]:
    """Addresses in scope that *run* met and the collection does not have: failed, or given up by a limit."""
    rows = db.execute(
        "SELECT url FROM urls WHERE run = ?1 AND last IS NULL AND method = 'GET' AND role NOT IN ('robots', 'clicks')"
        " AND (state = ?2 OR (state = ?3 AND reason NOT LIKE 'scope:%' AND reason NOT LIKE 'trap:%'"
        " AND reason NOT LIKE 'robots%')) ORDER BY id",
        (run, FAILED, DROPPED),
    )
    for (url,) in rows:
        yield url
