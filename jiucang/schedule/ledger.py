"""schedule.db: what a folder's schedules have done, in SQLite, beside the job files.

Of each job it remembers up to which moment everything due has been dealt with (`settled`): that is what missed runs are
counted from. A run's row is written before its process starts, in one transaction with `settled`, and the job's text as
it was then with it. Every call opens the file anew, so threads and other commands may use it at the same time.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

SCHEMA_VERSION = 1
#: A clock that is put back by less than this has been corrected; what ran before then is not run a second time.
CLOCK_AHEAD = timedelta(days=1)

#: How a run ended. INTERRUPTED is to be resumed: the service was stopped or died, or the crawl did.
DONE, FAULTS, REFUSED, INTERRUPTED = "done", "faults", "refused", "interrupted"

_SCHEMA = f"""
CREATE TABLE jobs(
  file TEXT PRIMARY KEY, timetable TEXT NOT NULL, settled TEXT NOT NULL, paused TEXT, why TEXT) WITHOUT ROWID;
CREATE TABLE texts(sha256 TEXT PRIMARY KEY, text BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE runs(
  id INTEGER PRIMARY KEY, file TEXT NOT NULL, job TEXT NOT NULL, text TEXT NOT NULL REFERENCES texts(sha256),
  reason TEXT NOT NULL, due INTEGER NOT NULL, first_due TEXT, started TEXT NOT NULL, ended TEXT,
  outcome TEXT, exit_code INTEGER, crawl TEXT, detail TEXT NOT NULL DEFAULT '', passed_over INTEGER NOT NULL DEFAULT 0,
  told TEXT NOT NULL DEFAULT '');
CREATE INDEX runs_of_file ON runs(file, id);
PRAGMA user_version = {SCHEMA_VERSION};
"""


class LedgerError(RuntimeError):
    """schedule.db cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is remembered of a job file. `paused` says since when, None if it is not; `why` in the staff's words."""

    timetable: str
    settled: datetime
    paused: datetime | None
    why: str


@dataclass(frozen=True, slots=True)
class Run:
    """One crawl. `due` moments were made up for by it, the earliest at `first_due`; 0 for one that was only resumed.

    `crawl` is the name of the run in its collection. `passed_over` counts what came due while it went on.
    """

    id: int
    file: str
    job: str
    text: str
    reason: str
    due: int
    first_due: datetime | None
    started: datetime
    ended: datetime | None
    outcome: str | None
    exit_code: int | None
    crawl: str | None
    detail: str
    passed_over: int
    told: str


@dataclass(frozen=True, slots=True)
class Start:
    """A run that is about to start. `text` is the job file, byte for byte; `due` are the moments it makes up for.

    `crawl` names the run of the collection that is resumed.
    """

    file: str
    job: str
    text: bytes
    reason: str
    due: list[datetime]
    crawl: str | None


@dataclass(frozen=True, slots=True)
class End:
    """How a run ended; the fields are those of `Run`."""

    outcome: str
    exit_code: int
    crawl: str | None
    detail: str
    passed_over: int


_MOMENTS = frozenset({"first_due", "started", "ended"})


class Ledger:
    """The file at *path*, which the first call that writes creates. Its methods raise `LedgerError`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def standing(self, file: str) -> Standing | None:
        """What is remembered of a job file; None where it has not been seen yet."""
        for row in self._rows("SELECT timetable, settled, paused, why FROM jobs WHERE file = ?", file):
            return Standing(row[0], _moment(row[1]), row[2] and _moment(row[2]), row[3] or "")
        return None

    def meet(self, file: str, timetable: str, now: datetime) -> None:
        """Takes note of a job file. One that is new, or has another timetable than before, is due from now on; so is
        one that was run while the clock was far ahead, or nothing of it would be due until that time has come."""
        with self._transaction() as db:
            db.execute(
                "INSERT INTO jobs(file, timetable, settled) VALUES(?, ?, ?) ON CONFLICT(file) DO UPDATE"
                " SET timetable = excluded.timetable, settled = excluded.settled WHERE timetable != excluded.timetable"
                " OR settled > ?",
                (file, timetable, _text(now), _text(now + CLOCK_AHEAD)),
            )

    def part(self, known: set[str]) -> None:
        """Forgets the timetables of all but the *known* files: one that comes back begins anew, but stays paused."""
        with self._transaction() as db:
            gone = {row[0] for row in db.execute("SELECT file FROM jobs WHERE timetable != ''")} - known
            db.executemany("UPDATE jobs SET timetable = '' WHERE file = ?", [(file,) for file in gone])

    def pause(self, file: str, now: datetime, why: str) -> None:
        """Nothing of this file starts until `resume`; it need not have been seen yet."""
        with self._transaction() as db:
            db.execute(
                "INSERT INTO jobs(file, timetable, settled, paused, why) VALUES(?, '', ?, ?, ?) ON CONFLICT(file)"
                " DO UPDATE SET paused = excluded.paused, why = excluded.why WHERE paused IS NULL",
                (file, _text(now), _text(now), why),
            )

    def resume(self, file: str, now: datetime) -> bool:
        """Takes a pause back; whether there was one. What was due meanwhile is not made up for."""
        with self._transaction() as db:
            resumed = db.execute(
                "UPDATE jobs SET paused = NULL, why = NULL, settled = max(settled, ?)"
                " WHERE file = ? AND paused IS NOT NULL",
                (_text(now), file),
            )
        return resumed.rowcount > 0

    def settle(self, file: str, until: datetime) -> None:
        """Everything due up to *until* has been dealt with."""
        with self._transaction() as db:
            db.execute("UPDATE jobs SET settled = max(settled, ?) WHERE file = ?", (_text(until), file))

    def begin(self, start: Start, now: datetime) -> int:
        """Takes note of a run that is about to start; its number."""
        digest = hashlib.sha256(start.text).hexdigest()
        first = _text(start.due[0]) if start.due else None
        with self._transaction() as db:
            db.execute("INSERT OR IGNORE INTO texts VALUES(?, ?)", (digest, start.text))
            if start.due:
                db.execute("UPDATE jobs SET settled = max(settled, ?) WHERE file = ?", (_text(now), start.file))
            cursor = db.execute(
                "INSERT INTO runs(file, job, text, reason, due, first_due, started, crawl)"
                " VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
                (start.file, start.job, digest, start.reason, len(start.due), first, _text(now), start.crawl),
            )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def end(self, run: int, end: End, now: datetime) -> None:
        """Takes note of how a run ended, and of what came due meanwhile: that is not made up for."""
        with self._transaction() as db:
            db.execute(
                "UPDATE runs SET ended = ?, outcome = ?, exit_code = ?, crawl = coalesce(?, crawl), detail = ?,"
                " passed_over = ? WHERE id = ?",
                (_text(now), end.outcome, end.exit_code, end.crawl, end.detail, end.passed_over, run),
            )

    def told(self, run: int, what: str) -> None:
        """Who was told of a run's end, and what came of it."""
        with self._transaction() as db:
            db.execute("UPDATE runs SET told = ? WHERE id = ?", (what, run))

    def abandon(self, now: datetime) -> int:
        """Marks runs as interrupted whose service died first; how many. Only for the one who holds the lock."""
        with self._transaction() as db:
            return db.execute(
                "UPDATE runs SET ended = ?, outcome = ?, detail = 'the service ended before the crawl'"
                " WHERE ended IS NULL",
                (_text(now), INTERRUPTED),
            ).rowcount

    def runs(self, file: str | None = None, limit: int = -1) -> list[Run]:
        """Runs, the latest first."""
        query = "SELECT * FROM runs WHERE file = coalesce(?, file) ORDER BY id DESC LIMIT ?"
        return [_run(row) for row in self._rows(query, file, limit)]

    def job_text(self, run: int) -> bytes | None:
        """A run's job file, byte for byte as it was when the run started; None where there is no such run."""
        for row in self._rows("SELECT t.text FROM runs r JOIN texts t ON t.sha256 = r.text WHERE id = ?", run):
            return bytes(row[0])
        return None

    def _rows(self, query: str, *values: str | int | None) -> list[sqlite3.Row]:
        if not self.path.exists():
            return []
        with self._open("rw") as db:
            db.row_factory = sqlite3.Row
            return db.execute(query, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._open("rwc") as db:
            db.execute("BEGIN IMMEDIATE")
            if not db.execute("PRAGMA user_version").fetchone()[0]:
                for statement in _SCHEMA.split(";"):
                    db.execute(statement)
            yield db
            db.execute("COMMIT")

    @contextmanager
    def _open(self, mode: str) -> Iterator[sqlite3.Connection]:
        uri = f"{self.path.absolute().as_uri()}?mode={mode}"
        try:
            # what is not committed when it closes is rolled back
            with closing(sqlite3.connect(uri, uri=True, isolation_level=None, timeout=30.0)) as db:
                version = db.execute("PRAGMA user_version").fetchone()[0]
                if version not in (0, SCHEMA_VERSION):
                    raise LedgerError(f"{self.path}: is of schema {version}, expected {SCHEMA_VERSION}")
                yield db
        except sqlite3.Error as error:
            raise LedgerError(f"{self.path}: {error}") from error


def _run(row: sqlite3.Row) -> Run:
    values: dict[str, Any] = dict(row)
    return Run(**values | {name: _moment(values[name]) for name in _MOMENTS if values[name] is not None})


def _text(moment: datetime) -> str:
    # as long for every moment, so that texts sort as times do
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
