"""The long run: a storm for each seed, its figures printed; exit code 1 where anything was lost or doubled.

`make test-crash`, or `make test-crash SEEDS="7 8"` for seeds of one's own.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from crash.rig import zygote
from crash.storm import Storm, steady_crawl, weather
from jiucang.sample.portal import SamplePortal
from jiucang.sample.serving import serving

SEEDS = range(1, 7)
KILLS = 40


def main(seeds: list[int]) -> int:
    begun = time.monotonic()
    storms: list[Storm] = []
    with tempfile.TemporaryDirectory() as name, serving(SamplePortal(patience=10.0)) as portal, zygote() as forks:
        steady = steady_crawl(forks, portal, Path(name) / "steady")
        print(f"undisturbed: {steady.operations} operations, {len(steady.committed)} exchanges", flush=True)
        for seed in seeds:
            storm = weather(forks, portal, steady, Path(name) / f"seed-{seed}", seed, KILLS)
            storms.append(storm)
            print(storm, flush=True)
            for finding in storm.findings[:50]:
                print(f"  {finding.check}: {finding.detail}")
            for line in storm.damage if storm.findings else ():
                print(f"  {line}")
    kills, cuts, operations = (sum(getattr(s, name) for s in storms) for name in ("kills", "power_cuts", "operations"))
    failed = [storm.seed for storm in storms if storm.findings or storm.kills < 25]
    verdict = f"seeds that failed: {failed}" if failed else "nothing lost, nothing twice"
    print(
        f"{len(storms)} crawls, {kills} kills, {cuts} power cuts, {operations} operations,"
        f" {time.monotonic() - begun:.0f} s; {verdict}"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main([int(seed) for seed in sys.argv[1:]] or list(SEEDS)))
