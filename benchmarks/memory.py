"""Peak memory of a crawl that meets a body of 1 GiB, and proof that the body is whole in the WARC file.

python -m benchmarks.memory [--big BYTES] [--rounds 1]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping

from benchmarks import report
from benchmarks.contestants import JIUCANG
from benchmarks.crawl import check_archive, last_words, line, present, tell
from benchmarks.host import OUT, RunningSite, describe, environment, scratch, serving
from benchmarks.measure import run
from benchmarks.report import Medians, Run, Section, Target

GIB = 1 << 30


def _peak_mb(medians: Mapping[str, Medians]) -> float:
    return medians["jiucang"].peak_bytes / 1e6


TARGETS = (Target("peak MB with the big body", ("jiucang",), _peak_mb, bound=120, above=False, strict=True),)


def weigh(big_bytes: int = GIB, rounds: int = 1, keep: bool = False) -> Section:
    """Crawls two addresses: a small page and the body it leads to."""
    runs: list[Run] = []
    with serving(pages=2, big_bytes=big_bytes) as site:
        for turn in range(rounds if present([JIUCANG]) else 0):
            runs.append(_run(turn, site, big_bytes, keep))
            tell(line(runs[-1]))
    remark = "Two addresses: a small page and the body it leads to."
    return Section(f"a body of {big_bytes >> 20} MiB", remark, runs, report.judge(TARGETS, report.medians(runs)))


def _run(turn: int, site: RunningSite, big_bytes: int, keep: bool) -> Run:
    assert JIUCANG.archives is not None
    with scratch(keep) as folder:
        command = JIUCANG.command(f"{site.url}bigsite.htm", folder)
        site.reset()
        usage = run(command, folder, environment(), patience=600)
        counts = site.counts()
        archived, fault = check_archive(folder, JIUCANG.archives, {"distinct": 2, "largest": big_bytes})
        if usage.exit_code:
            fault = f"exit code {usage.exit_code}; its last words:\n{last_words(folder)}"
    return Run(JIUCANG.name, turn, usage, counts, archived, fault)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--big", type=int, default=GIB, help="length of the body in bytes")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="leave the folders of the runs in benchmarks/out/runs")
    chosen = parser.parse_args()
    machine = describe()
    section = weigh(chosen.big, chosen.rounds, chosen.keep)
    print(report.show(section))
    report.write(OUT / "memory.json", machine, [section])
    return 0 if section.passed else 1


if __name__ == "__main__":
    sys.exit(main())
