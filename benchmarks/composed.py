"""Article pages put together from the forms that portals use: each part in any of its forms, what a reader sees known.

A page has a frame (what holds the parts), a trail, a title, a meta line, a body, enclosures, a chain. `one_at_a_time`
gives each form of each part once, in an otherwise plain page, so that what fails is named; `at_random` combines them.
Class names and ids are made up, and no profile knows them, but for two frames that have the body of a known system.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from urllib.parse import urljoin

from benchmarks.forms_above import MENU, METAS, SITE, TITLE, TITLES, TRAILS, Part
from benchmarks.forms_below import BODIES, CHAINS, ENCLOSURES
from benchmarks.gold import GoldPage, Value, fold, paragraph_hash

URL = "http://www.example.edu.cn/a/show.asp?n=231"


def _plain_frame(parts: Sequence[str]) -> str:
    trail, *rest = parts
    return f'<div id="w1">{_header()}<div id="w2">{trail}<div id="w3">{"".join(rest)}</div></div>{_footer()}</div>'


def _header() -> str:
    links = "".join(f'<li><a href="/c{n}.asp">{name}</a></li>' for n, name in enumerate(MENU))
    return f'<div id="h"><img src="/images/top.jpg"><ul>{links}</ul></div>'


def _footer() -> str:
    return (
        f'<div id="f"><p>版权所有 © 2012-2013 {SITE}　地址：某市某路1号　邮编：100000</p>'
        "<p>今日访问量：318　总访问量：1029384　技术支持：某某公司　最后更新：2014-05-06</p></div>"
    )


def _table_frame(parts: Sequence[str]) -> str:
    links = "".join(f'<td><a href="/c{n}.asp">{name}</a></td>' for n, name in enumerate(MENU))
    side = "".join(f'<tr><td>·<a href="/c{n}.asp">{name}</a></td></tr>' for n, name in enumerate(MENU[1:]))
    trail, *rest = parts
    rows = "".join(f"<tr><td>{part}</td></tr>" for part in rest if part)
    return (
        f'<table width="780" align="center"><tr><td colspan="7"><img src="/images/top.jpg"></td></tr>'
        f"<tr>{links}</tr></table>"
        f'<table width="780" align="center"><tr><td width="180" valign="top"><table>{side}</table></td>'
        f'<td valign="top"><table width="100%"><tr><td>{trail}</td></tr></table>'
        f'<table width="100%">{rows}</table></td></tr></table>'
        f'<table width="780" align="center"><tr><td align="center">版权所有 {SITE} 2012-2013<br>'
        "您是第 1029384 位访问者</td></tr></table>"
    )


def _side_frame(parts: Sequence[str]) -> str:
    """A column of latest and hottest articles beside the text, dates and counts with each."""
    trail, *rest = parts
    items = "".join(
        f'<li><a href="show.asp?n={n}">关于第{n}号楼维修改造的公告</a><span>2013-01-{n - 200:02}</span></li>'
        for n in range(201, 209)
    )
    return (
        f'{_header()}<div class="z1">{trail}<div class="z2">{"".join(rest)}</div>'
        f'<div class="z3"><h3>最新公告</h3><ul>{items}</ul><h3>友情链接</h3><p>来源：各部门网站</p></div>'
        f"</div>{_footer()}"
    )


def _section_frame(parts: Sequence[str]) -> str:
    trail, *rest = parts
    article = "".join(rest)
    return f"<header>{_header()}</header><main>{trail}<article>{article}</article></main><footer>{_footer()}</footer>"


def _flat_frame(parts: Sequence[str]) -> str:
    """Everything right below the body, as FrontPage wrote it."""
    trail, *rest = parts
    links = " | ".join(f'<a href="c{n}.htm">{name}</a>' for n, name in enumerate(MENU))
    return f"<p align=center>{links}</p><hr>{trail}{''.join(rest)}<hr><p align=center>版权所有：{SITE}</p>"


def _vsb_frame(parts: Sequence[str]) -> str:
    trail, title, meta, body, *rest = parts
    return (
        f'{_header()}<div class="z1">{trail}<form name="_newscontent_fromname">{title}{meta}'
        f'<div id="vsb_content_2"><div class="v_news_content">{body}</div></div>{"".join(rest)}</form></div>{_footer()}'
    )


def _webplus_frame(parts: Sequence[str]) -> str:
    trail, title, meta, body, *rest = parts
    return (
        f'{_header()}<div class="z1">{trail}<div frag="窗口3" class="z2">{title}{meta}'
        f'<div class="wp_articlecontent">{body}</div>{"".join(rest)}</div></div>{_footer()}'
    )


FRAMES: Mapping[str, Callable[[Sequence[str]], str]] = {
    "divs": _plain_frame,
    "tables": _table_frame,
    "side": _side_frame,
    "sections": _section_frame,
    "flat": _flat_frame,
    "VSB": _vsb_frame,
    "WebPlus": _webplus_frame,
}

HEADS: Mapping[str, str] = {
    "title - site": f"{TITLE}-{SITE}",
    "site - title": f"{SITE}-{TITLE}",
    "title": TITLE,
    "site": SITE,
    "title_column_site": f"{TITLE}_通知公告_{SITE}",
    "empty": "",
    "Untitled": "无标题文档",
}

PARTS: Mapping[str, Mapping[str, Part]] = {
    "trail": TRAILS,
    "title": TITLES,
    "meta": METAS,
    "body": BODIES,
    "enclosures": ENCLOSURES,
    "chain": CHAINS,
}
_PLAIN = {
    "frame": "divs",
    "head": "title - site",
    "trail": "当前位置：>",
    "title": "div",
    "meta": "spans",
    "body": "p",
    "enclosures": "none",
    "chain": "上一条：",
}


def compose(chosen: Mapping[str, str], name: str, encoding: str = "utf-8") -> GoldPage:
    """The page whose every part has the form that `chosen` names."""
    parts = {part: forms[chosen[part]] for part, forms in PARTS.items()}
    html = FRAMES[chosen["frame"]]([part.html for part in parts.values()])
    head = f'<meta http-equiv="Content-Type" content="text/html; charset={encoding}">'
    head += f"<title>{HEADS[chosen['head']]}</title>"
    told: dict[str, Value] = {}
    for part in parts.values():
        told |= part.told
    lines = parts["body"].lines
    return GoldPage(
        name,
        URL,
        f"<html><head>{head}</head><body>{html}</body></html>".encode("gb18030" if encoding == "gb2312" else encoding),
        True,
        {field: _folded(field, told.get(field)) for field in _FIELDS},
        tuple(map(paragraph_hash, lines)),
        fold("".join(lines)),
    )


_FIELDS = (
    "title", "source", "author", "published_at", "document_number",
    "clicks", "breadcrumb", "previous", "next", "attachments", "images",
)  # fmt: skip


def _folded(name: str, value: Value) -> Value:
    if name in ("previous", "next"):
        return urljoin(URL, value) if isinstance(value, str) else None
    if name in ("attachments", "images"):
        return sorted(urljoin(URL, item) for item in value) if isinstance(value, list) else []
    if name == "breadcrumb":
        return value or []
    return fold(value) if isinstance(value, str) else value


def one_at_a_time() -> Iterator[tuple[str, GoldPage]]:
    """Each form once in an otherwise plain page, with the part it is a form of; in each frame where it is no frame."""
    forms = {**{part: list(known) for part, known in PARTS.items()}, "head": list(HEADS)}
    for frame in FRAMES:
        for part, names in forms.items():
            for form in names:
                yield part, compose({**_PLAIN, "frame": frame, part: form}, f"{frame}: {part} {form}")


def at_random(count: int, seed: int = 5) -> list[GoldPage]:
    """Pages of forms chosen at random, the same for the same seed."""
    chance = random.Random(seed)
    choices = {**{part: list(forms) for part, forms in PARTS.items()}, "frame": list(FRAMES), "head": list(HEADS)}
    pages = []
    for number in range(count):
        chosen = {part: chance.choice(forms) for part, forms in choices.items()}
        pages.append(compose(chosen, f"{number}: {' / '.join(chosen.values())}", chance.choice(("utf-8", "gb2312"))))
    return pages
