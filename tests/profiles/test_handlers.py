"""Pagers and links that are scripts, option lists and forms, in the ways in which portals write them."""

# ruff: noqa: E501 - markup in one piece is easier to compare

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from profiles.model import Profile
from profiles.outlinks import PageLinks

Read = Callable[..., PageLinks]
ROOT = "http://www.example.edu.cn"
HERE = ROOT + "/xw/list.asp?id=8&page=1"
ITEMS = (
    '<ul><li><a href="show.asp?aid=1">关于一事的通知</a> 2014-11-03</li>'
    '<li><a href="show.asp?aid=2">关于二事的通知</a> 2014-11-02</li></ul>'
)
ASPX = (
    '<form method="post" action="list.aspx?id=8" id="form1"><input type="hidden" name="__VIEWSTATE" value="/wE=">'
    '<input type="hidden" name="__EVENTTARGET"><input name="q" value="词"><input type="submit" name="b" value="搜索">{}'
    "</form>"
)
POSTED = "__VIEWSTATE=%2FwE%3D&__EVENTTARGET={}&q=%E8%AF%8D&__EVENTARGUMENT={}"


def pages(links: PageLinks) -> list[str]:
    """The pages of the list that a page leads to: reference, and what is posted."""
    found = [link for link in links.outlinks if link.role == "list"]
    return [
        link.url.removeprefix(ROOT + "/xw/") + (f" < {link.body.decode()}" if link.method == "POST" else "")
        for link in found
    ]


