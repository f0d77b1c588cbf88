"""What a page leads to: hop, role, and a reason for everything that is not followed."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.urls import frontier_key
from profiles.kinds import Kind
from profiles.load import ProfileSet
from profiles.model import Profile
from profiles.outlinks import PageLinks, Pager, read_outlinks
from profiles.page import Page

Read = Callable[..., PageLinks]
ROOT = "http://bwc.example.edu.cn"
LIST = ROOT + "/zzwj/2.htm"
ARTICLE_MARK = '<form name="_newscontent_fromname"></form>'


def found(links: PageLinks) -> dict[str, tuple[str, str]]:
    return {link.url.removeprefix(ROOT): (link.hop, link.role) for link in links.outlinks}


def reasons(links: PageLinks) -> dict[str, str]:
    return {drop.reference: drop.reason for drop in links.drops}


ELEMENTS = [
    ('<a href="b.htm">b</a>', {"/zzwj/b.htm": ("L", "page")}),
    ('<a href=" ../tz/b.htm\n">b</a>', {"/tz/b.htm": ("L", "page")}),
    ('<a href="../wd/安全 手册.htm#top">b</a>', {"/wd/%E5%AE%89%E5%85%A8%20%E6%89%8B%E5%86%8C.htm": ("L", "page")}),
    ('<map><area href="b.htm"></map>', {"/zzwj/b.htm": ("L", "page")}),
    ('<a href="#top">b</a><a href="">c</a><a name="d">d</a><a href=" ">e</a>', {}),
    ('<iframe src="f.htm"></iframe>', {"/zzwj/f.htm": ("E", "frame")}),
    ('<frameset><frame src="f.htm"></frameset>', {"/zzwj/f.htm": ("E", "frame")}),
    ('<link rel="stylesheet" href="a.css">', {"/zzwj/a.css": ("E", "requisite")}),
    ('<link rel="Shortcut Icon" href="/favicon.ico">', {"/favicon.ico": ("E", "requisite")}),
    ('<link rel="canonical" href="c.htm"><link rel="dns-prefetch" href="//d.example"><link href="e">', {}),
    ('<script src="a.js"></script>', {"/zzwj/a.js": ("E", "requisite")}),
    ('<img src="a.png"><input type="image" src="b.png"><input type="text" src="c.png">', ["a.png", "b.png"]),
    ('<img srcset="a.png 1x, b.png 2x,c.png,d,e.png 3x" src="a.png">', ["a.png", "b.png", "c.png,d,e.png"]),
    ('<img src="x.gif" data-src="a.png"><img data-original="b.png">', ["x.gif", "a.png", "b.png"]),
    ('<img src="a.jpg" orisrc="/__local/b.jpg" vurl="/_vsl/c">', ["a.jpg", "/__local/b.jpg", "/_vsl/c"]),
    ('<vsbvideo vurl="/_mediafile/d.mp4">', ["/_mediafile/d.mp4"]),
    (
        '<video src="a.mp4" poster="b.jpg"><source src="c.webm"><track src="d.vtt"></video>',
        ["a.mp4", "b.jpg", "c.webm", "d.vtt"],
    ),
    ('<embed src="a.swf"><object data="b.pdf.x"></object><audio src="c.mp3"></audio>', ["a.swf", "b.pdf.x", "c.mp3"]),
    ('<body background="a.gif"><table background="b.gif"><tr><td background="c.gif">', ["a.gif", "b.gif", "c.gif"]),
    ('<div style="background:url(\'a.png\')"></div><p style="color:red">', ["a.png"]),
    ("<style>@import 'a.css'; p{background:url(b.png)} /* url(no.png) */</style>", ["a.css", "b.png"]),
    ('<svg><image xlink:href="a.png"></image></svg>', ["a.png"]),
    ('<img src="data:image/gif;base64,R0lGOD"><iframe src="about:blank"></iframe>', {}),
    ("<!-- <a href=b.htm>b</a><img src=c.png> --><noscript><img src=d.png></noscript>", ["d.png"]),
    ("<div onclick=\"location.href='zt.htm'\">z</div>", {"/zzwj/zt.htm": ("X", "page")}),
    ("<a href=\"#\" onclick=\"window.open('map.htm','m')\">z</a>", {"/zzwj/map.htm": ("X", "page")}),
    ("<a href=\"javascript:window.open('m.htm')\">z</a>", {"/zzwj/m.htm": ("X", "page")}),
    ('<a href="../info/1018/7.htm">i</a>', {"/info/1018/7.htm": ("L", "article")}),
    (
        '<a href="/content.jsp?urltype=news.NewsContentUrl&wbtreeid=1018&wbnewsid=7">i</a>',
        {"/content.jsp?urltype=news.NewsContentUrl&wbtreeid=1018&wbnewsid=7": ("L", "article")},
    ),
    (
        '<a href="/system/_content/download.jsp?urltype=news.DownloadAttachUrl&owner=1&wbfileid=2">f</a>',
        {"/system/_content/download.jsp?urltype=news.DownloadAttachUrl&owner=1&wbfileid=2": ("L", "attachment")},
    ),
    ('<a href="/uploads/表.doc">f</a>', {"/uploads/%E8%A1%A8.doc": ("L", "attachment")}),
    (
        '<script>showVsbpdfIframe("/__local/8/14/2A/49.pdf","100%","600","0")</script>',
        {"/__local/8/14/2A/49.pdf": ("E", "attachment")},
    ),
    ('<p>a</p><meta http-equiv="refresh" content="5;url=z.htm">' + "字" * 300, {"/zzwj/z.htm": ("R", "redirect")}),
]


@pytest.mark.parametrize(("html", "expected"), ELEMENTS)
def test_elements(html: str, expected: dict[str, tuple[str, str]] | list[str], read: Read) -> None:
    if isinstance(expected, list):
        expected = {url if url[0] == "/" else "/zzwj/" + url: ("E", "requisite") for url in expected}
    assert found(read(html, LIST)) == expected


DROPPED = [
    ('<a href="mailto:a@b.example">m</a>', "mailto:a@b.example", "scheme:mailto"),
    ('<a href="JavaScript:void(0)">m</a>', "JavaScript:void(0)", "scheme:javascript"),
    ('<a href="ftp://a.example/b">m</a>', "ftp://a.example/b", "scheme:ftp"),
    ('<a href="http://[">m</a>', "http://[", "bad-url"),
    ('<img src="/_visitcount?siteId=1&type=3">', "/_visitcount?siteId=1&type=3", "beacon"),
    ('<script src="//hm.baidu.com/hm.js?1"></script>', "//hm.baidu.com/hm.js?1", "beacon"),
    ('<script src="https://s4.cnzz.com/z.js"></script>', "https://s4.cnzz.com/z.js", "beacon"),
    ('<img src="/system/resource/code/news/click/addclicktimes.jsp?a=1">', None, "beacon"),
    ('<script src="/system/resource/code/datainput.jsp?owner=1"></script>', None, "beacon"),
    ('<a href="../search.jsp?wbtreeid=1001">s</a>', "../search.jsp?wbtreeid=1001", "trap:search"),
    ('<a href="rili.jsp?y=2014&m=11">s</a>', "rili.jsp?y=2014&m=11", "trap:calendar"),
    ('<script src="/_dwr/engine.js"></script>', "/_dwr/engine.js", "trap:remote-calls"),
    ('<a href="/system/go.jsp?treeid=1">s</a>', "/system/go.jsp?treeid=1", "trap:redirector"),
]


@pytest.mark.parametrize(("html", "reference", "reason"), DROPPED)
def test_drops_have_a_reason(html: str, reference: str | None, reason: str, read: Read) -> None:
    links = read(html, LIST)
    assert links.outlinks == []
    assert list(reasons(links).values()) == [reason]
    assert reference is None or list(reasons(links)) == [reference]


def test_a_trap_says_what_it_would_have_been_so_that_a_job_may_allow_it(read: Read) -> None:
    trap, beacon = read('<a href="/search.jsp?a=1">搜索</a><img src="/_visitcount?a">').drops
    assert trap.outlink is not None
    assert (trap.outlink.url, trap.outlink.hop, trap.outlink.text) == (ROOT + "/search.jsp?a=1", "L", "搜索")
    assert beacon.outlink is None


def test_what_shows_a_page_is_no_trap_by_its_name(read: Read) -> None:
    assert len(read('<script src="/js/calendar.js"></script><link rel=stylesheet href="/search.css">').outlinks) == 2


CLICKS = ROOT + "/system/resource/code/news/click/dynclicks.jsp?clickid=1740&owner=1401&clicktype=wbnews"


@pytest.mark.parametrize(
    ("html", "asked"),
    [
        ('<script>_showDynClicks("wbnews", 1401, 1740)</script>', True),
        ("<script>\n<!--\n_showDynClicks('wbnews',1401,1740);\n//-->\n</script>", True),
        ('<!-- 点击：<script>_showDynClicks("wbnews", 1401, 1740)</script> -->', False),
        ('<script>_showDynClicks("wbnews", owner, id)</script>', False),
    ],
)
def test_clicks_are_asked_as_the_pages_script_would(html: str, asked: bool, read: Read) -> None:
    links = read(ARTICLE_MARK + html)
    requests = [(link.url, link.hop, link.method, link.body) for link in links.outlinks if link.role == "clicks"]
    assert requests == ([(CLICKS, "E", "GET", b"")] if asked else [])


def test_counts_of_attachments(read: Read) -> None:
    (link,) = read('<script>getClickTimes("5039948",1401,"wbnewsfile","attach")</script>').outlinks
    query = "wbnewsid=5039948&owner=1401&type=wbnewsfile&randomid=nattach"
    assert (link.url, link.role) == (f"{ROOT}/system/resource/code/news/click/clicktimes.jsp?{query}", "clicks")


def test_what_increments_is_dropped_with_its_effect(read: Read) -> None:
    links = read('<a href="../x.htm" onclick="_addDynClicks(&#34;wburl&#34;, 1401, 26780)">x</a>')
    assert found(links) == {"/info/x.htm": ("L", "page")}
    assert [drop.reason for drop in links.drops] == ["clicks:increments"]


def test_an_endpoint_may_be_asked_by_post(read: Read, generic: Profile) -> None:
    data = generic.model_dump(exclude_unset=True)
    data["clicks"] = [
        {
            "pattern": r'class="WP_VisitCount" url="(?P<url>[^"]+\?(?P<query>[^"]+))"',
            "method": "POST",
            "url": "{url}",
            "body": "{query}",
            "effect": "reads",
            "evidence": "a page written for this test",
        }
    ]
    html = '<span class="WP_VisitCount" url="/_visitcountdisplay?siteId=5&articleId=7"></span>'
    (link,) = read(html, profile=Profile.model_validate(data)).outlinks
    assert (link.method, link.url, link.body) == (
        "POST",
        ROOT + "/_visitcountdisplay?siteId=5&articleId=7",
        b"siteId=5&articleId=7",
    )


CHAINS = [
    '<p>上一条：<a href="1739.htm" title="全称">简称…</a></p>',
    '<li>上一篇: <a href="1739.htm">a</a></li>',
    '<div><span>下一篇</span><a href="1739.htm">a</a></div>',
    '<dl><dt>上一条：</dt><dd><a href="1739.htm">a</a></dd></dl>',
    '<a href="1739.htm">下一条：标题</a>',
    '<p><b>【上一篇】</b><!-- x --><br> <a href="1739.htm">a</a></p>',
    '<p>上一条：<span><a href="1739.htm">a</a></span></p>',
]


@pytest.mark.parametrize("html", CHAINS)
def test_chain(html: str, read: Read) -> None:
    assert found(read(ARTICLE_MARK + html)) == {"/info/1018/1739.htm": ("L", "chain")}


def test_the_chain_may_lead_to_a_jsp_or_to_another_host(read: Read) -> None:
    html = (
        '上一条：<a href="../../content.jsp?wbtreeid=1016&wbnewsid=2898">a</a>'
        ' 下一条：<a href="https://bio.example.edu.cn/info/1/2.htm">b</a>'
    )
    assert set(found(read(ARTICLE_MARK + html)).values()) == {("L", "chain")}


@pytest.mark.parametrize(
    "html",
    [
        '上一条：<a href="1739.htm">a</a> <a href="1700.htm">b</a>',
        '<p>详见上一篇文章所述。</p><p>另见<a href="1700.htm">b</a></p>',
        '<td>上一条：无</td><td><a href="1700.htm">b</a></td>',
    ],
)
def test_only_the_link_that_a_word_names_is_of_the_chain(html: str, read: Read) -> None:
    assert found(read(ARTICLE_MARK + html))["/info/1018/1700.htm"] == ("L", "article")


def test_columns(read: Read) -> None:
    html = (
        '<div class="nav"><ul id="nav"><li><a href="/index.htm">首页</a></li><li><a href="/zhzl.htm"> 综合 治理 </a>'
        '<ul class="sub"><li><a href="/zhzl/zzwj.htm">综治文件</a></li></ul></li></ul></div>'
        '<div class="link"><a href="/friend.htm">友情链接</a></div>'
    )
    links = read(html)
    assert links.columns == [
        ("首页", ROOT + "/index.htm"),
        ("综合 治理", ROOT + "/zhzl.htm"),
        ("综治文件", ROOT + "/zhzl/zzwj.htm"),
    ]
    assert {url: role for url, (_, role) in found(links).items()} == {
        "/index.htm": "column",
        "/zhzl.htm": "column",
        "/zhzl/zzwj.htm": "column",
        "/friend.htm": "page",
    }


PAGERS = [
    (
        '<table><tr><td id="fanye203">共54条&nbsp;&nbsp;1/3&nbsp;</td><td><span class="PrevDisabled">上页</span>'
        '<a href="zzwj/2.htm" class="Next">下页</a><a href="zzwj/1.htm" class="Next">尾页</a></td></tr></table>',
        Pager(54, 3, 1, ROOT + "/zzwj/2.htm"),
        {"/zzwj/2.htm", "/zzwj/1.htm"},
    ),
    (
        '<div class="pb_sys_common"><span class="p_t">共33条</span><span class="p_no_d">1</span><span class="p_no">'
        '<a href="zzwj/2.htm">2</a></span><span class="p_next p_fun"><a href="zzwj/2.htm">下页</a></span></div>',
        Pager(33, None, None, ROOT + "/zzwj/2.htm"),
        {"/zzwj/2.htm"},
    ),
    (
        '<ul class="wp_paging"><li>总共 <em>219</em> 记录</li><li><a href="list2.htm">下一页&gt;&gt;</a></li></ul>',
        Pager(219, None, None, ROOT + "/list2.htm"),
        {"/list2.htm"},
    ),
    (
        '<p>第2页 共 <b>4</b>页<b>30</b>条 <a href="?totalpage=4&PAGENUM=3">下一页</a></p>',
        Pager(30, 4, 2, ROOT + "/zzwj.htm?totalpage=4&PAGENUM=3"),
        {"/zzwj.htm?totalpage=4&PAGENUM=3"},
    ),
    ('<div class="page">共7条 1/1 首页 上页 下页 尾页</div>', Pager(7, 1, 1, None), set()),
]


@pytest.mark.parametrize(("html", "pager", "pages"), PAGERS)
def test_pagers(html: str, pager: Pager, pages: set[str], read: Read) -> None:
    links = read(html, ROOT + "/zzwj.htm")
    assert (links.kind, links.pager) == (Kind.LIST, pager)
    assert {url for url, (_, role) in found(links).items() if role == "list"} == pages


def test_pages_within_an_article_are_no_list(read: Read) -> None:
    links = read(ARTICLE_MARK + '<p>共3页 <a href="1740_2.htm">下一页</a></p>')
    assert (links.kind, links.pager) == (Kind.ARTICLE, None)
    assert found(links) == {"/info/1018/1740_2.htm": ("L", "page")}


def test_hidden_items_are_not_there(read: Read) -> None:
    assert found(
        read('<ul><li><a href="/info/1/1.htm">a</a></li><!-- <li><a href="/info/1/2.htm">b</a></li> --></ul>')
    ) == {"/info/1/1.htm": ("L", "article")}


def test_one_address_is_given_once_in_its_strongest_role(read: Read) -> None:
    links = read(
        '<a href="/a.htm"><img src="b.png"></a><a href="/a.htm#x" title="甲"></a>'
        '<div class="nav"><a href="/a.htm">乙</a></div>'
    )
    column, image = links.outlinks
    assert (column.url, column.role, column.text) == (ROOT + "/a.htm", "column", "甲")
    assert image.role == "requisite"


def test_a_challenge_leads_nowhere(read: Read) -> None:
    links = read('<script>var challengeId="x"</script><a href="/a.htm">a</a><script src="/b.js"></script>')
    assert (links.kind, links.outlinks, links.drops) == (Kind.CHALLENGE, [], [])


def test_a_script_redirect_is_followed(read: Read) -> None:
    links = read('<html><head><script>window.location.href="zt/x.htm";</script></head><body></body></html>', ROOT + "/")
    assert found(links) == {"/zt/x.htm": ("R", "redirect")}


def test_links_of_a_gbk_page_are_asked_as_a_browser_would(read: Read) -> None:
    html = '<meta charset="gb2312"><a href="cx.jsp?lb=消防 安全">a</a><a href="?xm=𠮷">b</a>'.encode("gb18030")
    assert set(found(read(html, ROOT + "/安全/x.htm", content_type="text/html"))) == {
        "/%E5%AE%89%E5%85%A8/cx.jsp?lb=%CF%FB%B7%C0%20%B0%B2%C8%AB",
        "/%E5%AE%89%E5%85%A8/x.htm?xm=%26%23134071%3B",
    }


def test_session_ids_merge(vsb: Profile) -> None:
    keys = {
        frontier_key(ROOT + path, merge=vsb.merge_rules)
        for path in ("/zhzl.htm", "/zhzl.htm;jsessionid=5F0C", "/zhzl.htm?jsessionid=1")
    }
    assert len(keys) == 1
    assert (
        len({frontier_key(ROOT + path, merge=vsb.merge_rules) for path in ("/a?b=1", "/a?jsessionid=2&b=1", "/a?b=2")})
        == 2
    )


def test_a_base_is_honoured(read: Read) -> None:
    assert list(found(read('<base href="/old/"><a href="a.htm">a</a>'))) == ["/old/a.htm"]


def test_the_same_reference_in_another_folder_is_another_address(read: Read) -> None:
    assert list(found(read('<a href="a.htm">a</a>', ROOT + "/x/"))) == ["/x/a.htm"]
    assert list(found(read('<a href="a.htm">a</a>', ROOT + "/y/"))) == ["/y/a.htm"]
    assert list(found(read('<a href="?p=2">a</a>', ROOT + "/y/b.htm"))) == ["/y/b.htm?p=2"]
    assert list(found(read('<a href="?p=2">a</a>', ROOT + "/y/c.htm"))) == ["/y/c.htm?p=2"]


def test_an_endless_page_gives_a_bounded_number_of_links(read: Read) -> None:
    links = read("".join(f"<a href={number}.htm>a</a>" for number in range(20_010)))
    assert len(links.outlinks) == 20_000
    assert [drop.reason for drop in links.drops] == ["too-many-links"]


HOSTILE = {
    "srcset": ('<img srcset="' + ", " * 9000 + '">') * 50,
    "scripts": "<script>x</script>" * 20_000,
    "handlers": ('<a onclick="' + "window . open( " * 1000 + '">') * 50,
    "menus in menus": "<div class=nav>" * 400 + "<a href=x>y</a>" * 20_000,
    "css": "<style>" + "url(" * 100_000 + '@import "' * 50_000,
    "click calls": "_showDynClicks(" + " " * 100_000 + '_showDynClicks( "a" , ' * 20_000,
    "chain words": ARTICLE_MARK + "<a href=x>下一条</a><p>上一条：</p>" * 10_000,
    "long blanks": ARTICLE_MARK + "上一条" + "<br>" * 2000 + "<a href=x>z</a>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pages_take_bounded_time(name: str, read: Read) -> None:
    begun = time.thread_time()
    read(HOSTILE[name])
    assert time.thread_time() - begun < 5


_FRAGMENTS = st.sampled_from(
    """<a href=' " > </a> <img src= srcset= style=" url( ) <script> </script> <!-- --> _showDynClicks("w",1,2)
    上一条： 下一页 <div class=nav> <td id=fanye1> 共3条 1/2 <meta http-equiv=refresh content="0;url= <base href=
    javascript:window.open(' <frameset> <frame src= <style> @import location.href=' ;jsessionid= http://[ \x00
    \ufffd &#x41; <table> </table>""".split()
)


@settings(max_examples=150)
@given(
    st.one_of(st.binary(max_size=400), st.lists(_FRAGMENTS, max_size=40).map(lambda parts: " ".join(parts).encode()))
)
def test_reading_never_raises(payload: bytes) -> None:
    for profile in ProfileSet.resolve("auto").profiles:
        links = read_outlinks(Page.parse(payload, LIST, None), profile)
        assert len({(link.url, link.method, link.body) for link in links.outlinks}) == len(links.outlinks)
        assert all(link.url.startswith(("http://", "https://")) and link.url.isascii() for link in links.outlinks)
