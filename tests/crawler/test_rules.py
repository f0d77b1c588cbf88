"""The pure rules of a crawl: scope, pace, dispatch, robots.txt, what an attempt means."""

from datetime import UTC, datetime

import pytest

from crawler.claims import Claim
from crawler.dispatch import Dispatcher
from crawler.job import Scope, Traps
from crawler.politeness import Attempt, Pace, judge, parse_retry_after
from crawler.robots import RobotsRules, read_answer
from crawler.scope import Candidate, ScopeRules

NOW = datetime(2014, 11, 3, 2, 0, 0, tzinfo=UTC)
SEED = "http://bwc.example.edu.cn/"


def rules(**scope: object) -> ScopeRules:
    return ScopeRules(Scope.model_validate(scope), Traps(), [SEED])


@pytest.mark.parametrize(
    ("url", "role", "hops", "reason"),
    [
        (SEED + "zzwj.htm", "column", "L", None),
        ("http://www.example.com/", "page", "L", "scope:host"),
        ("http://img.example.com/a.png", "requisite", "LE", None),
        ("http://img.example.com/a.png", "requisite", "LEEEEEE", "scope:embed-depth"),
        ("http://img.example.com/a.png", "requisite", "LERRR", None),
        ("http://img.example.com/a.png", "requisite", "LERRRR", "scope:redirects"),
        (SEED + "a/b/a/b/a/b/", "page", "L", "trap:repeated-path"),
        (SEED + "a/a/b.htm", "page", "L", None),
        (SEED + "x" * 5000, "page", "L", "trap:long-url"),
        (SEED + "r", "redirect", "LRRRRRR", "scope:redirects"),
    ],
)
def test_scope(url: str, role: str, hops: str, reason: str | None) -> None:
    assert rules().reason_to_drop(Candidate(url, role, hops)) == reason


def test_scope_of_the_job() -> None:
    wanted = rules(hosts=[".example.edu.cn"], exclude=[r"/private/"], include=[r"^http://old\.example\.org/"], depth=2)
    drop = wanted.reason_to_drop
    assert drop(Candidate("http://jwc.example.edu.cn/", "page", "LL")) is None
    assert drop(Candidate("http://old.example.org/a", "page", "L")) is None
    assert drop(Candidate("http://jwc.example.edu.cn/private/", "page", "L")) == "scope:excluded"
    assert drop(Candidate("http://jwc.example.edu.cn/", "page", "LLL")) == "scope:depth"
    strict = rules(requisites="in-scope")
    assert strict.reason_to_drop(Candidate("http://cdn.example/", "requisite", "E")) == "scope:requisite-host"


def test_a_port_is_part_of_a_host_when_it_is_named() -> None:
    scope = ScopeRules(Scope(), Traps(), ["http://127.0.0.1:8001/"])
    assert scope.holds_host("http://127.0.0.1:8001/x")
    assert not scope.holds_host("http://127.0.0.1:8002/x")


def test_traps_can_be_allowed() -> None:
    scope = ScopeRules(Scope(), Traps(allow=["/a/a/a/"]), [SEED])
    assert scope.reason_to_drop(Candidate(SEED + "a/a/a/", "page", "L")) is None


@pytest.mark.parametrize(
    ("attempt", "outcome", "reason", "wait"),
    [
        (Attempt(1, 200, None, None), "captured", None, 0),
        (Attempt(1, 404, None, None), "captured", None, 0),
        (Attempt(1, 503, None, None, b"7"), "retry", "status:503", 7),
        (Attempt(4, 503, None, None, b"7"), "captured", "status:503", 0),
        (Attempt(1, 200, None, "disconnect"), "retry", "truncated:disconnect", 2),
        (Attempt(3, 200, None, "disconnect"), "captured", "truncated:disconnect", 0),
        (Attempt(1, 200, None, "length"), "captured", "truncated:length", 0),
        (Attempt(1, None, "dns", None), "retry", "dns", 2),
        (Attempt(3, None, "dns", None), "failed", "dns", 0),
        (Attempt(3, None, "spool", None), "retry", "spool", 300),
        (Attempt(1, None, "address_forbidden", None), "failed", "address_forbidden", 0),
    ],
)
def test_what_an_attempt_means(attempt: Attempt, outcome: str, reason: str | None, wait: float) -> None:
    verdict = judge(attempt, NOW)
    assert (verdict.outcome, verdict.reason, verdict.wait) == (outcome, reason, wait)


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


def claims(origin: int, count: int) -> list[Claim]:
    return [Claim(origin * 100 + n, "", "GET", b"", origin, "page", "", None, 0, 0, None) for n in range(count)]


def test_hosts_keep_their_own_pace() -> None:
    dispatcher = Dispatcher(delay=1.0, concurrency=1)
    dispatcher.add(claims(1, 2) + claims(2, 2), str)
    sent = [dispatcher.next(0.0), dispatcher.next(0.0), dispatcher.next(0.0)]
    assert [claim and claim.origin for claim in sent] == [1, 2, None]
    dispatcher.ended("2")
    assert dispatcher.next(0.5) is None
    assert dispatcher.wake_in(0.5) == 0.5
    second = dispatcher.next(1.0)
    assert second is not None and second.origin == 2, (
        "host 1 still answers its first request; host 2 does not wait for it"
    )
    dispatcher.hold("1", 9.0)
    dispatcher.ended("1")
    assert dispatcher.next(8.9) is None
    third = dispatcher.next(9.0)
    assert third is not None and third.origin == 1


def test_concurrency_is_kept() -> None:
    pace = Pace(delay=0.0, concurrency=2)
    pace.started(0)
    pace.started(0)
    assert pace.wait(100.0) is None
    pace.ended()
    assert pace.wait(100.0) == 0.0


def test_robots_texts() -> None:
    text = b"User-agent: jiucang\nDisallow: /shut/\nCrawl-delay: 4\n\nUser-agent: *\nDisallow: /\n"
    robots = RobotsRules(read_answer(200, text, b"text/plain"), "jiucang")
    assert robots.allows(SEED + "a") and not robots.allows(SEED + "shut/a")
    assert robots.crawl_delay == 4.0
    assert not RobotsRules(read_answer(500, b"", b""), "jiucang").allows(SEED)
    assert RobotsRules(read_answer(200, b"<html>404</html>", b"text/html; charset=gbk"), "jiucang").allows(SEED)


def test_an_endless_crawl_delay_is_bounded() -> None:
    robots = RobotsRules(read_answer(200, b"User-agent: *\nCrawl-delay: 86400", b""), "jiucang")
    assert robots.crawl_delay == 300.0


def test_with_all_places_taken_no_timer_can_help() -> None:
    dispatcher = Dispatcher(delay=0.0, concurrency=200)
    dispatcher.add(claims(1, 200), str)
    while dispatcher.next(0.0):
        pass
    assert dispatcher.ready > 0
    assert dispatcher.wake_in(0.0) is None, "a timer of no seconds would be set again and again"


def test_a_host_can_be_slowed_before_it_has_claims() -> None:
    dispatcher = Dispatcher(delay=0.0, concurrency=2)
    dispatcher.slow_to("1", 5.0)
    dispatcher.add(claims(1, 2), str)
    assert dispatcher.next(0.0) and dispatcher.next(0.0) is None
    assert dispatcher.wake_in(0.0) == 5.0
