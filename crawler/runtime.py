"""One crawl process: what is handed out, what comes back, when it ends.

Scrapy's seams (scheduler, handler, spider) are thin and come here. The event loop reads pages; one
writer thread owns the WARC file and state.db.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from archive.warc import RecordDraft
from crawler.claims import Claim, Counts, Known
from crawler.commits import CommitLoop
from crawler.dispatch import Dispatcher
from crawler.job import Job
from crawler.opening import open_crawl, user_agent
from crawler.pace import ASIDE_WAITS
from crawler.politeness import Attempt, Verdict
from crawler.recorder import Flushed, Tally, utc_text
from crawler.report import RunReport, end_of, paper_records, read_report, write_report
from crawler.settlement import Settlement
from crawler.stopping import GRACE, Attempts, on_stop_signal
from crawler.wire.client import WireClient, WireSettings
from crawler.wire.exchange import Exchange
from crawler.yields import plan_of

logger = logging.getLogger(__name__)

#: Events that run.json names; the rest stand in the log.
MAX_TOLD = 1000


class Runtime:
    """The state of one crawl process. Made before the engine, opened with it, closed after it."""

    def __init__(self, job: Job, job_file: Path, aside_waits: Sequence[float] = ASIDE_WAITS) -> None:
        """Opens the collection; raises what `open_crawl` raises. *aside_waits* as in `pace.Health`."""
        held = self._held = open_crawl(job, job_file)
        self.job, self.collection, self.told = job, held.collection, held.told
        self.guard, self.reader = held.guard, held.reader
        self.user_agent = user_agent(job)
        self.timeout = 60.0
        self.on_progress: Callable[[Tally, Counts], None] | None = None
        self.wake: Callable[[], None] = lambda: None
        self.wire: Attempts | None = None
        self.report: RunReport | None = None
        self.stopping: str | None = None
        self.interrupted = False
        politeness = job.politeness
        self.dispatcher = Dispatcher(
            politeness.delay, politeness.concurrency, held.frontier.origins.host_of, self._tell, aside_waits
        )
        for host, delay in held.frontier.origins.crawl_delays().items():
            self.dispatcher.slow_to(host, delay)
        self._counts = held.frontier.counts()
        self.dispatcher.told(self._counts.queued)
        self._commits = CommitLoop(held.recorder, self, held.collection.root, job.limits.free_disk)
        self._under_way: dict[int, Claim] = {}
        self._given_back: list[Claim] = []
        self._timer: asyncio.TimerHandle | None = None
        self._ends: list[asyncio.TimerHandle] = []
        self._closed = False

    async def open(self) -> None:
        """Starts the wire and the commits; call on the running loop."""
        settings = WireSettings(
            spool_dir=self.collection.spool,
            body_limit=self.job.limits.body,
            allow=tuple(self.job.network.allow),
            first_byte=self.timeout,
            idle=self.timeout,
        )
        self.wire = Attempts(WireClient(settings, on_late_bytes=self._commits.late_bytes))
        self._commits.start()
        on_stop_signal(self.interrupt)
        if self.job.limits.time is not None:
            left = max(self.job.limits.time - self._held.recorder.spent, 0.0)
            end = asyncio.get_running_loop().call_later(left, self._stop, "limit:time")
            self._ends.append(end)

    # -- handing out and taking back ---------------------------------------------------------------

    def next_claim(self) -> Claim | None:
        """A claim to send now, or None; a timer or a commit wakes the engine when that changes."""
        if self._ending or self._commits.paused:
            return None
        now = time.monotonic()
        claim = self.dispatcher.next(now)
        if claim is None:
            self._wake_later(now)
        else:
            self._under_way[claim.id] = claim
        if self.dispatcher.hungry:
            self._commits.poke()
        return claim

    def _wake_later(self, now: float) -> None:
        waits = [self.dispatcher.wake_in(now)]
        if self._counts.waiting_until is not None:
            waits.append(max(self._counts.waiting_until - time.time(), 0.01))
        wait = min((w for w in waits if w is not None), default=None)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if wait is not None:
            self._timer = asyncio.get_running_loop().call_later(wait, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        if self.has_due_retry():
            self._commits.poke()
        self.wake()

    def attempt_ended(self, claim: Claim, attempt: Attempt | None, verdict: Verdict) -> Verdict | None:
        """Its host may be asked again. Returns the verdict that stands once the host is looked at as well.

        *attempt* is None where nothing was learnt of the host. None where the attempt has ended before: a
        middleware's second request for the same claim.
        """
        if self._under_way.pop(claim.id, None) is None:
            return None
        if attempt is None:
            self.dispatcher.given_back(claim)
            return verdict
        return self.dispatcher.ended(claim, attempt, verdict, time.monotonic())

    def give_back(self, claim: Claim) -> None:
        """An attempt that was given up half way: as if it had not been made."""
        if self._under_way.pop(claim.id, None) is not None:
            self.dispatcher.given_back(claim)
            self._given_back.append(claim)

    def lost(self, alive: set[int]) -> list[Claim]:
        """Claims handed out whose request nobody has any more; *alive* are the ids of those somebody has."""
        return [claim for number, claim in self._under_way.items() if number not in alive]

    async def recall(self, known: Known, exchange: Exchange) -> tuple[Exchange, bytes | None] | None:
        """What a 304 stands for, as `Originals.recall` gives it; None where the archive cannot give it."""
        loop, originals = asyncio.get_running_loop(), self._held.recorder.originals
        try:
            return await loop.run_in_executor(self._commits.thread, originals.recall, known, exchange)
        except (OSError, sqlite3.Error) as error:
            logger.warning("%s: the capture it is unchanged from cannot be read: %s", exchange.url, error)
            return None

    async def settle(self, settlement: Settlement) -> None:
        """Commits one ended attempt; returns when it is on disk (or the crawl has failed)."""
        await self._commits.settle(settlement)

    def has_open_work(self) -> bool:
        """Whether the crawl must go on: something is queued, under way or not committed."""
        if self._under_way or self._commits.uncommitted:
            return True
        if self._ending:
            return False
        return self.dispatcher.ready > 0 or self._counts.waiting > 0 or self._counts.claimable > 0

    # -- what a commit serves ----------------------------------------------------------------------

    def wants(self) -> dict[int, int]:
        """Of which origin how many claims would keep the hosts busy."""
        return {} if self._ending else self.dispatcher.wants()

    def has_due_retry(self) -> bool:
        return self._counts.waiting_until is not None and self._counts.waiting_until <= time.time()

    def has_ready(self) -> bool:
        return self.dispatcher.ready > 0

    def committed(self, flushed: Flushed) -> None:
        self._counts = flushed.counts
        self.dispatcher.told(flushed.counts.queued)
        self.dispatcher.add(flushed.claims)
        for host, delay in flushed.crawl_delays.items():
            self.dispatcher.slow_to(host, delay)
        limits, tally = self.job.limits, self.tally
        if limits.pages is not None and tally.captured >= limits.pages:
            self._stop("limit:pages")
        elif limits.bytes is not None and tally.bytes >= limits.bytes:
            self._stop("limit:bytes")
        if self.on_progress is not None:
            self.on_progress(tally, self._counts)
        self.wake()

    def _tell(self, event: str) -> None:
        """Something that whoever reads run.json should know."""
        logger.warning("%s", event)
        if len(self.told) < MAX_TOLD:
            self.told.append(event)

    def go_on(self) -> None:
        self.wake()

    @property
    def tally(self) -> Tally:
        return self._held.recorder.tally

    # -- ending ------------------------------------------------------------------------------------

    @property
    def _ending(self) -> bool:
        return bool(self.stopping or self.interrupted or self._commits.failure)

    def _stop(self, reason: str) -> None:
        """What is under way ends; the rest is dropped for *reason*."""
        if self.stopping is None:
            self.stopping = reason
            logger.info("the crawl ends: %s", reason)
            self.wake()

    def interrupt(self) -> None:
        """Ctrl-C or SIGTERM: what is under way has a moment to end; the next start resumes the run."""
        if self.interrupted or self.wire is None:
            return
        self.interrupted = True
        logger.warning("stopping: what is under way has %g seconds; the same signal again ends at once", GRACE)
        self._commits.hurry()
        self._ends.append(asyncio.get_running_loop().call_later(GRACE, self.wire.give_up))

    async def close(self) -> None:
        """Commits the rest, gives back what was not sent, seals the file, and ends the run if it is done."""
        if self._closed:
            return
        self._closed = True
        for timer in (self._timer, *self._ends):
            if timer is not None:
                timer.cancel()
        try:
            if self.wire is not None:
                await self.wire.close()
            await self._commits.stop()
            await asyncio.get_running_loop().run_in_executor(self._commits.thread, self._close_archive)
        finally:
            self._commits.thread.shutdown()
            self.guard.release()

    def _close_archive(self) -> None:
        held, failure = self._held, self._commits.failure
        unused = [*self.dispatcher.take_back(), *self._given_back, *self._under_way.values()]
        folder = self.collection.report(held.run)
        try:
            if failure is None:
                held.recorder.close(unused, lambda db: self._end_run(db, folder))
        except Exception as error:
            logger.critical("the archive could not be closed; the next start makes it good: %s", error)
            failure = error
        try:
            if failure or self.report is None:
                how = "error" if failure else "interrupted"
                self.report = read_report(held.state.db, held.run_number, how, self.told)
                write_report(self.report, folder)
        except Exception as error:
            logger.error("run.json could not be written: %s", error)
        finally:
            held.log.close()
            held.state.close()

    def _end_run(self, db: sqlite3.Connection, folder: Path) -> list[RecordDraft]:
        """Ends the run if nothing is left of it to do; returns its papers then, which also stand in *folder*."""
        held, how = self._held, self.stopping or "finished"
        if not self.stopping and held.frontier.has_open_work():
            return []
        if self.stopping:
            held.frontier.end(self.stopping)
        plan = plan_of(self.job)
        ending = end_of(db, held.run_number, how, plan, folder)
        db.execute(
            "UPDATE runs SET ended = ?, how = ?, plan = ?, yield = ? WHERE id = ?",
            (utc_text(datetime.now(UTC)), how, plan, ending.yields.pages, held.run_number),
        )
        self.report = read_report(db, held.run_number, how, self.told, ending)
        write_report(self.report, folder)
        held.log.sync(db)
        return paper_records(self.report, held.log.block())
