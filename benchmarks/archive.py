"""Index, package and verify beside the programs that others use for it, in turns, on one long WARC file.

    python -m benchmarks.archive [--megabytes 150] [--rounds 3] [--large 600] [--wacz PROGRAM]

A run is a fresh process on a collection without an index. It counts only if it ended well and made what it should:
the indexes must be equal, line for line, and the packages hold the WARC file whole. Then jiucang alone does the
same with a file of `--large` megabytes, for its memory. Exit code 0 where every target is met.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import sysconfig
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import report, warcs
from benchmarks.crawl import last_words, tell
from benchmarks.host import OUT, ROOT, Counts, describe, environment, scratch
from benchmarks.measure import run
from benchmarks.report import Medians, Run, Section, Target

PEER_WACZ = ROOT / ".venv-peers" / "bin" / "wacz"
_NOTHING_ASKED = Counts(0, 0, {}, 0.0)
#: What a file four times as long may cost in memory.
GROWTH = 1.25


@dataclass(frozen=True, slots=True)
class Entrant:
    """`command` is given the collection's folder and the WARC file in it; `made` says what came of it, if anything."""

    name: str
    command: Callable[[Path, Path], list[str]]
    made: Callable[[Path, Path], str | None]


def _ours(task: str) -> list[str]:
    return [sys.executable, "-m", "jiucang", task]


def _theirs(name: str) -> str:
    return str(Path(sysconfig.get_path("scripts")) / name)


def _digest(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None


def _packed(folder: Path, warc: Path) -> str | None:
    path = folder / "out.wacz"
    if not path.exists():
        return None
    with zipfile.ZipFile(path) as package:
        held = {name: package.getinfo(name).file_size for name in package.namelist() if name.startswith("archive/")}
    return "packed" if held == {f"archive/{warc.name}": warc.stat().st_size} else None


def _ended(folder: Path, warc: Path) -> str | None:
    return "checked"


def entrants(wacz: Path) -> dict[str, tuple[Entrant, Entrant]]:
    """By task: jiucang, and the program that it is measured against."""
    return {
        "index": (
            Entrant(
                "jiucang index", lambda f, w: [*_ours("index"), str(f)], lambda f, w: _digest(f / "indexes/index.cdxj")
            ),
            Entrant(
                "cdxj-indexer -s",
                lambda f, w: [_theirs("cdxj-indexer"), "-s", "-o", str(f / "theirs.cdxj"), str(w)],
                lambda f, w: _digest(f / "theirs.cdxj"),
            ),
        ),
        "package": (
            Entrant("jiucang package", lambda f, w: [*_ours("package"), str(f), "-o", str(f / "out.wacz")], _packed),
            Entrant(
                "wacz create", lambda f, w: [str(wacz), "create", "-f", str(w), "-o", str(f / "out.wacz")], _packed
            ),
        ),
        "verify": (
            Entrant("jiucang verify", lambda f, w: [*_ours("verify"), str(w)], _ended),
            Entrant("warcio check", lambda f, w: [_theirs("warcio"), "check", str(w)], _ended),
        ),
    }


def _over(task: str, pair: tuple[Entrant, Entrant], bound: float) -> Target:
    ours, theirs = pair

    def ratio(medians: Mapping[str, Medians]) -> float:
        return medians[theirs.name].wall / medians[ours.name].wall

    return Target(f"{task}: time of {theirs.name} over ours", (ours.name, theirs.name), ratio, bound)


def _growth(ours: Entrant) -> Target:
    large = f"{ours.name}, large"

    def ratio(medians: Mapping[str, Medians]) -> float:
        return medians[large].peak_bytes / medians[ours.name].peak_bytes

    return Target(
        f"{ours.name}: peak with the large file over the other", (ours.name, large), ratio, GROWTH, above=False
    )


BOUNDS = {"index": 4.0, "package": 3.0, "verify": 2.0}


def race(megabytes: int, rounds: int, large: int, wacz: Path) -> Section:
    """All tasks, in turns; then ours with the large file."""
    pairs = entrants(wacz)
    runs: list[Run] = []
    with scratch() as folder:
        [warc] = warcs.make(folder, megabytes * 10**6)
        for turn in range(rounds):
            for pair in pairs.values():
                done = [_run(each, each.name, turn, warc) for each in (pair if turn % 2 == 0 else pair[::-1])]
                runs += _compared(done)
        warc.unlink()
        [warc] = warcs.make(folder, large * 10**6)
        runs += [_run(ours, f"{ours.name}, large", 0, warc) for ours, _ in pairs.values()]
    targets = [_over(task, pair, BOUNDS[task]) for task, pair in pairs.items()]
    targets += [_growth(ours) for ours, _ in pairs.values()]
    remark = f"A WARC file of {megabytes} MB; large: {large} MB. s, CPU and peak are of the whole process."
    return Section("index, package, verify", remark, runs, report.judge(targets, report.medians(runs)))


def _run(entrant: Entrant, name: str, turn: int, warc: Path) -> Run:
    with scratch() as folder:
        (folder / "archive").mkdir()
        own = folder / "archive" / warc.name
        own.hardlink_to(warc)
        (folder / "job.yaml").write_text("name: bench\nseeds: [http://www.example.edu.cn/]\n", encoding="utf-8")
        usage = run(entrant.command(folder, own), folder, environment(), patience=600)
        made = entrant.made(folder, own)
        fault = None
        if usage.exit_code or made is None:
            fault = f"exit code {usage.exit_code}, made {made}; its last words:\n{last_words(folder)}"
    tell(f"{name}: {usage.wall:.2f} s, {usage.peak_bytes / 1e6:.0f} MB{' INVALID' if fault else ''}")
    # what was made stands where others have what was archived: as a number that is equal where it is the same
    return Run(name, turn, usage, _NOTHING_ASKED, {"made": _number(made)}, fault)


def _number(made: str | None) -> int:
    return int.from_bytes(hashlib.sha256((made or "").encode()).digest()[:6])


def _compared(done: Sequence[Run]) -> list[Run]:
    """The runs of one task, invalid where they made different things."""
    if len({run.archived["made"] for run in done if run.archived is not None and run.fault is None}) < 2:
        return list(done)
    return [Run(each.contestant, each.turn, each.usage, each.counts, each.archived, "not the same") for each in done]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=150)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--large", type=int, default=600, help="megabytes of the file that only jiucang gets")
    parser.add_argument("--wacz", type=Path, default=PEER_WACZ, help="py-wacz's program; make .venv-peers/.installed")
    chosen = parser.parse_args()
    if not chosen.wacz.exists():
        parser.error(f"{chosen.wacz} is not there: make .venv-peers/.installed, or name another with --wacz")
    machine = describe()
    section = race(chosen.megabytes, chosen.rounds, chosen.large, chosen.wacz.absolute())
    print(report.show(section))
    report.write(OUT / "archive.json", machine, [section])
    return 0 if section.passed else 1


if __name__ == "__main__":
    sys.exit(main())
