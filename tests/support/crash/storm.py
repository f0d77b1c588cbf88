"""One crawl of the sample portal under a storm of kills and power cuts, told by its seed."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random

from crawls import jiucang

from crash.checks import Finding, check
from crash.plan import ANY, Kill, Moment
from crash.rig import Rig, Zygote, awaited
from jiucang.sample.job import write_job
from jiucang.sample.portal import SamplePortal

#: Operations to be killed at, and how often each is chosen. OUTSIDE is a signal from outside at any moment.
OUTSIDE = "outside"
AIMS = {
    "write": 4,
    "commit": 4,
    "fsync": 3,
    OUTSIDE: 3,
    "begin": 2,
    "create": 2,
    "fsync_folder": 2,
    "rename": 1,
    "truncate": 1,
    "mkdir": 1,
    ANY: 1,
}
MOMENTS: dict[str, tuple[Moment, ...]] = {"write": ("before", "half", "after", "noted"), "begin": ("before", "noted")}
OTHER_MOMENTS: tuple[Moment, ...] = ("before", "after", "noted")
#: After what it aims at did not come for so many exchanges, a kill comes anyway.
OVERSHOOT = 12


@dataclass(frozen=True, slots=True)
class Storm:
    """What befell a crawl, and what was wrong with it afterwards."""

    seed: int
    kills: int
    power_cuts: int
    operations: int
    exchanges: int
    seconds: float
    damage: tuple[str, ...]
    findings: tuple[Finding, ...]

    def __str__(self) -> str:
        checks = Counter(finding.check for finding in self.findings)
        return (
            f"seed {self.seed}: {self.kills} kills, {self.power_cuts} power cuts ({len(self.damage)} with damage),"
            f" {self.operations} operations, {self.exchanges} exchanges committed, {self.seconds:.1f} s:"
            f" {'all checks hold' if not checks else dict(checks)}"
        )


def steady_crawl(zygote: Zygote, portal: SamplePortal, folder: Path) -> Rig:
    """The same job undisturbed, indexed and extracted."""
    rig = make_rig(zygote, portal, folder)
    rig.run()
    extract(rig)
    return rig


def make_rig(zygote: Zygote, portal: SamplePortal, folder: Path) -> Rig:
    folder.mkdir()
    job = write_job(folder, portal)
    return Rig(zygote, job, folder / "collections" / "sample")


def extract(rig: Rig) -> None:
    done = jiucang("extract", rig.collection, "-o", rig.collection / "documents" / "documents.jsonl")
    assert done.returncode == 0, done.stderr


def weather(zygote: Zygote, portal: SamplePortal, steady: Rig, folder: Path, seed: int, kills: int) -> Storm:
    """Crawls until at least *kills* kills have struck; then to the end, undisturbed."""
    rng, begun = Random(seed), time.monotonic()
    rig = make_rig(zygote, portal, folder)
    cuts, damage = 0, []
    while rig.deaths < kills and not rig.finished():
        left = len(steady.committed) - len(rig.committed)
        captures = rng.randint(0, max(left // (kills - rig.deaths + 2), 1))
        _strike(rig, portal, rng, captures)
        if rng.random() < 0.6:
            cuts += 1
            told = rig.fail_power(rng, worst=rng.random() < 0.3)
            damage += [f"after kill {rig.deaths}: {'; '.join(told)}"] if told else []
    rig.until_finished()
    if not (rig.collection / "indexes" / "index.cdxj").exists():
        # a kill may come after the run has ended, before its index
        jiucang("index", rig.collection)
    extract(rig)
    findings = check(rig.collection, rig.committed, steady.collection)
    seconds = time.monotonic() - begun
    return Storm(seed, rig.deaths, cuts, rig.operations, len(rig.committed), seconds, tuple(damage), tuple(findings))


def _strike(rig: Rig, portal: SamplePortal, rng: Random, captures: int) -> None:
    aim = rng.choices(list(AIMS), list(AIMS.values()))[0]
    if aim != OUTSIDE:
        when = rng.choice(MOMENTS.get(aim, OTHER_MOMENTS))
        rig.run(Kill(aim, when, 1, captures, captures + OVERSHOOT))
        return
    asked = len(portal.ledger.entries)
    pid = rig.start()
    awaited(lambda: len(portal.ledger.entries) >= asked + captures or not _runs(pid), 10)
    time.sleep(rng.random() / 20)
    if _runs(pid):
        os.kill(pid, signal.SIGKILL)
    rig.wait()


def _runs(pid: int) -> bool:
    """Whether the process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
