"""A run's record of itself: run.json, and beside it what is missing and what has vanished."""

from __future__ import annotations

import json
import os
import sqlite3
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from archive.files import OS_FILES
from archive.run_records import LOG, REPORT, run_urn
from archive.warc import Block, FileBlock, RecordDraft
from crawler.completeness import MAX_NAMED, Completeness, missing, read_completeness
from crawler.state import CAPTURED, DROPPED, FAILED, STATE_NAMES
from crawler.vanished import read_vanished
from crawler.yields import Yield, count_yield, read_yield

#: Kinds of page that say something of the portal, as a challenge does not.
_PAGES = ("article", "list", "index", "other")


@dataclass(frozen=True, slots=True)
class Ending:
    """What only a run that has ended can say of itself.

    `plan` is a digest of its seeds and scope (`yields.plan_of`). `missing` counts the lines of missing.txt.
    `vanished` counts those of vanished.jsonl by `how`; it is None where the run cannot tell, and
    `vanished_unknown` says why.
    """

    plan: str
    yields: Yield
    missing: int
    vanished: dict[str, int] | None
    vanished_unknown: str | None


@dataclass(frozen=True, slots=True)
class RunReport:
    """`how` is finished, interrupted, a limit (`limit:pages`) or `error`; counts are of frontier keys.

    `attempts`, `statuses`, `media_types`, `kinds` and `truncated` count exchanges; `bytes` are those added to the
    WARC files, `payload_bytes` those of the payloads that came whole, by whether they were new or revisited.
    `seeds_captured` counts seeds that were answered: a 404 is the portal's own answer, a server error is none.
    """

    run: str
    started: str
    ended: str | None
    how: str
    urls: dict[str, int]
    attempts: int
    statuses: dict[str, int]
    media_types: dict[str, int]
    hosts: dict[str, int]
    kinds: dict[str, int]
    drops: dict[str, int]
    failures: dict[str, int]
    failed_urls: list[tuple[str, str]]
    bytes: int
    payload_bytes: dict[str, int]
    revisits: dict[str, int]
    truncated: dict[str, int]
    completeness: Completeness
    seeds_captured: int = 0
    ending: Ending | None = None
    events: list[str] = field(default_factory=list)

    @property
    def only_challenges(self) -> bool:
        """Whether pages came, but every one of them was a challenge or captcha: nothing was archived that counts."""
        pages = sum(self.kinds.get(kind, 0) for kind in _PAGES)
        return pages == 0 and (self.kinds.get("challenge", 0) + self.kinds.get("captcha", 0)) > 0

    @property
    def yield_drop(self) -> str | None:
        """Why the run brought too little to be believed; None where it did not, or has not ended."""
        return self.ending.yields.drop if self.ending is not None else None

    @property
    def complete(self) -> bool:
        """Whether everything in scope was kept: exit code 0 rather than 1."""
        trouble = self.failures or self.only_challenges or self.yield_drop
        return self.how == "finished" and not trouble and self.seeds_captured > 0


def read_report(
    db: sqlite3.Connection, run: int, how: str, events: list[str], ending: Ending | None = None
) -> RunReport:
    """What state.db says of a run; of one that has ended, with its *ending*. Raises sqlite3.Error."""
    name, started, ended = db.execute("SELECT name, started, ended FROM runs WHERE id = ?", (run,)).fetchone()
    met = _Met()
    for row in db.execute(
        "SELECT u.state, coalesce(u.reason, ''), o.origin, u.count FROM (SELECT state, reason, origin,"
        " count(*) AS count FROM urls WHERE run = ? GROUP BY 1, 2, 3) u JOIN origins o ON o.id = u.origin"
        " ORDER BY 1, 2, 3",
        (run,),
    ):
        met.add(*row)
    exchanges = _Exchanges()
    for row in db.execute(
        "SELECT status, media_type, kind, truncated, original IS NOT NULL, count(*), sum(length), total(payload_length)"
        " FROM captures WHERE run = ? GROUP BY 1, 2, 3, 4, 5",
        (run,),
    ):
        exchanges.add(*row)
    return RunReport(
        run=name,
        started=started,
        ended=ended,
        how=how,
        urls=dict(met.states),
        attempts=exchanges.count,
        statuses=dict(exchanges.statuses),
        media_types=dict(exchanges.media_types),
        hosts=dict(met.hosts),
        kinds=dict(exchanges.kinds),
        drops=dict(met.drops),
        failures=dict(met.failures),
        failed_urls=_failed(db, run) if met.failures else [],
        bytes=exchanges.bytes,
        payload_bytes=dict(exchanges.payload_bytes),
        revisits=dict(exchanges.revisits),
        truncated=dict(exchanges.truncated),
        completeness=read_completeness(db, run, met.states, ended=ending is not None),
        seeds_captured=db.execute(
            "SELECT count(DISTINCT u.id) FROM urls u JOIN captures c ON c.url_id = u.id AND c.run = u.run"
            " WHERE u.run = ? AND u.hops = '' AND u.state = ? AND c.status < 500",
            (run, CAPTURED),
        ).fetchone()[0],
        ending=ending,
        events=events,
    )


