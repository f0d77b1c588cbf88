"""The pure rules of a crawl: scope and robots.txt."""

import pytest

from crawler.job import Scope, Traps
from crawler.robots import RobotsRules, read_answer
from crawler.scope import Candidate, ScopeRules

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
