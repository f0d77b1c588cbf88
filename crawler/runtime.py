"""One crawl process: everything it holds, from the job to the archive, and the loop that commits.

Scrapy's seams (scheduler, handler, spider) are thin and come here. The event loop reads pages; one
writer thread owns the WARC file and state.db.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import re
import shutil
import socket
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from archive.collection import Collection
from archive.run_records import JOB, PROFILES, run_urn
from archive.warc import RecordDraft, Warcinfo
from archive.writer import WarcWriter
from crawler.crawllog import CrawlLog
from crawler.dispatch import Dispatcher
from crawler.frontier import Claim, Counts, Frontier
from crawler.guard import Guard
from crawler.job import Job
from crawler.reading import Reader
from crawler.recorder import Flushed, Recorder, Settlement, Tally, utc_text
from crawler.recovery import recover
from crawler.report import RunReport, read_report, write_report
from crawler.scope import ScopeRules
from crawler.state import State
from crawler.wire.client import WireClient, WireSettings
from profiles.load import ProfileSet

logger = logging.getLogger(__name__)

#: A batch is committed when so many exchanges wait, or the oldest has waited so long (seconds).
BATCH = 64
LINGER = 0.02
#: Seconds between looks at a disk that was full.
DISK_PAUSE = 5.0

SOFTWARE = "jiucang/0.1.0"


class Runtime:
    """The state of one crawl process. Made before the engine, opened with it, closed after it."""

    def __init__(self, job: Job, job_file: Path) -> None:
        """Opens the collection, recovers what a dead process left, and takes up or begins a run.

        Raises OSError, `StateError`, `CollectionBusy`, `profiles.strict_yaml.BadFile`.
        """
        self.job = job
        self.profiles = ProfileSet.resolve(job.profile, job_file.parent)
        self.collection = Collection(job.collection_folder(job_file))
        self.collection.create()
        self.guard = Guard(self.collection.root)
        if job_file.resolve() != self.collection.job.resolve():
            shutil.copyfile(job_file, self.collection.job)
        self.told: list[str] = []
        self._state = State(self.collection.state)
        self.told += recover(self.collection, self._state)
        self.run_number, self.run = self._take_up_run()
        scope = ScopeRules(job.scope, job.traps, job.seeds)
        self.reader = Reader(self.profiles, scope)
        self.dispatcher = Dispatcher(job.politeness.delay, job.politeness.concurrency)
        self.stopping: str | None = None
        self.failure: BaseException | None = None
        self.report: RunReport | None = None
        self._ended: str | None = None
        self.on_progress: Callable[[Tally, Counts], None] | None = None
        self.wake: Callable[[], None] = lambda: None
        self.wire: WireClient | None = None
        self.timeout = 30.0
        self._started = time.monotonic()
        self._pending: list[Settlement] = []
        self._late: list[tuple[str, bytes]] = []
        self._uncommitted = 0
        self._counts = Counts()
        self._news: asyncio.Event | None = None
        self._pump_task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._frontier, self._recorder = self._open_recorder()

    # -- opening ---------------------------------------------------------------------------------

    def _take_up_run(self) -> tuple[int, str]:
        row = self._state.db.execute("SELECT id, name FROM runs WHERE ended IS NULL ORDER BY id DESC").fetchone()
        if row is not None:
            self.told.append(f"run {row[1]} was interrupted and is resumed")
            return int(row[0]), str(row[1])
        now = datetime.now(UTC)
        name = now.strftime("%Y%m%d%H%M%S")
        while self._state.db.execute("SELECT 1 FROM runs WHERE name = ?", (name,)).fetchone():
            name = str(int(name) + 1)
        row = self._state.db.execute(
            "INSERT INTO runs(name, started) VALUES(?, ?) RETURNING id", (name, utc_text(now))
        ).fetchone()
        return int(row[0]), name

    def _open_recorder(self) -> tuple[Frontier, Recorder]:
        job = self.job
        frontier = Frontier(self._state.db, self.run_number, robots=job.politeness.robots, agent="jiucang")
        with self._state.transaction():
            self.told += frontier.open(self.guard.killer)
        writer = WarcWriter(
            self.collection.archive, job.name, _host_name(), lambda: datetime.now(UTC), self._warcinfo().fields()
        )
        self.report_folder = self.collection.report(self.run)
        self.report_folder.mkdir(parents=True, exist_ok=True)
        self._log = CrawlLog(self.report_folder / "crawl.log")
        recorder = Recorder(
            (self.run_number, self.run), self._state, frontier, writer, self._log, self._opening_records
        )
        recorder.take_in(self.reader.seeds(job.seeds))
        self._counts = frontier.counts()
        return frontier, recorder

    def _warcinfo(self) -> Warcinfo:
        job = self.job
        return Warcinfo(
            software=SOFTWARE,
            hostname=_host_name(),
            operator=" ".join(filter(None, (job.operator.name, job.operator.contact))) or None,
            is_part_of=f"{job.name} {self.run}",
            description="; ".join(filter(None, (job.rights.statement, job.rights.basis))) or None,
            robots={"obey": "obey", "requisites": "obey but for requisites", "ignore": "ignore"}[job.politeness.robots]
            + (f": {job.politeness.robots_reason}" if job.politeness.robots_reason else ""),
            user_agent=self.user_agent,
            from_address=job.operator.contact if "@" in job.operator.contact else None,
        )

    def _opening_records(self) -> list[RecordDraft]:
        """The job and the resolved profiles, so that the WARC files alone suffice to derive the text again."""
        now = datetime.now(UTC)
        texts = (
            (run_urn(self.run, JOB), self.job.model_dump_json(indent=1)),
            (run_urn(self.run, PROFILES), self.profiles.to_yaml()),
        )
        types = ("application/json", "application/yaml")
        return [
            RecordDraft(type="resource", date=now, target_uri=uri, content_type=media, block=text.encode())
            for (uri, text), media in zip(texts, types, strict=True)
        ]

    @property
    def user_agent(self) -> str:
        contact = self.job.operator.contact or self.job.operator.name
        return f"Mozilla/5.0 (compatible; {SOFTWARE}{'; +' + contact if contact.isascii() and contact else ''})"

    async def open(self) -> None:
        """Starts the wire and the commits; call on the running loop."""
        self._news = asyncio.Event()
        self.wire = WireClient(self._wire_settings(), on_late_bytes=self._late_bytes)
        self._pump_task = asyncio.create_task(self._pump())
        self._news.set()

    def _late_bytes(self, url: str, data: bytes) -> None:
        """What came after an exchange was over: kept with the next commit."""
        self._late.append((url, data))
        if self._news is not None:
            self._news.set()

    def _wire_settings(self) -> WireSettings:
        return WireSettings(
            spool_dir=self.collection.spool,
            body_limit=self.job.limits.body,
            allow=tuple(self.job.network.allow),
            first_byte=self.timeout,
            idle=self.timeout,
        )

    # -- handing out and taking back, on the loop --------------------------------------------------

    def next_claim(self) -> Claim | None:
        """A claim to send now, or None; a timer or a commit wakes the engine when that changes."""
        if self.stopping or self.failure or self._pump_task is None:
            return None
        now = time.monotonic()
        claim = self.dispatcher.next(now)
        if claim is None:
            self._wake_later(now)
        if self._news is not None and self.dispatcher.wants(self._counts.queued, self._frontier.host_of):
            self._news.set()
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
        if self._counts.waiting_until is not None and self._counts.waiting_until <= time.time() and self._news:
            self._news.set()
        self.wake()

    def has_open_work(self) -> bool:
        """Whether the crawl must go on: something is queued, under way or not committed."""
        busy = self.dispatcher.in_flight > 0 or self._uncommitted > 0
        if self.stopping or self.failure:
            return busy
        return busy or self.dispatcher.ready > 0 or self._counts.waiting > 0 or any(self._counts.queued.values())

    def attempt_ended(self, claim: Claim, hold: float = 0.0) -> None:
        """The host may be asked again; not before *hold* seconds where it said that it is busy."""
        host = self._frontier.host_of(claim.origin)
        self.dispatcher.ended(host)
        if hold:
            self.dispatcher.hold(host, time.monotonic() + hold)

    async def settle(self, settlement: Settlement) -> None:
        """Commits one ended attempt; returns when it is on disk (or the crawl has failed)."""
        if self._news is None or self.failure:
            return
        settlement.done = asyncio.get_running_loop().create_future()
        self._uncommitted += 1
        self._pending.append(settlement)
        self._news.set()
        try:
            await settlement.done
        finally:
            self._uncommitted -= 1

    # -- committing --------------------------------------------------------------------------------

    async def _pump(self) -> None:
        """Commits what is pending and claims what is wanted, until cancelled."""
        assert self._news is not None
        loop = asyncio.get_running_loop()
        while True:
            await self._news.wait()
            self._news.clear()
            if len(self._pending) < BATCH and self._pending and self.dispatcher.ready:
                await asyncio.sleep(LINGER)
                self._news.clear()
            if not self._disk_has_room():
                await asyncio.sleep(DISK_PAUSE)
                self._news.set()
                continue
            batch, self._pending = self._pending[:BATCH], self._pending[BATCH:]
            wants = {} if self.stopping else self.dispatcher.wants(self._counts.queued, self._frontier.host_of)
            late, self._late = self._late, []
            if not (batch or late or wants or self._retry_is_due()):
                continue
            try:
                flushed = await loop.run_in_executor(self._thread, self._recorder.flush, batch, wants, late)
            except Exception as error:
                if _disk_is_full(error):
                    logger.warning("the disk is full: the crawl pauses and goes on by itself (%s)", error)
                    self._pending, self._late = batch + self._pending, late + self._late
                    await asyncio.sleep(DISK_PAUSE)
                    self._news.set()
                    continue
                self._fail(error, batch)
                return
            self._late = late + self._late
            self._flushed(batch, flushed)

    def _flushed(self, batch: list[Settlement], flushed: Flushed) -> None:
        self._counts = flushed.counts
        self.dispatcher.add(flushed.claims, self._frontier.host_of)
        for host, delay in flushed.crawl_delays.items():
            self.dispatcher.slow_to(host, delay)
        for settlement in batch:
            if settlement.done is not None and not settlement.done.done():
                settlement.done.set_result(None)
        if self._pending and self._news is not None:
            self._news.set()
        self._check_limits()
        if self.on_progress is not None:
            self.on_progress(self.tally, self._counts)
        self.wake()

    def _retry_is_due(self) -> bool:
        return self._counts.waiting_until is not None and self._counts.waiting_until <= time.time()

    def _fail(self, error: BaseException, batch: list[Settlement]) -> None:
        """The archive cannot be written: what is not committed is asked for again at the next start."""
        logger.critical("the archive cannot be written, the crawl ends: %s", error, exc_info=error)
        self.failure = error
        for settlement in batch + self._pending:
            if settlement.done is not None and not settlement.done.done():
                settlement.done.set_result(None)
        self._pending = []
        self.wake()

    def _check_limits(self) -> None:
        limits, tally = self.job.limits, self.tally
        reached = {
            "limit:pages": limits.pages is not None and tally.captured >= limits.pages,
            "limit:bytes": limits.bytes is not None and tally.bytes >= limits.bytes,
            "limit:time": limits.time is not None and time.monotonic() - self._started >= limits.time,
        }
        if self.stopping is None and any(reached.values()):
            self.stopping = next(name for name, hit in reached.items() if hit)
            logger.info("the crawl ends: %s", self.stopping)

    def _disk_has_room(self) -> bool:
        free = shutil.disk_usage(self.collection.root).free
        if free >= self.job.limits.free_disk:
            return True
        logger.warning(
            "only %d MB are free (limits.free_disk: %d MB): the crawl pauses and goes on by itself",
            free // 10**6,
            self.job.limits.free_disk // 10**6,
        )
        return False

    @property
    def tally(self) -> Tally:
        return self._recorder.tally

    # -- closing -----------------------------------------------------------------------------------

    async def close(self) -> None:
        """Commits the rest, gives back what was not sent, seals the file, and ends the run if it is done."""
        if self._timer is not None:
            self._timer.cancel()
        if self._pump_task is not None:
            self._pump_task.cancel()
        if self.wire is not None:
            await self.wire.close()
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close_archive)
        self._thread.shutdown()
        self.guard.release()

    def _close_archive(self) -> None:
        unused = self.dispatcher.take_back()
        if self.failure is None:
            if self._pending or self._late:
                self._counts = self._recorder.flush(self._pending, {}, self._late).counts
            self._recorder.close(unused)
            if self.stopping or not (unused or self._counts.waiting or any(self._counts.queued.values())):
                self._end_run()
        how = "error" if self.failure else self._ended or "interrupted"
        self.report = read_report(self._state.db, self.run_number, how, self.told)
        write_report(self.report, self.report_folder / "run.json")
        self._log.close()
        self._state.close()

    def _end_run(self) -> None:
        self._ended = self.stopping or "finished"
        with self._state.transaction() as db:
            if self.stopping:
                self._frontier.end(self.stopping)
            now = utc_text(datetime.now(UTC))
            db.execute("UPDATE runs SET ended = ?, how = ? WHERE id = ?", (now, self._ended, self.run_number))


def _host_name() -> str:
    """This machine's name, as far as it can stand in a file name."""
    return re.sub(r"[^A-Za-z0-9.-]", "-", socket.gethostname()) or "localhost"


def _disk_is_full(error: Exception) -> bool:
    if isinstance(error, sqlite3.OperationalError):
        return error.sqlite_errorcode == sqlite3.SQLITE_FULL
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
