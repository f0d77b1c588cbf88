"""The frontier: one final outcome a key, robots.txt first, nothing forgotten over a restart."""

from pathlib import Path

import pytest

from archive.urls import frontier_key
from crawler.frontier import Discovery, Frontier
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


def test_robots_gates_its_origin(state: State) -> None:
    frontier = opened(state, robots="obey")
    frontier.take_in([found(f"{HOST}/open.htm"), found(f"{HOST}/shut/a.htm")])
    first, _ = frontier.claim(all_of(frontier), 0)
    assert [claim.url for claim in first] == [f"{HOST}/robots.txt"]
    assert frontier.claim(all_of(frontier), 0)[0] == []
    assert first[0].gates is not None
    frontier.settle(first[0], "captured", None)
    frontier.open_gate(first[0].gates, RobotsAnswer("rules", "User-agent: *\nDisallow: /shut/"))
    claims, refused = frontier.claim(all_of(frontier), 0)
    assert [claim.url for claim in claims] == [f"{HOST}/open.htm"]
    assert refused == [f"{HOST}/shut/a.htm"]
    assert states(state)[refused[0]] == ("dropped", "robots")


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
