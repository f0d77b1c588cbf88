"""Stopped by hand, started twice, short of disk: the crawl does as it is told and says why."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from crash.checks import check
from crash.plan import Kill
from crash.rig import Rig, Zygote
from crawls import jiucang
from sites import Site, site, write_job

from crawler.stopping import GRACE
from jiucang.codes import BAD_INPUT, STOPPED
from jiucang.sample.replies import Reply, Request, Resource, Stall

HALF = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 500\r\n\r\nhalf"


class Stalling:
    """A page that does not come to its end while `stalls`."""

    def __init__(self) -> None:
        self.asked, self.stalls = Event(), True

    def reply(self, request: Request, now: object) -> Reply:
        if not self.stalls:
            return Resource(b"whole").reply(request, now)  # type: ignore[arg-type]
        self.asked.set()
        return Reply((HALF, Stall()))


@pytest.fixture
def page() -> Stalling:
    return Stalling()


@pytest.fixture
def portal(page: Stalling) -> Iterator[Site]:
    home = Resource(b"<a href=/slow.htm>x</a><a href=/a.htm>y</a>")
    pages = {b"/": home, b"/slow.htm": page, b"/a.htm": Resource(b"a")}
    with site(lambda request: pages.get(request.path)) as running:  # type: ignore[arg-type, return-value]
        yield running


@pytest.fixture
def rig(forks: Zygote, portal: Site, tmp_path: Path) -> Rig:
    job = write_job(tmp_path, portal.home)
    return Rig(forks, job, tmp_path / "collections" / "small", silence=60)


def stop(rig: Rig, pid: int, number: int) -> tuple[int, float]:
    """The exit code, and how many seconds the process took to end."""
    begun = time.monotonic()
    os.kill(pid, number)
    return rig.wait(), time.monotonic() - begun


def assert_resumes(rig: Rig, page: Stalling) -> None:
    page.stalls = False
    assert rig.run() == 0, rig.log.read_text()
    assert check(rig.collection, rig.committed) == []
    assert len(rig.committed) == 4


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_gives_what_is_under_way_a_moment(number: int, rig: Rig, page: Stalling) -> None:
    pid = rig.start()
    assert page.asked.wait(30)
    code, seconds = stop(rig, pid, number)
    assert code == STOPPED and seconds < GRACE + 3
    assert "the same command resumes it" in rig.log.read_text()
    assert_resumes(rig, page)


def test_a_second_ctrl_c_ends_at_once(rig: Rig, page: Stalling) -> None:
    pid = rig.start()
    assert page.asked.wait(30)
    os.kill(pid, signal.SIGINT)
    rig.said("the same signal again ends at once")
    code, seconds = stop(rig, pid, signal.SIGINT)
    assert code == STOPPED and seconds < GRACE / 2, (seconds, rig.log.read_text())
    assert "Traceback" not in rig.log.read_text()
    assert_resumes(rig, page)


def test_a_second_crawl_is_refused_and_names_the_first(rig: Rig, page: Stalling) -> None:
    pid = rig.start()
    assert page.asked.wait(30)
    second = jiucang("crawl", rig.job)
    assert second.returncode == BAD_INPUT
    assert re.search(rf"another crawl runs here \(pid {pid}, since \d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\dZ\)", second.stderr)
    stop(rig, pid, signal.SIGTERM)
    assert_resumes(rig, page)


def test_the_lock_of_a_dead_process_is_taken_over(rig: Rig, page: Stalling) -> None:
    page.stalls = False
    assert rig.run(Kill("commit", "noted", captures=1)) == -signal.SIGKILL
    assert (rig.collection / "crawl.lock").read_text().startswith("pid ")
    assert_resumes(rig, page)


def test_a_disk_that_is_nearly_full_is_waited_for(rig: Rig, page: Stalling, portal: Site, tmp_path: Path) -> None:
    page.stalls = False
    free = tmp_path / "free"
    free.write_text("1000")
    rig.start(disk=free)
    rig.said("the crawl pauses and goes on by itself: 0 MB are free, limits.free_disk is 1 MB")
    assert portal.asked == []
    free.write_text("2000000")
    assert rig.wait() == 0
    assert "the crawl goes on" in rig.log.read_text()
    assert check(rig.collection, rig.committed) == []


def test_a_crawl_that_waits_for_a_disk_can_be_stopped(rig: Rig, page: Stalling, tmp_path: Path) -> None:
    page.stalls = False
    free = tmp_path / "free"
    free.write_text("1000")
    pid = rig.start(disk=free)
    rig.said("the crawl pauses")
    code, seconds = stop(rig, pid, signal.SIGTERM)
    assert code == STOPPED and seconds < 3
    assert_resumes(rig, page)


def test_the_time_limit_counts_over_the_processes_of_a_run(rig: Rig, page: Stalling, portal: Site) -> None:
    write_job(rig.job.parent, portal.home, limits={"free_disk": "1 MB", "time": "1 h"})
    pid = rig.start()
    assert page.asked.wait(30)
    stop(rig, pid, signal.SIGTERM)
    with sqlite3.connect(rig.collection / "state.db") as db:
        db.execute("UPDATE runs SET spent = spent + 3599.9")
    begun = time.monotonic()
    assert rig.run() == 0
    assert "limit:time" in rig.log.read_text() and time.monotonic() - begun < GRACE + 30
