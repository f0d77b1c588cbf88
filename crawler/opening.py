"""From a job to an open collection: the lock, what a dead process left made good, the run begun or taken up."""

from __future__ import annotations

import os
import re
import shutil
import socket
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from archive.collection import Collection
from archive.files import OS_FILES
from archive.run_records import JOB, PROFILES, run_urn
from archive.warc import RecordDraft
from archive.warcinfo import Warcinfo
from archive.writer import WarcWriter
from crawler.crawllog import CrawlLog
from crawler.frontier import Frontier
from crawler.guard import Guard
from crawler.job import Job
from crawler.listing import known_lists
from crawler.placement import place_state, refuse_another_portal
from crawler.reading import Reader
from crawler.recorder import Recorder, utc_text
from crawler.recovery import recover
from crawler.revisits import Originals
from crawler.scope import ScopeRules
from crawler.state import State
from profiles.load import ProfileSet

SOFTWARE = "jiucang/0.1.0"


@dataclass(frozen=True, slots=True)
class OpenCrawl:
    """Everything a crawl holds open. `told` says what was found and made good on the way."""

    job: Job
    profiles: ProfileSet
    collection: Collection
    guard: Guard
    state: State
    run_number: int
    run: str
    reader: Reader
    frontier: Frontier
    recorder: Recorder
    log: CrawlLog
    told: list[str]


def open_crawl(job: Job, job_file: Path) -> OpenCrawl:
    """Locks the collection, recovers what a dead process left, and takes up or begins a run.

    Raises OSError, sqlite3.Error, `StateError`, `CollectionBusy`, `profiles.strict_yaml.BadFile`; then
    nothing is left open.
    """
    profiles = ProfileSet.resolve(job.profile, job_file.parent)
    collection = Collection(job.collection_folder(job_file))
    collection.create()
    collection.spool.mkdir(exist_ok=True)
    with ExitStack() as undo:
        guard = Guard(collection.root)
        undo.callback(guard.release)
        refuse_another_portal(job, job_file, collection.job)
        place_state(job, job_file, collection)
        state = State(collection.state)
        undo.callback(state.close)
        told = recover(collection, state)
        number, run, resumed = _take_up_run(state)
        told += resumed
        told += _keep_job(job_file, collection.job, resumed=bool(resumed))
        frontier = Frontier(state.db, number, robots=job.politeness.robots, agent="jiucang", recrawl=job.recrawl.mode)
        with state.transaction():
            told += frontier.open(guard.killer)
        report = collection.report(run)
        report.mkdir(parents=True, exist_ok=True)
        OS_FILES.fsync_folder(report.parent)
        log = CrawlLog(report / "crawl.log", state, number)
        undo.callback(log.close)
        info = _warcinfo(job, run).fields()
        writer = WarcWriter(collection.archive, job.name, _host_name(), lambda: datetime.now(UTC), info)
        originals = Originals(state.db, collection.archive, number, dedup=job.recrawl.dedup)
        opening = partial(_opening_records, job, profiles, run)
        recorder = Recorder((number, run), state, frontier, writer, log, originals, opening)
        reader = Reader(profiles, ScopeRules(job.scope, job.traps, job.seeds))
        recorder.take_in(reader.seeds(job.seeds))
        if job.recrawl.mode == "columns":
            # what led to a list is not asked for again, unless it is a list itself
            recorder.take_in(reader.again(known_lists(state.db, number)))
        undo.pop_all()
    return OpenCrawl(job, profiles, collection, guard, state, number, run, reader, frontier, recorder, log, told)


def _take_up_run(state: State) -> tuple[int, str, list[str]]:
    """A run's number and name, and what to say where it is an old one."""
    row = state.db.execute("SELECT id, name FROM runs WHERE ended IS NULL ORDER BY id DESC").fetchone()
    if row is not None:
        return int(row[0]), str(row[1]), [f"run {row[1]} was interrupted and is resumed"]
    now = datetime.now(UTC)
    name = now.strftime("%Y%m%d%H%M%S")
    with state.transaction() as db:
        while db.execute("SELECT 1 FROM runs WHERE name = ?", (name,)).fetchone():
            name = str(int(name) + 1)
        number = db.execute(
            "INSERT INTO runs(name, started) VALUES(?, ?) RETURNING id", (name, utc_text(now))
        ).fetchone()[0]
        # a series is endless within a run, not over the years
        db.execute("DELETE FROM series")
    return int(number), name, []


def _keep_job(job_file: Path, kept: Path, *, resumed: bool) -> list[str]:
    """Copies the job file into the collection, whole or not at all; says so where a resumed run had another."""
    if job_file.resolve() == kept.resolve():
        return []
    changed = kept.exists() and kept.read_bytes() != job_file.read_bytes()
    temporary = kept.with_suffix(".tmp")
    shutil.copyfile(job_file, temporary)
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    temporary.replace(kept)
    OS_FILES.fsync_folder(kept.parent)
    if changed and resumed:
        return [f"{job_file}: has changed since this run began; what was queued before stays queued"]
    return []


def user_agent(job: Job) -> str:
    """What the crawl calls itself: who runs it stands in it where ASCII can say so."""
    contact = _line(job.operator.contact or job.operator.name)
    return f"Mozilla/5.0 (compatible; {SOFTWARE}{'; +' + contact if contact.isascii() and contact else ''})"


def _warcinfo(job: Job, run: str) -> Warcinfo:
    robots = {"obey": "obey", "requisites": "obey but for requisites", "ignore": "ignore"}[job.politeness.robots]
    reason = _line(job.politeness.robots_reason)
    contact = _line(job.operator.contact)
    return Warcinfo(
        software=SOFTWARE,
        hostname=_host_name(),
        operator=" ".join(filter(None, (_line(job.operator.name), contact))) or None,
        is_part_of=f"{job.name} {run}",
        description="; ".join(filter(None, (_line(job.rights.statement), _line(job.rights.basis)))) or None,
        robots=f"{robots}: {reason}" if reason else robots,
        user_agent=user_agent(job),
        from_address=contact if "@" in contact else None,
    )


def _line(text: str) -> str:
    """A job's text as a field's value: a paragraph of YAML has line breaks, a field has none."""
    return " ".join(text.split())


def _opening_records(job: Job, profiles: ProfileSet, run: str) -> list[RecordDraft]:
    """The job and the resolved profiles, so that the WARC files alone suffice to derive the text again."""
    now = datetime.now(UTC)
    texts = (
        (run_urn(run, JOB), "application/json", job.model_dump_json(indent=1)),
        (run_urn(run, PROFILES), "application/yaml", profiles.to_yaml()),
    )
    return [
        RecordDraft(type="resource", date=now, target_uri=uri, content_type=media, block=text.encode())
        for uri, media, text in texts
    ]


def _host_name() -> str:
    """This machine's name, as far as it can stand in a file name."""
    return re.sub(r"[^A-Za-z0-9.-]", "-", socket.gethostname()) or "localhost"
