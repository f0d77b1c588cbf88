"""What a run says of itself, over small states made by hand: complete, vanished, and brought too little."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from archive.urls import frontier_key
from crawler import completeness
from crawler.completeness import Column, missing, read_columns, read_completeness
from crawler.listing import keep_listing
from crawler.records import Reading
from crawler.report import end_of, read_report
from crawler.state import CAPTURED, DROPPED, FAILED, QUEUED, State
from crawler.vanished import read_vanished
from crawler.yields import FLOOR, count_yield, read_yield
from profiles.outlinks import Pager

HOST, OTHER = "http://a.example", "http://b.example"


def address(name: str) -> str:
    return name if "//" in name else f"{HOST}/{name}"


@dataclass
class Book:
    """A state whose rows are entered as runs would have left them. Names are paths on HOST."""

    state: State
    numbers: dict[str, int] = field(default_factory=dict)

    def run(
        self, number: int, how: str | None = "finished", brought: int | None = None, plan: str | None = "p"
    ) -> None:
        self.state.db.execute(
            "INSERT INTO runs(id, name, started, ended, how, yield, plan) VALUES(?, ?, '', '', ?, ?, ?)",
            (number, f"run {number}", how, brought, plan),
        )

    def url(
        self,
        name: str,
        run: int,
        state: int = CAPTURED,
        role: str = "article",
        via: str = "",
        reason: str | None = None,
    ) -> None:
        """Where the run stands that met it last; what it did there, `capture` adds."""
        url = address(name)
        origin = self.state.db.execute(
            "INSERT INTO origins(origin, run, robots) VALUES(?, ?, 'allow') ON CONFLICT(origin)"
            " DO UPDATE SET run = excluded.run RETURNING id",
            (url[: len(HOST)], run),
        ).fetchone()[0]
        [number] = self.state.db.execute(
            "INSERT INTO urls(key, run, state, reason, origin, priority, url, method, body, role, hops, via)"
            " VALUES(?, ?, ?, ?, ?, 50, ?, 'GET', x'', ?, ?, ?) ON CONFLICT(key) DO UPDATE SET run = excluded.run,"
            " state = excluded.state, reason = excluded.reason, role = excluded.role, via = excluded.via RETURNING id",
            (
                frontier_key(url),
                run,
                state,
                reason,
                origin,
                url,
                role,
                "L" if via else "",
                address(via) if via else None,
            ),
        ).fetchone()
        self.numbers[name] = number

    def capture(
        self, name: str, run: int, status: int = 200, kind: str | None = "article", truncated: str | None = None
    ) -> None:
        number = self.numbers[name]
        [capture] = self.state.db.execute(
            "INSERT INTO captures(exchange, url_id, run, attempt, file, offset, length, record, date, status, kind,"
            " truncated, payload_length) VALUES(lower(hex(randomblob(8))), ?, ?, 1, 1, 0, 10, '', ?, ?, ?, ?, 100)"
            " RETURNING id",
            (number, run, f"date {run}", status, kind, truncated),
        ).fetchone()
        if status == 200 and truncated is None and kind not in ("challenge", "captcha"):
            self.state.db.execute("UPDATE urls SET last = ? WHERE id = ?", (capture, number))

    def held(self, name: str, run: int, kind: str = "article", role: str = "article", via: str = "") -> None:
        self.url(name, run, role=role, via=via)
        self.capture(name, run, kind=kind)

    def shows(self, name: str, run: int, *targets: str, items: int | None = None, pages: int | None = None) -> None:
        """A list page with a pager."""
        reading = Reading(
            "captured",
            kind="list",
            pager=Pager(items, pages) if items or pages else None,
            named=frozenset((frontier_key(address(target)), "article") for target in targets),
        )
        keep_listing(self.state.db, run, self.numbers[name], reading)

    def names(self, name: str, run: int, *neighbours: str) -> None:
        named = frozenset((frontier_key(address(neighbour)), "chain") for neighbour in neighbours)
        keep_listing(self.state.db, run, self.numbers[name], Reading("captured", kind="article", named=named))

    def vanished(self, run: int) -> dict[str, str]:
        return {found.url.removeprefix(HOST + "/"): found.how for found in read_vanished(self.state.db, run)}


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book(State(tmp_path / "state.db"))


# -- complete ----------------------------------------------------------------------------------------


def test_what_was_met_is_the_sum_of_what_became_of_it(book: Book) -> None:
    book.run(1)
    for number, state in enumerate((CAPTURED, CAPTURED, FAILED, DROPPED, QUEUED)):
        book.url(f"{number}", 1, state, reason="x")
    book.url("old", 0)
    report = read_report(book.state.db, 1, "interrupted", [])
    found = report.completeness
    assert (report.failures, report.drops, report.hosts) == ({"x": 1}, {"x": 1}, {HOST: 2})
    assert (found.discovered, found.captured, found.failed, found.dropped, found.pending) == (5, 2, 1, 1, 1)
    assert found.columns == () and found.short_columns is None


def test_a_column_is_a_list_with_the_pages_its_pagers_lead_to(book: Book) -> None:
    book.held("", 1, "index", "seed")
    book.held("news", 1, "list", "column")
    book.held("news/2", 1, "list", "list", via="news")
    book.held("news/3", 1, "list", "list", via="news/2")
    book.held("rules", 1, "list", "column", via="news")
    book.held("plain", 1, "list", "list", via="")
    book.url("broken", 1, FAILED)
    for name in ("a", "b", "c", "side"):
        book.held(name, 1)
    book.shows("news", 1, "a", "side", items=4, pages=3)
    book.shows("news/2", 1, "b", "broken", "side", items=4, pages=3)
    book.shows("news/3", 1, "c", "side")
    book.shows("rules", 1, "a", "nowhere", pages=1)
    assert sorted(read_columns(book.state.db, 1), key=lambda column: column.url) == [
        Column(f"{HOST}/news", 4, 3, 3, 4, 3),
        Column(f"{HOST}/plain", None, None, 1, 0, 0),
        Column(f"{HOST}/rules", None, 1, 1, 2, 1),
    ]
    found = read_completeness(book.state.db, 1, {}, ended=True)
    assert (found.column_count, found.short_columns, found.columns[0].url) == (3, 1, f"{HOST}/news")


def test_two_lists_that_lead_to_each_other_are_one_column(book: Book) -> None:
    book.held("a", 1, "list", "list", via="b")
    book.held("b", 1, "list", "list", via="a")
    assert [column.read for column in read_columns(book.state.db, 1)] == [2]


def test_a_list_that_is_read_again_says_what_it_says_now(book: Book) -> None:
    book.held("news", 1, "list", "column")
    book.shows("news", 1, "a", "b", items=2)
    keep_listing(book.state.db, 2, book.numbers["news"], Reading("captured", kind="error"))
    assert book.state.db.execute("SELECT count(*) FROM links").fetchone() == (2,)
    book.shows("news", 2, "b", "c")
    keys = {key for (key,) in book.state.db.execute("SELECT key FROM links")}
    assert keys == {frontier_key(address("b")), frontier_key(address("c"))}
    assert book.state.db.execute("SELECT count(*) FROM pagers").fetchone() == (0,)


def test_a_break_in_the_chain_is_a_neighbour_of_which_there_is_no_good_capture(book: Book) -> None:
    book.held("a", 2)
    book.names("a", 2, "moved", "gone", "shut", "failed", "cut", "before", "excluded")
    book.url("moved", 2)
    book.capture("moved", 2, 301, "redirect")
    book.url("gone", 2)
    book.capture("gone", 2, 404, None)
    book.url("shut", 2)
    book.capture("shut", 2, 200, "challenge")
    book.url("failed", 2, FAILED, reason="reset")
    book.url("cut", 2)
    book.capture("cut", 2, truncated="disconnect")
    book.held("before", 1)
    book.url("before", 2, FAILED, reason="reset")
    book.url("excluded", 2, DROPPED, reason="scope:excluded")
    found = read_completeness(book.state.db, 2, {}, ended=True)
    assert {(lost.url.removeprefix(HOST + "/"), lost.why) for lost in found.breaks} == {
        ("gone", "status:404"),
        ("shut", "status:200"),
        ("failed", "reset"),
        ("cut", "status:200"),
        ("excluded", "scope:excluded"),
    }
    assert {lost.named_by for lost in found.breaks} == {f"{HOST}/a"}


def test_what_is_named_is_bounded_and_what_is_counted_is_not(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(completeness, "MAX_NAMED", 2)
    book.held("a", 1)
    book.names("a", 1, "x", "y", "z")
    for name in ("one", "two", "three"):
        book.held(name, 1, "list", "column")
    found = read_completeness(book.state.db, 1, {}, ended=True)
    assert (len(found.breaks), found.break_count, len(found.columns), found.column_count) == (2, 3, 2, 3)


def test_what_is_missing_can_be_asked_for_again(book: Book) -> None:
    reasons = ["limit:pages", "middleware:x", "scope:host", "scope:depth", "trap:calendar", "robots"]
    for reason in reasons:
        book.url(reason, 2, DROPPED, reason=reason)
    book.url("failed", 2, FAILED, reason="status:503")
    book.url("clicks", 2, FAILED, role="clicks")
    book.url("robots.txt", 2, FAILED, role="robots")
    book.url("fine", 2)
    book.held("before", 1)
    book.url("before", 2, FAILED)
    book.held("known", 1)
    book.url("known", 2, DROPPED, reason="recrawl:known")
    assert [url.removeprefix(HOST + "/") for url in missing(book.state.db, 2)] == [
        "limit:pages",
        "middleware:x",
        "failed",
    ]


def test_a_look_at_what_became_of_a_link_does_not_go_through_all_urls(book: Book) -> None:
    plan = book.state.db.execute(
        "EXPLAIN QUERY PLAN SELECT o.read FROM links l LEFT JOIN outcomes o ON o.key = l.key WHERE l.source = 1"
    ).fetchall()
    assert not [step for *_, step in plan if "MATERIALIZE" in step or step == "SCAN u"]


# -- vanished ----------------------------------------------------------------------------------------


def lists(book: Book, *targets: str) -> None:
    """A list that showed these in run 1 and shows nothing in run 2."""
    book.held("news", 1, "list", "column")
    book.shows("news", 1, *targets)
    for target in targets:
        book.held(target, 1, via="news")
    book.url("news", 2, role="column")
    book.capture("news", 2, kind="list")
    book.shows("news", 2)


def test_what_answers_404_has_vanished(book: Book) -> None:
    for name, kind, role, status in (
        ("article", "article", "article", 404),
        ("column", "list", "column", 410),
        ("file.doc", "", "attachment", 404),
        ("image.png", "", "requisite", 404),
        ("there", "article", "article", 200),
        ("failing", "article", "article", 503),
    ):
        book.held(name, 1, kind, role)
        book.url(name, 2, role=role)
        book.capture(name, 2, status, kind if status == 200 else None)
    book.url("never there", 2)
    book.capture("never there", 2, 404, None)
    assert book.vanished(2) == {"article": "status:404", "column": "status:410", "file.doc": "status:404"}


def test_what_no_list_shows_any_more_has_vanished(book: Book) -> None:
    lists(book, "a", "b", "c")
    book.url("b", 2, DROPPED, via="news", reason="recrawl:known")
    book.url("c", 2, via="")
    book.capture("c", 2, 304)
    [found] = read_vanished(book.state.db, 2)
    assert (found.url, found.how, found.last_captured) == (f"{HOST}/a", "not-listed", "date 1")
    assert (found.kind, found.via) == ("article", f"{HOST}/news")


def test_a_list_that_got_shorter_takes_with_it_what_its_later_pages_showed(book: Book) -> None:
    lists(book, "a")
    for number in (2, 3):
        above = "news" if number == 2 else "news/2"
        book.held(f"news/{number}", 1, "list", "list", via=above)
        book.held(f"a{number}", 1, via=f"news/{number}")
    assert book.vanished(2) == dict.fromkeys(("a", "a2", "a3"), "not-listed")


@pytest.mark.parametrize(
    ("state", "reason", "status", "kind", "truncated"),
    [
        (FAILED, "reset", None, None, None),
        (FAILED, "status:503", 503, None, None),
        (DROPPED, "robots", None, None, None),
        (DROPPED, "scope:depth", None, None, None),
        (DROPPED, "trap:near-identical", None, None, None),
        (CAPTURED, None, 403, None, None),
        (CAPTURED, None, 200, "challenge", None),
        (CAPTURED, None, 200, "error", None),
        (CAPTURED, None, 200, "list", "disconnect"),
    ],
)
def test_where_a_list_could_not_be_read_nothing_is_gone_from_its_portal(
    book: Book, state: int, reason: str | None, status: int | None, kind: str | None, truncated: str | None
) -> None:
    lists(book, "a")
    book.held("rules", 1, "list", "page")
    book.shows("rules", 1, "b")
    book.held(f"{OTHER}/list", 1, "list", "seed")
    book.held(f"{OTHER}/x", 1, via=f"{OTHER}/list")
    book.url(f"{OTHER}/list", 2, role="seed")
    book.capture(f"{OTHER}/list", 2, kind="list")
    assert book.vanished(2) == {"a": "not-listed", f"{OTHER}/x": "not-listed"}
    book.url("rules", 2, state, role="page", reason=reason)
    if status is not None:
        book.capture("rules", 2, status, kind, truncated)
    assert book.vanished(2) == {f"{OTHER}/x": "not-listed"}


def test_what_hung_on_a_page_that_was_not_asked_for_is_not_gone(book: Book) -> None:
    lists(book, "a", "b")
    book.held("a.doc", 1, "", "attachment", via="a")
    book.held("b.doc", 1, "", "attachment", via="b")
    book.url("a", 2, DROPPED, via="news", reason="recrawl:known")
    book.url("b", 2, via="news")
    book.capture("b", 2, 404, None)
    assert book.vanished(2) == {"b": "status:404", "b.doc": "not-listed"}


def test_ways_that_lead_nowhere_or_in_a_circle_say_nothing(book: Book) -> None:
    lists(book)
    book.held("a", 1, via="b")
    book.held("b", 1, via="a")
    book.held("c", 1, via="unknown")
    book.held("d", 1)
    assert book.vanished(2) == {}


# -- too little --------------------------------------------------------------------------------------


def fill(book: Book, run: int, count: int, status: int = 200, kind: str = "article") -> None:
    for number in range(count):
        book.url(f"{run}-{number}", run)
        book.capture(f"{run}-{number}", run, status, kind)


@pytest.mark.parametrize(
    ("before", "now", "dropped"),
    [
        (FLOOR, FLOOR // 2, False),
        (FLOOR, FLOOR // 2 - 1, True),
        (FLOOR - 1, 1, False),
        (2, 0, True),
        (0, 0, False),
    ],
)
def test_a_run_that_brings_less_than_half_is_an_alarm(book: Book, before: int, now: int, dropped: bool) -> None:
    book.run(1, brought=before)
    fill(book, 2, now)
    found = read_yield(book.state.db, 2, "p")
    assert (found.pages, found.before, found.than) == (now, before, "run 1")
    assert (found.drop is not None) is dropped


def test_a_low_run_is_no_measure_before_the_third(book: Book) -> None:
    for number, brought in enumerate((100, 10, 10), 1):
        book.run(number, brought=brought)
    fill(book, 4, 10)
    assert read_yield(book.state.db, 4, "p").drop == "10 articles and lists, run run 1 had 100"
    book.run(4, brought=10)
    fill(book, 5, 10)
    assert read_yield(book.state.db, 5, "p").drop is None


def test_a_run_that_brings_nothing_never_becomes_the_measure(book: Book) -> None:
    book.run(1, brought=5)
    for number in (2, 3, 4):
        book.run(number, brought=0)
    assert read_yield(book.state.db, 5, "p").drop == "0 articles and lists, run run 1 had 5"


def test_runs_of_another_plan_and_those_that_ended_early_are_no_measure(book: Book) -> None:
    book.run(1, brought=100, plan="other")
    book.run(2, "limit:pages", brought=90)
    book.run(3, None, brought=80)
    assert read_yield(book.state.db, 4, "p").than is None
    book.run(4, brought=70, plan=None)
    assert read_yield(book.state.db, 5, "p").than == "run 4"


def test_what_is_said_to_be_unchanged_and_what_lists_still_show_counts(book: Book) -> None:
    fill(book, 1, 4)
    for number in range(4):
        book.url(f"1-{number}", 2, DROPPED, reason="recrawl:known")
    fill(book, 2, 2)
    fill(book, 2, 2)
    book.url("unchanged", 2)
    book.capture("unchanged", 2, 304)
    for name, status, kind in (("error", 200, "error"), ("shut", 403, "article"), ("other", 200, "other")):
        book.url(name, 2)
        book.capture(name, 2, status, kind)
    assert count_yield(book.state.db, 2) == 7


# -- all of it ---------------------------------------------------------------------------------------


def test_a_run_that_brings_too_little_calls_nothing_vanished(book: Book, tmp_path: Path) -> None:
    book.run(1, brought=10)
    book.run(2)
    book.held("news", 1, "list", "column")
    book.held("a", 1, via="news")
    book.url("news", 2, role="column")
    book.capture("news", 2, 200, "challenge")
    ending = end_of(book.state.db, 2, "finished", "p", tmp_path)
    assert ending.vanished is None and ending.vanished_unknown == ending.yields.drop is not None
    report = read_report(book.state.db, 2, "finished", [], ending)
    assert not report.complete and report.yield_drop == ending.yields.drop
    assert sorted(path.name for path in tmp_path.glob("*.*")) == [
        "missing.txt",
        "state.db",
        "state.db-shm",
        "state.db-wal",
    ]


def test_the_counts_of_a_report(book: Book, tmp_path: Path) -> None:
    book.run(1, brought=1)
    book.run(2)
    lists(book, "a", "b")
    book.url("b", 2, via="news")
    book.capture("b", 2, 304)
    book.state.db.execute("UPDATE captures SET original = 1 WHERE status = 304")
    ending = end_of(book.state.db, 2, "finished", "p", tmp_path)
    report = read_report(book.state.db, 2, "finished", [], ending)
    assert (report.attempts, report.bytes) == (2, 20)
    assert report.payload_bytes == {"new": 100, "revisited": 100}
    assert report.revisits == {"server-not-modified": 1}
    assert (report.statuses, report.kinds) == ({"200": 1, "304": 1}, {"list": 1, "article": 1})
    assert ending.vanished == {"not-listed": 1}
    [row] = map(json.loads, (tmp_path / "vanished.jsonl").read_text("utf-8").splitlines())
    assert list(row) == ["url", "how", "last_captured", "kind", "via"]
