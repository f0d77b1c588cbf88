"""Pagers that a script writes and list items that a script holds, and how far they may go."""

from __future__ import annotations

from typing import Any

import pytest

from profiles.identity import ArticleId, identify
from profiles.load import ProfileSet
from profiles.model import Profile
from profiles.outlinks import read_outlinks
from profiles.page import Page
from profiles.scripted import MAX_PAGES, read_scripted

HERE = "http://www.example.gov.cn/zwgk/tzgg/index.html"


@pytest.fixture(scope="module")
def trs(builtin: ProfileSet) -> Profile:
    found = builtin.named("trs")
    assert found is not None
    return found


def page_of(script: str, url: str = HERE) -> Page:
    return Page.parse(f"<html><body><p>通知</p><script>{script}</script></body></html>".encode(), url)


def test_every_page_is_named_on_the_first_and_the_next_on_any(trs: Profile) -> None:
    read = read_scripted(page_of('createPageHTML(4, 0, "index", "html")'), trs.compiled)
    assert read is not None
    assert (read.pages, read.current, read.next) == (4, 1, "index_1.html")
    assert read.others == ("index_2.html", "index_3.html")
    read = read_scripted(page_of('createPageHTML(4, 2, "index", "html")'), trs.compiled)
    assert read is not None
    assert (read.current, read.next, read.others) == (3, "index_3.html", ())


INDEX = "http://www.example.gov.cn/zwgk/tzgg/"
CALLS = [
    (
        "createPageHTML('page_div',4, 1,'list','shtml',60);",
        "list.shtml",
        ("list_2.shtml", ["list_3.shtml", "list_4.shtml"]),
    ),
    ("createPageHTML('page_div',4, 0,'index','html',60)", "", ("index_1.html", ["index_2.html", "index_3.html"])),
    ("createPageHTML('page_div',4,1,'index','html')", "index_1.html", ("index_2.html", [])),
    ("createPageHTML('page_div',4,3,'index','html')", "index_3.html", ("index_4.html", [])),
    ("createPageHTML(4, '0', 'index', '.shtml')", "", ("index_1.shtml", ["index_2.shtml", "index_3.shtml"])),
    (
        "newCreatePageHTML('page_div', '3', '1', \"code\", \"shtml\", '54')",
        "code.shtml",
        ("code_2.shtml", ["code_3.shtml"]),
    ),
    (
        "var currentPage = 0;//所在页从0开始\nvar nextPage = currentPage+1;var countPage = 3//共多少页\n"
        "if(countPage>1)document.write('<a href=\"index'+'_' + nextPage + '.'+'html\">下一页</a>');",
        "",
        ("index_1.html", ["index_2.html"]),
    ),
    ("var countPage = 3; var currentPage = 0;", "", None),
]


@pytest.mark.parametrize(("script", "name", "wanted"), CALLS)
@pytest.mark.parametrize("profile", ["trs", "kaipu", "generic"])
def test_calls_in_use(
    script: str, name: str, wanted: tuple[str, list[str]] | None, profile: str, builtin: ProfileSet
) -> None:
    found = builtin.named(profile)
    assert found is not None
    read = read_scripted(page_of(script, INDEX + name), found.compiled)
    assert (read and (read.next, list(read.others))) == wanted


def test_a_list_of_one_page_has_no_next(trs: Profile) -> None:
    read = read_scripted(page_of('createPageHTML(1, 0, "index", "html")'), trs.compiled)
    assert read is not None
    assert (read.pages, read.next, read.others) == (1, None, ())


@pytest.mark.parametrize(
    "call",
    [
        'createPageHTML(0, 0, "index", "html")',
        'createPageHTML(4, 9, "index", "html")',
        'createPageHTML(99999999999, 0, "index", "html")',
        'createPageHTML(4, 0, name, "html")',
        '<!-- x --> createPage(4, 0, "index", "html")',
        "function createPageHTML(_nPageCount, _nCurrIndex, _sPageName, _sPageExt){}",
    ],
)
def test_what_cannot_be_is_no_pager(trs: Profile, call: str) -> None:
    assert read_scripted(page_of(call), trs.compiled) is None


def test_a_call_in_a_comment_of_the_page_is_none(trs: Profile) -> None:
    page = Page.parse(b'<p>x</p><!-- <script>createPageHTML(4, 0, "index", "html")</script> -->', HERE)
    assert read_scripted(page, trs.compiled) is None


