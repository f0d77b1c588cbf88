"""Traps: what each stops, and the near misses that it must let through."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest

from archive.urls import frontier_key
from crawler.claims import Claim, Discovery
from crawler.frontier import Frontier
from crawler.job import Scope, Traps
from crawler.reading import Reader
from crawler.records import Reading
from crawler.repeats import (
    ALIKE_IN_A_ROW,
    MAX_ALL_LINES,
    MAX_LINES,
    NUMBERED_IN_A_ROW,
    ErrorMemory,
    SeriesMemory,
    SessionMemory,
)
from crawler.scope import ScopeRules
from crawler.state import STATE_NAMES, State
from crawler.traps import TrapRules, series_of, session_url
from profiles.kinds import Kind
from profiles.links import Outlink
from profiles.load import ProfileSet
from profiles.page import Page

TODAY = date(2014, 11, 3)
HOST = "http://bwc.example.edu.cn"


def reason(path: str, role: str = "page", allow: tuple[str, ...] = ()) -> str | None:
    return TrapRules(allow, TODAY).reason(HOST + path, role)


@pytest.mark.parametrize(
    "path",
    [
        "/rili/2031/05/",
        "/rili/2031-11.htm",
        "/rili/2031/12/05",
        "/hd/2016-01-01.html",
        "/rili.jsp?year=2031&month=5",
        "/rili.jsp?y=2016&m=1",
        "/rili.jsp?m=1&y=2016",
        "/rili.jsp?riqi=2016-01-01",
        "/rili.jsp?view=month&date=20160101",
        "/rili.jsp?cal_date=2031%2F05%2F01",
        "/rili.php?ym=203105",
        "/rili/1850/05/",
        "/rili.jsp?year=1850&month=5",
    ],
)
def test_a_calendar_that_runs_away_from_today_is_a_trap(path: str) -> None:
    assert reason(path) == "trap:calendar"
    assert reason(path, allow=["rili|hd"]) is None


@pytest.mark.parametrize(
    "path",
    [
        "/rili/2014/11/",
        "/rili/2015/12/",  # a year and a month ahead: next year's plan
        "/info/2031/11.htm",  # a tree and an article
        "/info/2031/1105.htm",
        "/xb/1956-05/01/node_1.htm",  # a digitised newspaper
        "/dsj/1850.htm",
        "/list.jsp?year=1850",  # a chronicle
        "/list.jsp?year=2015",
        "/show.jsp?id=20310501",
        "/show.jsp?time=1414980000",
        "/show.jsp?update=1&y=2031",  # a co-ordinate
        "/2031.htm",
        "/t20311105_118238.html",
        "/10.2031/05123.htm",
    ],
)
def test_a_number_that_only_looks_like_a_date_is_none(path: str) -> None:
    assert reason(path) is None


@pytest.mark.parametrize("role", ["article", "chain", "attachment", "requisite"])
def test_what_is_known_to_be_an_article_or_a_file_is_no_calendar(role: str) -> None:
    assert reason("/2031/05/3.htm", role) is None


@pytest.mark.parametrize(
    ("path", "trap"),
    [
        ("/a/a/a", "trap:repeated-path"),
        ("/a/b/a/b/a/b/index.htm", "trap:repeated-path"),
        ("/a/b/c/a/b/c/a/b/c/", "trap:repeated-path"),
        ("/a/b/a/b/", None),
        ("/a/a/b/b/c/c/", None),
        ("/1/2/1/3/1/4/1/", None),
        ("/?p=/a/a/a/", None),
        ("/" + "x" * 5000, "trap:long-url"),
    ],
)
def test_paths_that_go_round(path: str, trap: str | None) -> None:
    assert reason(path) == trap
    assert reason(path, allow=["."]) is None


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        ("/a.jsp;jsessionid=0F3A55D10F3A?id=3", "/a.jsp?id=3"),
        ("/a.php?PHPSESSID=0f3a55d10f3a55d1&id=3", "/a.php?id=3"),
        ("/a.php?id=3&PHPSESSID=0f3a55d10f3a55d1", "/a.php?id=3"),
        ("/a.php?PHPSESSID=0f3a55d10f3a55d1", "/a.php"),
        ("/a.asp?ASPSESSIONIDCQTQASBC=HBMJPNMCEFNPAKHHLKGDFJLA&x=1", "/a.asp?x=1"),
        ("/(S(hjdcvi55bnzk2u45jqvtrw45))/a.aspx?id=3", "/a.aspx?id=3"),
        ("/a.cfm?CFID=12345&CFTOKEN=98765432&id=3", "/a.cfm?id=3"),
        ("/a.php?sessionid=0f3a55d10f3a55d1", "/a.php"),
    ],
)
def test_session_ids_that_are_known_by_their_name(url: str, plain: str) -> None:
    found = session_url(HOST + url)
    assert found is not None and found.sure and found.plain == HOST + plain


@pytest.mark.parametrize(
    "url",
    [
        "/list.jsp?sid=12",
        "/list.jsp?sid=shehuizhianzonghezhili",
        "/list.jsp?sessionid=2014",  # a session of a congress
        "/list.jsp?classid=402881e54b0f1c2d402881e54b0f1c2d",
        "/a.htm;v=2",
        "/info/(2014)/3.htm",
        "/a.htm",
    ],
)
def test_what_is_no_session_id(url: str) -> None:
    assert session_url(HOST + url) is None


def test_what_may_be_a_session_id_has_to_be_proven() -> None:
    sessions = SessionMemory()
    values = [f"{n:032x}" for n in range(100, 110)]

    def found(path: str, value: str) -> object:
        url = session_url(f"{HOST}{path}?sid={value}&id=1")
        assert url is not None and not url.sure
        return url

    for value in values[:3]:
        sessions.page(found("/show.jsp", value), "same page, read 5 times")  # type: ignore[arg-type]
        assert not sessions.proven(found("/show.jsp", value))  # type: ignore[arg-type]
    sessions.page(found("/show.jsp", values[3]), "same page, read 6 times")  # type: ignore[arg-type]
    assert sessions.proven(found("/show.jsp", values[4]))  # type: ignore[arg-type]
    for value in values:
        sessions.page(found("/list.jsp", value), f"section {value}")  # type: ignore[arg-type]
        sessions.page(found("/list.jsp", value), f"section {value}")  # type: ignore[arg-type]
    assert not sessions.proven(found("/list.jsp", values[0]))  # type: ignore[arg-type]


# -- series -----------------------------------------------------------------------------------------

FRAME = "首页\n学校概况\n" + "\n".join(f"菜单{chr(0x4E00 + n)}" for n in range(100)) + "\n"


def show(series: SeriesMemory, texts: Iterable[str], path: str = "/rili.jsp?n={}", exact: bool = False) -> list[bool]:
    return [
        series.page(HOST + path.format(n), FRAME + text, numbers_differ=exact, leads_on=False)
        for n, text in enumerate(texts)
    ]


def test_the_empty_sheets_of_a_calendar_come_to_nothing() -> None:
    series = SeriesMemory()
    ended = show(series, (f"{2014 + n // 12}年{n % 12 + 1}月\n" + " ".join(map(str, range(1, 31))) for n in range(40)))
    assert ended.index(True) == ALIKE_IN_A_ROW, "the first shows everything for the first time"
    assert series.stops(HOST + "/rili.jsp?n=999")
    assert not series.stops(HOST + "/rili.jsp?w=999") and not series.stops(HOST + "/info/1019/1184.htm")


def test_pages_that_are_the_same_to_the_letter_come_to_nothing() -> None:
    assert show(SeriesMemory(), [""] * 40, "/show.jsp?id={}", exact=True).index(True) == ALIKE_IN_A_ROW


def test_numbered_pages_have_longer_to_show_something() -> None:
    ended = show(SeriesMemory(), (f"第{n}页 没有记录" for n in range(400)), "/list.jsp?page={}")
    assert ended.index(True) == NUMBERED_IN_A_ROW


def test_short_notices_in_a_large_frame_are_documents() -> None:
    notices = (f"关于第{chr(0x4E00 + n)}号楼停水的通知" for n in range(500))
    assert not any(show(SeriesMemory(), notices, "/show.jsp?id={}"))


def test_articles_that_differ_in_numbers_only_are_documents() -> None:
    reports = (f"11月{n}日共接警{n * 7 % 13}起" for n in range(200))
    assert not any(show(SeriesMemory(), reports, "/show.jsp?id={}", exact=True))


def test_a_page_that_leads_to_something_new_brings_something() -> None:
    series = SeriesMemory()
    for n in range(100):
        ended = series.page(f"{HOST}/qk.jsp?n={n}", f"{FRAME}第{n}期", numbers_differ=False, leads_on=True)
        assert not ended, "an issue that is nothing but a PDF"


def test_a_series_that_shows_something_again_is_followed_again() -> None:
    series = SeriesMemory()
    assert show(series, [""] * (ALIKE_IN_A_ROW + 1))[-1]
    assert show(series, ["开学典礼"]) == [False]
    assert not series.stops(HOST + "/rili.jsp?n=999")


def test_pages_in_between_start_the_count_anew() -> None:
    texts = [chr(0x4E00 + n) if n % ALIKE_IN_A_ROW == 0 else "" for n in range(200)]
    assert not any(show(SeriesMemory(), texts))


def test_what_is_remembered_of_series_is_bounded() -> None:
    series = SeriesMemory()
    for n in range(300):
        text = "\n".join(f"{chr(0x4E00 + n)}{chr(0x4E00 + line)}" for line in range(1500))
        series.page(f"{HOST}/{'x' * n}?p=1", text, numbers_differ=False, leads_on=False)
    assert sum(len(one.shown) for one in series._series.values()) == series._size <= MAX_ALL_LINES
    for n in range(5):
        text = "\n".join(f"{n} {chr(0x4E00 + i)}" for i in range(9000))
        series.page(f"{HOST}/one?p={n}", text, numbers_differ=False, leads_on=False)
    assert len(series._series[f"{HOST}/one?p=0"].shown) == MAX_LINES


def test_addresses_of_a_series_differ_in_numbers() -> None:
    same = ["/a/2014/c12a3.htm?p=1&s=0f3a55d10f3a55d1", "/a/2015/c1a34.htm?p=22&s=00000000000000ff"]
    assert len({series_of(path) for path in same}) == 1
    differ = ["/index.php?c=news&id=1", "/index.php?c=rili&id=1", "/b.htm?tag=%E5%85%B3", "/b.htm?tag=%E5%86%B3"]
    assert len({series_of(path) for path in differ}) == len(differ)


# -- error pages in disguise -------------------------------------------------------------------------


def page(path: str, body: str) -> Page:
    text = f"<html><head><title>安全保卫处</title></head><body>{body}</body></html>"
    return Page.parse(text.encode(), HOST + path, "text/html; charset=utf-8")


def test_an_error_page_is_known_whatever_it_was_asked_for() -> None:
    errors = ErrorMemory()
    errors.learn(page("/a/1.htm", "<p>/a/1.htm 走丢了，编号 20141103</p>"))
    assert errors.knows(page("/info/1019/99.htm", "<p>/info/1019/99.htm 走丢了，编号 7</p>"))
    assert not errors.knows(page("/info/1019/99.htm", "<p>消防通道走丢了</p>"))
    other = Page.parse(b"<p>/a/1.htm</p>", "http://other.example/", "text/html")
    assert not errors.knows(other)


def test_neither_an_empty_page_nor_a_full_one_is_learnt_as_an_error() -> None:
    errors = ErrorMemory()
    blank, full = Page.parse(b"<p>404</p>", HOST + "/x", "text/html"), page("/x", "办事指南" * 300)
    for one in (blank, full):
        errors.learn(one)
        assert not errors.knows(one)


# -- all of it, as a page is read ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def profiles() -> ProfileSet:
    return ProfileSet.resolve("auto", Path())


def reader(profiles: ProfileSet, *allow: str) -> Reader:
    return Reader(profiles, ScopeRules(Scope(), Traps(allow=list(allow)), [HOST + "/"], TODAY))


class Answer:
    """An exchange, as far as reading looks at it."""

    def __init__(self, status: int = 200) -> None:
        self.status, self.truncated = status, None
        self.headers = ((b"Content-Type", b"text/html; charset=utf-8"),)


def read(
    reading: Reader, path: str, body: str, role: str = "page", status: int = 200
) -> tuple[Reading, dict[str, str | None]]:
    claim = Claim(1, HOST + path, "GET", b"", 1, role, "L", HOST + "/", 0, 0, None)
    html = f"<html><head><title>安全保卫处</title></head><body>{body}</body></html>"
    outcome, found = reading.read(claim, Answer(status), html.encode(), Reading("captured"))  # type: ignore[arg-type]
    return outcome, {new.url.removeprefix(HOST): new.drop for new in found}


LINKS = '<a href="deeper/1.htm">更多</a>'
ERROR = "<p>对不起，您访问的页面不存在</p>" + LINKS


def test_nothing_is_followed_from_a_page_that_says_there_is_none(profiles: ProfileSet) -> None:
    outcome, found = read(reader(profiles), "/gone/", ERROR)
    assert (outcome.kind, outcome.note, outcome.outlinks) == (Kind.ERROR, "trap:soft-404", ())
    assert found == {"/gone/deeper/1.htm": "trap:soft-404"}
    assert outcome.drops == (f"{HOST}/gone/deeper/1.htm L page trap:soft-404",)
    _, allowed = read(reader(profiles, "/gone/"), "/gone/", ERROR)
    assert allowed == {"/gone/deeper/1.htm": None}


def test_what_a_host_shows_with_404_it_may_show_with_200(profiles: ProfileSet) -> None:
    reading, lost = reader(profiles), f"<p>本处没有这样的东西哦</p>{LINKS}"
    assert read(reading, "/x/", lost)[1] == {"/x/deeper/1.htm": None}
    read(reading, "/y/", lost, status=404)
    assert read(reading, "/z/", lost)[1] == {"/z/deeper/1.htm": "trap:soft-404"}
    assert read(reading, "/", lost)[1] == {"/deeper/1.htm": None}, "a home page that is shown for all that is missing"
    assert read(reading, "/w/", lost + "<p>办公电话与地点</p>")[1] == {"/w/deeper/1.htm": None}


def test_an_article_that_speaks_of_missing_pages_is_an_article(profiles: ProfileSet) -> None:
    told = "<p>" + "近日有同学反映，对不起，您访问的页面不存在这句话常常出现，信息中心已着手处理。" * 30 + "</p>"
    assert read(reader(profiles), "/news/", told + LINKS)[1] == {"/news/deeper/1.htm": None}


def sheet(number: int) -> str:
    month = f"{2014 + number // 12}年{number % 12 + 1}月"
    return f"<h1>{month}校历</h1>\n<p>1 2 3 4 5</p>\n<a href='rili.jsp?n={number + 1}'>下月</a>"


@pytest.mark.parametrize("allow", [(), ("rili",)])
def test_the_next_sheet_of_an_endless_calendar_is_not_followed(allow: tuple[str, ...], profiles: ProfileSet) -> None:
    reading, drops = reader(profiles, *allow), []
    for number in range(60):
        outcome, found = read(reading, f"/rili.jsp?n={number}", sheet(number))
        drops.append(found.get(f"/rili.jsp?n={number + 1}"))
    followed = 60 if allow else ALIKE_IN_A_ROW + 1
    assert drops == [None] * followed + ["trap:near-identical"] * (60 - followed)
    assert outcome.note == "trap:near-identical", "what was captured says so even where it is followed"


def test_a_list_of_new_articles_is_no_trap_however_often_it_goes_on(profiles: ProfileSet) -> None:
    reading = reader(profiles)
    for number in range(60):
        items = "".join(f"<li><a href='/info/1019/{number}{n}.htm'>通知</a> 2014-11-03</li>\n" for n in range(5))
        _, found = read(reading, f"/list/{number}.htm", f"<ul>{items}</ul><a href='{number + 1}.htm'>下页</a>", "list")
        assert found[f"/list/{number + 1}.htm"] is None


# -- in the frontier ----------------------------------------------------------------------------------


@pytest.fixture
def state(tmp_path: Path) -> State:
    state = State(tmp_path / "state.db")
    state.db.execute("INSERT INTO runs(id, name, started) VALUES(1, 'one', '')")
    return state


def discover(reading: Reader, *paths: str, hop: str = "L") -> list[Discovery]:
    claim = Claim(1, HOST + "/via.htm", "GET", b"", 1, "page", "L", None, 0, 0, None)
    return reading.discover(claim, [Outlink(HOST + path, hop, "page") for path in paths])


def drops(state: State) -> dict[str, str | None]:
    rows = state.db.execute("SELECT url, state, reason FROM urls").fetchall()
    assert {STATE_NAMES[number] for _, number, _ in rows} <= {"queued", "dropped"}
    return {url.removeprefix(HOST): reason for url, _, reason in rows}


def session(path: str, number: int) -> str:
    return f"{path}{'&' if '?' in path else '?'}PHPSESSID={number:032x}"


def test_a_page_is_not_fetched_again_under_every_session(state: State, profiles: ProfileSet) -> None:
    frontier, reading = Frontier(state.db, 1, robots="ignore", agent="jiucang"), reader(profiles)
    frontier.open(0)
    frontier.take_in([Discovery(frontier_key(HOST + "/plain.php"), HOST + "/plain.php", "page", "L", None)])
    for number in range(3):
        pages = [session(path, number) for path in ("/plain.php", "/a.php?id=1", "/a.php?id=2")]
        frontier.take_in(discover(reading, *pages))
        # a process that begins anew remembers nothing but state.db
        reading = reader(profiles)
    found = drops(state)
    assert {path for path, reason in found.items() if reason is None} == {
        "/plain.php",
        session("/a.php?id=1", 0),
        session("/a.php?id=2", 0),
    }
    assert set(found.values()) == {None, "trap:session-id"}


def test_a_page_that_stands_behind_a_redirect_to_a_session_is_fetched(state: State, profiles: ProfileSet) -> None:
    frontier, reading = Frontier(state.db, 1, robots="ignore", agent="jiucang"), reader(profiles)
    frontier.open(0)
    frontier.take_in([Discovery(frontier_key(HOST + "/a.php"), HOST + "/a.php", "page", "L", None)])
    frontier.take_in(discover(reading, session("/a.php", 1), hop="R"))
    frontier.take_in(discover(reading, session("/a.php", 2), hop="R"))
    assert drops(state)[session("/a.php", 1)] is None
    assert drops(state)[session("/a.php", 2)] == "trap:session-id"


def test_sessions_can_be_allowed(state: State, profiles: ProfileSet) -> None:
    frontier, reading = Frontier(state.db, 1, robots="ignore", agent="jiucang"), reader(profiles, "PHPSESSID")
    frontier.open(0)
    frontier.take_in(discover(reading, *(session("/a.php", number) for number in range(5))))
    assert set(drops(state).values()) == {None}


def test_an_archive_that_lives_in_one_script_is_taken_whole(state: State, profiles: ProfileSet) -> None:
    frontier = Frontier(state.db, 1, robots="ignore", agent="jiucang")
    frontier.open(0)
    frontier.take_in(discover(reader(profiles), *(f"/show.asp?nid={number}" for number in range(3000))))
    assert set(drops(state).values()) == {None}
