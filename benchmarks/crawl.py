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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import contestants, report
from benchmarks.contestants import Contestant
from benchmarks.host import OUT, Counts, RunningSite, describe, environment, scratch, serving
from benchmarks.measure import Usage, run
from benchmarks.portal import PAGE_BYTES
from benchmarks.report import Medians, Run, Section, Target


@dataclass(frozen=True, slots=True)
class Contest:
    """`latency` in milliseconds; `keep` leaves the folders of the runs where they are."""

    pages: int = 5000
    rounds: int = 5
    latency: float = 0.0
    entrants: tuple[Contestant, ...] = contestants.ALL
    keep: bool = False


def _rate_over(other: str, bound: float, aim: float | None = None, strict: bool = False) -> Target:
    def ratio(medians: Mapping[str, Medians]) -> float:
        return medians["jiucang"].rate / medians[other].rate

    return Target(f"pages/s, jiucang over {other}", ("jiucang", other), ratio, bound, aim, strict=strict)


def _cpu_share(medians: Mapping[str, Medians]) -> float:
    return medians["jiucang"].cpu_per_page / medians["scrapy-linkextractor"].cpu_per_page


def _peak_mb(medians: Mapping[str, Medians]) -> float:
    return medians["jiucang"].peak_bytes / 1e6


_CPU = "CPU a page, jiucang over scrapy-linkextractor"
ON_LOOPBACK = (
    _rate_over("scrapy-linkextractor", bound=3, aim=4),
    Target(_CPU, ("jiucang", "scrapy-linkextractor"), _cpu_share, bound=1 / 3, aim=1 / 4, above=False),
    _rate_over("scrapy-selectolax", bound=1, strict=True),
    _rate_over("wget", bound=0.4, aim=0.6),
    Target("peak MB of the crawl", ("jiucang",), _peak_mb, bound=150, above=False, strict=True),
)
WITH_LATENCY = (_rate_over("wget", bound=3, strict=True),)


def hold(contest: Contest, targets: Sequence[Target]) -> Section:
    """The whole contest; each run is told on standard error as it ends."""
    runs: list[Run] = []
    entrants = present(contest.entrants)
    with serving(contest.pages, contest.latency) as site:
        alone = _alone(site, requests=32 * 100 if contest.latency else 4 * contest.pages)
        remark = f"A client that does nothing else gets {alone} pages/s from the site."
        tell(remark)
        for turn in range(contest.rounds):
            first = turn % max(len(entrants), 1)
            for entrant in entrants[first:] + entrants[:first]:
                runs.append(_run(entrant, turn, site, contest))
                tell(line(runs[-1]))
    title = f"{contest.pages} pages, {contest.latency:g} ms of latency"
    return Section(title, remark, runs, report.judge(targets, report.medians(runs)))


def present(entrants: Sequence[Contestant]) -> tuple[Contestant, ...]:
    """Those that can run here; of the others it is told why not."""
    for entrant in entrants:
        if reason := entrant.missing():
            tell(f"{entrant.name} does not take part: {reason}")
    return tuple(entrant for entrant in entrants if not entrant.missing())


def check_archive(folder: Path, pattern: str, wanted: Mapping[str, int]) -> tuple[dict[str, int] | None, str | None]:
    """What the WARC files under `folder` hold, and how that differs from `wanted`, if it does."""
    files = [str(file) for file in sorted(folder.glob(pattern))]
    command = [sys.executable, "-m", "benchmarks.captured", *files]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        return None, f"warcio cannot read the WARC files: {done.stderr[-600:]}"
    found: dict[str, int] = json.loads(done.stdout)
    differing = {key: found[key] for key in wanted if found[key] != wanted[key]}
    return found, f"the WARC files hold {differing}, wanted {dict(wanted)}" if differing else None


def last_words(folder: Path) -> str:
    """The end of what the contestant printed."""
    said = (folder / "output.log").read_text(encoding="utf-8", errors="replace")
    return said[-600:].strip()


def line(run: Run) -> str:
    """One run in one line."""
    used = f"{run.usage.wall:.2f} s, {run.usage.cpu:.2f} s CPU, {run.usage.peak_bytes / 1e6:.0f} MB"
    return f"turn {run.turn + 1}: {run.contestant}: {used}{', INVALID' if run.fault else ''}"


def tell(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def _alone(site: RunningSite, requests: int) -> int:
    """Pages a second that the site gives a client that does nothing else."""
    command = [sys.executable, "-m", "benchmarks.load", site.url, str(requests)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=True)
    return int(done.stdout)


def _run(entrant: Contestant, turn: int, site: RunningSite, contest: Contest) -> Run:
    patience = 120 + contest.pages * (0.2 + contest.latency / 500)
    with scratch(contest.keep) as folder:
        command = entrant.command(f"{site.url}index.htm", folder)
        site.reset()
        usage = run(command, folder, environment(), patience)
        counts = site.counts()
        fault = _crawl_fault(usage, counts, contest.pages)
        archived = None
        if fault:
            fault += f"; its last words:\n{last_words(folder)}"
        elif entrant.archives:
            pages = contest.pages
            wanted = {"responses": pages, "distinct": pages, "bytes": pages * PAGE_BYTES}
            archived, fault = check_archive(folder, entrant.archives, wanted)
    return Run(entrant.name, turn, usage, counts, archived, fault)


def _crawl_fault(usage: Usage, counts: Counts, pages: int) -> str | None:
    if usage.exit_code:
        return f"exit code {usage.exit_code}"
    if (counts.pages, counts.distinct) != (pages, pages):
        return f"asked for {counts.distinct} of {pages} pages in {counts.pages} requests"
    return None


def options(description: str | None) -> argparse.ArgumentParser:
    """What the contest and the whole benchmark are both told."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--keep", action="store_true", help="leave the folders of the runs in benchmarks/out/runs")
    return parser


def main() -> int:
    parser = options(__doc__)
    everyone = [contestant.name for contestant in contestants.ALL]
    parser.add_argument("--only", nargs="+", choices=everyone, default=everyone, metavar="NAME")
    parser.add_argument("--latency", type=float, default=0.0, help="milliseconds before each answer")
    chosen = parser.parse_args()
    entrants = tuple(contestant for contestant in contestants.ALL if contestant.name in chosen.only)
    targets = WITH_LATENCY if chosen.latency else ON_LOOPBACK
    machine = describe()
    contest = Contest(chosen.pages, chosen.rounds, chosen.latency, entrants, chosen.keep)
    section = hold(contest, [target for target in targets if set(target.needs) <= set(chosen.only)])
    print(report.show(section))
    report.write(OUT / "crawl.json", machine, [section])
    return 0 if section.passed else 1


if __name__ == "__main__":
    sys.exit(main())
