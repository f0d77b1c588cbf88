"""What pages say of other pages, kept in state.db: pagers, the articles of lists, the neighbours of articles."""

from __future__ import annotations

import sqlite3

from crawler.claims import Discovery
from crawler.records import Reading
from profiles.kinds import Kind

_LISTS = frozenset({Kind.LIST, Kind.INDEX})


def keep_listing(db: sqlite3.Connection, run: int, url_id: int, reading: Reading) -> None:
    """Puts what a page said this time in the place of what it said before; call inside the commit's transaction.

    A page that was no list and no article this time (an error, a challenge) takes nothing back.
    """
    if reading.kind in _LISTS:
        pager = reading.pager
        counts = (pager.items, pager.pages, pager.current) if pager is not None else (None, None, None)
        if counts == (None, None, None):
            db.execute("DELETE FROM pagers WHERE url_id = ?", (url_id,))
        else:
            db.execute("INSERT OR REPLACE INTO pagers VALUES(?, ?, ?, ?, ?)", (url_id, run, *counts))
    elif reading.kind != Kind.ARTICLE:
        return
    before = set(db.execute("SELECT key, role FROM links WHERE source = ?", (url_id,)))
    if before == reading.named:
        return
    db.executemany(
        "DELETE FROM links WHERE source = ? AND key = ?", [(url_id, key) for key, _ in before - reading.named]
    )
    db.executemany(
        "INSERT OR REPLACE INTO links VALUES(?, ?, ?)",
        [(url_id, key, str(role)) for key, role in reading.named - before],
    )


def known_lists(db: sqlite3.Connection, run: int) -> list[Discovery]:
    """The lists that earlier runs of ours have read and *run* has not met, as they were found then."""
    rows = db.execute(
        "SELECT u.key, u.url, u.role, u.hops, u.via FROM urls u JOIN captures c ON c.id = u.last"
        " WHERE u.run <> ? AND u.via IS NOT NULL AND u.method = 'GET' AND c.kind IN ('list', 'index') ORDER BY u.id",
        (run,),
    )
    return [Discovery(*row) for row in rows]
