"""Traps as addresses show them and as whole pages do: what each stops, and the near misses that it must let through."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from archive.urls import frontier_key
from crawler import traps
from crawler.claims import Claim, Discovery
from crawler.frontier import Frontier
from crawler.job import Scope, Traps
from crawler.reading import MAX_NUMBERED, MAX_SERIES, Reader
from crawler.records import Reading
from crawler.repeats import ALIKE_IN_A_ROW, MAX_FORMS
from crawler.scope import ScopeRules
from crawler.state import STATE_NAMES, State
from crawler.traps import TrapRules, session_url
from profiles.kinds import Kind
from profiles.links import Outlink
from profiles.load import ProfileSet

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


@pytest.mark.parametrize("path", ["/huodong/2016/01/05/", "/hd/2016-12-31.html"])
def test_a_day_that_is_far_ahead_needs_no_name(path: str) -> None:
    assert reason(path) == "trap:calendar"


@pytest.mark.parametrize(
    "path",
    [
        "/rili/2014/11/",
        "/rili/2015/12/",  # a year and a month ahead: next year's plan
        "/info/2031/11.htm",  # a tree and an article
        "/info/2031/1105.htm",
        "/info/2031/05.htm",
        "/info/1078/1591-1.htm",  # an article's second page
        "/jpkc/1019/11/05.htm",  # a course, a chapter, a lesson
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


def test_the_guide_names_every_reason() -> None:
    guide = (Path(__file__).resolve().parents[2] / "docs/traps.md").read_text("utf-8")
    reasons = {value for value in vars(traps).values() if isinstance(value, str) and value.startswith("trap:")}
    assert len(reasons) == 8
    assert [reason for reason in reasons if f"| `{reason}` |" not in guide] == []


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
        ("/2011/11/11/11.htm", None),
        ("/upload/1/1/1/1.doc", None),
        ("/1/1/1/1/1/", "trap:repeated-path"),
        ("/1/1/1/a/a/a/", "trap:repeated-path"),
        ("/" + "/".join(map(str, range(20))), None),
        ("/" + "/".join(map(str, range(21))), "trap:deep-path"),
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


def test_what_a_stopped_series_left_out_is_asked_for_once_it_shows_something(profiles: ProfileSet) -> None:
    reading = reader(profiles)
    forbidden = "<p>您没有权限浏览本信息，请与管理员联系。</p>"
    links = "".join(f"<a href='show.asp?nid={number}'>{number}</a>" for number in range(100, 120))
    for number in range(ALIKE_IN_A_ROW + 1):
        read(reading, f"/show.asp?nid={number}", forbidden)
    _, found = read(reading, "/list.htm", links)
    assert set(found.values()) == {"trap:near-identical"}
    _, found = read(reading, "/show.asp?nid=30", "<p>关于三十号事项的说明</p>")
    assert found == {f"/show.asp?nid={number}": None for number in range(100, 120)}
    assert read(reading, "/list2.htm", links)[1] == {}, "they are known now"


def test_a_page_that_stands_for_all_below_it_is_not_followed_into_itself(profiles: ProfileSet) -> None:
    reading = reader(profiles)
    menu = "<p>安全保卫处</p>" + "".join(f"<a href='{name}/'>{name}</a>" for name in ("about", "news", "law"))
    rooted = menu + "<a href='/index.htm'>首页</a>"
    assert set(read(reading, "/i.php/", rooted)[1].values()) == {None}
    assert set(read(reading, "/i.php/news/", rooted)[1].values()) == {None}
    outcome, found = read(reading, "/i.php/news/law/", rooted)
    assert found == {f"/i.php/news/law/{name}/": "trap:repeated-path" for name in ("about", "news", "law")}
    assert outcome.outlinks == (f"{HOST}/index.htm L page",)
    assert set(read(reading, "/i.php/about/law/", menu + "<p>规章一览</p>")[1].values()) == {None}
    assert set(read(reader(profiles, "i[.]php"), "/i.php/a/b/", menu)[1].values()) == {None}


def test_articles_in_folders_of_one_name_are_no_circle(profiles: ProfileSet) -> None:
    reading = reader(profiles)
    for path in ("/news/", "/news/news/", "/news/news/2014/"):
        _, found = read(reading, path, f"<p>{path}</p><a href='a.htm'>甲</a><a href='news.htm'>乙</a>")
        assert set(found.values()) == {None}


def test_a_session_in_the_path_brings_nothing_new(profiles: ProfileSet) -> None:
    reading, last = reader(profiles), {}
    for number in range(ALIKE_IN_A_ROW + 3):
        links = "".join(f"<a href='/{number + 1:032x}/{name}.htm'>{name}</a>" for name in ("index", "about"))
        _, last = read(reading, f"/{number:032x}/index.htm", f"<p>欢迎</p>{links}")
    assert last[f"/{number + 1:032x}/index.htm"] == "trap:near-identical"


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


def test_numbers_of_a_query_are_counted_by_its_form_and_words_by_the_path(profiles: ProfileSet) -> None:
    reading = reader(profiles)
    counted = discover(reading, *(f"/show.asp?cid={number % 9}&nid={number}" for number in range(50)))
    assert {(new.series, new.series_limit) for new in counted} == {(counted[0].series, MAX_NUMBERED)}
    words = discover(reading, *(f"/list.asp?sort={'x' * number}" for number in range(1, 200)))
    by_path = [new for new in words if new.series_limit == MAX_SERIES]
    assert len(by_path) == 199 - MAX_FORMS
    assert len({new.series for new in by_path}) == 1


def test_what_is_posted_to_one_address_is_counted_by_its_body(profiles: ProfileSet) -> None:
    claim = Claim(1, HOST + "/", "GET", b"", 1, "page", "L", None, 0, 0, None)
    url = HOST + "/dataproxy.jsp?startrecord=46"
    posts = [Outlink(url, "X", "list", "", "POST", f"columnid={number}".encode()) for number in range(3)]
    found = reader(profiles).discover(claim, posts)
    assert len({new.key for new in found}) == len({new.series for new in found}) == 3


def test_no_real_page_looks_like_a_trap(profiles: ProfileSet) -> None:
    folder = Path(__file__).resolve().parents[3] / "shared/portal-pages"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    rows = [line.split("\t") for line in (folder / "sources.tsv").read_text("utf-8").splitlines()[1:]]
    assert rows
    ours = {value for value in vars(traps).values() if isinstance(value, str) and value.startswith("trap:")}
    for row in rows:
        reading = Reader(profiles, ScopeRules(Scope(), Traps(), [row[-1]], TODAY))
        claim = Claim(1, row[-1], "GET", b"", 1, "page", "L", None, 0, 0, None)
        body = (folder / "pages" / row[0]).read_bytes()
        outcome, found = reading.read(claim, Answer(), body, Reading("captured"))  # type: ignore[arg-type]
        caught = [new.url for new in found if new.drop in ours or new.series_reason == "trap:session-id"]
        assert (outcome.note, caught) == (None, []), row[-1]
