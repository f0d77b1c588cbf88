"""What a run brought, against the runs before it: a portal that shows a challenge everywhere has not vanished."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from dataclasses import dataclass

from crawler.job import Job
from crawler.state import DROPPED

#: A run that brings less than this share of the best of so many finished runs before it …
SHARE = 0.5
RUNS = 3
#: … is an alarm, unless that was so little that a few pages make the difference.
FLOOR = 20


@dataclass(frozen=True, slots=True)
class Yield:
    """`pages` are the articles and lists that a run got; `before` those of the run `than`, None where there is none.

    `drop` says why the run yields too little to be believed; None where it does not.
    """

    pages: int
    before: int | None = None
    than: str | None = None
    drop: str | None = None


def plan_of(job: Job) -> str:
    """A digest of what a job reaches: only runs with the same are compared.

    A crawl of the columns asks for much less than the other modes, so its runs are compared with each other.
    """
    reach = {
        "seeds": sorted(job.seeds),
        "scope": job.scope.model_dump(mode="json"),
        "columns": job.recrawl.mode == "columns",
    }
    return hashlib.blake2b(json.dumps(reach, sort_keys=True).encode(), digest_size=16).hexdigest()


def count_yield(db: sqlite3.Connection, run: int) -> int:
    """Addresses whose article or list came in *run*, said to be unchanged (304), or known and still shown by a list."""
    [came] = db.execute(
        "SELECT count(DISTINCT url_id) FROM captures WHERE run = ? AND kind IN ('article', 'list')"
        " AND status IN (200, 304)",
        (run,),
    ).fetchone()
    [known] = db.execute(
        "SELECT count(*) FROM urls u JOIN captures c ON c.id = u.last WHERE u.run = ? AND u.state = ?"
        " AND u.reason = 'recrawl:known' AND c.kind = 'article'",
        (run, DROPPED),
    ).fetchone()
    return int(came + known)


def read_yield(db: sqlite3.Connection, run: int, plan: str) -> Yield:
    """What *run* brought, against the finished runs before it that followed the same plan. Raises sqlite3.Error.

    Where a run's plan is not known any more, it counts as the same.
    """
    pages = count_yield(db, run)
    before = db.execute(
        "SELECT yield, name FROM runs WHERE id < ?1 AND how = 'finished' AND yield IS NOT NULL"
        " AND coalesce(plan, ?2) = ?2 ORDER BY id DESC",
        (run, plan),
    ).fetchall()
    if not before:
        return Yield(pages)
    ever = next((row for row in before if row[0]), None)
    if pages == 0 and ever is not None:
        return Yield(0, ever[0], ever[1], _less(0, *ever))
    best, than = max(before[:RUNS], key=lambda row: int(row[0]))
    if best >= FLOOR and pages < best * SHARE:
        return Yield(pages, best, than, _less(pages, best, than))
    return Yield(pages, best, than)


def _less(pages: int, before: int, than: str) -> str:
    return f"{pages} articles and lists, run {than} had {before}"
