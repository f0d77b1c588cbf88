"""Lists that a script fetches by POST: the call that sets them up, read without running it."""

from __future__ import annotations

import time

import pytest

from profiles.fetched import MAX_REQUESTS, object_literal, read_fetched
from profiles.load import ProfileSet
from profiles.model import Profile
from profiles.outlinks import read_outlinks
from profiles.page import Page

HERE = "http://www.example.gov.cn/col/col30067/index.html"
CALL = (
    "$(function(){$('#49').jpage({themeName:'default',totalRecord:%s,openCookies:false,dataBefore:'',"
    "dataStore:InitData49,groupSize:3,proxyUrl:'/module/jslib/jquery/jpage/dataproxy.jsp',perPage:25,"
    "ajaxParam:{col:1,appid:'1',\"path\":'/',columnid:30067,webname:'甲 (乙)',x:y}});});"
)
BODY = b"col=1&appid=1&path=%2F&columnid=30067&webname=%E7%94%B2+(%E4%B9%99)"


@pytest.fixture(scope="module")
def jcms(builtin: ProfileSet) -> Profile:
    found = builtin.named("jcms")
    assert found is not None
    return found


def page(script: str) -> Page:
    return Page.parse(f"<p>通知</p><script>{script}</script>".encode(), HERE)


def asked(found: Page, profile: Profile) -> list[tuple[str, str, bytes]]:
    links = read_outlinks(found, profile).outlinks
    return [(link.url.partition("?")[2], link.method, link.body) for link in links if link.role == "list"]


def test_what_a_page_does_not_hold_is_asked_for_as_its_script_would(jcms: Profile) -> None:
    items = ",".join(f"'<li><a href=\"/art/2014/5/20/art_30067_{n}.html\">甲\\'{n}</a></li>'" for n in range(75))
    found = page(f"var InitData49=[{items}];{CALL % 180}")
    assert asked(found, jcms) == [
        ("startrecord=76&endrecord=150&perpage=25", "POST", BODY),
        ("startrecord=151&endrecord=180&perpage=25", "POST", BODY),
    ]
    links = read_outlinks(found, jcms)
    assert [link.text for link in links.outlinks if link.role == "article"] == [f"甲'{n}" for n in range(75)]
    assert links.kind == "list"
    assert links.pager is not None
    assert (links.pager.items, links.pager.pages, links.pager.current) == (180, 8, 1)


def test_a_page_that_holds_nothing_is_asked_for_from_the_start(jcms: Profile) -> None:
    assert next(query for query, _, _ in asked(page(CALL % 180), jcms)) == "startrecord=1&endrecord=75&perpage=25"


def test_an_answer_that_holds_an_array_is_read(jcms: Profile) -> None:
    answer = Page.parse(
        b"""var totalRecord = 180; dataStore = ['<tr><td><a href="/art/2014/5/20/art_30067_9.html">a</a></td></tr>']""",
        "http://www.example.gov.cn/module/jslib/jquery/jpage/dataproxy.jsp?startrecord=76&endrecord=150&perpage=25",
    )
    assert ProfileSet.resolve().recognise(answer).name == "jcms"
    assert [link.role for link in read_outlinks(answer, jcms).outlinks] == ["article"]


@pytest.mark.parametrize(
    "script",
    [
        CALL % 0,
        CALL % "total",
        "x.jpage({totalRecord:45,perPage:15,proxyUrl:'/a'})",
        "x.jpage({totalRecord:45,perPage:15,ajaxParam:{a:1}})",
        "x.jpage(options)",
        "x.jpage({totalRecord:45,",
    ],
)
def test_a_call_that_does_not_tell_enough_is_none(script: str, jcms: Profile) -> None:
    assert read_fetched(page(script), jcms.compiled, 0) is None


def test_lists_without_end_are_cut(jcms: Profile) -> None:
    assert len(asked(page(CALL % 9_999_999), jcms)) == MAX_REQUESTS


@pytest.mark.parametrize(
    ("source", "read"),
    [
        ("{}", {}),
        ("{a:[1,{b:2}],c:function(){return {d:1}},e:f?'g':'h',i:-1.5,j:'k'}", {"j": "k"}),
        ("{a:'}',b:/* c:1, */2,// d:3\ne:4}", {"a": "}", "b": "2", "e": "4"}),
        ("{a:{b:{c:{d:{e:{f:1}}}}},g:2}", {"a": {"b": {"c": {"d": {}}}}, "g": "2"}),
        ("[1]", None),
        ("{a:1", None),
        ("", None),
    ],
)
def test_object_literals(source: str, read: object) -> None:
    assert object_literal(source, 0) == read


@pytest.mark.parametrize(
    "source", [".jpage({" * 20_000, ".jpage({a:" + "{" * 100_000, ".jpage({'" * 50_000 + "/*" * 90_000]
)
def test_hostile_calls_take_bounded_time(source: str, jcms: Profile) -> None:
    begun = time.thread_time()
    read_outlinks(page(source), jcms)
    assert time.thread_time() - begun < 5
