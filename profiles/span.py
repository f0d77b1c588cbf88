"""Which lines of a page are its article's, told by what stands around the text: trail, title and meta line above
it, the chain and the page's foot below.

For pages whose body no profile names. What is told is a range; within it a page may still show a list beside the
text, and where nothing marks the end, the range goes to the last line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from profiles.chain import read_chain
from profiles.furniture import is_widget
from profiles.metaline import is_meta_line, label_pattern
from profiles.model import Profile
from profiles.page import Page
from profiles.titles import page_title, title_line
from profiles.trail import find_trail
from profiles.visible import Line

_HEAD_LINES = 12
_HEAD_GAP = 3
_MAX_SUBTITLE = 40
_SENTENCE = re.compile("[。；！？]")
_IMPRINT = re.compile(r"版权所有|copyright|©|ICP备|备案号[:：]|公网安备|技术支持\s*[:：]", re.IGNORECASE)
_BESIDE = re.compile(
    r"\W*(?:(?:相关|最新|热门|热点|推荐|最近|更多|其他|图片|本类)(?:新闻|文章|公告|通知|信息|资讯|链接|阅读|推荐|更新|内容|专题|图文)|"
    r"(?:新闻|点击|阅读|热点|访问)排行榜?|友情链接|网友评论|发表评论|为您推荐|猜你喜欢|延伸阅读|快速导航|网站导航)"
    r"(?:\s*(?:更多|more)\W*)?\W*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Span:
    """`lines[start:end]` are the article's; `marks` counts what stands around them (trail, title, meta line, chain)."""

    start: int
    end: int
    marks: int


def article_span(lines: Sequence[Line], page: Page, profile: Profile) -> Span | None:
    """The range of the article's text, enclosures included; None where nothing of an article's head is there."""
    labels = label_pattern(profile.article.labels)
    trail = frozenset(line.node.mem_id for line in find_trail(lines, len(lines), page_title(page)))
    behind = max((index for index, line in enumerate(lines) if line.node.mem_id in trail), default=-1)
    title = title_line(lines, page, labels, behind)
    metas = [index for index, line in enumerate(lines) if is_meta_line(line, labels)]
    if title is None and not trail and not metas:
        return None
    head = title if title is not None else behind if trail else metas[0]
    start, has_meta = head + 1, head in metas
    for index in range(start, min(len(lines), start + _HEAD_LINES)):
        line = lines[index]
        if index in metas or is_widget(line) or line.node.mem_id in trail:
            start, has_meta = index + 1, has_meta or index in metas
        elif index - start >= _HEAD_GAP or _SENTENCE.search(line.text) or len(line.text) > _MAX_SUBTITLE:
            break
    chain = read_chain(lines, profile.article.previous, profile.article.next, start).first_line
    end = chain if chain is not None else len(lines)
    foot = next((index for index in range(start, end) if is_foot(lines[index])), end)
    return Span(start, foot, (title is not None) + has_meta + bool(trail) + (chain is not None))


def is_foot(line: Line) -> bool:
    """Whether a line begins what no article has: the imprint, a box of other articles, comments."""
    text = line.text
    if _IMPRINT.search(text):
        return not _SENTENCE.search(text) and len(text) <= 300
    return len(text) <= 20 and _BESIDE.fullmatch(text) is not None