PAGERS = {
    "a function that is given the page": (
        "<script>function goPage(n) { location.href = 'list.asp?id=8&page=' + n; }</script>"
        '<div class="page">共3页 1 <a href="javascript:goPage(2)">2</a> <a href="javascript:goPage(3)">3</a></div>',
        ["list.asp?id=8&page=2", "list.asp?id=8&page=3"],
    ),
    "a function with variables, and numbers": (
        "<script>var gotopage = function(p, size){ var u = 'list.asp?id=8'; u = u + '&page=' + (p - 1) + '&n=' + size;\n"
        "window.location = u }</script><div class=page><a href='#' onclick='gotopage(3, \"20\"); return false'>3</a></div>",
        ["list.asp?id=8&page=2&n=20"],
    ),
    "both branches of a condition": (
        "<script>function toPage(n){ if (n == 1) { location='list.htm' } else location='list_'+n+'.htm' }</script>"
        '<div class="page"><a href="javascript:toPage(2)">下一页</a></div>',
        ["list.htm", "list_2.htm"],
    ),
    "a form of hidden fields that a function sends": (
        '<form name="f" action="list.jsp?old=1"><input type="hidden" name="id" value="8"><input type="hidden" name="page">'
        '<select name="order"><option value="a"><option value="b" selected></select></form>'
        "<script>function goPage(n){ document.f.page.value = n; document.forms['f'].submit(); }</script>"
        '<a href="javascript:goPage(2)">下一页</a> <a href="javascript:goPage(9)">9</a>',
        ["list.jsp?id=8&page=2&order=b", "list.jsp?id=8&page=9&order=b"],
    ),
    "a form that is posted: the next page alone": (
        '<form id="f" method="post" action="list.do"><input type="hidden" name="pageNo" id="pageNo" value="1"></form>'
        "<script>function jump(n){ document.getElementById('pageNo').value=n; document.getElementById('f').submit() }"
        '</script><a href="javascript:jump(2)">下一页</a><a href="javascript:jump(3)">3</a>',
        ["list.do < pageNo=2"],
    ),
    "a button": (
        '<form action="list.asp"><input type="hidden" name="id" value="8"><input type="hidden" name="page" value="2">'
        '<input type="submit" value="下一页"></form>',
        ["list.asp?id=8&page=2"],
    ),
    "options that are addresses": (
        '<select name="sldd" onchange="location.href=this.options[this.selectedIndex].value;">'
        '<option value="list_8_1.html" selected>1</option><option value="list_8_2.html">2</option></select>',
        ["list_8_1.html", "list_8_2.html"],
    ),
    "options that are numbers": (
        "<select onchange=\"window.location='?id=8&page='+this.value\"><option value=1>第1页<option value=2>第2页</select>",
        ["list.asp?id=8&page=1", "list.asp?id=8&page=2"],
    ),
    "options for a function": (
        "<script>function go(v){ self.location='list_'+v+'.htm' }</script>"
        '<select onchange="go(this.options[selectedIndex].value)"><option>1<option>2</select>',
        ["list_1.htm", "list_2.htm"],
    ),
    "options that send their form": (
        '<form action="list.asp"><input type="hidden" name="id" value="8">'
        '<select name="page" onchange="this.form.submit()"><option value="1">1<option value="2">2</select></form>',
        ["list.asp?id=8&page=1", "list.asp?id=8&page=2"],
    ),
    "ASP.NET, a word": (
        ASPX.format(
            "<a href=\"javascript:__doPostBack('pager','2')\">2</a>"
            "<a href=\"javascript:__doPostBack('pager','2')\">下一页</a>"
            "<a href=\"javascript:__doPostBack('pager','9')\">尾页</a>"
        ),
        ["list.aspx?id=8 < " + POSTED.format("pager", 2)],
    ),
    "ASP.NET, numbers": (
        ASPX.format(
            "".join(f"<a href=\"javascript:__doPostBack('G$1','Page${n}')\">{n}</a>" for n in (1, 3, 4))
            + "<span>2</span>"
        ),
        ["list.aspx?id=8 < " + POSTED.format("G%241", "Page%243")],
    ),
    "ASP.NET, more numbers": (
        ASPX.format(
            "".join(f"<a href=\"javascript:__doPostBack('G','{n}')\">{n}</a>" for n in range(1, 10))
            + "<span>10</span><a href=\"javascript:__doPostBack('G','11')\">...</a>"
        ),
        ["list.aspx?id=8 < " + POSTED.format("G", 11)],
    ),
    "a password is asked for": (
        '<form name="f" action="login.do"><input name="page"><input type="password" name="w"></form>'
        "<script>function goPage(n){ document.f.page.value=n; document.f.submit() }</script>"
        '<a href="javascript:goPage(2)">下一页</a>',
        [],
    ),
    "a relative query": ('<p>第1页/共5页 <a href="?id=8&page=2">下一页</a></p>', ["list.asp?id=8&page=2"]),
    "a head that names the next page": ('<link rel="next" href="list_2.htm">', ["list_2.htm"]),
    "a next link that leads nowhere": ('<p>共3页 <a class="Next" href="#">下一页</a></p>', []),
    "a function that nobody defines": ('<p>共3页 <a href="javascript:goPage(2)">下一页</a></p>', []),
    "arguments that nobody knows": (
        "<script>function goPage(n){ location='list_'+n+'.htm' }</script><a href='javascript:goPage(next)'>下一页</a>",
        [],
    ),
}


@pytest.mark.parametrize("name", PAGERS)
def test_pagers(name: str, read: Read, generic: Profile) -> None:
    html, wanted = PAGERS[name]
    links = read(ITEMS + html, HERE, generic)
    assert pages(links) == wanted
    assert links.kind == "list"


def test_the_next_page_is_known_as_such(read: Read, generic: Profile) -> None:
    html = PAGERS["a form of hidden fields that a function sends"][0]
    pager = read(ITEMS + html, HERE, generic).pager
    assert pager is not None
    assert pager.next == ROOT + "/xw/list.jsp?id=8&page=2&order=b"


def test_forms_are_sent_in_the_encoding_of_their_page(read: Read, generic: Profile) -> None:
    form = '<form action="list.asp"><input type="hidden" name="lb" value="消防𠮷"><input type="submit" value="下一页"></form>'
    html = ('<meta charset="gb2312">' + ITEMS + form).encode("gb18030")
    assert pages(read(html, HERE, generic, None)) == ["list.asp?lb=%CF%FB%B7%C0%26%23134071%3B"]


