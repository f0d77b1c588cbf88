"""Kinds of pages, by each piece of evidence alone; pages are written here."""

from __future__ import annotations

import pytest

from profiles.kinds import Kind, kind_of
from profiles.model import Profile
from profiles.page import Page

PROSE = "<p>各单位要充分认识消防安全工作的重要性，明确责任人，落实各项制度。</p>" * 8
MENU = '<div class="nav">' + "".join(f'<a href="lm{n}.htm">栏目名称{n}</a>' for n in range(12)) + "</div>"
ITEMS = (
    "<ul>"
    + "".join(f'<li><a href="a{n}.htm">通知第{n}号</a><span>2014-09-{n + 10}</span></li>' for n in range(8))
    + "</ul>"
)
LEAF = "http://bwc.example.edu.cn/aqzx/zh.htm"
HOME = "http://bwc.example.edu.cn/index.htm"

GENERIC = [
    # html, url, kind, why
    (MENU + PROSE + "<p>上一篇：没有了 下一篇：<a href=b.htm>乙</a></p>", LEAF, Kind.ARTICLE, "chain"),
    (MENU + "<p>甲</p><span>上一条</span><a href=c.htm>丙</a><span>下一条</span>无", LEAF, Kind.ARTICLE, "chain"),
    (MENU + "<img src=a.jpg>", "http://x.example/2014/1103/c12a345/page.htm", Kind.ARTICLE, "address"),
    (MENU + "<p>来源：保卫处 发布日期：2014-09-22</p><img src=a.jpg>", LEAF, Kind.ARTICLE, "meta-line"),
    (MENU + "<p>来 源 : 保卫处 浏 览 ： 12</p>短文。", LEAF, Kind.ARTICLE, "meta-line"),
    (MENU + PROSE, LEAF, Kind.ARTICLE, "prose"),
    (MENU + PROSE + ITEMS, LEAF, Kind.ARTICLE, "prose"),
    (MENU + ITEMS + '<div class="pages">共54条 1/3 <a href="2.htm">下一页</a></div>', LEAF, Kind.LIST, "pager-total"),
    (MENU + ITEMS + '<p><a href="2.htm">下一页 &gt;</a></p>', LEAF, Kind.LIST, "pager"),
    (MENU + ITEMS, LEAF, Kind.LIST, "dated-items"),
    (
        MENU + "<ul>" + f"<li><a href=x>甲</a> 2014-09-22{PROSE}</li>" * 3 + "</ul>",
        LEAF,
        Kind.LIST,
        "dated-items",
    ),
    (MENU + ITEMS, HOME, Kind.INDEX, "home"),
    (MENU + ITEMS, "http://bwc.example.edu.cn/", Kind.INDEX, "home"),
    ('<frameset rows="80,*"><frame src=a.htm><frame src=b.htm></frameset>', LEAF, Kind.INDEX, "frameset"),
    ('<meta http-equiv="Refresh" content="0;URL=./dwzn/">', LEAF, Kind.REDIRECT, "redirect"),
    ("<meta HTTP-EQUIV=REFRESH content='3; url=\"a.htm\"'><p>三秒后转到新址</p>", LEAF, Kind.REDIRECT, "redirect"),
    ("<script>window.location.href='a.htm'</script>", LEAF, Kind.REDIRECT, "redirect"),
    (MENU + PROSE + "<script>function f(){location.href='a.htm'}</script>", LEAF, Kind.ARTICLE, "prose"),
    ('<meta http-equiv="refresh" content="600;url=a.htm">', LEAF, Kind.OTHER, "nothing-to-tell"),
    ('<script>var challengeId="c3";</script>', LEAF, Kind.CHALLENGE, "signature"),
    ("<script>x.open('POST','/dynamic_challenge')</script>", LEAF, Kind.CHALLENGE, "signature"),
    ("<form>请输入验证码后继续访问<img src=/a/b.jpg></form>", LEAF, Kind.CAPTCHA, "signature"),
    ("<title>404 - 页面</title><p>x", LEAF, Kind.ERROR, "signature"),
    (MENU + "<p>对不起，您访问的页面不存在或已被删除。</p>", LEAF, Kind.ERROR, "signature"),
    (MENU + PROSE + "<p>关于网页不存在乱码问题的说明。</p>", LEAF, Kind.ARTICLE, "prose"),
    ("", LEAF, Kind.OTHER, "nothing-to-tell"),
    ("8432", LEAF, Kind.OTHER, "nothing-to-tell"),
]


@pytest.mark.parametrize(("html", "url", "kind", "why"), GENERIC)
def test_without_a_cms(html: str, url: str, kind: Kind, why: str, generic: Profile) -> None:
    found = kind_of(Page.parse(html.encode(), url, "text/html; charset=utf-8"), generic)
    assert (found.kind, found.why) == (kind, why)


VSB = [
    (MENU + '<form name="_newscontent_fromname"><h1>甲</h1></form>', LEAF, Kind.ARTICLE),
    (MENU + '<div id="vsb_content_4"><div class="v_news_content"><img src=a.jpg></div></div>', LEAF, Kind.ARTICLE),
    (MENU + '<table><tr><td id="fanye7">共2条&nbsp;&nbsp;1/1&nbsp;</td></tr></table>', LEAF, Kind.LIST),
    ('<img src="/system/resource/js/filedownload/createimage.jsp?randnum=1">', LEAF, Kind.CAPTCHA),
    ("<p>您下载的附件不存在</p>", LEAF, Kind.OTHER),
]


@pytest.mark.parametrize(("html", "url", "kind"), VSB)
def test_with_vsb(html: str, url: str, kind: Kind, vsb: Profile) -> None:
    assert kind_of(Page.parse(html.encode(), url, "text/html; charset=utf-8"), vsb).kind == kind


def test_a_real_article_about_challenges_is_no_challenge(generic: Profile) -> None:
    html = MENU + "<p>来源：信息中心 发布时间：2019-01-16</p>" + PROSE * 12 + "<code>var challengeId=1</code>"
    assert len(html) > 4096
    page = Page.parse((html + " " * 20_000).encode(), LEAF, "text/html; charset=utf-8")
    assert kind_of(page, generic).kind is Kind.ARTICLE
