"""A page: decoded once, parsed once, and never the end of the process that reads it."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.nesting import MAX_DEPTH, SAFE_TAGS, thin_out
from profiles.page import MAX_BYTES, Page

URL = "http://bwc.example.edu.cn/zzwj/2.htm"


def page(html: str, url: str = URL, content_type: str = "text/html; charset=utf-8") -> Page:
    return Page.parse(html.encode(), url, content_type)


@pytest.mark.parametrize(
    ("html", "base"),
    [
        ("<p>x</p>", URL),
        ('<base href="/xx/">', "http://bwc.example.edu.cn/xx/"),
        ('<BASE HREF="../">', "http://bwc.example.edu.cn/"),
        ('<base target="_blank"><base href="http://b.example/y">', "http://b.example/y"),
        ('<base href="http://[">', URL),
        ('<base href="">', URL),
        ('<!-- <base href="/no/"> -->', URL),
    ],
)
def test_base_url(html: str, base: str) -> None:
    assert page(html).base_url == base


def test_links_of_a_gbk_page_are_written_as_gbk_and_of_a_gb18030_page_as_gb18030() -> None:
    payload = "安全".encode("gbk")
    assert Page.parse(payload, URL, "text/html; charset=gb2312").encoding == "gbk"
    assert Page.parse(payload, URL, "text/html; charset=gb18030").encoding == "gb18030"
    assert page("安全").encoding == "utf-8"


def test_visible_text_has_no_scripts_styles_and_comments() -> None:
    html = "<body>甲<script>乙</script><style>丙</style>丁<!-- 戊 --><textarea>己</textarea><p>庚</body>"
    assert page(html).visible_text == "甲丁庚"


def test_live_source_keeps_what_a_script_hides_from_old_browsers() -> None:
    html = "<!-- a -->b<script><!--\nrun(1);\n//--></script><!-- <script>run(2)</script> -->c<!-- d"
    assert page(html).live_source == "b<script><!--\nrun(1);\n//--></script>c"


def test_what_is_too_long_is_cut_and_said_so() -> None:
    cut = Page.parse(b"<p>" + b"x" * MAX_BYTES, URL)
    assert cut.truncated
    assert len(cut.text) == MAX_BYTES
    assert not page("<p>x").truncated


def test_a_nul_does_not_end_the_page() -> None:
    read = page("<p>a\0b</p><a href='x\0y'>c</a>")
    assert [node.text() for node in read.tree.css("a")] == ["c"]


HOSTILE = {
    "nested": "<div>" * 100_000,
    "closed in comments": "<div><!--</div>-->" * 50_000,
    "closed in attributes": '<div title="</div>">' * 50_000,
    "closed out of scope": "<div><table></div></table>" * 20_000,
    "formatting left open": "".join(f"<p><font color={number}>x" for number in range(20_000)),
    "formatting closed out of scope": "".join(
        f"<p><font color={number}><table></font></table>x</p>" for number in range(10_000)
    ),
    "comments left open": "<!--" * 100_000,
    "scripts left open": "<script>" * 50_000,
    "quotes left open": '<a b="' * 50_000,
    "less-than signs": "<" * 500_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_markup_takes_bounded_time(name: str) -> None:
    html = HOSTILE[name]
    begun = time.thread_time()
    tree = page(html).tree
    assert tree.body is None or tree.body.text() is not None
    assert len(tree.css("*")) < 500_000
    assert time.thread_time() - begun < 5


def test_what_lies_too_deep_keeps_its_links() -> None:
    html = "<div>" * (SAFE_TAGS + MAX_DEPTH) + '<a href="deep.htm">x</a>'
    links = page(html).tree.css("a")
    assert [link.attributes["href"] for link in links] == ["deep.htm"]


def test_real_nesting_is_left_alone() -> None:
    row = "<tr><td><b><font color=red>x</font></b><br><p>y<li>z</td></tr>"
    html = "<div><table>" + row * 2000 + "</table></div>"
    assert thin_out(html) is html


@given(
    st.lists(st.sampled_from(["<div>", "</div>", "<b>", "</b>", "<!--", "-->", "<p>", "<a href=x>", "t"]), max_size=60)
)
def test_only_tags_are_cut_and_only_where_they_lie_too_deep(parts: list[str]) -> None:
    html = "".join(parts)
    assert thin_out(html) == html
    deep = "<section>" * (SAFE_TAGS + MAX_DEPTH) + html
    thinned = thin_out(deep)
    assert thinned.count("<section>") == MAX_DEPTH
    assert re.sub("<[^>]*>", "", thinned) == re.sub("<[^>]*>", "", deep)
