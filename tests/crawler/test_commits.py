"""The commit loop: a crawl never waits for a commit that will not come."""

from __future__ import annotations

import asyncio
import errno
import sqlite3
import threading
from pathlib import Path

import pytest

from crawler import commits
from crawler.claims import Claim, Counts
from crawler.commits import CommitLoop
from crawler.politeness import Verdict
from crawler.recorder import Flushed
from crawler.records import Reading
from crawler.settlement import Settlement

CLAIM = Claim(1, "http://a.example/", "GET", b"", 1, "page", "", None, 0, 0, None)


class Disk:
    """Stands where the recorder does: takes batches, fails as told, holds a flush until it is let go."""

    def __init__(self, *troubles: Exception) -> None:
        self.troubles = list(troubles)
        self.batches: list[list[Settlement]] = []
        self.begun, self.free = threading.Event(), threading.Event()
        self.free.set()

    def flush(self, batch: list[Settlement], wants: dict[int, int], late: list[tuple[str, bytes]]) -> Flushed:
        self.begun.set()
        self.free.wait(10)
        if self.troubles:
            raise self.troubles.pop(0)
        self.batches.append(list(batch))
        return Flushed([CLAIM] if wants else [], Counts(), {})


class Plan:
    def __init__(self) -> None:
        self.wanted: dict[int, int] = {}
        self.claims: list[Claim] = []
        self.trouble: Exception | None = None

    def wants(self) -> dict[int, int]:
        return self.wanted

    def has_due_retry(self) -> bool:
        return False

    def has_ready(self) -> bool:
        return False

    def committed(self, flushed: Flushed) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.claims += flushed.claims

    def go_on(self) -> None:
        pass


def settlement() -> Settlement:
    return Settlement(CLAIM, None, Verdict("dropped", "test"), Reading("dropped"))


def loop_on(disk: Disk, plan: Plan, folder: Path, free_disk: int = 0) -> CommitLoop:
    loop = CommitLoop(disk, plan, folder, free_disk)  # type: ignore[arg-type]
    loop.start()
    return loop


def test_a_commit_under_way_is_finished_before_the_end(tmp_path: Path) -> None:
    async def run() -> None:
        disk, plan = Disk(), Plan()
        disk.free.clear()
        plan.wanted = {1: 1}
        loop = loop_on(disk, plan, tmp_path)
        await asyncio.to_thread(disk.begun.wait, 10)
        ending = asyncio.create_task(loop.stop())
        asyncio.get_running_loop().call_later(0.05, disk.free.set)
        await ending
        assert plan.claims == [CLAIM], "what was claimed on the way out must be given back by somebody"

    asyncio.run(run())


def test_what_is_settled_while_it_closes_is_committed_once(tmp_path: Path) -> None:
    async def run() -> None:
        disk, plan = Disk(), Plan()
        disk.free.clear()
        loop = loop_on(disk, plan, tmp_path)
        first, second = settlement(), settlement()
        waiting = asyncio.gather(loop.settle(first))
        await asyncio.to_thread(disk.begun.wait, 10)
        rest = asyncio.gather(loop.settle(second))
        ending = asyncio.create_task(loop.stop())
        asyncio.get_running_loop().call_later(0.05, disk.free.set)
        await asyncio.gather(waiting, rest, ending)
        assert [s for batch in disk.batches for s in batch] == [first, second]

    asyncio.run(run())


@pytest.mark.parametrize("where", ["flush", "committed"])
def test_whatever_breaks_ends_the_wait(where: str, tmp_path: Path) -> None:
    async def run() -> None:
        disk, plan = Disk(), Plan()
        if where == "flush":
            disk.troubles = [RuntimeError("planted")]
        else:
            plan.trouble = BrokenPipeError("nobody reads the progress line")
        loop = loop_on(disk, plan, tmp_path)
        await asyncio.wait_for(asyncio.gather(*(loop.settle(settlement()) for _ in range(3))), 5)
        await loop.stop()
        assert loop.failure is not None
        await loop.settle(settlement())

    asyncio.run(run())


def full_database() -> sqlite3.OperationalError:
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.execute("CREATE TABLE t(x)")
    db.execute("PRAGMA max_page_count = 2")
    with pytest.raises(sqlite3.OperationalError) as caught:
        db.execute("INSERT INTO t VALUES(zeroblob(100000))")
    return caught.value


@pytest.mark.parametrize("trouble", [OSError(errno.ENOSPC, "full"), full_database()])
def test_a_full_disk_is_waited_for(trouble: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commits, "DISK_PAUSE", 0.01)

    async def run() -> None:
        disk = Disk(trouble, trouble)
        loop = loop_on(disk, Plan(), tmp_path)
        one = settlement()
        await asyncio.wait_for(loop.settle(one), 5)
        assert disk.batches == [[one]] and loop.failure is None and not loop.paused
        await loop.stop()

    asyncio.run(run())


def test_a_crawl_that_is_stopped_waits_for_no_disk(tmp_path: Path) -> None:
    async def run() -> None:
        disk = Disk()
        loop = loop_on(disk, Plan(), tmp_path, free_disk=10**18)
        waiting = asyncio.gather(loop.settle(settlement()))
        while not loop.paused:  # noqa: ASYNC110 - nobody is told that a pause begins
            await asyncio.sleep(0)
        assert disk.batches == []
        loop.hurry()
        await asyncio.wait_for(waiting, 3)
        await loop.stop()
        assert len(disk.batches) == 1

    asyncio.run(run())
