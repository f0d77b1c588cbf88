"""Stands between a crawl and its disk: notes each operation, lets it fail, kills the process at it.

Patched are the methods of `archive.files.OsFiles`, `State.transaction` and `os.mkdir`; the code above them is
the real one.
"""

from __future__ import annotations

import errno
import os
import shutil
import signal
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from archive.files import OsFiles
from crash.journal import Entry, Journal, WalEnd, wal_end
from crash.plan import ANY, Moment, Plan
from crawler.state import State

T = TypeVar("T")


class Tap:
    """The operations of one process. Those of files come from the writer's thread, mkdir from the main one."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._journal = Journal(Path(plan.journal))
        self._kills = 0
        self._seen: Counter[str] = Counter()
        self._committed = 0
        plan.trash.mkdir(exist_ok=True)

    def reach(self, op: str, when: Moment) -> None:
        """The moment *when* of an operation: the process ends here if this is the one."""
        kill = self.plan.kill
        if kill is None:
            return
        if kill.at_last is not None and self._committed >= kill.at_last:
            self._die()
        if when == kill.when and kill.op in (op, ANY) and self._committed >= kill.captures:
            self._kills += 1
            if self._kills == kill.nth:
                self._die()

    def _die(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def wants_half(self, op: str) -> bool:
        kill = self.plan.kill
        return (
            kill is not None
            and (kill.op, kill.when) == (op, "half")
            and self._committed >= kill.captures
            and self._kills + 1 == kill.nth
        )

    def fault(self, op: str) -> str | None:
        """What is to happen instead of this operation, if anything; counts it."""
        self._seen[op] += 1
        for fault in self.plan.faults:
            if fault.op == op and fault.nth <= self._seen[op] < fault.nth + fault.times:
                return fault.what
        return None

    def perform(self, entry: Entry, call: Callable[[], T]) -> T:
        """One operation, noted before and after, unless a fault or the end comes instead."""
        self.note(entry)
        self.reach(entry.op, "before")
        raise_fault(self.fault(entry.op), entry.path)
        raise_fault(self.fault(f"{entry.op} {Path(entry.path).name}"), entry.path)
        result = call()
        self.reach(entry.op, "after")
        self.note(Entry(entry.op, True, entry.path, entry.length, entry.other))
        self.reach(entry.op, "noted")
        return result

    def note(self, entry: Entry) -> None:
        self._journal.note(entry)

    def committed(self, path: Path, end: WalEnd, exchanges: tuple[str, ...]) -> None:
        self._committed += len(exchanges)
        self.note(Entry("commit", True, str(path), end.end, end.salts, exchanges))


def raise_fault(what: str | None, path: str) -> None:
    if what in ("ENOSPC", "EIO"):
        number = getattr(errno, what)
        raise OSError(number, os.strerror(number), path)


class FileTap:
    """In the place of the file layer's methods, and of os.mkdir for what lies under the plan's root."""

    def __init__(self, tap: Tap) -> None:
        self._tap = tap
        self._paths: dict[int, str] = {}
        self._kept = iter(range(10**9))
        # bound to the instance, the real methods outlast what takes their place in the class
        self._real, self._mkdir = OsFiles(), os.mkdir
        for name in ("create", "open", "write", "truncate", "fsync", "close", "rename", "remove", "fsync_folder"):
            setattr(self._real, name, getattr(self._real, name))
            setattr(OsFiles, name, getattr(self, name))
        os.mkdir = self.mkdir

    def _trash(self) -> Path:
        return self._tap.plan.trash / f"{os.getpid()}-{next(self._kept)}"

    def create(self, path: Path) -> int:
        handle = self._tap.perform(Entry("create", False, str(path)), lambda: self._real.create(path))
        self._paths[handle] = str(path)
        return handle

    def open(self, path: Path) -> int:
        handle = self._real.open(path)
        self._paths[handle] = str(path)
        return handle

    def write(self, handle: int, data: bytes | memoryview, offset: int) -> int:
        half = bytes(data)[: len(data) // 2]
        if half and self._tap.wants_half("write"):
            self._real.write(handle, half, offset)
        self._tap.reach("write", "half")
        if half and self._tap.fault("short write") == "short":
            data = half
        entry = Entry("write", False, self._paths[handle], offset + len(data))
        return self._tap.perform(entry, lambda: self._real.write(handle, data, offset))

    def truncate(self, handle: int, length: int) -> None:
        tail = self._trash()
        with Path(self._paths[handle]).open("rb") as file:
            file.seek(length)
            tail.write_bytes(file.read())
        entry = Entry("truncate", False, self._paths[handle], length, str(tail))
        self._tap.perform(entry, lambda: self._real.truncate(handle, length))

    def fsync(self, handle: int) -> None:
        entry = Entry("fsync", False, self._paths[handle], os.fstat(handle).st_size)
        self._tap.perform(entry, lambda: self._real.fsync(handle))

    def close(self, handle: int) -> None:
        self._paths.pop(handle, None)
        self._real.close(handle)

    def rename(self, old: Path, new: Path) -> None:
        self._tap.perform(Entry("rename", False, str(old), other=str(new)), lambda: self._real.rename(old, new))

    def remove(self, path: Path) -> None:
        copy = self._trash()
        shutil.copyfile(path, copy)
        self._tap.perform(Entry("remove", False, str(path), other=str(copy)), lambda: self._real.remove(path))

    def fsync_folder(self, path: Path) -> None:
        self._tap.perform(Entry("fsync_folder", False, str(path)), lambda: self._real.fsync_folder(path))

    def mkdir(self, path: str | Path, mode: int = 0o777) -> None:
        if not Path(path).is_relative_to(self._tap.plan.root) or Path(path).exists():
            self._mkdir(path, mode)
            return
        self._tap.perform(Entry("mkdir", False, str(path)), lambda: self._mkdir(path, mode))


def tap_state(tap: Tap) -> None:
    """Every transaction, with what it commits; and SQLite's own troubles."""
    real_transaction, real_init = State.transaction, State.__init__
    last = WalEnd("", 0)
    holders: list[sqlite3.Connection] = []

    def wal(state: State) -> Path:
        return Path(f"{state.path}-wal")

    def init(self: State, path: Path) -> None:
        nonlocal last
        fresh = not Path(path).exists()
        real_init(self, path)
        self.db.execute("PRAGMA busy_timeout = 100")
        last = wal_end(wal(self))
        if fresh:
            tap.committed(wal(self), last, ())

    def trouble(state: State) -> None:
        while holders:
            holders.pop().close()
        what = tap.fault("begin")
        pages = state.db.execute("PRAGMA page_count").fetchone()[0] if what == "full" else 2**31 - 1
        state.db.execute(f"PRAGMA max_page_count = {pages}")
        if what == "locked":
            other = sqlite3.connect(state.path, isolation_level=None, check_same_thread=False)
            other.execute("BEGIN IMMEDIATE")
            holders.append(other)

    @contextmanager
    def transaction(self: State) -> Iterator[sqlite3.Connection]:
        nonlocal last
        if tap.plan.faults:
            trouble(self)
        tap.note(Entry("begin", False, str(self.path)))
        tap.reach("begin", "before")
        with real_transaction(self) as db:
            tap.reach("begin", "noted")
            newest = db.execute("SELECT coalesce(max(id), 0) FROM captures").fetchone()[0]
            yield db
            fresh = db.execute("SELECT exchange FROM captures WHERE id > ?", (newest,)).fetchall()
            full = db.execute("PRAGMA synchronous").fetchone()[0] >= 2
            tap.note(Entry("commit", False, str(self.path)))
            tap.reach("commit", "before")
        tap.reach("commit", "half")
        tap.reach("commit", "after")
        if full:
            last = wal_end(wal(self), last)
        tap.committed(wal(self), last, tuple(row[0] for row in fresh))
        tap.reach("commit", "noted")

    State.__init__ = init  # type: ignore[method-assign]
    State.transaction = transaction  # type: ignore[method-assign]