def _failed(db: sqlite3.Connection, run: int) -> list[tuple[str, str]]:
    return db.execute(
        "SELECT url, coalesce(reason, '') FROM urls WHERE run = ? AND state = ? ORDER BY id LIMIT ?",
        (run, FAILED, MAX_NAMED),
    ).fetchall()


@dataclass(slots=True)
class _Met:
    """Keys that a run met, counted by what became of them."""

    states: Counter[str] = field(default_factory=Counter)
    hosts: Counter[str] = field(default_factory=Counter)
    drops: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)

    def add(self, state: int, reason: str, origin: str, count: int) -> None:
        self.states[STATE_NAMES[state]] += count
        if state == CAPTURED:
            self.hosts[origin] += count
        elif state in (DROPPED, FAILED):
            (self.drops if state == DROPPED else self.failures)[reason] += count


@dataclass(slots=True)
class _Exchanges:
    """Exchanges of a run, counted by what they have in common."""

    count: int = 0
    bytes: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    media_types: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    truncated: Counter[str] = field(default_factory=Counter)
    revisits: Counter[str] = field(default_factory=Counter)
    payload_bytes: Counter[str] = field(default_factory=lambda: Counter(new=0, revisited=0))

    def add(
        self,
        status: int | None,
        media_type: str | None,
        kind: str | None,
        truncated: str | None,
        revisit: int,
        count: int,
        size: int,
        payload: float,
    ) -> None:
        self.count += count
        self.bytes += size
        named = (self.statuses, status), (self.media_types, media_type), (self.kinds, kind), (self.truncated, truncated)
        for counter, value in named:
            if value is not None:
                counter[str(value)] += count
        if revisit:
            self.revisits["server-not-modified" if status == 304 else "identical-payload-digest"] += count
        self.payload_bytes["revisited" if revisit else "new"] += int(payload)


def end_of(db: sqlite3.Connection, run: int, how: str, plan: str, folder: Path) -> Ending:
    """What a run comes to that has ended so; writes missing.txt and vanished.jsonl into its report's *folder*.

    Raises sqlite3.Error, OSError.
    """
    if how == "finished":
        yields = read_yield(db, run, plan)
        unknown = yields.drop if yields.than else "no finished run before it had the same seeds and scope"
    else:
        yields, unknown = Yield(count_yield(db, run)), f"the run ended early ({how})"
    vanished: Counter[str] | None = None
    if unknown is None:
        vanished = Counter()

        def told() -> Iterable[str]:
            for found in read_vanished(db, run):
                vanished[found.how] += 1
                yield json.dumps(asdict(found), ensure_ascii=False)

        _write_lines(told(), folder / "vanished.jsonl")
    lacking = _write_lines(missing(db, run), folder / "missing.txt")
    return Ending(plan, yields, lacking, None if vanished is None else dict(vanished), unknown)


def paper_records(report: RunReport, log: FileBlock) -> list[RecordDraft]:
    """What stands at the end of a run's last file: its crawl.log and its run.json."""
    now = datetime.now(UTC)
    papers: tuple[tuple[str, str, Block], ...] = (
        (LOG, "text/plain", log),
        (REPORT, "application/json", f"{_json(report)}\n".encode()),
    )
    return [
        RecordDraft(type="resource", date=now, target_uri=run_urn(report.run, part), content_type=media, block=block)
        for part, media, block in papers
    ]


def write_report(report: RunReport, folder: Path) -> None:
    """Writes run.json whole or not at all. Raises OSError."""
    _write_lines([_json(report)], folder / "run.json")


def _json(report: RunReport) -> str:
    return json.dumps(asdict(report), ensure_ascii=False, indent=1)


def _write_lines(lines: Iterable[str], path: Path) -> int:
    """How many lines were written into the file, which is replaced only by a whole new one. Raises OSError."""
    temporary, count = path.with_suffix(".tmp"), 0
    with temporary.open("w", encoding="utf-8") as file:
        for line in lines:
            file.write(line + "\n")
            count += 1
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    OS_FILES.fsync_folder(path.parent)
    return count
