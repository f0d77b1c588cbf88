"""What is remembered of pages: series that bring nothing new, what is a session, what an error looks like."""

from __future__ import annotations

from collections.abc import Iterable

from crawler.repeats import (
    ALIKE_IN_A_ROW,
    MAX_ALL_LINES,
    MAX_LINES,
    NUMBERED_IN_A_ROW,
    ErrorMemory,
    SeriesMemory,
    SessionMemory,
)
from crawler.traps import SessionUrl, series_of, session_url
from profiles.page import Page

HOST = "http://bwc.example.edu.cn"


def test_what_may_be_a_session_id_has_to_be_proven() -> None:
    sessions = SessionMemory()
    values = [f"{n:032x}" for n in range(100, 110)]

    def found(path: str, value: str) -> SessionUrl:
        url = session_url(f"{HOST}{path}?sid={value}&id=1")
        assert url is not None and not url.sure
        return url

    for value in values[:3]:
        sessions.page(found("/show.jsp", value), "same page, read 5 times")
        assert not sessions.proven(found("/show.jsp", value))
    sessions.page(found("/show.jsp", values[3]), "same page, read 6 times")
    assert sessions.proven(found("/show.jsp", values[4]))
    for value in values:
        sessions.page(found("/list.jsp", value), f"section {value}")
        sessions.page(found("/list.jsp", value), f"section {value}")
    assert not sessions.proven(found("/list.jsp", values[0]))


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
