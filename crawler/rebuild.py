"""state.db made again from the WARC files of a collection.

The old one is moved aside, never deleted, once the new one is whole; until then nothing in the collection
changes but what a crash left behind a file's last whole record, which goes to archive/cut/ as at the start
of a crawl. Ended half way, a rebuild can be begun again.
"""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TypeVar

from archive.collection import Collection
from archive.files import OS_FILES
from archive.reader import Fault
from archive.writer import OPEN_SUFFIX, cut_to, seal_left_open
from crawler.foreign import ForeignFile, ForeignRun, collection_profiles
from crawler.guard import Guard
from crawler.reenact import INDEXES, NO_INDEXES
from crawler.runs import Runs
from crawler.state import CAPTURED, QUEUED, WAITING, State
from crawler.units import Units, is_own
from profiles.load import ProfileSet

#: Attempts entered in one transaction: memory stays flat, and a rollback journal short.
BATCH = 500
_SIDES = ("-wal", "-shm")
_STAMP = re.compile(r"-(\d{14}-\d{5})-")


class NothingToRebuild(ValueError):
    """The collection has no WARC files."""


@dataclass(slots=True)
class Rebuilt:
    """What was done. `faults` are damages by which something may be missing; `told` is what else there is to say."""

    files: int = 0
    bytes: int = 0
    runs: int = 0
    captures: int = 0
    urls: int = 0
    captured: int = 0
    open: int = 0
    imported: int = 0
    seconds: float = 0.0
    aside: str | None = None
    faults: list[Fault] = field(default_factory=list)
    told: list[str] = field(default_factory=list)


_Item = TypeVar("_Item")
Progress = Callable[[str, int, int], None]
"""Told the file's name, the bytes read so far, and those of all files."""


def rebuild(collection: Collection, progress: Progress = lambda name, done, of: None) -> Rebuilt:
    """Makes the collection's state.db anew.

    Raises `NothingToRebuild`, `CollectionBusy`, `runs.NoJob`, `units.Unaddressable`, sqlite3.Error, OSError;
    then the old state.db stands as it was.
    """
    begun = time.monotonic()
    guard = Guard(collection.root)
    try:
        done = Rebuilt()
        new = collection.state.with_name(f"{collection.state.name}.rebuild")
        new.parent.mkdir(parents=True, exist_ok=True)
        _remove(new)
        files = [*collection.warcs(), *collection.left_open()]
        if not files:
            raise NothingToRebuild(f"{collection.archive}: has no WARC files, so there is nothing to rebuild from")
        with _new_state(new) as state:
            _Rebuild(collection, state, done, progress).read(files)
            _count(state.db, done)
        with new.open("rb") as file:
            os.fsync(file.fileno())
        done.aside = _move_aside(collection.state)
        OS_FILES.rename(new, collection.state)
        OS_FILES.fsync_folder(collection.state.parent)
    finally:
        guard.release()
    done.seconds = time.monotonic() - begun
    return done


@contextmanager
def _new_state(path: Path) -> Iterator[State]:
    """A database that is durable only as a whole: its caller syncs it."""
    state = State(path)
    try:
        state.db.execute("PRAGMA synchronous = OFF")
        state.db.executescript(INDEXES)
        yield state
        state.db.executescript(NO_INDEXES)
        state.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        state.close()


