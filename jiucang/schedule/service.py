"""The two ways to keep a timetable: a service that waits for each moment, and a single pass over what is due now."""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from apscheduler.executors.pool import ThreadPoolExecutor as Pool
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.interval import IntervalTrigger

from jiucang.codes import BAD_INPUT, DONE, FAULTS, STOPPED
from jiucang.schedule.attendant import Attendant, Clock, Outcome, system_clock
from jiucang.schedule.crawls import Crawls
from jiucang.schedule.folder import LEDGER, LOCK, Entry, Listing, read_folder
from jiucang.schedule.ledger import Ledger, LedgerError
from jiucang.schedule.notices import MailServer
from jiucang.schedule.timetable import Timetable

#: How often the service looks for job files that were added, edited or taken away.
LOOK = timedelta(seconds=30)
_LOOK_ID = "/look"

log = logging.getLogger("jiucang.schedule")


class FolderBusy(RuntimeError):
    """Another process looks after this folder's schedules; the message names its pid and start."""


class _Occurrences(BaseTrigger):  # type: ignore[misc]
    """A timetable as APScheduler asks for it."""

    def __init__(self, timetable: Timetable) -> None:
        self._timetable = timetable

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """The first moment after now: what was missed before is the attendant's to count."""
        return self._timetable.next(max(previous_fire_time or now, now))


class Service:
    """Waits for each job's moments and attends to it then; *at_once* crawls go on at the same time.

    APScheduler waits and keeps the pool; what is due is decided by the ledger, so a moment that it skips is not lost.
    """

    def __init__(self, folder: Path, ledger: Ledger, attendant: Attendant, at_once: int, clock: Clock) -> None:
        self._folder, self._ledger, self._attendant, self._clock = folder, ledger, attendant, clock
        self._known: dict[str, Entry] = {}
        self._complained: dict[str, str] = {}
        # looking has a thread of its own: it must not wait behind crawls
        executors = {"default": Pool(at_once), "look": Pool(1)}
        defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        self.scheduler = BackgroundScheduler(executors=executors, job_defaults=defaults, timezone=UTC)

    def start(self) -> None:
        """Raises OSError, `LedgerError`."""
        self.look()
        self.scheduler.add_job(self._look_again, IntervalTrigger(seconds=LOOK.seconds), id=_LOOK_ID, executor="look")
        self.scheduler.start()

    def close(self) -> None:
        """Starts nothing more, and waits for what is under way."""
        self.scheduler.shutdown(wait=True)

    def _look_again(self) -> None:
        try:
            self.look()
        except (OSError, LedgerError) as error:
            log.error("%s: cannot be looked at: %s", self._folder, error)

    def look(self) -> None:
        """Takes in what the folder holds now. A job whose file has become unusable keeps its last good timetable, so
        that its failure is seen and told when it is due."""
        now = self._clock()
        listing = read_folder(self._folder)
        complaints = {file: str(error) for file, error in listing.bad.items()}
        for file in complaints.keys() - {
            file for file, said in self._complained.items() if said == complaints.get(file)
        }:
            log.error("%s", complaints[file])
        self._complained = complaints
        entries = {file: entry for file, entry in self._known.items() if file in listing.bad} | listing.entries
        for file in self._known.keys() - entries.keys():
            log.info("%s: is gone, or has no schedule any more", file)
            if self.scheduler.get_job(file) is not None:
                self.scheduler.remove_job(file)
        self._ledger.part(set(entries) | set(listing.bad))
        for file, entry in entries.items():
            before = self._known.get(file)
            if before is None or before.timetable != entry.timetable:
                self._ledger.meet(file, entry.timetable.text, now)
                self._known[file] = entry
                self._plan(entry, now if self._attendant.wanted(entry) else entry.timetable.next(now))
        self._known = entries

    def _plan(self, entry: Entry, when: datetime | None) -> None:
        self.scheduler.add_job(
            self._attend,
            _Occurrences(entry.timetable),
            args=[entry.file],
            id=entry.file,
            replace_existing=True,
            next_run_time=when,
        )
        until = "nothing more is due" if when is None else f"next at {entry.timetable.local(when)}"
        log.info("%s: %s; %s", entry.file, entry.timetable.text, until)

    def _attend(self, file: str) -> None:
        entry = self._known.get(file)
        if entry is None:
            return
        outcome = attended(self._attendant, entry)
        if outcome.again is not None and file in self._known:
            now = self._clock()
            later = entry.timetable.next(now)
            self._plan(entry, min(filter(None, (later, now + outcome.again))))


