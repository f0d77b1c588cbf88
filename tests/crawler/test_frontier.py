"""The frontier: one final outcome a key, robots.txt first, nothing forgotten over a restart."""

import time
from pathlib import Path

import pytest

from archive.urls import frontier_key
from crawler.claims import Discovery
from crawler.frontier import Frontier
from crawler.politeness import MAX_RETRY_AFTER
from crawler.robots import RobotsAnswer
from crawler.state import STATE_NAMES, State

HOST = "http://a.example"


def found(url: str, role: str = "page", drop: str | None = None) -> Discovery:
    return Discovery(frontier_key(url), url, role, "L", HOST + "/", drop=drop)


@pytest.fixture
def state(tmp_path: Path) -> State:
    state = State(tmp_path / "state.db")
    state.db.execute("INSERT INTO runs(id, name, started) VALUES(1, 'one', ''), (2, 'two', '')")
    return state


def opened(state: State, run: int = 1, robots: str = "ignore", killer: int = 0) -> Frontier:
    frontier = Frontier(state.db, run, robots=robots, agent="jiucang")
    frontier.open(killer)
    return frontier


def states(state: State) -> dict[str, tuple[str, str | None]]:
    rows = state.db.execute("SELECT url, state, reason FROM urls").fetchall()
    return {url: (STATE_NAMES[number], reason) for url, number, reason in rows}


def all_of(frontier: Frontier) -> dict[int, int]:
    return dict.fromkeys(frontier.counts().queued, 100)


def test_a_url_is_claimed_once_and_settled_once(state: State) -> None:
    frontier = opened(state)
    frontier.take_in([found(f"{HOST}/{n}") for n in range(3)] * 2)
    claims, _ = frontier.claim(all_of(frontier), 0)
    assert [claim.url for claim in claims] == [f"{HOST}/{n}" for n in range(3)]
    assert frontier.claim({claims[0].origin: 9}, 0) == ([], [])
    frontier.settle(claims[0], "captured", None)
    frontier.take_in([found(claims[0].url)])
    assert states(state)[claims[0].url] == ("captured", None)


def test_the_best_comes_first(state: State) -> None:
    frontier = opened(state)
    frontier.take_in(
        [found(f"{HOST}/i.png", "requisite"), found(f"{HOST}/a.htm", "article"), found(f"{HOST}/c", "column")]
    )
    claims, _ = frontier.claim(all_of(frontier), 0)
    assert [claim.role for claim in claims] == ["column", "article", "requisite"]


def test_a_host_of_which_nothing_is_wanted_is_not_asked_for_its_robots_txt(state: State) -> None:
    frontier = opened(state, robots="obey")
    frontier.take_in([found("http://elsewhere.example/a", drop="scope:host")])
    assert not frontier.has_open_work() and frontier.counts().queued == {}
    frontier.take_in([found("http://elsewhere.example/a.png", "requisite")])
    claims, _ = frontier.claim(all_of(frontier), 0)
    assert [claim.url for claim in claims] == ["http://elsewhere.example/robots.txt"]


def test_robots_gates_its_origin(state: State) -> None:
    frontier = opened(state, robots="obey")
    frontier.take_in([found(f"{HOST}/open.htm"), found(f"{HOST}/shut/a.htm")])
    first, _ = frontier.claim(all_of(frontier), 0)
    assert [claim.url for claim in first] == [f"{HOST}/robots.txt"]
    assert frontier.claim(all_of(frontier), 0)[0] == []
    assert first[0].gates is not None
    frontier.settle(first[0], "captured", None)
    frontier.origins.open_gate(first[0].gates, RobotsAnswer("rules", "User-agent: *\nDisallow: /shut/"))
    claims, refused = frontier.claim(all_of(frontier), 0)
    assert [claim.url for claim in claims] == [f"{HOST}/open.htm"]
    assert [(claim.url, reason) for claim, reason in refused] == [(f"{HOST}/shut/a.htm", "robots")]
    assert states(state)[f"{HOST}/shut/a.htm"] == ("dropped", "robots")


