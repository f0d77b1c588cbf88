"""Disks that fail and databases that are held: waited for where that helps, else the crawl ends and says so.

Either way the next start finds nothing lost and nothing twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from crash.checks import check
from crash.plan import Fault
from crash.rig import Rig, Zygote
from sites import Site, site, write_job

from jiucang.sample.replies import Request, Resource

PAGES = 12


def find(request: Request) -> Resource | None:
    if request.path == b"/":
        # those of other hosts are dropped, each with a row of its own, so that state.db must grow
        own = b"".join(b'<a href="/%d.htm">x</a>' % number for number in range(PAGES))
        return Resource(own + b"".join(b'<a href="http://a.example/%d">x</a>' % number for number in range(500)))
    name = request.path[1:].partition(b".")[0]
    return Resource(b"<p>page " + name * 500) if name.isdigit() else None


@pytest.fixture(scope="module")
def portal() -> Iterator[Site]:
    with site(find) as running:
        yield running


@pytest.fixture
def rig(forks: Zygote, portal: Site, tmp_path: Path) -> Rig:
    job = write_job(tmp_path, portal.home, politeness={"delay": "0 s", "concurrency": 1})
    return Rig(forks, job, tmp_path / "collections" / "small")


def assert_whole(rig: Rig) -> None:
    assert check(rig.collection, rig.committed) == []
    assert len(rig.committed) == PAGES + 2


@pytest.mark.parametrize(
    "fault",
    [
        Fault("create", "ENOSPC"),
        Fault("write", "ENOSPC", nth=1),
        Fault("write", "ENOSPC", nth=20, times=3),
        Fault("begin", "full", nth=4, times=20),
        Fault("begin", "locked", nth=6, times=2),
    ],
    ids=str,
)
def test_what_passes_is_waited_for(fault: Fault, rig: Rig) -> None:
    assert rig.run(None, fault) == 0, rig.log.read_text()
    said = rig.log.read_text()
    # once, however often it was tried in vain
    assert [said.count(words) for words in ("the crawl pauses and goes on by itself", "the crawl goes on")] == [1, 1]
    assert_whole(rig)


def test_what_is_written_in_pieces_is_whole(rig: Rig) -> None:
    assert rig.run(None, Fault("short write", "short", times=10**6)) == 0
    assert_whole(rig)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("create", "EIO"),
        Fault("write", "EIO", nth=20),
        Fault("fsync", "EIO", nth=4),
        Fault("fsync", "ENOSPC", nth=4),
        Fault("fsync_folder archive", "EIO", nth=2),
        Fault("rename", "EIO"),
    ],
    ids=str,
)
def test_what_does_not_pass_ends_the_crawl_and_the_next_one_goes_on(fault: Fault, rig: Rig) -> None:
    assert rig.run(None, fault) == 1
    said = rig.log.read_text()
    assert "Input/output error" in said or "No space left" in said
    assert rig.until_finished() == [0]
    assert_whole(rig)


def test_a_write_that_can_neither_be_done_nor_undone_ends_the_crawl(rig: Rig) -> None:
    assert rig.run(None, Fault("write", "ENOSPC", nth=20), Fault("truncate", "EIO")) == 1
    assert "state on disk unknown" in rig.log.read_text()
    assert rig.until_finished() == [0]
    assert_whole(rig)
