"""HTML of the sample's pages: the shell around every page and articles in three skins."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from jiucang.sample.columns import BY_PATH, COLUMNS, OFFICE, OWNER, UNIVERSITY, Column, Skin, children, trail
from jiucang.sample.model import Article
from jiucang.sample.site import Origins

ELSEWHERE = "other:"
"""Marks an address on the university's other host."""

CUT = 18
"""Characters of a title that fit into a list or a chain."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page stands: its path without the leading slash, its site's origins, what it declares."""

    path: str
    origins: Origins
    charset: str = "UTF-8"
    """Declared in a meta element; empty for none."""

    def link(self, target: str) -> str:
        """A link from this page relative to it, as VSB writes them; the query is left alone.

        What begins with `ELSEWHERE` stands on the university's other host.
        """
        if target.startswith(ELSEWHERE):
            return self.origins.other + target.removeprefix(ELSEWHERE)
        path, mark, query = target.partition("?")
        here = posixpath.dirname(self.path.partition("?")[0]) or "."
        return posixpath.relpath(path, here) + mark + query


def shell(place: Place, skin: Skin, title: str, inner: str, head: str = "") -> str:
    """A whole page: head, requisites, menu, the inner part, foot with beacons."""
    charset = place.charset
    meta = f'<META content="text/html; charset={charset}" http-equiv="Content-Type">\n' if charset else ""
    return (
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" '
        '"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">\n'
        f"<HTML><HEAD>\n{meta}<TITLE>{escape(title)}-{OFFICE}</TITLE>\n"
        f'<META Name="keywords" Content="{OFFICE},{escape(title)}" />\n'
        '<link rel="shortcut icon" href="/favicon.ico">\n'
        f'<LINK rel="stylesheet" type="text/css" href="{place.link(f"css/{skin}.css")}">\n'
        f'<link rel="stylesheet" href="{place.origins.other}/css/shared.css">\n'
        '<script language="javascript" src="/system/resource/js/dynclicks.js"></script>\n'
        f"{head}</HEAD>\n<BODY>\n"
        f'<div class="top" style="background:url(/images/top_{skin}.png) repeat-x">'
        f'<img src="{place.link("images/logo.png")}"'
        f' alt="{UNIVERSITY}"></div>\n{_menu(place, skin)}<div class="main">\n{inner}</div>\n{_foot(place)}</BOD'
        "Y></HTML>\n"
    )


def _menu(place: Place, skin: Skin) -> str:
    items = [f'<li><a href="{place.link("index.htm")}">首页</a></li>']
    for column in (one for one in COLUMNS if not one.parent):
        inner = "".join(f'<li><a href="{place.link(one.path)}">{one.label}</a></li>' for one in children(column))
        glyph = '<i class="icon">②</i>' if skin == "classic" and inner else ""
        below = f"<ul>{inner}</ul>" if inner else ""
        items.append(
            f'<li><a href="{place.link(column.path)}" title="{column.label}">{column.label}</a>{glyph}{below}</li>'
        )
    names = {"classic": "left_menu", "crimson": "nav", "grey": "menu"}
    return f'<div class="{names[skin]}" id="nav"><ul>\n' + "\n".join(items) + "\n</ul></div>\n"


def _foot(place: Place) -> str:
    """Copyright and the beacons, none of which may be asked."""
    return (
        '<div class="foot" style="clear:both">\n'
        f'<p>版权所有：{OFFICE}　<a href="mailto:bwc@yunze.example">联系邮箱</a>　'
        f'<a href="{place.link("index.htm")}" onclick="_addDynClicks(&#34;wburl&#34;, {OWNER}, 26780)">'
        "返回首页</a></p>\n"
        f'<a href="{place.origins.other}/index.htm" onclick="_addDynClicks(&#34;wburl&#34;, {OWNER}, 26781)">'
        "云泽大学主页</a>\n"
        f'<img src="/_visitcount?siteId=5&type=2&columnId=12" style="display:none">\n'
        f'<img src="/system/resource/code/news/click/addclicktimes.jsp?owner={OWNER}&type=site" width="1" height="1">\n'
        f'<script src="/system/resource/code/datainput.jsp?owner={OWNER}&e=1&a=1"></script>\n'
        '<script>var _hmt=_hmt||[];(function(){var hm=document.createElement("script");'
        'hm.src="https://hm.baidu.com/hm.js?8d2f60b1c4e97a350";document.body.appendChild(hm);})();</script>\n'
        '<noscript><img src="https://hm.baidu.com/hm.gif?si=8d2f60b1c4e97a350" alt=""></noscript>\n</div>\n'
    )


_SEPARATORS: dict[Skin, Sequence[str]] = {"classic": (" &gt; ",), "crimson": (" / ", " → "), "grey": (" &gt;&gt; ",)}


def breadcrumb(place: Place, column: Column, last: str = "正文") -> str:
    choice = _SEPARATORS[column.skin]
    between = choice[column.tree % len(choice)]
    links = [f'<a href="{place.link("index.htm")}">首页</a>']
    links += [f'<a href="{place.link(one.path)}">{one.label}</a>' for one in trail(column)]
    label = "您的位置：" if column.skin == "grey" else "当前位置: "
    return f'<div class="position">{label}{between.join([*links, last] if last else links)}</div>\n'


