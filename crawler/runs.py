"""The runs of a collection, put in order again from the units of its WARC files."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pydantic import ValidationError

from archive.collection import Collection
from archive.reader import Record, parse_date
from archive.run_records import JOB, LOG, PROFILES, REPORT
from crawler.job import Job, load_job
from crawler.logged import Ended, read_ended, read_lines
from crawler.reading import Reader
from crawler.recorder import utc_text
from crawler.reenact import Process
from crawler.scope import ScopeRules
from crawler.units import Group, Paper
from crawler.yields import count_yield, plan_of
from profiles.load import BadProfile, ProfileSet
from profiles.strict_yaml import BadFile

#: Bytes of a job, a resolved set of profiles or a report that are read.
MAX_PAPER = 4 * 1024 * 1024
_PIECE = 256 * 1024
_STAMP = re.compile(r"\d{14}")


class NoJob(ValueError):
    """What a run may fetch cannot be told; the message says of which run, and what to do."""


@dataclass(slots=True)
class _Run:
    """What the files say of a run besides its attempts."""

    name: str
    number: int = 0
    job: Job | None = None
    profiles: ProfileSet | None = None
    ended: Ended = field(default_factory=Ended)
    logs: list[Record] = field(default_factory=list)
    last: str | None = None
    """WARC-Date of its last attempt."""
    day: datetime | None = None
    """When its last process began."""
    spent: float = 0.0
    """Seconds that its processes took, as far as their attempts tell."""

    def add_time(self) -> None:
        """Counts the process that is over; call before the next begins."""
        last = parse_date(self.last or "")
        if last is not None and self.day is not None:
            self.spent += max((last - self.day).total_seconds(), 0.0)


class Runs:
    """Takes groups and papers in the order of the files. Every call comes inside a transaction."""

    def __init__(self, db: sqlite3.Connection, collection: Collection) -> None:
        self._db, self._collection = db, collection
        self._runs: dict[str, _Run] = {}
        self._current: _Run | None = None
        self._process: Process | None = None
        self._fresh = False

    def take(self, unit: Group | Paper) -> None:
        """Raises OSError, `NoJob`."""
        if isinstance(unit, Paper):
            self._take_paper(unit)
            return
        run = self._turn_to(unit.told.run, unit.request.moment)
        self._process_of(run).enter(unit)
        run.last = unit.request.date

    def _take_paper(self, paper: Paper) -> None:
        if paper.part == JOB:
            # a process writes its job before all else: what follows is another one's
            run = self._turn_to(paper.run, paper.record.moment)
            run.add_time()
            run.job = _read_job(paper.record.block(MAX_PAPER)) or run.job
            run.day = paper.record.moment or run.day
            self._fresh = True
            return
        run = self._runs.setdefault(paper.run, _Run(paper.run))
        if paper.part == LOG:
            run.logs.append(paper.record)
        elif paper.part == PROFILES:
            run.profiles = _read_profiles(paper.record.block(MAX_PAPER)) or run.profiles
        elif paper.part == REPORT:
            run.ended = read_ended(paper.record.block(MAX_PAPER)) or run.ended

    def _turn_to(self, name: str, moment: datetime | None) -> _Run:
        run = self._runs.setdefault(name, _Run(name, day=moment))
        if self._current is not run:
            self.end(resumable=False)
            self._begin(run)
        return run

    def _process_of(self, run: _Run) -> Process:
        if self._process is None or self._fresh:
            job = run.job = run.job or self._kept_job(run)
            profiles = run.profiles = run.profiles or ProfileSet.resolve()
            scope = ScopeRules(job.scope, job.traps, job.seeds, run.day.date() if run.day is not None else None)
            reader = Reader(profiles, scope)
            self._process = Process(self._db, self._collection.archive, run.number, job, profiles, reader)
            self._fresh = False
        return self._process

    def _begin(self, run: _Run) -> None:
        started = _moment_of(run.name) or utc_text(run.day or datetime.fromtimestamp(0, UTC))
        # an import that was named after the same second gives way
        self._db.execute("UPDATE runs SET name = name || 'i' WHERE name = ? AND how = 'imported'", (run.name,))
        run.number = self._db.execute(
            "INSERT INTO runs(name, started) VALUES(?, ?)"
            " ON CONFLICT(name) DO UPDATE SET ended = NULL, how = NULL RETURNING id",
            (run.name, started),
        ).fetchone()[0]
        self._db.execute("DELETE FROM series")
        self._current, self._process = run, None

    def end(self, *, resumable: bool = True) -> None:
        """No more comes of the run being read. It is to be resumed if *resumable* and nothing says that it ended."""
        run = self._current
        if run is None:
            return
        process, ended = self._process_of(run), self._ended(run)
        run.add_time()
        self._db.execute("UPDATE runs SET spent = ? WHERE id = ?", (run.spent, run.number))
        for line in read_lines(self._log(run)):
            process.enter_logged(line)
        process.give_up_dead()
        if ended.how is not None:
            if ended.how != "finished":
                process.end(ended.how)
            self._db.execute(
                "UPDATE runs SET started = ?, ended = ?, how = ?, plan = ?, yield = ? WHERE id = ?",
                (
                    ended.started,
                    ended.ended,
                    ended.how,
                    plan_of(run.job) if run.job is not None else None,
                    count_yield(self._db, run.number),
                    run.number,
                ),
            )
        elif not resumable:
            # a later run began, so it was over; how is not known
            ended_at = utc_text(parse_date(run.last or "") or run.day or datetime.fromtimestamp(0, UTC))
            self._db.execute("UPDATE runs SET ended = ? WHERE id = ?", (ended_at, run.number))
        self._current = self._process = None

    def _ended(self, run: _Run) -> Ended:
        if run.ended.how is not None:
            return run.ended
        try:
            text = (self._collection.report(run.name) / REPORT).read_bytes()
        except OSError:
            return run.ended
        return read_ended(text) or run.ended

    def _log(self, run: _Run) -> Iterator[bytes]:
        """The run's crawl.log: as it lies in the reports, then as it stands in the WARC files."""
        try:
            with (self._collection.report(run.name) / LOG).open("rb") as file:
                while piece := file.read(_PIECE):
                    yield piece
        except FileNotFoundError:
            pass
        for record in run.logs:
            yield b"\n"
            yield from record.chunks()

    def _kept_job(self, run: _Run) -> Job:
        try:
            return load_job(self._collection.job)
        except (BadFile, OSError) as error:
            raise NoJob(
                f"run {run.name} has no job in the WARC files, and the collection's own is no help: {error}"
            ) from None


def _read_job(text: bytes) -> Job | None:
    try:
        return Job.model_validate_json(text)
    except ValidationError:
        return None


def _read_profiles(text: bytes) -> ProfileSet | None:
    try:
        return ProfileSet.from_yaml(text)
    except (BadProfile, ValueError):
        return None


def _moment_of(name: str) -> str | None:
    """When a run began that is named after it.

    >>> _moment_of("20141103020000"), _moment_of("first")
    ('2014-11-03T02:00:00Z', None)
    """
    if not _STAMP.fullmatch(name):
        return None
    try:
        return utc_text(datetime.strptime(name, "%Y%m%d%H%M%S").replace(tzinfo=UTC))
    except ValueError:
        return None
