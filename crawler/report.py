"""A run's record of itself, run.json: how it ended, and what became of everything it met."""

from __future__ import annotations

import json
import os
import sqlite3
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

from crawler.state import CAPTURED, DROPPED, FAILED, STATE_NAMES

#: So many failed URLs are named in the report; the crawl.log has them all.
MAX_NAMED = 1000


@dataclass(frozen=True, slots=True)
class RunReport:
    """`how` is finished, interrupted, a limit (`limit:pages`) or `error`; counts are of frontier keys.

    `seeds_captured` counts seeds that were answered: a 404 is the portal's own answer, a server error is none.
    """

    run: str
    started: str
    ended: str | None
    how: str
    urls: dict[str, int]
    attempts: int
    statuses: dict[str, int]
    hosts: dict[str, int]
    kinds: dict[str, int]
    drops: dict[str, int]
    failures: dict[str, int]
    failed_urls: list[tuple[str, str]]
    bytes: int
    truncated: dict[str, int]
    seeds_captured: int = 0
    events: list[str] = field(default_factory=list)

    @property
    def only_challenges(self) -> bool:
        """Whether pages came, but every one of them was a challenge or captcha: nothing was archived that counts."""
        pages = sum(self.kinds.get(kind, 0) for kind in ("article", "list", "index", "other", "redirect"))
        return pages == 0 and (self.kinds.get("challenge", 0) + self.kinds.get("captcha", 0)) > 0

    @property
    def complete(self) -> bool:
        """Whether everything in scope was kept: exit code 0 rather than 1."""
        return self.how == "finished" and not self.failures and self.seeds_captured > 0 and not self.only_challenges


def read_report(db: sqlite3.Connection, run: int, how: str, events: list[str]) -> RunReport:
    """What state.db says of a run. Raises sqlite3.Error."""
    name, started, ended = db.execute("SELECT name, started, ended FROM runs WHERE id = ?", (run,)).fetchone()
    by_state = "SELECT coalesce(reason, ''), count(*) FROM urls WHERE run = ? AND state = ? GROUP BY 1"
    of_captures = "SELECT {}, count(*) FROM captures WHERE run = ? AND {} IS NOT NULL GROUP BY 1"
    counts = {
        STATE_NAMES[state]: count
        for state, count in db.execute("SELECT state, count(*) FROM urls WHERE run = ? GROUP BY state", (run,))
    }
    hosts: Counter[str] = Counter()
    for origin, count in db.execute(
        "SELECT o.origin, count(*) FROM urls u JOIN origins o ON o.id = u.origin"
        " WHERE u.run = ? AND u.state = ? GROUP BY 1",
        (run, CAPTURED),
    ):
        hosts[origin] += count
    failed = db.execute(
        "SELECT url, coalesce(reason, '') FROM urls WHERE run = ? AND state = ? ORDER BY id LIMIT ?",
        (run, FAILED, MAX_NAMED),
    ).fetchall()
    return RunReport(
        run=name,
        started=started,
        ended=ended,
        how=how,
        urls=counts,
        attempts=db.execute("SELECT count(*) FROM captures WHERE run = ?", (run,)).fetchone()[0],
        statuses={str(k): n for k, n in db.execute(of_captures.format("status", "status"), (run,))},
        hosts=dict(hosts),
        kinds=dict(db.execute(of_captures.format("kind", "kind"), (run,))),
        drops=dict(db.execute(by_state, (run, DROPPED))),
        failures=dict(db.execute(by_state, (run, FAILED))),
        failed_urls=[(url, reason) for url, reason in failed],
        bytes=db.execute("SELECT coalesce(sum(length), 0) FROM captures WHERE run = ?", (run,)).fetchone()[0],
        truncated=dict(db.execute(of_captures.format("truncated", "truncated"), (run,))),
        seeds_captured=db.execute(
            "SELECT count(DISTINCT u.id) FROM urls u JOIN captures c ON c.url_id = u.id AND c.run = u.run"
            " WHERE u.run = ? AND u.hops = '' AND u.state = ? AND c.status < 500",
            (run, CAPTURED),
        ).fetchone()[0],
        events=events,
    )


def write_report(report: RunReport, path: Path) -> None:
    """Writes run.json whole or not at all. Raises OSError."""
    temporary = path.with_suffix(".tmp")
    with temporary.open("w", encoding="utf-8") as file:
        json.dump(asdict(report), file, ensure_ascii=False, indent=1)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
