"""The contest: each crawler walks the whole synthetic portal, in turns, each run a fresh process.

    python -m benchmarks.crawl [--pages 5000] [--rounds 5] [--only NAME …] [--latency MS]

A run counts only if the process ended well, the site was asked for every page exactly once, and, where
the contestant archives, warcio finds every page whole in its WARC files. Within a round everyone runs
once, and each round begins with another, so that no one always runs in the same one's wake.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import contestants, report
from benchmarks.contestants import Contestant
from benchmarks.host import OUT, Counts, RunningSite, describe, environment, scratch, serving
from benchmarks.measure import Usage, run
from benchmarks.portal import PAGE_BYTES
from benchmarks.report import Medians, Run, Target


@dataclass(frozen=True, slots=True)
class Contest:
    """`latency` in milliseconds; `keep` leaves the folders of the runs where they are."""

    pages: int = 5000
    rounds: int = 5
    latency: float = 0.0
    entrants: tuple[Contestant, ...] = contestants.ALL
    keep: bool = False


def rate_over(other: str, strict: bool, bound: float, aim: float | None = None) -> Target:
    """jiucang's pages a second over another's."""
    return Target(
        f"pages/s, jiucang over {other}",
        ("jiucang", other),
        lambda medians: medians["jiucang"].rate / medians[other].rate,
        bound,
        aim,
        strict=strict,
    )


def _cpu_share(medians: Mapping[str, Medians]) -> float:
    return medians["jiucang"].cpu_per_page / medians["scrapy-linkextractor"].cpu_per_page


ON_LOOPBACK = (
    rate_over("scrapy-linkextractor", strict=False, bound=3, aim=4),
    Target(
        "CPU a page, jiucang over scrapy-linkextractor",
        ("jiucang", "scrapy-linkextractor"),
        _cpu_share,
        1 / 3,
        1 / 4,
        above=False,
    ),
    rate_over("scrapy-selectolax", strict=True, bound=1),
    rate_over("wget", strict=False, bound=0.4, aim=0.6),
    Target(
        "peak MB of the crawl",
        ("jiucang",),
        lambda medians: medians["jiucang"].peak_bytes / 1e6,
        150,
        above=False,
        strict=True,
    ),
)
WITH_LATENCY = (rate_over("wget", strict=True, bound=3),)


def hold(contest: Contest) -> list[Run]:
    """Every run of the contest, in the order they ran."""
    runs: list[Run] = []
    with serving(contest.pages, contest.latency) as site:
        if not contest.latency:
            print(f"the site alone: {alone(site, 4 * contest.pages)} pages/s", file=sys.stderr)
        for turn in range(contest.rounds):
            first = turn % len(contest.entrants)
            for entrant in contest.entrants[first:] + contest.entrants[:first]:
                runs.append(_run(entrant, turn, site, contest))
                print(_line(runs[-1]), file=sys.stderr, flush=True)
    return runs


def alone(site: RunningSite, requests: int) -> int:
    """Pages a second that the site gives a client that does nothing else."""
    command = [sys.executable, "-m", "benchmarks.load", site.url, str(requests)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=True)
    return int(done.stdout)


def captured(folder: Path, pattern: str) -> dict[str, int]:
    """What the WARC files under `folder` hold; raises CalledProcessError where warcio cannot read them."""
    files = [str(file) for file in sorted(folder.glob(pattern))]
    command = [sys.executable, "-m", "benchmarks.captured", *files]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=True)
    counts: dict[str, int] = json.loads(done.stdout)
    return counts


def _run(entrant: Contestant, turn: int, site: RunningSite, contest: Contest) -> Run:
    with scratch(contest.keep) as folder:
        command = entrant.command(f"{site.url}index.htm", folder)
        site.reset()
        usage = run(command, folder, environment(), patience=120 + contest.pages * (0.1 + contest.latency / 500))
        counts = site.counts()
        fault = _crawl_fault(usage, counts, contest.pages, folder)
        archived = None
        if entrant.archives and not fault:
            archived = captured(folder, entrant.archives)
            fault = _archive_fault(archived, contest.pages)
    return Run(entrant.name, turn, usage, counts, archived, fault)


def _crawl_fault(usage: Usage, counts: Counts, pages: int, folder: Path) -> str | None:
    if (counts.pages, counts.distinct) != (pages, pages):
        said = (folder / "output.log").read_text(encoding="utf-8", errors="replace")[-2000:]
        return f"asked for {counts.distinct} of {pages} pages in {counts.pages} requests; its last words: {said}"
    # wget says 8 where any answer was an error, and robots.txt is one here
    if usage.exit_code not in (0, 8):
        return f"exit code {usage.exit_code}"
    return None


def _archive_fault(archived: Mapping[str, int], pages: int) -> str | None:
    wanted = {"responses": pages, "distinct": pages, "bytes": pages * PAGE_BYTES}
    differing = {key: archived[key] for key in wanted if archived[key] != wanted[key]}
    return f"the WARC files hold {differing}, wanted {wanted}" if differing else None


def _line(run: Run) -> str:
    used = f"{run.usage.wall:.2f} s, {run.usage.cpu:.2f} s CPU, {run.usage.peak_bytes / 1e6:.0f} MB"
    return f"turn {run.turn + 1}: {run.contestant}: {used}{', INVALID' if run.fault else ''}"


def present(entrants: Sequence[Contestant]) -> tuple[Contestant, ...]:
    """Those that can run here; of the others it is said why not."""
    for entrant in entrants:
        if reason := entrant.missing():
            print(f"{entrant.name} does not take part: {reason}", file=sys.stderr)
    return tuple(entrant for entrant in entrants if not entrant.missing())


def options(description: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--keep", action="store_true", help="leave the folders of the runs in benchmarks/out/runs")
    return parser


def main() -> int:
    parser = options(__doc__)
    parser.add_argument("--only", nargs="+", choices=[c.name for c in contestants.ALL], metavar="NAME")
    parser.add_argument("--latency", type=float, default=0.0, help="milliseconds before each answer")
    chosen = parser.parse_args()
    entrants = present([c for c in contestants.ALL if not chosen.only or c.name in chosen.only])
    machine = describe()
    runs = hold(Contest(chosen.pages, chosen.rounds, chosen.latency, entrants, chosen.keep))
    targets = WITH_LATENCY if chosen.latency else ON_LOOPBACK
    names = chosen.only or [c.name for c in contestants.ALL]
    verdicts = report.judge([t for t in targets if set(t.needs) <= set(names)], report.medians(runs))
    print(report.show(f"{chosen.pages} pages, {chosen.latency:g} ms of latency", runs, verdicts))
    report.write(OUT / time.strftime("crawl-%Y%m%dT%H%M%S.json"), machine, runs, verdicts)
    return 0 if all(v.passed for v in verdicts) and not any(run.fault for run in runs) else 1


if __name__ == "__main__":
    sys.exit(main())