def attended(attendant: Attendant, entry: Entry) -> Outcome:
    """Attends to a job; what keeps it from that is a line in the log."""
    try:
        return attendant.attend(entry)
    except (OSError, LedgerError) as error:
        log.error("%s: could not be attended to: %s", entry.file, error)
        return Outcome(good=False)


def run_service(folder: Path, at_once: int, server: MailServer) -> int:
    """`jiucang schedule run`: until SIGTERM or Ctrl-C; returns the exit code."""
    try:
        return _looking_after(folder, lambda ledger, crawls: _serve(folder, ledger, crawls, at_once, server))
    except FolderBusy as error:
        print(f"jiucang: {error}", file=sys.stderr)
        return BAD_INPUT


def _serve(folder: Path, ledger: Ledger, crawls: Crawls, at_once: int, server: MailServer) -> int:
    attendant = Attendant(ledger, crawls, server, system_clock, "while the service was down")
    service = Service(folder, ledger, attendant, at_once, system_clock)
    told = threading.Event()

    def stop() -> None:
        crawls.stop()
        told.set()

    with _on_signals(stop):
        service.start()
        told.wait()
        log.info("stopping; crawls under way stop in good order")
        service.close()
    return STOPPED


def run_due(folder: Path, at_once: int, server: MailServer) -> int:
    """`jiucang schedule due`: one pass; returns the exit code."""
    try:
        return _looking_after(
            folder, lambda ledger, crawls: one_pass(folder, ledger, crawls, at_once, server, system_clock)
        )
    except FolderBusy as error:
        # a timer may fire while the pass before still goes on
        print(f"jiucang: {error}; nothing is done now", file=sys.stderr)
        return DONE


def one_pass(folder: Path, ledger: Ledger, crawls: Crawls, at_once: int, server: MailServer, clock: Clock) -> int:
    """Runs what is due since the last pass and waits for it. Raises OSError, `LedgerError`."""
    attendant = Attendant(ledger, crawls, server, clock, "since the last pass")
    listing = read_folder(folder)
    for error in listing.bad.values():
        log.error("%s", error)
    _meet_all(ledger, listing, clock())
    with _on_signals(crawls.stop), ThreadPoolExecutor(at_once) as pool:
        outcomes = list(pool.map(lambda entry: attended(attendant, entry), listing.entries.values()))
    if crawls.stopped:
        return STOPPED
    if not all(outcome.good for outcome in outcomes):
        return FAULTS
    return BAD_INPUT if listing.bad else DONE


def _meet_all(ledger: Ledger, listing: Listing, now: datetime) -> None:
    ledger.part(set(listing.entries) | set(listing.bad))
    for entry in listing.entries.values():
        ledger.meet(entry.file, entry.timetable.text, now)


def _looking_after(folder: Path, work: Callable[[Ledger, Crawls], int]) -> int:
    """What *work* returns; input that cannot be used is reported. Raises `FolderBusy`."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
    try:
        with _lock(folder):
            ledger = Ledger(folder / LEDGER)
            abandoned = ledger.abandon(system_clock())
            if abandoned:
                log.warning("%d crawls were under way when the service ended; they are resumed", abandoned)
            return work(ledger, Crawls())
    except LedgerError as error:
        print(f"jiucang: {error}", file=sys.stderr)
    except OSError as error:
        print(f"jiucang: {error.filename or folder}: {error.strerror or error}", file=sys.stderr)
    return BAD_INPUT


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """One process per folder. The lock is the kernel's, so it falls with the process. Raises `FolderBusy`, OSError."""
    lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(lock, 200, 0).decode("utf-8", "replace").strip()
            raise FolderBusy(f"{folder}: its schedules are looked after ({holder or 'just starting'})") from None
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"pid {os.getpid()}, since {system_clock():%Y-%m-%dT%H:%M:%SZ}\n".encode(), 0)
        yield
    finally:
        os.close(lock)


@contextmanager
def _on_signals(call: Callable[[], object]) -> Iterator[None]:
    """Has *call* called at each SIGINT and SIGTERM meanwhile."""
    before = {number: signal.signal(number, lambda *_: call()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