def test_a_redirected_robots_still_gates(state: State) -> None:
    frontier = opened(state, robots="obey")
    frontier.take_in([found(f"{HOST}/a.htm"), found(f"{HOST}/elsewhere.txt")])
    [gate], _ = frontier.claim(all_of(frontier), 0)
    frontier.settle(gate, "captured", None)
    frontier.redirect_gate(gate, f"{HOST}/elsewhere.txt")
    [second], _ = frontier.claim(all_of(frontier), 0)
    assert (second.url, second.role, second.hops, second.gates) == (
        gate.url[:-10] + "elsewhere.txt",
        "robots",
        "PR",
        gate.gates,
    )


def test_a_retry_waits_for_its_time(state: State) -> None:
    frontier = opened(state)
    frontier.take_in([found(HOST + "/")])
    [claim], _ = frontier.claim(all_of(frontier), 0)
    frontier.settle(claim, "retry", "status:503", not_before=50.0)
    assert frontier.counts().waiting_until == 50.0
    assert frontier.claim({claim.origin: 1}, 49.0)[0] == []
    [again], _ = frontier.claim({claim.origin: 1}, 50.0)
    assert (again.url, again.tries) == (claim.url, 1)


def test_a_retry_put_off_under_a_clock_that_was_years_ahead_waits_an_hour_at_most(state: State) -> None:
    frontier = opened(state)
    frontier.take_in([found(HOST + "/")])
    [claim], _ = frontier.claim(all_of(frontier), 0)
    now = time.time()
    frontier.settle(claim, "retry", "status:503", not_before=now + 1e8)
    until = opened(state).counts().waiting_until
    assert until is not None
    assert now + MAX_RETRY_AFTER <= until < now + MAX_RETRY_AFTER + 60


def test_what_was_claimed_when_the_process_died_is_queued_again(state: State) -> None:
    frontier = opened(state)
    frontier.take_in([found(f"{HOST}/{n}") for n in range(5)])
    claims, _ = frontier.claim({1: 3}, 0)
    for death in range(1, 4):
        again = opened(state, killer=claims[1].id)
        claims, _ = again.claim(all_of(again), 0)
        assert len(claims) == 5
        assert [claim.deaths for claim in claims] == [0, death, 0, 0, 0]


def test_a_drop_gives_way_to_a_better_reason_to_fetch(state: State) -> None:
    frontier = opened(state)
    image = "http://other.example/i.png"
    frontier.take_in([found(image, "page", drop="scope:host")])
    assert states(state)[image] == ("dropped", "scope:host")
    frontier.take_in([found(image, "requisite")])
    assert states(state)[image] == ("queued", None)
    frontier.take_in([found(image, "page", drop="scope:host")])
    assert states(state)[image] == ("queued", None)


def test_a_later_run_asks_everything_anew(state: State) -> None:
    frontier = opened(state)
    frontier.take_in([found(HOST + "/")])
    [claim], _ = frontier.claim(all_of(frontier), 0)
    frontier.settle(claim, "captured", None)
    later = opened(state, run=2)
    assert later.counts().queued == {}
    later.take_in([found(HOST + "/")])
    [again], _ = later.claim(all_of(later), 0)
    assert (again.id, again.tries) == (claim.id, 0)


def test_an_endless_series_ends_with_its_reason(state: State) -> None:
    frontier = opened(state)
    series = [
        Discovery(frontier_key(url), url, "page", "L", None, series=b"s" * 16, series_limit=10)
        for url in (f"{HOST}/rili.jsp?m={month}" for month in range(15))
    ]
    for discovery in series * 2:
        frontier.take_in([discovery])
    reasons = [reason for _, reason in states(state).values()]
    assert reasons.count("trap:query-series") == 5
    assert reasons.count(None) == 10


def test_an_early_end_closes_what_is_open(state: State) -> None:
    frontier = opened(state)
    frontier.take_in([found(f"{HOST}/{n}") for n in range(4)])
    frontier.claim({1: 2}, 0)
    assert frontier.end("limit:pages") == 4
    assert set(states(state).values()) == {("dropped", "limit:pages")}


