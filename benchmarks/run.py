"""The whole benchmark: the contest on loopback, jiucang and wget with latency, a body of 1 GiB; index, package, verify.

    python -m benchmarks.run [--pages 5000] [--rounds 5] [--latency 20]

Exit code 0 where every target is met, 1 otherwise; the figures go to benchmarks/out/run.json.
"""

from __future__ import annotations

import sys

from benchmarks import archive, memory, report
from benchmarks.contestants import ALL, JIUCANG, WGET
from benchmarks.crawl import ON_LOOPBACK, WITH_LATENCY, Contest, hold, options
from benchmarks.host import OUT, describe


def main() -> int:
    parser = options(__doc__)
    parser.add_argument("--latency", type=float, default=20.0, help="milliseconds, in the second contest")
    parser.add_argument("--big", type=int, default=memory.GIB, help="bytes of the big body")
    chosen = parser.parse_args()
    machine = describe()
    loopback = Contest(chosen.pages, chosen.rounds, 0.0, ALL, chosen.keep)
    latency = Contest(chosen.pages, chosen.rounds, chosen.latency, (JIUCANG, WGET), chosen.keep)
    sections = [
        hold(loopback, ON_LOOPBACK),
        hold(latency, WITH_LATENCY),
        memory.weigh(chosen.big, keep=chosen.keep),
        archive.race(150, 3, 600, archive.PEER_WACZ),
    ]
    for section in sections:
        print(report.show(section))
    report.write(OUT / "run.json", machine, sections)
    return 0 if all(section.passed for section in sections) else 1


if __name__ == "__main__":
    sys.exit(main())
