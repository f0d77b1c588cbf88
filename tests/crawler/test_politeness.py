"""What an attempt means for its URL, and how a host's answers change its pace."""

from datetime import UTC, datetime

import pytest

from crawler.pace import ASIDE_WAITS, BUSY_HOLDS, Health, Pace, Standing
from crawler.politeness import OF_ERROR, RETRY_WAITS, Attempt, Trouble, Verdict, judge, parse_retry_after
from crawler.wire.exchange import ErrorCode

NOW = datetime(2014, 11, 3, 2, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("attempt", "outcome", "reason", "wait"),
    [
        (Attempt(1, 200, None, None), "captured", None, 0),
        (Attempt(1, 404, None, None), "captured", None, 0),
        (Attempt(1, 500, None, None), "retry", "status:500", 3),
        (Attempt(3, 500, None, None), "captured", "status:500", 0),
        (Attempt(1, 501, None, None), "captured", None, 0),
        (Attempt(1, 503, None, None), "retry", "status:503", 5),
        (Attempt(3, 503, None, None), "retry", "status:503", 300),
        (Attempt(1, 503, None, None, b"7"), "retry", "status:503", 7),
        (Attempt(1, 503, None, None, b"0"), "retry", "status:503", 1),
        (Attempt(1, 429, None, None, b"86400"), "retry", "status:429", 3600),
        (Attempt(4, 503, None, None, b"7"), "captured", "status:503", 0),
        (Attempt(1, 200, None, "disconnect"), "retry", "truncated:disconnect", 2),
        (Attempt(3, 200, None, "disconnect"), "captured", "truncated:disconnect", 0),
        (Attempt(3, 200, None, "time"), "captured", "truncated:time", 0),
        (Attempt(1, 200, None, "length"), "captured", "truncated:length", 0),
        (Attempt(1, None, None, None), "captured", None, 0),
        (Attempt(1, None, "dns", None), "retry", "dns", 2),
        (Attempt(3, None, "dns", None), "failed", "dns", 0),
        (Attempt(1, None, "tls", None), "retry", "tls", 5),
        (Attempt(2, None, "tls", None), "failed", "tls", 0),
        (Attempt(3, None, "spool", None), "retry", "spool", 300),
        (Attempt(3, None, "interim_flood", None), "failed", "interim_flood", 0),
        (Attempt(1, None, "address_forbidden", None), "failed", "address_forbidden", 0),
    ],
)
def test_what_an_attempt_means(attempt: Attempt, outcome: str, reason: str | None, wait: float) -> None:
    verdict = judge(attempt, NOW)
    assert (verdict.outcome, verdict.reason, verdict.wait) == (outcome, reason, wait)


def test_every_error_and_every_trouble_stands_in_the_tables() -> None:
    assert set(OF_ERROR) == set(ErrorCode)
    assert set(RETRY_WAITS) == set(Trouble)


@pytest.mark.parametrize("tries", [1, 4])
def test_a_busy_host_is_left_alone_even_when_its_url_has_had_its_tries(tries: int) -> None:
    assert judge(Attempt(tries, 503, None, None), NOW).busy
    assert judge(Attempt(tries, 429, None, None, b"9"), NOW).asked == 9
    assert not judge(Attempt(tries, 500, None, None, b"9"), NOW).busy


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (b"120", 120),
        (b"Mon, 03 Nov 2014 02:01:30 GMT", 90),
        (b"Mon, 03 Nov 2014 01:00:00 GMT", 0),
        (b"99999999", 3600),
        (b"Mon, 03 Nov 2014 02:01:30 +99999999999999", None),
        (b"\xff", None),
        (b"", None),
        (None, None),
    ],
)
def test_retry_after(value: bytes | None, seconds: float | None) -> None:
    assert parse_retry_after(value, NOW) == seconds


def test_concurrency_is_kept() -> None:
    pace = Pace(delay=0.0, concurrency=2)
    pace.started(0)
    pace.started(0)
    assert pace.wait(100.0) is None
    pace.ended()
    assert pace.wait(100.0) == 0.0


