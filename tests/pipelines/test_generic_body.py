"""Pages that no profile names a body of."""

from __future__ import annotations

import pytest

from pipelines.generic import locate
from profiles.article import ArticleParts, find_body, read_article
from profiles.load import ProfileSet
from profiles.page import Page

PROFILES = ProfileSet.resolve()
PARAGRAPHS = tuple(
    f"第{n}，各单位要对所属楼宇的消防通道、配电设施和值班记录逐项核对，发现问题的，应当当日登记，限期整改，并留存照片备查。"
    for n in "一二三四五六"
)
MENU = "".join(f"<li><a href='/c{n}.html'>第{n}个栏目</a></li>" for n in range(20))


def read(content: str, title: str = "关于开展消防检查的通知") -> tuple[ArticleParts, str, bool]:
    html = (
        f"<html><head><title>{title}-某县应急局</title></head><body><ul>{MENU}</ul>"
        f"<table width=100%><tr><td width=20%><ul>{MENU}</ul></td><td>{content}</td></tr></table>"
        f"<div>版权所有 某县应急局 地址：某县人民路1号</div></body></html>"
    )
    page = Page.parse(html.encode(), "http://yjj.example.gov.cn/show.asp?n=7", "text/html; charset=utf-8")
    profile = PROFILES.recognise(page)
    assert find_body(page, profile) is None
    located = locate(page, profile)
    parts = read_article(page, profile, located.node if located else None)
    return parts, located.method if located else "", bool(located and located.disputed)


HEAD = "<table><tr><td><b>关于开展消防检查的通知</b><tr><td>来源：应急局 日期：2014-11-03 阅读：</table>"
CHAIN = "<p>上一篇：<a href=6.asp>前文</a></p><p>下一篇：没有了</p>"


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS),
        "<br>".join(f"　　{paragraph}" for paragraph in PARAGRAPHS),
        "<table>" + "".join(f"<tr><td>{paragraph}</td></tr>" for paragraph in PARAGRAPHS) + "</table>",
        "".join(f"<div><font size=3>{paragraph}</font></div>" for paragraph in PARAGRAPHS),
    ],
    ids=["paragraphs", "breaks", "layout table", "divs"],
)
def test_text_in_any_markup(text: str) -> None:
    parts, _, _ = read(f"{HEAD}<div>{text}</div>{CHAIN}")
    assert parts.lines == PARAGRAPHS
    assert parts.title == "关于开展消防检查的通知"
    assert (parts.source, parts.published_at) == ("应急局", "2014-11-03")
    assert parts.previous is not None
    assert parts.previous.title == "前文"


def test_a_text_too_short_for_extractors_is_found_by_its_frame() -> None:
    parts, method, disputed = read(f"{HEAD}<div>停电通知见附图。</div>{CHAIN}")
    assert parts.lines == ("停电通知见附图。",)
    assert (method, disputed) == ("frame", True)


def test_a_page_of_links_has_no_body() -> None:
    page = Page.parse(f"<html><body><ul>{MENU}</ul></body></html>".encode(), "http://a.example/x", "text/html")
    located = locate(page, PROFILES.recognise(page))
    assert located is None
