"""The harness can fail: with the commit protocol broken at one place, a kill at the right moment shows it.

The same kills do no harm to the protocol as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from crash.checks import check
from crash.mutants import MUTANTS
from crash.plan import Kill
from crash.rig import Rig, Zygote
from sites import Site, site, write_job

from jiucang.sample.replies import Request, Resource

PAGES = 12
AFTER_A_COMMIT = Kill("commit", "noted", captures=5)
AFTER_THE_HOME_PAGE = Kill("commit", "noted", captures=2)
BETWEEN_FSYNC_AND_COMMIT = Kill("commit", "before", captures=5)
IN_A_RECORD = Kill("write", "half", captures=5)

CASES = [
    ("no_fsync", AFTER_A_COMMIT, True, "committed-once"),
    ("no_folder_fsync", AFTER_A_COMMIT, True, "committed-once"),
    ("wal_not_synced", AFTER_A_COMMIT, True, "committed-once"),
    ("order_swapped", AFTER_A_COMMIT, False, "committed-once"),
    ("no_cut", BETWEEN_FSYNC_AND_COMMIT, False, "known"),
    ("no_cut", IN_A_RECORD, False, "parses"),
    ("claims_forgotten", AFTER_A_COMMIT, False, "outcome"),
    ("links_later", AFTER_THE_HOME_PAGE, False, "same-outcomes"),
]


def find(request: Request) -> Resource | None:
    if request.path == b"/":
        return Resource(b"".join(b'<a href="/%d.htm">x</a>' % number for number in range(PAGES)))
    name = request.path[1:].partition(b".")[0]
    return Resource(b"<p>page " + name * 50) if name.isdigit() else None


@pytest.fixture(scope="module")
def portal() -> Iterator[Site]:
    with site(find) as running:
        yield running


def small(forks: Zygote, portal: Site, folder: Path, mutant: str | None = None) -> Rig:
    # one page at a time, so that each commit is one exchange and what comes when is certain
    folder.mkdir(exist_ok=True)
    job = write_job(folder, portal.home, politeness={"delay": "0 s", "concurrency": 1})
    return Rig(forks, job, folder / "collections" / "small", mutant)


@pytest.fixture(scope="module")
def steady(forks: Zygote, portal: Site, tmp_path_factory: pytest.TempPathFactory) -> Rig:
    rig = small(forks, portal, tmp_path_factory.mktemp("steady"))
    assert rig.run() == 0
    assert len(rig.committed) == PAGES + 2
    return rig


def caught(rig: Rig, kill: Kill, power: bool, steady: Rig) -> set[str]:
    """Names of the checks that fail after one kill and the rest of the crawl."""
    assert rig.run(kill) == -9
    if power:
        rig.fail_power(Random(0), worst=True)
    rig.until_finished(2)
    return {finding.check for finding in check(rig.collection, rig.committed, steady.collection)}


@pytest.mark.parametrize(("mutant", "kill", "power", "expected"), CASES)
def test_a_broken_protocol_is_seen(
    mutant: str, kill: Kill, power: bool, expected: str, forks: Zygote, portal: Site, steady: Rig, tmp_path: Path
) -> None:
    assert expected in caught(small(forks, portal, tmp_path, mutant), kill, power, steady)


@pytest.mark.parametrize("kill", [AFTER_A_COMMIT, BETWEEN_FSYNC_AND_COMMIT, IN_A_RECORD], ids=str)
def test_a_later_run_is_as_safe(kill: Kill, forks: Zygote, portal: Site, steady: Rig, tmp_path: Path) -> None:
    rig = small(forks, portal, tmp_path)
    assert rig.run() == 0
    rig.fail_power(Random(0), worst=True)
    assert caught(rig, kill, True, steady) == set()
    assert len(rig.committed) == 2 * len(steady.committed)


def test_no_mutant_goes_untried() -> None:
    assert {case[0] for case in CASES} == MUTANTS.keys()


AT_THE_END = [
    Kill("write", "noted", captures=PAGES + 2),
    Kill("commit", "before", captures=PAGES + 2),
    Kill("rename", "before"),
    Kill("rename", "noted"),
]


@pytest.mark.parametrize("kill", [*sorted({case[1] for case in CASES}, key=str), *AT_THE_END], ids=str)
def test_the_protocol_as_it_is_stands(kill: Kill, forks: Zygote, portal: Site, steady: Rig, tmp_path: Path) -> None:
    assert caught(small(forks, portal, tmp_path), kill, True, steady) == set()