@pytest.mark.parametrize("delay", [0.0, 1.0, 300.0])
def test_the_pause_grows_with_a_slow_host_and_shrinks_again(delay: float) -> None:
    pace = Pace(delay, 2)
    for _ in range(50):
        pace.took(0.3)
    assert pace.pause == delay, "a host that answers in time is asked as fast as the job says"
    pauses = []
    for _ in range(20):
        pace.took(60.0)
        pauses.append(pace.pause)
    assert pauses == sorted(pauses) and pauses[-1] == max(30.0, delay)
    for _ in range(30):
        pace.took(0.3)
    assert pace.pause == delay


def test_one_slow_page_slows_nobody() -> None:
    pace = Pace(0.0, 2)
    for _ in range(10):
        pace.took(0.05)
    pace.took(3.0)
    assert pace.pause == 0.0


def test_the_rest_of_a_busy_host_grows_as_long_as_it_says_so() -> None:
    pace = Pace(0.0, 4)
    now, rests = 0.0, []
    for _ in range(4):
        pace.hold(now, now, None)
        rests.append(pace.wait(now))
        now = pace.held_until
    assert rests == [*BUSY_HOLDS, BUSY_HOLDS[-1]]


def test_what_was_under_way_together_is_one_refusal() -> None:
    pace = Pace(0.0, 4)
    for ended in (1.0, 1.1, 1.2):
        pace.hold(ended, 0.5, None)
    assert pace.busy == 1
    assert pace.held_until == 1.2 + BUSY_HOLDS[0]


def test_a_host_that_says_for_how_long_is_believed() -> None:
    pace = Pace(0.0, 1)
    pace.hold(0.0, 0.0, 7.0)
    assert pace.wait(0.0) == 7.0


def fail(health: Health, count: int, trouble: Trouble = Trouble.NETWORK, tries: int = 1) -> list[Standing]:
    return [health.failed(number, trouble, tries, 0.0) for number in range(count)]


@pytest.mark.parametrize(("trouble", "enough"), [(Trouble.NETWORK, 5), (Trouble.DNS, 5), (Trouble.SILENCE, 20)])
def test_failures_in_a_row_set_an_origin_aside(trouble: Trouble, enough: int) -> None:
    health = Health()
    assert fail(health, enough, trouble) == [Standing.IN_USE] * (enough - 1) + [Standing.SET_ASIDE]
    assert health.wait(0.0) == ASIDE_WAITS[0]


def test_an_answer_between_them_starts_the_count_anew() -> None:
    health = Health()
    for _ in range(10):
        assert Standing.SET_ASIDE not in fail(health, 4)
        health.answered()


def test_the_same_urls_that_nobody_answers_do_not_condemn_their_host() -> None:
    assert set(fail(Health(), 100, Trouble.SILENCE, tries=2)) == {Standing.IN_USE}


def test_one_probe_at_a_time_and_an_answer_ends_it() -> None:
    health = Health(waits=(60.0, 300.0))
    fail(health, 5)
    assert health.failed(99, Trouble.NETWORK, 1, 1.0) is Standing.UNTOLD, "it was under way before"
    assert health.wait(60.0) == 0.0
    health.started(7)
    assert health.wait(60.0) is None
    assert health.failed(7, Trouble.NETWORK, 1, 61.0) is Standing.STILL_ASIDE
    assert health.wait(61.0) == 300.0
    health.started(8)
    health.given_back(8)
    assert health.wait(361.0) == 0.0
    health.started(9)
    health.answered()
    assert (health.wait(362.0), health.aside) == (0.0, False)


def test_the_last_probe_gives_it_up() -> None:
    health = Health(waits=(60.0, 300.0))
    fail(health, 5)
    ends = []
    for probe in (7, 8):
        health.started(probe)
        ends.append(health.failed(probe, Trouble.DNS, 1, 0.0))
    assert ends == [Standing.STILL_ASIDE, Standing.GIVEN_UP]
    assert health.wait(10.0**9) is None


def test_a_verdict_is_an_attempt_of_the_url_unless_it_says_otherwise() -> None:
    assert Verdict("retry").counted and not Verdict("retry").gives_up
