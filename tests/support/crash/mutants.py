"""The commit protocol broken on purpose, each time at one place: what the harness must see."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from archive.files import OsFiles
from crawler import recovery
from crawler.frontier import Frontier
from crawler.state import CLAIMED, QUEUED, State


def no_fsync() -> None:
    OsFiles.fsync = staticmethod(lambda handle: None)  # type: ignore[method-assign]


def no_folder_fsync() -> None:
    OsFiles.fsync_folder = staticmethod(lambda path: None)  # type: ignore[method-assign]


def order_swapped() -> None:
    """What is appended reaches the file only after the transaction."""
    real_write, real_fsync, real_transaction = OsFiles.write, OsFiles.fsync, State.transaction
    waiting: list[Callable[[], object]] = []

    def write(handle: int, data: bytes | memoryview, offset: int) -> int:
        copy = bytes(data)
        waiting.append(lambda: real_write(handle, copy, offset))
        return len(copy)

    def fsync(handle: int) -> None:
        waiting.append(lambda: real_fsync(handle))

    @contextmanager
    def transaction(self: State) -> Iterator[sqlite3.Connection]:
        with real_transaction(self) as db:
            yield db
        while waiting:
            waiting.pop(0)()

    OsFiles.write, OsFiles.fsync = staticmethod(write), staticmethod(fsync)  # type: ignore[method-assign]
    State.transaction = transaction  # type: ignore[method-assign]


def no_cut() -> None:
    recovery.cut_to = lambda *arguments: None


def claims_forgotten() -> None:
    """What a dead process had claimed is not queued again."""
    real = Frontier.open

    def open_frontier(self: Frontier, killer: int) -> list[str]:
        claimed = self._db.execute("SELECT id FROM urls WHERE state = ?", (CLAIMED,)).fetchall()
        told = real(self, killer)
        self._db.executemany(f"UPDATE urls SET state = {CLAIMED} WHERE id = ? AND state = {QUEUED}", claimed)
        self.reload()
        return told

    Frontier.open = open_frontier  # type: ignore[method-assign]


def links_later() -> None:
    """A page's outlinks come with the next commit instead of its own."""
    real = Frontier.take_in
    held: list[object] | None = None

    def take_in(self: Frontier, discoveries: Iterable[object]) -> None:
        nonlocal held
        # the first call brings the seeds
        now, held = (discoveries, []) if held is None else (held, list(discoveries))
        real(self, now)  # type: ignore[arg-type]

    Frontier.take_in = take_in  # type: ignore[method-assign]


def wal_not_synced() -> None:
    real = State.__init__

    def init(self: State, *arguments: object, **keywords: object) -> None:
        real(self, *arguments, **keywords)  # type: ignore[arg-type]
        self.db.execute("PRAGMA synchronous = NORMAL")

    State.__init__ = init  # type: ignore[method-assign]


MUTANTS: dict[str, Callable[[], None]] = {
    mutant.__name__: mutant
    for mutant in (
        no_fsync,
        no_folder_fsync,
        order_swapped,
        no_cut,
        claims_forgotten,
        links_later,
        wal_not_synced,
    )
}