LINKS = [
    ("<script>function show(id){ window.open('show.asp?aid='+id,'_blank') }</script><a href='javascript:show(12)'>甲</a>", "show.asp?aid=12"),
    ("<a href='javascript:openWindow(\"show.asp?aid=3\")'>甲</a>", "show.asp?aid=3"),
    ("<a href='javascript:void(0)' onclick=\"openWin('/a/b.htm', 600)\">甲</a>", "/a/b.htm"),
    ("<input type=button value=甲 onclick=\"window.location.href='c.htm'\">", "c.htm"),
    ("<body onload=\"location='d.htm'\">甲", "d.htm"),
    ("<li data-href='e.htm'>甲</li>", "e.htm"),
    ("<tr onclick=\"view(7)\"></tr><script>function view(n){ var url=\"f_\"+n+\".htm\"; top.location.href = url }</script>", None),
    ("<table><tr onclick=\"view(7)\"><td></table><script>function view(n){ var url=\"f_\"+n+\".htm\"; top.location.href = url }</script>", "f_7.htm"),
    ("<script>setTimeout(\"window.location='g.htm'\",3000)</script><p>" + "正在为您转到新的地址。" * 40, "g.htm"),
    ("<select onchange=\"window.open(this.value)\"><option value=''>友情链接<option value='http://lib.example.edu.cn/'>图书馆</select>", "http://lib.example.edu.cn/"),
    ("<select onchange=\"MM_jumpMenu('parent',this,0)\"><option value='h.htm'>友情链接</select>", "h.htm"),
    ("<script>document.write('<iframe src=\"i.htm\"></iframe>')</script>", "i.htm"),
]  # fmt: skip


@pytest.mark.parametrize(("html", "reference"), LINKS)
def test_links(html: str, reference: str | None, read: Read, generic: Profile) -> None:
    links = read(html, HERE, generic)
    base = "" if reference is None or "://" in reference else ROOT if reference[0] == "/" else ROOT + "/xw/"
    assert [link.url for link in links.outlinks] == ([base + reference] if reference is not None else [])


NOWHERE = [
    '<a href=\'javascript:window.external.AddFavorite("http://www.example.edu.cn/","甲")\'>收藏</a>',
    "<a href='#' onclick=\"this.style.behavior='url(#default#homepage)';this.setHomePage('http://www.example.edu.cn/')\">x</a>",
    "<a href='javascript:setFont(16)'>大</a><script>function setFont(n){ document.body.style.fontSize=n+'px' }</script>",
    "<a href='javascript:vote(3)'>投票</a><script>function vote(n){ document.f.n.value=n; document.f.submit() }</script>"
    "<form name=f action=vote.asp method=post><input name=n></form>",
    "<script>if (/iPhone/.test(navigator.userAgent)) location.href='/m/index.htm';</script>" + "值班安排如下。" * 50,
    "<li data-url='wbnews'>甲</li><li data-href='a.jpg'>乙</li>",
]


@pytest.mark.parametrize("html", NOWHERE)
def test_what_leads_to_no_page(html: str, read: Read, generic: Profile) -> None:
    assert read(html, HERE, generic).outlinks == []


HOSTILE = {
    "calls of itself": "<script>function f(n){" + "f(n);" * 900 + "location='x'+n}</script>" + "<a href=javascript:f(1)>2</a>" * 900,
    "functions": "<script>" + "function f(n){ location=n }" * 20_000 + "</script><a href=javascript:f(1)>2</a>",
    "handlers": "".join(f"<a href='javascript:f{n}({n})' onclick='location=a+{n}'>{n}</a>" for n in range(5000)),
    "open brackets": "<a href='javascript:location=" + "(" * 19_000 + "'>2</a>",
    "indexes": "<a href='javascript:" + "a[b].c" * 3000 + "=(" * 900 + "'>2</a>",
    "options": "<select onchange='location=\"a\"+this.value'>" + "<option>1" * 50_000,
    "forms": "<form action=a method=post>" + "<input name=a value=b>" * 20_000 + "<input type=submit value=下一页>" * 500
    + "<a href='javascript:document.forms[0].submit()'>3</a>" * 5000,
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pages_take_bounded_time(name: str, read: Read, generic: Profile) -> None:
    begun = time.thread_time()
    read(HOSTILE[name], HERE, generic)
    assert time.thread_time() - begun < 5