def test_what_waits_for_robots_is_no_work_that_could_be_claimed(state: State) -> None:
    frontier = opened(state, robots="obey")
    frontier.take_in([found(f"{HOST}/{n}") for n in range(5)])
    assert frontier.counts().queued == {1: 1}
    [gate], _ = frontier.claim({1: 9}, 0)
    assert frontier.counts().queued == {}, "asking for it again and again would keep the processor busy for nothing"
    assert frontier.has_open_work()
    frontier.settle(gate, "retry", "status:503", not_before=5.0)
    assert (frontier.counts().queued, frontier.counts().waiting) == ({}, 1)
    [again], _ = frontier.claim({1: 9}, 5.0)
    frontier.give_back([again])
    assert frontier.counts().queued == {1: 1}
    restarted = opened(state, robots="obey")
    assert restarted.counts().queued == {1: 1}


@pytest.mark.parametrize("hops", [1, 2])
def test_a_robots_txt_that_redirects_in_a_circle_is_none(state: State, hops: int) -> None:
    frontier = opened(state, robots="obey")
    frontier.take_in([found(f"{HOST}/a.htm")])
    for target in [f"{HOST}/b.txt", f"{HOST}/robots.txt"][-hops:]:
        [gate], _ = frontier.claim({1: 9}, 0)
        frontier.settle(gate, "captured", None)
        frontier.redirect_gate(gate, target)
    [page], _ = frontier.claim(all_of(frontier), 0)
    assert page.url == f"{HOST}/a.htm"


def test_a_robots_txt_that_cannot_be_had_is_a_reason_of_its_own(state: State) -> None:
    frontier = opened(state, robots="obey")
    frontier.take_in([found(f"{HOST}/a.htm")])
    [gate], _ = frontier.claim({1: 9}, 0)
    frontier.settle(gate, "failed", "refused")
    frontier.origins.open_gate(1, RobotsAnswer("forbid"))
    assert [reason for _, reason in frontier.claim(all_of(frontier), 0)[1]] == ["robots:unreachable"]


def test_a_call_drops_only_so_much_for_robots(state: State) -> None:
    frontier = opened(state, robots="obey")
    frontier.take_in([found(f"{HOST}/{n}") for n in range(2500)])
    frontier.claim({1: 9}, 0)
    frontier.origins.open_gate(1, RobotsAnswer("rules", "User-agent: *\nDisallow: /"))
    dropped = [len(frontier.claim({1: 100}, 0)[1]) for _ in range(4)]
    assert dropped == [1000, 1000, 500, 0]


def test_a_crawl_delay_outlives_the_process(state: State) -> None:
    frontier = opened(state, robots="obey")
    frontier.take_in([found(HOST + "/")])
    frontier.origins.open_gate(1, RobotsAnswer("rules", "User-agent: *\nCrawl-delay: 7"))
    assert opened(state, robots="obey").origins.crawl_delays() == {"a.example": 7.0}


@pytest.mark.parametrize("robots", ["ignore", "obey"])
def test_what_an_earlier_run_lost_is_asked_for_in_this_one(state: State, robots: str) -> None:
    frontier = opened(state, robots=robots)
    frontier.take_in([found(HOST + "/a.htm")])
    claims, _ = frontier.claim({1: 9}, 0)
    for claim in claims:
        frontier.settle(claim, "captured", None)
    state.db.execute("UPDATE urls SET state = 0")
    later = opened(state, run=2, robots=robots)
    claims, _ = later.claim(all_of(later), 0)
    if robots == "obey":
        assert [claim.url for claim in claims] == [f"{HOST}/robots.txt"]
        later.origins.open_gate(1, RobotsAnswer("allow"))
        claims += later.claim(all_of(later), 0)[0]
    assert claims[-1].url == f"{HOST}/a.htm"
    assert later.counts().queued == {}
    assert state.db.execute("SELECT DISTINCT run FROM urls").fetchall() == [(2,)]


def test_a_drop_for_another_reason_does_not_hold_a_series_back(state: State) -> None:
    frontier = opened(state)
    url = f"{HOST}/list.jsp?p=1"
    frontier.take_in([found(url, drop="scope:depth")])
    frontier.take_in([Discovery(frontier_key(url), url, "page", "L", None, series=b"s" * 16, series_limit=10)])
    assert states(state)[url] == ("queued", None)


