"""A run's crawl.log: one line an attempt, in Heritrix's columns.

Time, status, size, URI, path from the seed, via, media type, thread, start+duration, digest, source,
annotations. A status below 0 is no HTTP status but one of Heritrix's FetchStatusCodes.

Attempts that never reached a server stand here and nowhere else, so the lines are as durable as the
captures: a commit enters them in state.db, from where they go into the file. What the file has for good
leaves state.db again; what it has beyond that, the next start cuts off and writes anew.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from archive.files import OS_FILES
from archive.warc import FileBlock
from crawler.claims import Claim
from crawler.settlement import Settlement
from crawler.state import State

logger = logging.getLogger(__name__)

#: So many lines stand in state.db before the file is synced and they leave it.
JOURNAL = 2000
_CONNECT_FAILED = -2
_NO_HTTP = -404
_BY_SETTING = -5001
_BY_MIDDLEWARE = -5002
_ROBOTS = -9998
_CODES = {
    "dns": -1,
    "reset": -3,
    "interim_flood": -3,
    "read_timeout": -4,
    "spool": -5,
    "bad_url": -7,
    "no_reply": _NO_HTTP,
    "address_forbidden": _BY_SETTING,
}


class CrawlLog:
    """One run's lines, in state.db and in the file. Used by the writer's thread alone."""

    def __init__(self, path: Path, state: State, run: int) -> None:
        """Opens the file at *path* and makes it what state.db knows of it. Raises OSError, sqlite3.Error."""
        self._path, self._run = path, run
        self._file = path.open("r+b" if path.exists() else "w+b")
        try:
            self._length, self._pending = self._whole(state.db), self._journal(state.db)
            self._journalled, self._entered = len(self._pending), b""
            self._file.truncate(self._length)
            for folder in (path.parent, path.parent.parent):
                OS_FILES.fsync_folder(folder)
            with state.transaction() as db:
                self.sync(db)
        except BaseException:
            self._file.close()
            raise

    def _whole(self, db: sqlite3.Connection) -> int:
        """How far the file is to be kept: as state.db says, or to its last whole line where that says nothing."""
        size = self._file.seek(0, os.SEEK_END)
        known = db.execute("SELECT logged FROM runs WHERE id = ?", (self._run,)).fetchone()[0]
        if known is not None:
            return min(size, int(known))
        start = max(0, size - 65536)
        self._file.seek(start)
        return start + self._file.read().rfind(b"\n") + 1

    def _journal(self, db: sqlite3.Connection) -> bytes:
        return b"".join(line.encode() + b"\n" for (line,) in db.execute("SELECT line FROM log ORDER BY id"))

    def enter(self, db: sqlite3.Connection, lines: list[str]) -> None:
        """Takes in the lines of a commit; call inside its transaction, and again with them where that is repeated."""
        if self._journalled >= JOURNAL:
            with suppress(OSError):
                self.sync(db)
        db.executemany("INSERT INTO log(line) VALUES(?)", [(line,) for line in lines])
        self._entered = "".join(line + "\n" for line in lines).encode()
        self._journalled += len(lines)

    def publish(self) -> None:
        """Writes what was entered into the file, once it is committed; what the disk refuses is written later."""
        self._pending += self._entered
        self._entered = b""
        try:
            self._write()
        except OSError as error:
            logger.warning("%s: %s; its lines stay in state.db", self._path, error.strerror)

    def sync(self, db: sqlite3.Connection) -> None:
        """Makes the file durable; its lines leave state.db with the caller's transaction. Raises OSError."""
        self._write()
        os.fsync(self._file.fileno())
        db.execute("DELETE FROM log")
        db.execute("UPDATE runs SET logged = ? WHERE id = ?", (self._length, self._run))
        self._journalled = 0

    def block(self) -> FileBlock:
        """All of it, as the block of a record; call after `sync`."""
        return FileBlock(self._file, self._length)

    def _write(self) -> None:
        while self._pending:
            written = os.pwrite(self._file.fileno(), self._pending, self._length)
            self._pending, self._length = self._pending[written:], self._length + written

    def close(self) -> None:
        self._file.close()


def log_line(settlement: Settlement) -> str:
    """One attempt in Heritrix's columns."""
    claim, exchange = settlement.claim, settlement.exchange
    now = datetime.now(UTC)
    started = exchange.started if exchange is not None else now
    millis = round(exchange.duration * 1000) if exchange is not None else 0
    size = exchange.response.length if exchange is not None and exchange.response is not None else 0
    digest = exchange.payload_digest if exchange is not None else None
    notes = [f"{settlement.claim.tries + 1}t", f"role:{claim.role}", settlement.verdict.outcome]
    notes += [note for note in (settlement.verdict.reason, settlement.reading.note) if note]
    if any(written.revisit for written in settlement.written):
        notes.append("warcRevisit:notModified" if _status(settlement) == 304 else "warcRevisit:digest")
    columns = (
        _time(now),
        f"{_status(settlement):>5}",
        f"{size:>10}",
        claim.url,
        claim.hops or "-",
        claim.via or "-",
        settlement.media_type or "-",
        "#000",
        f"{started.strftime('%Y%m%d%H%M%S%f')[:-3]}+{millis}",
        str(digest) if digest is not None else "-",
        "-",
        ",".join(note.replace(" ", "_") for note in notes),
    )
    return " ".join(columns)


def refused_line(claim: Claim, reason: str) -> str:
    """A URL that was never asked for: robots.txt forbids it, or the recrawl's mode takes it as known."""
    notes = f"role:{claim.role},dropped,{reason}"
    place = f"{claim.url} {claim.hops or '-'} {claim.via or '-'}"
    code = _ROBOTS if reason.startswith("robots") else _BY_SETTING
    return f"{_time(datetime.now(UTC))} {code:>5} {'-':>10} {place} - #000 - - - {notes}"


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _status(settlement: Settlement) -> int:
    exchange = settlement.exchange
    if exchange is None:
        return _BY_MIDDLEWARE
    if exchange.status is not None:
        return exchange.status
    return _NO_HTTP if exchange.error is None else _CODES.get(exchange.error, _CONNECT_FAILED)