class _Rebuild:
    """One pass over the files."""

    def __init__(self, collection: Collection, state: State, done: Rebuilt, progress: Progress) -> None:
        self._collection, self._state, self._done, self._progress = collection, state, done, progress
        self._of = 0

    def read(self, files: list[Path]) -> None:
        """Foreign files first: what was imported is taken for earlier than the collection's own runs."""
        self._of = sum(path.stat().st_size for path in files)
        own = {path for path in files if is_own(path)}
        if foreign := sorted(set(files) - own):
            profiles = collection_profiles(self._collection)
            for path in foreign:
                self._read_foreign(path, profiles)
        runs = Runs(self._state.db, self._collection)
        for path in sorted(own, key=_begun):
            self._read_own(runs, path)
        with self._state.transaction():
            runs.end()

    def _read_own(self, runs: Runs, path: Path) -> None:
        units = Units(path)
        self._progress(path.name, self._done.bytes, self._of)
        _each(self._state, units, runs.take)
        # a torn tail is what a crash leaves behind an open file, and nothing is missing for it
        torn = units.whole_to if path.name.endswith(OPEN_SUFFIX) else None
        self._done.faults += [fault for fault in units.faults if torn is None or fault.offset < torn]
        size = path.stat().st_size
        self._done.bytes += size
        if units.whole_to < size:
            self._cut(path, units.whole_to)
        if units.orphans:
            self._done.told.append(f"{path.name}: {units.orphans} records belong to no whole attempt")
        name = path.name.removesuffix(OPEN_SUFFIX)
        if path.name.endswith(OPEN_SUFFIX):
            if seal_left_open(path) is not None:
                self._done.told.append(f"{name}: sealed, a dead process had left it open")
        elif units.whole_to == 0:
            path.unlink()
        if units.whole_to:
            self._enter_file(name, units.whole_to)

    def _cut(self, path: Path, length: int) -> None:
        self._collection.cut.mkdir(parents=True, exist_ok=True)
        report = cut_to(path, length, self._collection.cut)
        if report is not None:
            self._done.told.append(
                f"{path.name}: cut to {length} bytes, the end of its last whole attempt; {report.bytes} bytes"
                f" (sha256 {report.sha256}) kept as {report.kept_as.name}"
            )

    def _read_foreign(self, path: Path, profiles: ProfileSet) -> None:
        self._progress(path.name, self._done.bytes, self._of)
        file = ForeignFile(path)
        with self._state.transaction() as db:
            run = ForeignRun(db, self._collection, path, profiles)
        _each(self._state, file, run.enter)
        with self._state.transaction():
            self._done.told.append(run.end())
        size = path.stat().st_size
        self._enter_file(path.name, size)
        self._done.faults += file.faults
        self._done.imported += 1
        self._done.bytes += size

    def _enter_file(self, name: str, length: int) -> None:
        self._done.files += 1
        self._state.db.execute(
            "INSERT INTO files(name, committed, sealed) VALUES(?1, ?2, 1)"
            " ON CONFLICT(name) DO UPDATE SET committed = ?2, sealed = 1",
            (name, length),
        )


def _each(state: State, items: Iterable[_Item], enter: Callable[[_Item], None]) -> None:
    """Enters items as they come, so many in a transaction; none is kept."""
    rest = iter(items)
    count = BATCH
    while count == BATCH:
        count = 0
        with state.transaction():
            for item in islice(rest, BATCH):
                enter(item)
                count += 1


def _begun(path: Path) -> tuple[str, str]:
    """Files of ours in the order in which they were begun, whatever they are called otherwise."""
    found = _STAMP.search(path.name)
    return (found[1] if found is not None else "", path.name)


def _count(db: sqlite3.Connection, done: Rebuilt) -> None:
    [done.runs] = db.execute("SELECT count(*) FROM runs").fetchone()
    [done.captures] = db.execute("SELECT count(*) FROM captures").fetchone()
    states = dict(db.execute("SELECT state, count(*) FROM urls GROUP BY state").fetchall())
    done.urls, done.captured = sum(states.values()), states.get(CAPTURED, 0)
    done.open = states.get(QUEUED, 0) + states.get(WAITING, 0)


def _remove(path: Path) -> None:
    for name in (path.name, *(path.name + side for side in _SIDES)):
        path.with_name(name).unlink(missing_ok=True)


def _move_aside(path: Path) -> str | None:
    """Renames the old state.db and what SQLite keeps beside it; the name that it has now, None where there was none."""
    stamp = f"{datetime.now(UTC):%Y%m%d%H%M%S}"
    kept = path.with_name(f"{path.name}.{stamp}.bak")
    while any(path.with_name(kept.name + side).exists() for side in ("", *_SIDES)):
        stamp += "x"
        kept = path.with_name(f"{path.name}.{stamp}.bak")
    moved = None
    for side in (*_SIDES, ""):
        old = path.with_name(path.name + side)
        if old.exists():
            OS_FILES.rename(old, path.with_name(kept.name + side))
            moved = kept.name
    return moved