def test_a_lie_about_pages_is_cut(trs: Profile) -> None:
    page = page_of('createPageHTML(999999, 0, "index", "html")')
    links = read_outlinks(page, trs)
    assert len([link for link in links.outlinks if link.role == "list"]) == MAX_PAGES - 1
    assert links.pager is not None
    assert links.pager.pages == 999999


def test_items_in_a_script_are_links_of_the_page(builtin: ProfileSet) -> None:
    jcms = builtin.named("jcms")
    assert jcms is not None
    html = (
        '<p>x</p><script type="text/xml"><recordset><record><![CDATA[<li><a href="/art/2014/11/3/art_1_2.html">甲</a>'
        '<a href="javascript:alert(1)">乙</a></li>]]></record><record><![CDATA[<a href="ftp://a/b">丙</a>]]></record>'
        "</recordset></script>"
    )
    links = read_outlinks(Page.parse(html.encode(), "http://a.example/col/col1/index.html"), jcms)
    assert links.kind == "list"
    found = {link.url: (link.hop, link.role, link.text) for link in links.outlinks}
    assert found == {"http://a.example/art/2014/11/3/art_1_2.html": ("X", "article", "甲")}
    assert {drop.reason for drop in links.drops} == {"scheme:javascript", "scheme:ftp"}


IDENTITIES = [
    ("webplus", "/2014/1103/c24a197188/page.htm", ArticleId("197188")),
    ("webplus", "/_redirect?siteId=1&columnId=24&articleId=197188", ArticleId("197188")),
    ("webplus", "/24/list.htm", None),
    ("trs", "/zwgk/201711/t20171122_118238_2.html", ArticleId("118238", 2)),
    ("jcms", "/art/2014/11/3/art_123_456.html", ArticleId("456")),
    ("dedecms", "/a/2014/15427_12.html", ArticleId("15427", 12)),
    ("dedecms", "/a/list_22_2.html", None),
    ("dedecms", "/a/1_999999999999.html", ArticleId("1")),
    ("empirecms", "/news/2014-11-03/7.html", ArticleId("/news/2014-11-03/7")),
    ("phpcms", "/aq/2013/0111/42_3.html", ArticleId("/aq/2013/0111/42", 3)),
    ("siteserver", "/contents/12/345.html", ArticleId("12/345")),
    ("vsb", "/info/1018/1740.htm", ArticleId("1740")),
    ("generic", "/info/1018/1740.htm", None),
]


@pytest.mark.parametrize(("name", "path", "wanted"), IDENTITIES)
def test_the_article_that_an_address_names(builtin: ProfileSet, name: str, path: str, wanted: ArticleId | None) -> None:
    profile = builtin.named(name)
    assert profile is not None
    assert identify(f"http://a.example{path}", profile.compiled) == wanted


def test_what_the_scripts_call_an_article() -> None:
    assert [ArticleId(one).own for one in ("12/345", "/a/b/7", "9")] == ["345", "7", "9"]


def test_a_counter_that_writes_is_not_even_a_requisite(read: Any, builtin: ProfileSet) -> None:
    jcms = builtin.named("jcms")
    counter = '<script src="/module/visitcount/articlehits.jsp?colid=1&amp;artid=2"></script>'
    html = f'<h1>甲</h1>{counter}<script src="/a.js"></script>'
    links = read(html, "http://a.example/art/2014/11/3/art_1_2.html", jcms)
    assert [link.url for link in links.outlinks] == ["http://a.example/a.js"]
    assert "clicks:unknown" in {drop.reason for drop in links.drops}


def test_what_a_script_writes_leads_on(read: Any, builtin: ProfileSet) -> None:
    html = (
        "<h1>甲</h1><script>var file='<a href=\"./P020190402360000000001.doc\">表.doc</a>';</script>"
        "<script>if(file!=''){document.write('附件：'+file);}</script>"
        '<script>document.write(\'<img src="a.gif"><a href="#top">顶</a><a href="javascript:x()">印</a>\');</script>'
        "<script>document.write('<a href=\"http://share.example/?u='+encodeURIComponent(location.href)+'\">分享</a>');</script>"
        "<!-- <script>document.write('<a href=\"hidden.html\">x</a>')</script> -->"
    )
    links = read(html, "http://a.example/b/t20190402_1.html", builtin.named("trs"))
    assert [(link.url, link.hop, link.role, link.text) for link in links.outlinks] == [
        ("http://a.example/b/P020190402360000000001.doc", "X", "attachment", "表.doc"),
        ("http://a.example/b/a.gif", "E", "requisite", ""),
    ]
    assert [drop.reason for drop in links.drops] == ["scheme:javascript"]
