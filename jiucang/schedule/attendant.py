"""What is done about one job when it may be due: resume what was interrupted, then run once for all that was missed.

Everything due later than the job's `settled` moment counts, whatever the reason it was not run: that is how three runs
missed become one. What comes due while a crawl of the same collection goes on is passed over and noted with it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from jiucang.codes import BAD_INPUT
from jiucang.schedule.crawls import Crawls, Ended
from jiucang.schedule.endings import ending
from jiucang.schedule.folder import Entry
from jiucang.schedule.ledger import DONE, INTERRUPTED, REFUSED, Ledger, Run, Start
from jiucang.schedule.notices import MailServer, tell
from jiucang.schedule.timetable import MAX_COUNTED
from jiucang.schedule.unfinished import crawled_by, runs_of

Clock = Callable[[], datetime]

#: How long to leave a collection alone that somebody else crawls, and a crawl that died for the first, second … time.
BUSY = timedelta(minutes=5)
AFTER_DEATH = (timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
#: A run that starts so soon after its moment is none that was missed.
IN_TIME = timedelta(minutes=1)

log = logging.getLogger("jiucang.schedule")


def system_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of attending to a job: whether nothing failed, and when to look at it again ahead of its time."""

    good: bool = True
    again: timedelta | None = None


class Attendant:
    """Attends to jobs, many at a time but never to one twice. *up_since* and *away* explain what was missed before."""

    def __init__(self, ledger: Ledger, crawls: Crawls, server: MailServer, clock: Clock, away: str) -> None:
        self._ledger, self._crawls, self._server, self._clock = ledger, crawls, server, clock
        self._up_since, self._away = clock(), away
        self._attended: set[str] = set()
        self._choosing = threading.Lock()

    def wanted(self, entry: Entry) -> bool:
        """Whether there is something to do now, pauses aside."""
        return bool(self._due(entry, self._clock())) or self._left_over(entry) is not None

    def attend(self, entry: Entry) -> Outcome:
        """Resumes and runs what there is. Raises `LedgerError`, OSError."""
        with self._alone(entry.file) as alone:
            standing = self._ledger.standing(entry.file)
            if not alone or standing is None or standing.paused or not self.wanted(entry):
                return Outcome()
            holder = crawled_by(entry.collection)
            if holder is not None:
                log.warning("%s: is due, but another crawl of its collection runs (%s)", entry.file, holder)
                return Outcome(again=BUSY)
            left = self._left_over(entry)
            unfinished = runs_of(entry.collection).unfinished
            good = True
            if left is not None or unfinished is not None:
                reason = left or f"resumed before the next run: run {unfinished} was not finished"
                run = self._crawl(entry, reason, [], unfinished)
                if run is None or run.outcome in (INTERRUPTED, REFUSED):
                    return self._not_now(entry, run)
                good = run.outcome == DONE
            now = self._clock()
            due = self._due(entry, now)
            if due:
                run = self._crawl(entry, self._reason(entry, due, now), due, None)
                if run is None or run.outcome == INTERRUPTED:
                    return self._not_now(entry, run)
                good = good and run.outcome == DONE
            return Outcome(good)

    @contextmanager
    def _alone(self, file: str) -> Iterator[bool]:
        with self._choosing:
            alone = file not in self._attended
            self._attended.add(file)
        try:
            yield alone
        finally:
            if alone:
                self._attended.discard(file)

    def _due(self, entry: Entry, now: datetime) -> list[datetime]:
        standing = self._ledger.standing(entry.file)
        return [] if standing is None else entry.timetable.between(standing.settled, now)

    def _left_over(self, entry: Entry) -> str | None:
        """Why the last run of this schedule is to be taken up again; None where it is not."""
        for last in self._ledger.runs(entry.file, limit=1):
            runs = runs_of(entry.collection)
            if last.outcome != INTERRUPTED:
                break
            if runs.unfinished is not None:
                return f"resumed: run {runs.unfinished} was interrupted ({last.detail or 'stopped'})"
            if last.crawl is None and not runs.begun_since(last.started):
                return f"begun again: {last.detail or 'it was stopped'}, before anything was crawled"
        return None

    def _reason(self, entry: Entry, due: list[datetime], now: datetime) -> str:
        first = entry.timetable.local(due[0])
        if len(due) == 1 and now - due[0] <= IN_TIME:
            return f"due {first}"
        why = self._away if due[0] <= self._up_since else "while it waited for its turn"
        if len(due) == 1:
            return f"1 run was due {why}, at {first}"
        number = f"{MAX_COUNTED} or more" if len(due) >= MAX_COUNTED else str(len(due))
        return f"{number} runs were due {why}, the first {first}"

    def _crawl(self, entry: Entry, reason: str, due: list[datetime], unfinished: str | None) -> Run | None:
        """One crawl from its first row to the last notice; None where there has been an order to stop."""
        if self._crawls.stopped:
            return None
        text = entry.path.read_bytes()
        started = self._clock()
        number = self._ledger.begin(Start(entry.file, entry.job.name, text, reason, due, unfinished), started)
        log.info("%s: starts: %s", entry.file, reason)
        try:
            ended = self._crawls.run(entry.path, lambda line: log.info("%s: %s", entry.file, line))
        except OSError as error:
            ended = Ended(BAD_INPUT, None, None, {}, f"no process could be started: {error.strerror}")
        now = self._clock()
        meanwhile = len(entry.timetable.between(started, now))
        stopped = self._crawls.stopped
        self._ledger.end(number, ending(ended, runs_of(entry.collection), started, unfinished, stopped, meanwhile), now)
        if ended is not None and (due or not self._due(entry, started)):
            self._ledger.settle(entry.file, now)
        run = self._ledger.runs(entry.file, limit=1)[0]
        self._tell(entry, run)
        return run

    def _not_now(self, entry: Entry, run: Run | None) -> Outcome:
        if run is None or self._crawls.stopped:
            return Outcome(good=False)
        if run.outcome == REFUSED:
            # what was due could not be run either, and is reported with this
            self._ledger.settle(entry.file, self._clock())
            return Outcome(good=False)
        recent = [past.outcome == INTERRUPTED for past in self._ledger.runs(entry.file, limit=len(AFTER_DEATH) + 1)]
        deaths = recent.index(False) if False in recent else len(recent)
        return Outcome(good=False, again=AFTER_DEATH[deaths - 1] if deaths <= len(AFTER_DEATH) else None)

    def _tell(self, entry: Entry, run: Run) -> None:
        if run.passed_over:
            log.warning("%s: %d came due while it went on, and were passed over", entry.file, run.passed_over)
        if self._crawls.stopped and run.outcome == INTERRUPTED:
            log.info("%s: stopped, to be resumed", entry.file)
            return
        level = logging.INFO if run.outcome == DONE else logging.ERROR
        log.log(level, "%s: %s (exit code %s): %s", entry.file, run.outcome, run.exit_code, run.detail)
        said = tell(self._server, entry.job.notify, run)
        if said:
            log.log(logging.WARNING if "failed" in said else logging.INFO, "%s: %s", entry.file, said)
            self._ledger.told(run.id, said)