def cut(title: str) -> str:
    return title if len(title) <= CUT else title[:CUT] + "..."


def clicks(article: Article) -> str:
    """What stands behind the label of the clicks."""
    script = f'<script>_showDynClicks("wbnews", {OWNER}, {article.id})</script>'
    span = f'<span id="dynclicks_wbnews_{article.id}_978">{article.clicks}</span>'
    return {
        "script": script,
        "printed": str(article.clicks),
        "rendered": script + span,
        "comment": f"<!--{script}-->",
        "none": "",
    }[article.shown]


_META: dict[Skin, tuple[str, ...]] = {
    "classic": (
        "来源: {s} 发布时间: {d} 点击量: {c}",
        "来源: {s} 日期:{d} 点击: {c}",
        "来源: {s}\n     | 发布时间 : {d} | 浏览次数: {c}",
        "文章来源：{s}　作者：{a}　发布时间：{d}　阅读次数：{c}",
    ),
    "crimson": (
        "时间：{d}&nbsp;&nbsp;点击：{c}次",
        "发布时间：{d}　作者：{a}　点击次数：{c}",
        "文章来源：{s}　发布时间：{d}　阅读次数：{c}",
        "时间：{d}　　播放次数 ：{c}",
    ),
    "grey": (
        "{d}<em>作者：{a}</em>浏览次数：<span>{c}</span>",
        "<span>作者：{a}</span> <span>来源：{s}</span> <span>日期：{d}</span> <span>点击：{c}</span>",
        "发布日期：{d} <span>来源 : {s}</span> 点击数：{c}",
        "时间：{d}&nbsp;&nbsp;播放次数：{c}",
    ),
}


def meta_line(article: Article) -> str:
    """The meta line; a source or author the variant has no label for is added, an empty one leaves its label."""
    template = _META[article.column.skin][article.variant % 4]
    made = template.format(s=article.source, a=article.author, d=article.published, c=clicks(article))
    if article.source and "{s}" not in template:
        made += f"　来源：{article.source}"
    if article.author and "{a}" not in template:
        made += f"　作者：{article.author}"
    return made


def container(article: Article, body: str) -> str:
    """The body in one of VSB's containers, one of them nested twice."""
    if article.variant % 4 == 3:
        body = f'<div id="vsb_content_4"><div class="v_news_content">\n{body}</div></div>'
    name = ("vsb_content", "vsb_content_2", "vsb_content_4", "vsb_content")[article.variant % 4]
    return f'<div id="{name}"><div class="v_news_content">\n{body}</div></div><div id="div_vote_id"></div>\n'


def chain(
    place: Place, article: Article, previous: tuple[Article, str] | None, following: tuple[Article, str] | None
) -> str:
    """上一条 and 下一条 (上一篇, 下一篇) with cut titles; each neighbour with the address it is linked by."""
    skin = article.column.skin
    word, end = {"classic": ("条", "没有了"), "crimson": ("篇", "无"), "grey": ("条", "")}[skin]
    parts = []
    for label, neighbour in ((f"上一{word}：", previous), (f"下一{word}：", following)):
        if neighbour:
            other, path = neighbour
            parts.append(
                f'{label}<a href="{place.link(path)}" Title="{escape(other.title)}">{escape(cut(other.title))}</a>'
            )
        elif end:
            parts.append(label + end)
    if skin == "grey":
        return f'<dl class="page"><dd>\n{"<br>".join(parts)}\n</dd></dl>\n'
    return "".join(f'<p align="left" style="padding:10px 0;">{part}</p>\n' for part in parts)


def attachments(place: Place, article: Article) -> str:
    items = "".join(
        f'<li>附件【<a href="{place.link(one.path)}" target="_blank">{escape(one.name)}</a>'
        f'】已下载<span id="nattach{one.file}">'
        f'<script language="javascript">getClickTimes("{one.file}",{OWNER},"wbnewsfile","attach")</script>'
        "</span>次</li>\n"
        for one in article.attachments
    )
    return f'<p><UL style="list-style-type:none;">\n{items}</UL></p>\n' if items else ""


_HEADS: dict[Skin, tuple[str, str]] = {
    "classic": ('<h1 align="center">{title}</h1>', '<div class="info" align="center">'),
    "crimson": ('<div class="title">{title}</div>', '<div align="center" style="border-bottom:#ccc 1px dashed">'),
    "grey": ('<div class="art-tit"><h3>{title}</h3></div>', '<div class="time">'),
}


def article_page(
    place: Place, article: Article, previous: tuple[Article, str] | None, following: tuple[Article, str] | None
) -> str:
    """An article as its column's skin prints it."""
    column = article.column
    heading, meta = _HEADS[column.skin]
    body = "".join(block.html for block in article.body)
    inner = (
        f'{breadcrumb(place, column)}<h2 class="column">{BY_PATH[column.path].label}</h2>\n'
        f'<form name="_newscontent_fromname">\n{heading.format(title=escape(article.title))}\n{meta}'
        f"{meta_line(article)}</div>\n"
        f"{container(article, body)}{attachments(place, article)}{chain(place, article, previous, following)}</form>\n"
        '<p align="right">【<a href="javascript:window.opener=null;window.close();">关闭窗口</a>】</p>\n'
    )
    return shell(place, column.skin, article.title, inner)
