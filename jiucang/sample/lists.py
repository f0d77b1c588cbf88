"""List pages, their pagers, the pages of columns and the home page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from jiucang.sample.blocks import Block
from jiucang.sample.columns import Column, children
from jiucang.sample.model import Article
from jiucang.sample.skins import Place, breadcrumb, cut, shell

Item = tuple[Article, str]
"""An article and the address a list links it by."""


def list_page(
    place: Place, column: Column, items: Sequence[Item], hidden: Sequence[Item], number: int, pages: int, total: int
) -> str:
    """Page `number` of a column. Hidden items stand in comments but are counted in the declared total."""
    rows = [_row(place, item, position) for position, item in enumerate(items)]
    rows += [f"<!-- {_row(place, item, 90 + position)} -->" for position, item in enumerate(hidden)]
    pager = {"fanye": _fanye, "form": _fanye, "numbers": _numbers, "none": None}[column.pager]
    foot = pager(place, column, number, pages, total) if pager else ""
    inner = (
        f'{breadcrumb(place, column, "")}<h2>{column.label}</h2>\n<ul class="list">\n'
        + "\n".join(rows)
        + f"\n</ul>\n{foot}"
    )
    return shell(place, column.skin, column.label, inner)


def _row(place: Place, item: Item, position: int) -> str:
    article, path = item
    day = article.published[:10]
    title = escape(article.title)
    if article.found == "onclick":
        opening = f"window.open('{place.link(path)}','_blank')"
        return (
            f'<li id="line_u9_{position}"><span onclick="{opening}" title="{title}">{cut(article.title)}</span><em>'
            f"{day}</em></li>"
        )
    return (
        f'<li id="line_u9_{position}"><a href="{place.link(path)}" title="{title}" target="_blank">'
        f"{escape(cut(article.title))}</a><span>[{day}]</span></li>"
    )


def _fanye(place: Place, column: Column, number: int, pages: int, total: int) -> str:
    """共N条 and 首页, 上页, 下页, 尾页, as one table."""

    def step(label: str, to: int, style: str) -> str:
        if to == number or not 1 <= to <= pages:
            return f'<span class="{style}Disabled">{label}</span>'
        return f'<a href="{place.link(column.page_path(to, pages))}" class="{style}">{label}</a>'

    steps = (
        step("首页", 1, "Prev")
        + step("上页", number - 1, "Prev")
        + step("下页", number + 1, "Next")
        + step("尾页", pages, "Next")
    )
    return (
        '<table cellspacing="0" class="headStyle3xmg9bgvep" width="100%"><tr valign="middle">'
        f'<TD nowrap align="left" width="1%" id="fanye{column.tree}415">共{total}条&nbsp;&nbsp;{number}/{pages}&'
        "nbsp;</td>"
        f'<td nowrap align="left"><div>{steps}&nbsp;&nbsp;<input type="button" name="a159415Find" value="转到" '
        'onclick="javascript:a159415_gopage_fun()"><INPUT size="2" NAME="a159415GOPAGE" VALUE="">页</div></td>'
        "</tr></table>\n"
    )


def _numbers(place: Place, column: Column, number: int, pages: int, total: int) -> str:
    """Page numbers in spans."""

    def step(label: str, to: int, style: str) -> str:
        if to == number or not 1 <= to <= pages:
            return f'<span class="{style}_d p_fun_d">{label}</span>'
        return f'<span class="{style} p_fun"><a href="{place.link(column.page_path(to, pages))}">{label}</a></span>'

    numbers = "".join(step(str(to), to, "p_no").replace(" p_fun", "") for to in range(1, pages + 1))
    return (
        '<div class="pb_sys_common pb_sys_normal pb_sys_style1"><span class="p_pages">'
        f'<span class="p_t">共{total}条</span> <span class="p_t">{number}/{pages}</span>'
        f"{step('首页', 1, 'p_first')}{step('上页', number - 1, 'p_prev')}{numbers}"
        f"{step('下页', number + 1, 'p_next')}{step('尾页', pages, 'p_last')}</span></div>\n"
    )


def parent_page(place: Place, column: Column, newest: Sequence[Item]) -> str:
    """A column that only leads to its children and shows some of their articles."""
    links = "".join(f'<li><a href="{place.link(one.path)}">{one.label}</a></li>' for one in children(column))
    rows = "\n".join(_row(place, item, position) for position, item in enumerate(newest))
    inner = f'{breadcrumb(place, column, "")}<ul class="sub">{links}</ul>\n<ul class="list">\n{rows}\n</ul>\n'
    return shell(place, column.skin, column.label, inner)


def single_page(place: Place, column: Column, body: Sequence[Block]) -> str:
    """A column that is one text: no meta line, no chain."""
    text = "".join(block.html for block in body)
    inner = (
        f"{breadcrumb(place, column, '')}<h2>{column.label}</h2>\n"
        f'<div id="vsb_content"><div class="v_news_content">\n{text}</div></div>\n'
    )
    return shell(place, column.skin, column.label, inner)


def home_page(place: Place, blocks: Sequence[tuple[Column, Sequence[Item]]], extra: str) -> str:
    """The home page: the newest of some columns, and links found nowhere else."""
    parts = []
    for column, items in blocks:
        rows = "\n".join(_row(place, item, position) for position, item in enumerate(items))
        parts.append(
            f'<div class="block"><h3><a href="{place.link(column.path)}">{column.label}</a></h3><ul>\n{rows}\n</'
            "ul></div>\n"
        )
    return shell(place, "classic", "首页", "".join(parts) + extra)
