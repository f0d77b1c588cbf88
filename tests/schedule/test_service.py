"""The service: APScheduler waits, under a clock that the test puts."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

import apscheduler.schedulers.base
import pytest
from apscheduler.events import EVENT_JOB_EXECUTED, JobExecutionEvent
from schedules import Jobs

from jiucang.schedule.folder import read_folder
from jiucang.schedule.service import Service


class Running:
    """A service; `put` puts its clock and lets it look at it, `attended` waits until it has attended to a job."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._events: queue.Queue[JobExecutionEvent] = queue.Queue()
        self.begin()

    def begin(self) -> None:
        """A service with the folder's present attendant."""
        jobs = self._jobs
        self.service = Service(jobs.folder, jobs.ledger, jobs.attendant, 2, jobs.clock)
        self.service.scheduler.add_listener(self._events.put, EVENT_JOB_EXECUTED)

    def put(self, **later: float) -> None:
        self._jobs.clock.advance(**later)
        self.service.scheduler.wakeup()

    def attended(self) -> str:
        return str(self._events.get(timeout=120).job_id)

    def idle(self) -> bool:
        try:
            self._events.get(timeout=0.3)
        except queue.Empty:
            return True
        return False


@pytest.fixture
def running(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    class Put(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return jobs.clock().astimezone(tz)

    monkeypatch.setattr(apscheduler.schedulers.base, "datetime", Put)
    made = Running(jobs)
    yield made
    jobs.crawls.stop()
    jobs.kill()
    made.service.close()


def test_a_run_when_it_is_due(jobs: Jobs, running: Running) -> None:
    jobs.write("a")
    running.service.start()
    running.put(hours=23)
    assert running.idle()
    running.put(hours=1)
    assert running.attended() == "a.yaml"
    running.put(days=1)
    assert running.attended() == "a.yaml"
    assert [run.reason for run in jobs.runs] == ["due 2026-03-02 00:00 +0000", "due 2026-03-03 00:00 +0000"]


def test_missed_while_the_service_was_down(jobs: Jobs, running: Running) -> None:
    jobs.write("a")
    jobs.clock.advance(days=3, hours=1)
    jobs.restart()
    running.begin()
    running.service.start()
    assert running.attended() == "a.yaml"
    assert jobs.notes(2) == ["a start", "a end 0"]
    running.put(hours=22)
    assert running.idle()
    [run] = jobs.runs
    assert run.reason == "3 runs were due while the service was down, the first 2026-03-02 00:00 +0000"
    running.put(hours=1)
    assert running.attended() == "a.yaml"
    assert jobs.runs[-1].reason == "due 2026-03-05 00:00 +0000"


def test_missed_while_the_machine_slept(jobs: Jobs, running: Running) -> None:
    jobs.write("a")
    running.service.start()
    running.put(days=3, hours=1)
    assert running.attended() == "a.yaml"
    assert running.idle()
    assert [run.due for run in jobs.runs] == [3]


def test_due_again_while_it_goes_on(jobs: Jobs, running: Running) -> None:
    jobs.write("a", do="wait\nexit 0")
    running.service.start()
    running.put(days=1)
    assert jobs.notes(2) == ["a start", "a waits"]
    for _ in range(3):
        running.put(days=1)
    assert jobs.notes(1, patience=0.3) == []
    jobs.go("a")
    assert running.attended() == "a.yaml"
    assert running.idle()
    assert jobs.notes(1) == ["a end 0"]
    running.put(days=1)
    running.attended()
    assert [(run.due, run.passed_over) for run in jobs.runs] == [(1, 3), (1, 0)]


def test_a_crawl_that_died_is_resumed_soon(jobs: Jobs, running: Running) -> None:
    jobs.write("a", do="die\ndie\nexit 0\nexit 0")
    running.service.start()
    for later in (timedelta(days=1), timedelta(minutes=5), timedelta(minutes=30)):
        running.put(seconds=later.total_seconds())
        assert running.attended() == "a.yaml"
    assert [run.outcome for run in jobs.runs] == ["interrupted", "interrupted", "done"]
    running.put(hours=23, minutes=25)
    assert running.attended() == "a.yaml"
    assert jobs.runs[-1].reason == "due 2026-03-03 00:00 +0000"


def test_job_files_come_change_and_go(jobs: Jobs, running: Running, caplog: pytest.LogCaptureFixture) -> None:
    running.service.start()
    path = jobs.write("a").path
    running.service.look()
    running.put(days=1)
    assert running.attended() == "a.yaml"
    jobs.write("a", "{every: 1 h, timezone: UTC}")
    running.service.look()
    running.put(hours=1)
    assert running.attended() == "a.yaml"
    good = path.read_text(encoding="utf-8")
    path.write_text(good.replace("1 h", "1 houre"), encoding="utf-8")
    running.service.look()
    running.service.look()
    assert caplog.text.count("schedule.every: found '1 houre'") == 1
    running.put(hours=1)
    assert running.attended() == "a.yaml"
    path.unlink()
    running.service.look()
    running.put(days=3)
    assert running.idle()
    assert len(jobs.runs) == 3


def test_after_its_end_nothing_is_due(jobs: Jobs, running: Running) -> None:
    entry = jobs.write("a", "{every: 1 d, timezone: UTC, end: 2026-03-02}")
    running.service.start()
    running.put(days=1)
    assert running.attended() == "a.yaml"
    running.put(days=1)
    assert running.idle()
    entry.path.unlink()
    running.service.look()
    assert len(jobs.runs) == 1


def test_what_a_folder_holds(tmp_path: Path) -> None:
    def write(name: str, text: str) -> None:
        (tmp_path / name).write_text(text, encoding="utf-8")

    job = "name: {}\nseeds: [http://a.example/]\nschedule: {{every: 1 d}}\n"
    write("good.yaml", job.format("good"))
    write("short.yml", job.format("short"))
    write("same.yaml", job.format("good"))
    write("other.yaml", job.format("good") + "output: elsewhere\n")
    write("unscheduled.yaml", "name: u\nseeds: [http://a.example/]\n")
    write("misspelt.yaml", "name: m\nseeds: [http://a.example/]\nshedule: {every: 1 d}\n")
    write("profile.yaml", "cms: of this portal\n")
    write("notes.txt", job.format("notes"))
    (tmp_path / "folder.yaml").mkdir()
    listing = read_folder(tmp_path)
    assert set(listing.entries) == {"good.yaml", "short.yml", "other.yaml"}
    assert set(listing.bad) == {"same.yaml", "misspelt.yaml"}
    assert "same.yaml:1: name: found 'good', whose collection is that of good.yaml" in str(listing.bad["same.yaml"])
    assert "misspelt.yaml:3: shedule: is not a known key; did you mean schedule?" in str(listing.bad["misspelt.yaml"])
