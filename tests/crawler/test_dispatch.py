"""Claims waiting to be sent: every host at its own pace, none in another's way, the dead set aside."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from crawler import dispatch
from crawler.claims import Claim
from crawler.dispatch import MAX_IN_FLIGHT, MAX_TARDY, Dispatcher
from crawler.pace import ASIDE_WAITS
from crawler.politeness import DEAD, Attempt, Verdict

GOOD = Attempt(1, 200, None, None)
FINE = Verdict("captured")
REFUSED = Attempt(1, None, "refused", None, sent=False)
AGAIN = Verdict("retry", "refused", 2.0)


def claims(origin: int, count: int) -> list[Claim]:
    return [Claim(origin * 1000 + n, "", "GET", b"", origin, "page", "", None, 0, 0, None) for n in range(count)]


class Told(list[str]):
    """Events, as whoever reads run.json gets them."""


def dispatcher(
    delay: float = 0.0, concurrency: int = 2, told: Told | None = None, aside: Sequence[float] = ASIDE_WAITS
) -> Dispatcher:
    return Dispatcher(delay, concurrency, str, (told if told is not None else Told()).append, aside)


def sent(crawl: Dispatcher, now: float) -> list[Claim]:
    out = []
    while (claim := crawl.next(now)) is not None:
        out.append(claim)
    return out


def test_hosts_keep_their_own_pace() -> None:
    crawl = dispatcher(delay=1.0, concurrency=1)
    crawl.add(claims(1, 2) + claims(2, 2))
    first, second = sent(crawl, 0.0)
    assert (first.origin, second.origin) == (1, 2)
    crawl.ended(second, GOOD, FINE, 0.3)
    assert crawl.next(0.5) is None
    assert crawl.wake_in(0.5) == 0.5
    [third] = sent(crawl, 1.0)
    assert third.origin == 2, "host 1 still answers its first request; host 2 does not wait for it"
    crawl.ended(first, Attempt(1, 503, None, None), Verdict("retry", busy=True, asked=7.0), 2.0)
    assert crawl.next(8.9) is None
    [fourth] = sent(crawl, 9.0)
    assert fourth.origin == 1


def test_with_all_places_taken_no_timer_can_help() -> None:
    crawl = dispatcher(concurrency=200)
    crawl.add(claims(1, 200))
    crawl.ended(sent(crawl, 0.0)[0], GOOD, FINE, 0.0)
    assert len(sent(crawl, 0.0)) == MAX_IN_FLIGHT - MAX_TARDY + 1
    assert crawl.ready > 0
    assert crawl.wake_in(0.0) is None, "a timer of no seconds would be set again and again"


def test_a_host_can_be_slowed_before_it_has_claims() -> None:
    crawl = dispatcher()
    crawl.slow_to("1", 5.0)
    crawl.add(claims(1, 2))
    assert len(sent(crawl, 0.0)) == 1
    assert crawl.wake_in(0.0) == 5.0


def test_two_origins_of_a_host_share_its_pace() -> None:
    crawl = Dispatcher(1.0, 1, lambda number: "one.example", Told().append)
    crawl.add(claims(1, 1) + claims(2, 1))
    [first] = sent(crawl, 0.0)
    assert sent(crawl, 5.0) == []
    crawl.ended(first, GOOD, FINE, 5.0)
    assert [claim.origin for claim in sent(crawl, 5.0)] == [2]


def test_a_slow_host_is_asked_less_often_and_a_fast_one_is_not() -> None:
    crawl = dispatcher(concurrency=1)
    crawl.add(claims(1, 40) + claims(2, 40))
    now = 0.0
    for _ in range(8):
        for claim in sent(crawl, now):
            took = 5.0 if claim.origin == 1 else 0.1
            crawl.ended(claim, Attempt(1, 200, None, None, duration=took), FINE, now)
        now += 40.0
    for claim in sent(crawl, now):
        crawl.ended(claim, GOOD, FINE, now)
    for _ in range(5):
        [fast] = sent(crawl, now)
        assert fast.origin == 2, "host 1 rests although it has answered"
        crawl.ended(fast, GOOD, FINE, now)
    assert {claim.origin for claim in sent(crawl, now + 4.0)} == {2}
    assert {claim.origin for claim in sent(crawl, now + 30.0)} == {1}


def test_a_long_download_does_not_make_a_host_slow() -> None:
    crawl = dispatcher(concurrency=1)
    crawl.add(claims(1, 20))
    for _ in range(10):
        [claim] = sent(crawl, 0.0)
        crawl.ended(claim, Attempt(1, 200, None, None, duration=90.0, size=10**9), FINE, 0.0)


def test_wants_are_those_of_hungry_origins() -> None:
    crawl = dispatcher(delay=1.0)
    crawl.told({1: 10, 2: 1, 3: 0})
    assert crawl.wants() == {1: 4, 2: 1}
    crawl.told({1: 6, 2: 0})
    crawl.add(claims(1, 4) + claims(2, 1))
    assert crawl.wants() == {} and not crawl.hungry
    sent(crawl, 0.0)
    sent(crawl, 1.0)
    assert crawl.wants() == {1: 2}


def test_a_commit_makes_claims_for_so_many_origins_only() -> None:
    crawl = dispatcher(delay=1.0)
    crawl.told(dict.fromkeys(range(2000), 1))
    first = crawl.wants()
    assert len(first) == dispatch.MAX_ORIGINS
    crawl.told(dict.fromkeys(first, 0))
    assert first.keys().isdisjoint(crawl.wants())


def test_hosts_that_are_not_known_to_answer_leave_room_for_those_that_do() -> None:
    crawl = dispatcher(concurrency=40)
    crawl.add(claims(0, 40))
    for claim in sent(crawl, 0.0):
        crawl.ended(claim, GOOD, FINE, 0.0)
    crawl.add([claim for origin in range(1, 300) for claim in claims(origin, 1)])
    assert len(sent(crawl, 1.0)) == MAX_TARDY
    crawl.add(claims(0, 40))
    more = sent(crawl, 1.0)
    assert {claim.origin for claim in more} == {0} and len(more) == MAX_IN_FLIGHT - MAX_TARDY
    assert sent(crawl, 60.0) == []


def test_what_was_not_sent_is_taken_back() -> None:
    crawl = dispatcher(delay=1.0)
    crawl.add(claims(1, 3))
    [out] = sent(crawl, 0.0)
    assert {claim.id for claim in crawl.take_back()} == {claim.id for claim in claims(1, 3)} - {out.id}
    assert crawl.ready == 0 and crawl.next(9.0) is None


def refuse(crawl: Dispatcher, now: float) -> list[Verdict]:
    return [crawl.ended(claim, REFUSED, AGAIN, now) for claim in sent(crawl, now)]


def test_a_dead_host_is_set_aside_and_its_urls_are_spared() -> None:
    told = Told()
    crawl = dispatcher(concurrency=8, told=told)
    crawl.add(claims(1, 40) + claims(2, 1))
    verdicts = [verdict for _ in range(3) for verdict in refuse(crawl, 0.0)]
    assert [verdict.counted for verdict in verdicts].count(True) == 4 + 1, (
        "those before the fifth failure, and host 2's"
    )
    assert {verdict.outcome for verdict in verdicts} == {"retry"}
    assert sent(crawl, 59.0) == [] and crawl.wake_in(0.0) == ASIDE_WAITS[0]
    assert len(told) == 1 and "refused" in told[0]
    [probe] = sent(crawl, 60.0)
    assert crawl.ended(probe, REFUSED, AGAIN, 60.0).counted is False
    assert sent(crawl, 60.0 + 299.0) == []
    [probe] = sent(crawl, 60.0 + 300.0)
    assert crawl.ended(probe, GOOD, FINE, 360.0) == FINE
    assert told[-1] == "1 answers again"
    assert len(sent(crawl, 360.0)) == 8, "it is back with its queue"


@pytest.mark.parametrize("late", [REFUSED, GOOD])
def test_after_the_last_probe_everything_of_the_host_is_given_up(late: Attempt) -> None:
    told = Told()
    crawl = dispatcher(concurrency=8, told=told, aside=(1.0, 2.0))
    crawl.told({1: 500})
    crawl.add(claims(1, 40))
    flight = sent(crawl, 0.0)
    for claim in flight[:5]:
        crawl.ended(claim, REFUSED, AGAIN, 0.0)
    [first] = sent(crawl, 1.0)
    crawl.ended(first, REFUSED, AGAIN, 1.0)
    [second] = sent(crawl, 3.0)
    verdict = crawl.ended(second, REFUSED, AGAIN, 3.0)
    assert (verdict.outcome, verdict.reason, verdict.gives_up) == ("failed", DEAD, True)
    assert crawl.ready == 0 and not crawl.hungry
    assert crawl.next(9.0) is None and crawl.wake_in(9.0) is None
    crawl.add(claims(1, 3))
    assert crawl.ready == 0, "claims made meanwhile end with the others"
    assert len(told) == 3 and "given up" in told[2]
    after = crawl.ended(flight[5], late, FINE if late is GOOD else AGAIN, 4.0)
    assert after.outcome == ("captured" if late is GOOD else "failed"), "a retry would open what is closed"


def test_one_scheme_of_a_host_can_be_dead_and_the_other_alive() -> None:
    crawl = Dispatcher(0.0, 8, lambda number: "one.example", Told().append)
    crawl.add(claims(1, 20))
    refuse(crawl, 0.0)
    crawl.add(claims(2, 8))
    assert [claim.origin for claim in sent(crawl, 0.0)] == [2] * 8


def test_a_host_whose_urls_break_off_or_whose_answers_our_disk_refuses_is_not_dead() -> None:
    crawl = dispatcher(concurrency=8)
    crawl.add(claims(1, 64))
    for attempt in (Attempt(1, 200, None, "disconnect"), Attempt(1, None, "spool", None)):
        for _ in range(4):
            for claim in sent(crawl, 0.0)[:8]:
                assert crawl.ended(claim, attempt, AGAIN, 0.0) == AGAIN
    assert crawl.wake_in(0.0) is None
