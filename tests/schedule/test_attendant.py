"""What is missed, interrupted, paused, in the way: each becomes the one run it should, with its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta

import pytest
from schedules import MAIL_SERVER, Jobs

from crawler.guard import Guard
from jiucang.codes import BAD_INPUT, DONE, FAULTS, STOPPED
from jiucang.schedule.attendant import AFTER_DEATH, BUSY, Outcome
from jiucang.schedule.ledger import Ledger
from jiucang.schedule.service import one_pass


@pytest.fixture
def aside(jobs: Jobs) -> Iterator[Callable[[Callable[[], Outcome]], Future[Outcome]]]:
    """Runs something in another thread, as the service does."""
    with ThreadPoolExecutor(4) as pool:
        yield pool.submit
        jobs.crawls.stop()
        jobs.kill()


def test_three_runs_missed_are_one(jobs: Jobs) -> None:
    entry = jobs.write("a")
    jobs.clock.advance(days=3, hours=1)
    jobs.restart()
    assert jobs.attendant.wanted(entry)
    assert jobs.attendant.attend(entry) == Outcome()
    assert jobs.notes(2) == ["a start", "a end 0"]
    [run] = jobs.runs
    assert run.reason == "3 runs were due while the service was down, the first 2026-03-02 00:00 +0000"
    assert (run.due, run.outcome, run.exit_code, run.crawl) == (3, "done", 0, "run-1")
    assert jobs.attendant.attend(entry) == Outcome()
    assert len(jobs.runs) == 1


def test_a_run_in_time_and_one_that_waited(jobs: Jobs) -> None:
    entry = jobs.write("a")
    jobs.clock.advance(days=1, seconds=2)
    jobs.attendant.attend(entry)
    jobs.clock.advance(days=1, minutes=30)
    jobs.attendant.attend(entry)
    jobs.clock.advance(days=2)
    jobs.attendant.attend(entry)
    assert [run.reason for run in jobs.runs] == [
        "due 2026-03-02 00:00 +0000",
        "1 run was due while it waited for its turn, at 2026-03-03 00:00 +0000",
        "2 runs were due while it waited for its turn, the first 2026-03-04 00:00 +0000",
    ]


def test_nothing_is_due_before_the_job_was_seen_or_its_timetable_changed(jobs: Jobs) -> None:
    jobs.write("a", "{every: 1 d, timezone: UTC, start: 2020-01-01}")
    jobs.clock.advance(days=10)
    entry = jobs.write("a", "{cron: 0 * * * *, timezone: UTC}")
    jobs.restart()
    assert not jobs.attendant.wanted(entry)
    jobs.clock.advance(hours=1)
    assert jobs.attendant.wanted(entry)


def test_a_run_under_a_clock_that_was_years_ahead_holds_up_nothing_after_it_is_put_right(jobs: Jobs) -> None:
    entry, right = jobs.write("a"), jobs.clock()
    jobs.clock.advance(days=3650)
    jobs.attendant.attend(entry)
    jobs.clock.put(right)
    jobs.write("a")
    jobs.clock.advance(days=1)
    jobs.attendant.attend(entry)
    assert [run.started for run in jobs.runs] == [right + timedelta(days=3650), right + timedelta(days=1)]
    # a clock that is put back a little has no run begin twice
    jobs.clock.advance(hours=-1)
    jobs.write("a")
    jobs.clock.advance(hours=1)
    assert not jobs.attendant.wanted(entry)


def test_one_that_was_away_begins_anew(jobs: Jobs) -> None:
    jobs.write("a")
    jobs.ledger.part(set())
    jobs.clock.advance(days=10)
    assert not jobs.attendant.wanted(jobs.write("a"))


def test_what_comes_due_during_a_run_never_overlaps_it(
    jobs: Jobs, aside: Callable[[Callable[[], Outcome]], Future[Outcome]]
) -> None:
    entry = jobs.write("a", do="wait")
    jobs.clock.advance(days=1)
    first = aside(lambda: jobs.attendant.attend(entry))
    assert jobs.notes(2) == ["a start", "a waits"]
    jobs.clock.advance(days=2, hours=1)
    assert jobs.attendant.attend(entry) == Outcome()
    jobs.go("a")
    assert first.result(120) == Outcome()
    assert jobs.notes(1) == ["a end 0"]
    [run] = jobs.runs
    assert run.passed_over == 2
    assert not jobs.attendant.wanted(entry)


def pass_over(jobs: Jobs, at_once: int = 2) -> int:
    return one_pass(jobs.folder, jobs.ledger, jobs.crawls, at_once, MAIL_SERVER, jobs.clock)


def test_so_many_at_once(jobs: Jobs, aside: Callable[[Callable[[], None]], Future[None]]) -> None:
    for name in "abcd":
        jobs.write(name, do="wait")
    jobs.clock.advance(days=1)

    def watch() -> None:
        try:
            waiting = [note[0] for note in jobs.notes(4) if note.endswith("waits")]
            assert len(waiting) == 2
            assert jobs.notes(1, patience=0.5) == []
            # an end, and the two notes of the one that takes its place
            for count in (3, 3, 1, 1):
                jobs.go(waiting.pop(0))
                notes = jobs.notes(count)
                assert [note.partition(" ")[2] for note in notes] == ["end 0", "start", "waits"][:count]
                waiting += [note[0] for note in notes[2:]]
        except BaseException:
            jobs.crawls.stop()
            raise

    watched = aside(watch)
    assert pass_over(jobs) == DONE
    watched.result(120)
    assert sorted((run.file[0], run.outcome) for run in jobs.runs) == [(name, "done") for name in "abcd"]


def test_a_crawl_that_dies_is_resumed_before_the_next_run(jobs: Jobs) -> None:
    entry = jobs.write("a", do="die\nexit 0\nexit 0")
    jobs.clock.advance(days=1)
    assert jobs.attendant.attend(entry) == Outcome(good=False, again=AFTER_DEATH[0])
    jobs.clock.advance(days=1)
    assert jobs.attendant.attend(entry) == Outcome()
    assert jobs.notes(5) == ["a start", "a resume", "a end 0", "a start", "a end 0"]
    assert [(run.outcome, run.exit_code, run.reason) for run in jobs.runs] == [
        ("interrupted", -9, "due 2026-03-02 00:00 +0000"),
        ("done", 0, "resumed: run run-1 was interrupted (the crawl was killed by signal 9)"),
        ("done", 0, "due 2026-03-03 00:00 +0000"),
    ]


def test_a_crawl_that_keeps_dying_is_tried_again_more_and_more_rarely(jobs: Jobs) -> None:
    entry = jobs.write("a", do="die\n" * 4 + "exit 0")
    jobs.clock.advance(days=1)
    assert [jobs.attendant.attend(entry).again for _ in range(4)] == [*AFTER_DEATH, None]
    assert jobs.attendant.attend(entry) == Outcome()
    assert len(jobs.notes(6)) == 6


def test_killed_before_anything_was_crawled(jobs: Jobs) -> None:
    entry = jobs.write("a", do="exit 0\nnever\nexit 0")
    jobs.clock.advance(days=1)
    jobs.attendant.attend(entry)
    jobs.clock.advance(days=1)
    assert jobs.attendant.attend(entry) == Outcome(good=False, again=AFTER_DEATH[0])
    jobs.clock.advance(minutes=5)
    assert jobs.attendant.attend(entry) == Outcome()
    assert jobs.runs[-1].reason == "begun again: the crawl was killed by signal 9, before anything was crawled"
    assert not jobs.attendant.wanted(entry)


def test_what_somebody_finished_by_hand_is_not_resumed(jobs: Jobs) -> None:
    entry = jobs.write("a", do="die\nexit 0")
    jobs.clock.advance(days=1)
    jobs.attendant.attend(entry)
    jobs.crawls.run(entry.path, lambda _: None)
    assert not jobs.attendant.wanted(entry)


def test_a_crawl_begun_by_hand_is_finished_before_the_next_run_only(jobs: Jobs) -> None:
    entry = jobs.write("a", do="die\nexit 0\nexit 0")
    jobs.crawls.run(entry.path, lambda _: None)
    assert not jobs.attendant.wanted(entry)
    jobs.clock.advance(days=1)
    jobs.attendant.attend(entry)
    assert [run.reason for run in jobs.runs] == [
        "resumed before the next run: run run-1 was not finished",
        "due 2026-03-02 00:00 +0000",
    ]


def test_a_stop_reaches_the_crawl_and_the_next_service_resumes_it(
    jobs: Jobs, aside: Callable[[Callable[[], Outcome]], Future[Outcome]]
) -> None:
    entry = jobs.write("a", do="wait\nexit 0", more="notify: {webhook: 'http://127.0.0.1:9/'}\n")
    waits = jobs.write("b", do="exit 0")
    jobs.clock.advance(days=1)
    going = aside(lambda: jobs.attendant.attend(entry))
    assert jobs.notes(2) == ["a start", "a waits"]
    jobs.crawls.stop()
    assert not going.result(120).good
    assert jobs.notes(1) == ["a stopped"]
    jobs.attendant.attend(waits)
    [run] = jobs.runs
    assert (run.outcome, run.exit_code, run.detail, run.told) == ("interrupted", STOPPED, "the service was stopped", "")
    jobs.clock.advance(days=2)
    jobs.restart()
    jobs.attendant.attend(entry)
    assert jobs.notes(4) == ["a resume", "a end 0", "a start", "a end 0"]
    assert [run.reason for run in jobs.runs[1:]] == [
        "resumed: run run-1 was interrupted (the service was stopped)",
        "2 runs were due while the service was down, the first 2026-03-03 00:00 +0000",
    ]


def test_a_service_that_was_killed_takes_up_its_run(jobs: Jobs) -> None:
    entry = jobs.write("a")
    jobs.clock.advance(days=1)

    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        patch.setattr(jobs.crawls, "run", die)
        jobs.attendant.attend(entry)
    jobs.restart()
    jobs.attendant.attend(entry)
    assert [(run.outcome, run.reason) for run in jobs.runs] == [
        ("interrupted", "due 2026-03-02 00:00 +0000"),
        ("done", "begun again: the service ended before the crawl, before anything was crawled"),
    ]


def test_somebody_elses_crawl_is_waited_for(jobs: Jobs) -> None:
    entry = jobs.write("a")
    entry.collection.mkdir(parents=True)
    guard = Guard(entry.collection)
    jobs.clock.advance(days=2)
    assert jobs.attendant.attend(entry) == Outcome(again=BUSY)
    guard.release()
    jobs.clock.advance(minutes=5)
    assert jobs.attendant.attend(entry) == Outcome()
    assert [run.due for run in jobs.runs] == [2]


@pytest.mark.parametrize(("code", "outcome"), [(1, "faults"), (2, "refused"), (7, "faults")])
def test_a_failure_is_one_and_is_not_repeated(jobs: Jobs, code: int, outcome: str) -> None:
    entry = jobs.write("a", do=f"exit {code}")
    jobs.clock.advance(days=1)
    assert jobs.attendant.attend(entry) == Outcome(good=False)
    assert [(run.outcome, run.exit_code) for run in jobs.runs] == [(outcome, code)]
    assert not jobs.attendant.wanted(entry)


def test_a_crawl_that_cannot_be_taken_up_is_reported_once(jobs: Jobs) -> None:
    entry = jobs.write("a", do="die\nexit 2")
    jobs.clock.advance(days=1)
    jobs.attendant.attend(entry)
    (jobs.folder / "collections/a/state.db").write_bytes(b"no database, as it happens after a disk has failed")
    jobs.clock.advance(days=1)
    assert not jobs.attendant.attend(entry).good
    assert not jobs.attendant.wanted(entry)


def test_a_pause(jobs: Jobs) -> None:
    entry = jobs.write("a")
    jobs.ledger.pause("a.yaml", jobs.clock(), "the portal is being moved")
    jobs.clock.advance(days=3)
    assert jobs.attendant.attend(entry) == Outcome()
    assert jobs.ledger.resume("a.yaml", jobs.clock())
    assert not jobs.ledger.resume("a.yaml", jobs.clock())
    assert jobs.attendant.attend(entry) == Outcome()
    assert jobs.runs == []
    jobs.clock.advance(days=1)
    jobs.attendant.attend(entry)
    assert [run.due for run in jobs.runs] == [1]


def test_a_pause_from_before_the_job_was_seen(jobs: Jobs) -> None:
    jobs.ledger.pause("a.yaml", jobs.clock(), "")
    entry = jobs.write("a")
    jobs.clock.advance(days=3)
    assert jobs.attendant.attend(entry) == Outcome()
    assert jobs.runs == []


def test_the_job_of_each_run_is_kept(jobs: Jobs) -> None:
    entry = jobs.write("a")
    texts = []
    for _ in range(3):
        jobs.clock.advance(days=1)
        texts.append(entry.path.read_bytes())
        jobs.attendant.attend(entry)
        entry.path.write_bytes(texts[0] + b"# edited\n")
    assert [jobs.ledger.job_text(run.id) for run in jobs.runs] == texts
    assert texts[0] != texts[1] == texts[2]
    assert jobs.ledger.job_text(99) is None


def test_one_pass_tells_how_it_went(jobs: Jobs) -> None:
    jobs.write("a")
    jobs.write("b", do="exit 1")
    assert pass_over(jobs) == DONE
    jobs.clock.advance(days=3)
    assert pass_over(jobs) == FAULTS
    assert (
        sorted(run.reason for run in jobs.runs)
        == ["3 runs were due since the last pass, the first 2026-03-02 00:00 +0000"] * 2
    )
    assert pass_over(jobs) == DONE
    (jobs.folder / "c.yaml").write_text("name: c\nseeds: [http://c.example/]\nschedule: {cron: 0 25 * * *}\n")
    jobs.clock.advance(days=1)
    assert pass_over(jobs) == FAULTS
    jobs.clock.advance(seconds=1)
    assert pass_over(jobs) == BAD_INPUT
    jobs.crawls.stop()
    assert pass_over(jobs) == STOPPED


def test_a_pass_is_not_kept_from_others_by_one_that_cannot_be_attended_to(jobs: Jobs) -> None:
    jobs.write("a")
    jobs.write("b")
    jobs.clock.advance(days=1)
    with pytest.MonkeyPatch.context() as patch:
        begin = Ledger.begin

        def full(self: Ledger, start: object, now: object) -> int:
            if getattr(start, "file", "") == "a.yaml":
                raise OSError(28, "No space left on device")
            return begin(self, start, now)  # type: ignore[arg-type]

        patch.setattr(Ledger, "begin", full)
        assert pass_over(jobs) == FAULTS
    assert [run.file for run in jobs.runs] == ["b.yaml"]
