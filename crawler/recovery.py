"""Before a crawl writes anything: the archive's files and state.db are made to agree.

A file longer than its committed length is cut, and what was cut is kept in archive/cut/. A file that is
shorter, or gone, gives up the captures it lost; what a run of ours asked for is queued again. Every `.open`
file a dead process left is sealed. Nothing is ever thrown away without a word: `recover` returns what it did.
"""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

from archive.collection import Collection
from archive.writer import OPEN_SUFFIX, cut_to, seal_left_open
from crawler.state import DROPPED, QUEUED, State, StateError

#: `PREFIX-YYYYMMDDHHMMSS-SSSSS-HOST.warc.gz`; the time is when the file was begun.
_STAMP = re.compile(r"-(\d{14})-\d{5}-[^-].*\.warc\.gz$")


def recover(collection: Collection, state: State) -> list[str]:
    """Makes archive/ and state.db agree; returns a line for each thing done.

    Raises `StateError` where a file holds captures that state.db never knew: it was lost or is an old
    copy, and to cut what it does not know would take the archive apart. Raises OSError, sqlite3.Error.
    """
    told: list[str] = []
    known = dict(state.db.execute("SELECT name, committed FROM files").fetchall())
    on_disk = {path.name.removesuffix(OPEN_SUFFIX): path for path in (*collection.warcs(), *collection.left_open())}
    _refuse_strangers({name: path for name, path in on_disk.items() if name not in known}, state, collection.root)
    for name, committed in known.items():
        path = on_disk.get(name)
        size = path.stat().st_size if path is not None else 0
        if size < committed:
            kept = _give_up(state, name, size, told)
            if path is not None:
                _cut(path, kept, collection.cut, told)
    for name, path in on_disk.items():
        if path.stat().st_size > known.get(name, 0):
            _cut(path, known.get(name, 0), collection.cut, told)
        if path.stat().st_size == 0 and not path.name.endswith(OPEN_SUFFIX):
            path.unlink()
        elif path.name.endswith(OPEN_SUFFIX):
            seal_left_open(path)
            told.append(f"{name}: sealed, a dead process had left it open")
    return told


def _refuse_strangers(unknown: dict[str, Path], state: State, root: Path) -> None:
    """Only the interrupted run's own files can stand there without a commit: begun after it, and cut to nothing."""
    row = state.db.execute("SELECT max(started) FROM runs WHERE ended IS NULL").fetchone()
    since = re.sub(r"\D", "", row[0] or "") or None
    for name, path in unknown.items():
        begun = _STAMP.search(name)
        if path.stat().st_size and not (since and begun and begun[1] >= since):
            raise StateError(
                f"{path}: {state.path.name} does not know this file. If {state.path.name} was lost or is an old copy,"
                f" rebuild it from the WARC files: jiucang rebuild {root}; if the file is not of this crawl, move it"
                f" out of {path.parent.name}/. Nothing was changed."
            )


def _cut(path: Path, length: int, folder: Path, told: list[str]) -> None:
    report = cut_to(path, length, folder)
    if report is not None:
        told.append(
            f"{path.name}: cut to {length} bytes; {report.bytes} uncommitted bytes (sha256 {report.sha256})"
            f" kept as {report.kept_as.name}"
        )


def _give_up(state: State, name: str, size: int, told: list[str]) -> int:
    """Forgets the captures beyond *size*, queues their URLs again; returns how far the file is still good."""
    with state.transaction() as db:
        number = db.execute("SELECT id FROM files WHERE name = ?", (name,)).fetchone()[0]
        db.execute("CREATE TEMP TABLE lost(id INTEGER PRIMARY KEY, url_id INTEGER NOT NULL)")
        count = db.execute(
            "INSERT INTO lost SELECT id, url_id FROM captures WHERE file = ? AND offset + length > ?", (number, size)
        ).rowcount
        db.execute("DELETE FROM captures WHERE id IN (SELECT id FROM lost)")
        db.execute("DELETE FROM payloads WHERE capture IN (SELECT id FROM lost)")
        # a payload that is gone can be referred to no more, and the revisits that did are to be fetched anew
        revisits = db.execute(
            "UPDATE captures SET original = 0 WHERE original IN (SELECT id FROM lost) RETURNING id, url_id"
        ).fetchall()
        db.executemany("INSERT OR IGNORE INTO lost VALUES(?, ?)", revisits)
        db.execute("UPDATE urls SET last = NULL WHERE last IN (SELECT id FROM lost)")
        # what came in with an import, or was found to be out of scope since, nobody has told us to ask for
        queued = db.execute(
            f"UPDATE urls SET state = {QUEUED}, reason = NULL, not_before = 0 WHERE id IN (SELECT url_id FROM lost)"
            " AND run NOT IN (SELECT id FROM runs WHERE how = 'imported')"
            f" AND NOT (state = {DROPPED} AND (reason LIKE 'scope:%' OR reason LIKE 'trap:%'))"
        ).rowcount
        db.execute("DROP TABLE lost")
        kept = int(_end_of_captures(db, number))
        if kept:
            db.execute("UPDATE files SET committed = ? WHERE id = ?", (kept, number))
        else:
            db.execute("DELETE FROM files WHERE id = ?", (number,))
    told.append(f"{name}: is {size} bytes and had more; {count} captures are lost; addresses asked for again: {queued}")
    return kept


def _end_of_captures(db: sqlite3.Connection, file: int) -> int:
    row = db.execute("SELECT max(offset + length) FROM captures WHERE file = ?", (file,)).fetchone()
    return row[0] or 0