def test_hosts_can_be_asked_for_while_the_memory_is_read_anew(state: State) -> None:
    frontier = opened(state)
    frontier.take_in([found(f"http://h{n}.example/") for n in range(300)])
    seen: list[str] = []

    def look(*_: object) -> int:
        seen.append(frontier.origins.host_of(300))
        return 0

    state.db.set_progress_handler(look, 50)
    frontier.reload()
    state.db.set_progress_handler(None, 0)
    assert set(seen) == {"h299.example"}


def test_a_dead_origin_ends_in_one_step_and_takes_no_more(state: State) -> None:
    frontier = opened(state)
    frontier.take_in([found(f"{HOST}/{n}") for n in range(10)] + [found("http://b.example/")])
    claims, _ = frontier.claim({1: 4}, 0)
    frontier.settle(claims[0], "captured", None)
    frontier.settle(claims[1], "retry", "refused", not_before=9.0)
    frontier.settle(claims[2], "failed", "host:dead")
    assert frontier.give_up(claims[2].origin) == 8
    frontier.take_in([found(f"{HOST}/later"), found(f"{HOST}/0")])
    ended = states(state)
    assert ended.pop(f"{HOST}/0") == ("captured", None) and ended.pop("http://b.example/") == ("queued", None)
    assert len(ended) == 10 and set(ended.values()) == {("failed", "host:dead")}
    assert (frontier.counts().queued, frontier.counts().waiting) == ({2: 1}, 0)


def test_an_origin_that_died_before_its_robots_txt_was_read_leaves_no_work_behind(state: State) -> None:
    frontier = opened(state, robots="obey")
    frontier.take_in([found(f"{HOST}/a.htm")])
    [gate], _ = frontier.claim({1: 9}, 0)
    frontier.settle(gate, "failed", "host:dead")
    frontier.give_up(gate.origin)
    assert not frontier.has_open_work()
    later = opened(state, robots="obey")
    later.take_in([found(f"{HOST}/b.htm")])
    assert [reason for _, reason in later.claim({1: 9}, 0)[1]] == ["robots:unreachable"]
    assert not later.has_open_work()


def test_a_retry_that_does_not_count_leaves_the_url_its_attempts(state: State) -> None:
    frontier = opened(state)
    frontier.take_in([found(HOST + "/")])
    [claim], _ = frontier.claim({1: 1}, 0)
    frontier.settle(claim, "retry", "host:aside", counted=False)
    assert frontier.counts().waiting == 1
    [again], _ = frontier.claim({1: 1}, 1)
    assert again.tries == 0 and frontier.counts().waiting == 0


def test_changes_are_those_since_the_last_call(state: State) -> None:
    frontier = opened(state)
    frontier.take_in([found(f"{HOST}/{n}") for n in range(3)] + [found("http://b.example/")])
    assert frontier.changes().queued == {1: 3, 2: 1}
    frontier.claim({1: 2}, 0)
    changed = frontier.changes()
    assert (changed.queued, changed.claimable) == ({1: 1}, 2)
    assert frontier.changes().queued == {}
    frontier.take_in([found("http://b.example/2")])
    assert frontier.counts().queued == {1: 1, 2: 2}


def test_rules_that_are_not_held_parsed_are_read_again(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.robots.MAX_PARSED", 2)
    frontier = opened(state, robots="obey")
    hosts = [f"http://{name}.example" for name in "abcd"]
    for number, host in enumerate(hosts, 1):
        frontier.take_in([found(f"{host}/shut/1"), found(f"{host}/{number}")])
    gates, _ = frontier.claim(all_of(frontier), 0)
    for gate in gates:
        frontier.settle(gate, "captured", None)
        assert frontier.origins.open_gate(
            gate.origin, RobotsAnswer("rules", "User-agent: *\nCrawl-delay: 3\nDisallow: /shut/")
        )
    claims, refused = frontier.claim(all_of(frontier), 0)
    assert len(claims) == len(refused) == 4
    assert opened(state, robots="obey").origins.crawl_delays() == dict.fromkeys([host[7:] for host in hosts], 3.0)
