"""The loop that commits: what the event loop has settled goes to the writer's thread in batches.

Here a full disk is waited for, and here a crawl whose archive cannot be written ends.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from crawler.recorder import Flushed, Recorder
from crawler.settlement import Late, Settlement
from crawler.state import advice

logger = logging.getLogger(__name__)

#: A batch is committed when so many exchanges wait, or the oldest has waited so long (seconds).
BATCH = 64
LINGER = 0.02
#: Seconds between looks at a disk that was full.
DISK_PAUSE = 5.0
#: Late bytes kept until their exchange is committed; of more, the oldest are written alone.
MAX_LATE = 1000


class Plan(Protocol):
    """What a commit serves besides the exchanges."""

    def wants(self) -> dict[int, int]:
        """Claims to make along with the commit: how many of which origin."""
        ...

    def has_due_retry(self) -> bool: ...

    def has_ready(self) -> bool:
        """Whether requests can be sent meanwhile, so that a batch may wait to grow."""
        ...

    def committed(self, flushed: Flushed) -> None: ...

    def go_on(self) -> None:
        """The loop paused or failed: look again at what can be done."""
        ...


class CommitLoop:
    """Commits in the background once started. All methods are called on the event loop."""

    def __init__(self, recorder: Recorder, plan: Plan, folder: Path, free_disk: int) -> None:
        """Commits pause while the disk of *folder* has less than *free_disk* bytes."""
        self._recorder, self._plan = recorder, plan
        self._folder, self._free_disk = folder, free_disk
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self.failure: BaseException | None = None
        self.paused = False
        self.uncommitted = 0
        self._pending: list[Settlement] = []
        self._late: list[Late] = []
        self._news = asyncio.Event()
        self._hurried = asyncio.Event()
        self._closing = False
        self._given_up = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())
        self._news.set()

    def poke(self) -> None:
        """There are claims to make."""
        self._news.set()

    def late_bytes(self, url: str, data: bytes) -> None:
        """What came after an exchange was over: kept with the next commit."""
        self._late.append(Late(url, data))
        self._news.set()

    async def settle(self, settlement: Settlement) -> None:
        """Commits one ended attempt; returns when it is on disk, or the loop has failed."""
        if self.failure is not None:
            return
        settlement.done = asyncio.get_running_loop().create_future()
        self.uncommitted += 1
        self._pending.append(settlement)
        self._news.set()
        try:
            await settlement.done
        finally:
            self.uncommitted -= 1

    def hurry(self) -> None:
        """The crawl is to stop: no disk is waited for any more, not even for the reserve of free_disk."""
        self._hurried.set()
        self._news.set()

    async def stop(self) -> None:
        """Ends the commit under way, commits the rest, and ends the loop."""
        self._closing = True
        # the crawl was stopped by hand: what was under way is not kept, nor what came late for it
        self._given_up = self._hurried.is_set()
        self.hurry()
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        try:
            while not self._closing:
                await self._news.wait()
                self._news.clear()
                if 0 < len(self._pending) < BATCH and self._plan.has_ready():
                    await asyncio.sleep(LINGER)
                    self._news.clear()
                if self._has_room():
                    await self._commit()
                else:
                    await self._pause()
            while self._pending or self._late:
                left = len(self._pending) + len(self._late)
                await self._commit()
                if len(self._pending) + len(self._late) == left:
                    if self._given_up or all(item.alone for item in self._late):
                        logger.warning("%d pieces of late bytes belong to no exchange that is kept", len(self._late))
                        break
                    self._late = _alone(self._late)
        except Exception as error:
            self._fail(error)

    async def _commit(self) -> None:
        batch, self._pending = self._pending[:BATCH], self._pending[BATCH:]
        too_many = max(len(self._late) - MAX_LATE, 0)
        late, self._late = [*_alone(self._late[:too_many]), *self._late[too_many:]], []
        wants = {} if self._closing else self._plan.wants()
        if not (batch or late or wants or self._plan.has_due_retry()):
            self._go_on()
            return
        loop = asyncio.get_running_loop()
        try:
            flushed = await loop.run_in_executor(self.thread, self._recorder.flush, batch, wants, late)
        except Exception as error:
            self._pending, self._late = batch + self._pending, late + self._late
            if self._hurried.is_set() or not _passes(error):
                raise
            self._say_paused(str(error))
            await self._pause()
            return
        self._late = late + self._late
        self._go_on()
        for settlement in batch:
            _resolve(settlement)
        if self._pending:
            self._news.set()
        self._plan.committed(flushed)

    def _has_room(self) -> bool:
        if self._hurried.is_set():
            return True
        free = shutil.disk_usage(self._folder).free
        if free >= self._free_disk:
            return True
        self._say_paused(f"{free // 10**6} MB are free, limits.free_disk is {self._free_disk // 10**6} MB")
        return False

    def _say_paused(self, why: str) -> None:
        if not self.paused:
            self.paused = True
            logger.warning("the crawl pauses and goes on by itself: %s", why)

    def _go_on(self) -> None:
        if self.paused:
            self.paused = False
            logger.warning("the crawl goes on")
            self._plan.go_on()

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(DISK_PAUSE):
                await self._hurried.wait()
        except TimeoutError:
            pass
        self._news.set()

    def _fail(self, error: BaseException) -> None:
        """What is not committed is asked for again at the next start."""
        what_to_do = advice(error) if isinstance(error, sqlite3.Error) else ""
        logger.critical("the archive cannot be written, the crawl ends: %s%s", error, what_to_do, exc_info=error)
        self.failure = error
        pending, self._pending = self._pending, []
        for settlement in pending:
            _resolve(settlement)
        self._plan.go_on()


def _resolve(settlement: Settlement) -> None:
    if settlement.done is not None and not settlement.done.done():
        settlement.done.set_result(None)


def _alone(late: list[Late]) -> list[Late]:
    return [replace(item, alone=True) for item in late]


def _passes(error: Exception) -> bool:
    """Whether waiting can help: the disk is full, or another program holds state.db."""
    if isinstance(error, sqlite3.OperationalError):
        return error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY)
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
