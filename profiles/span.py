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
from profiles.dates import find_date, is_date, opens_with_date
from profiles.furniture import is_foot, is_widget
from profiles.metaline import is_of_event, label_pattern, labels_in, meta_lines
from profiles.model import Profile
from profiles.page import Page
from profiles.titles import page_title, title_line
from profiles.trail import find_trail
from profiles.visible import Line

_HEAD_LINES = 12
_HEAD_GAP = 3
_MAX_SUBTITLE = 40
_SENTENCE = re.compile("[。；！？]")
_ADDRESS = re.compile(
    r"(?:^|[\s|｜])(?:地\s*址|邮\s*编|电\s*话|传\s*真|网\s*址|e-?mail|邮箱|主办|承办|访问量|访问人数)\s*[:：]|访问者",
    re.IGNORECASE,
)
_LAST_LINES = 4
_EDITOR = re.compile(r"(?:(?:责任编辑|责编|编辑|文章录入|录入|审核|校对|初审|复审|终审)\s*[:：]\s*\w{1,12}\W*){1,4}")


@dataclass(frozen=True, slots=True)
class Span:
    """`lines[start:end]` are the article's; `marks` names what stands around them: title, meta, trail, chain."""

    start: int
    end: int
    marks: frozenset[str]


def article_span(lines: Sequence[Line], page: Page, profile: Profile) -> Span | None:
    """The range of the article's text, enclosures included; None where nothing of an article's head is there."""
    labels = label_pattern(profile.article.labels)
    trail_lines = find_trail(lines, len(lines), page_title(page))
    trail = frozenset(line.node.mem_id for line in trail_lines)
    metas = meta_lines(lines, labels)
    title = title_line(lines, page, _told(lines, metas, labels), trail_lines)
    if title is None and not trail and not metas:
        return None
    behind = max((index for index, line in enumerate(lines) if line.node.mem_id in trail), default=-1)
    head = title if title is not None else behind if trail else min(metas)
    start, has_meta, has_day = head + 1, head in metas, False
    for index in range(start, min(len(lines), start + _HEAD_LINES)):
        line = lines[index]
        day = not has_day and index <= start + (0 if has_meta else 2) and opens_with_date(line.text)
        beside = day or (index == start and is_widget(line))
        is_meta = index in metas and not is_of_event(lines, index)
        if is_meta or beside or line.node.mem_id in trail:
            start, has_meta = index + 1, has_meta or day or is_meta
            has_day = has_day or find_date(line.text) is not None
        elif index - start >= _HEAD_GAP or _SENTENCE.search(line.text) or len(line.text) > _MAX_SUBTITLE:
            break
    chain = read_chain(lines, profile.article.previous, profile.article.next, start).first_line
    end = chain if chain is not None else len(lines)
    foot = next((index for index in range(start, end) if is_foot(lines[index])), end)
    while foot > start and _is_last(lines[foot - 1], labels):
        foot -= 1
    while foot > start and foot > len(lines) - _LAST_LINES and _is_address(lines[foot - 1].text):
        foot -= 1
    shown = {"title": title is not None, "meta": has_meta, "trail": bool(trail), "chain": chain is not None}
    return Span(start, foot, frozenset(name for name, there in shown.items() if there))


def _told(lines: Sequence[Line], metas: frozenset[int], labels: re.Pattern[str]) -> frozenset[int]:
    """Those of the meta lines that stand with a day or with several labels: 来源：各单位 alone is in many boxes."""
    sure = {i for i in metas if find_date(lines[i].text) is not None or len(labels_in(lines[i].text, labels)) > 1}
    sure |= {index for index, line in enumerate(lines) if is_date(line.text) and index <= max(sure, default=0)}
    for index in sorted(metas, reverse=True):
        if index + 1 in sure:
            sure.add(index)
    return frozenset(sure)


def _is_address(text: str) -> bool:
    return _ADDRESS.search(text) is not None and _SENTENCE.search(text) is None


def _is_last(line: Line, labels: re.Pattern[str]) -> bool:
    """Whether a line that stands last is none of the text: buttons, an editor's name, a label of the meta line."""
    if _EDITOR.fullmatch(line.text) or is_widget(line):
        return True
    told = len(line.text) <= _MAX_SUBTITLE and _SENTENCE.search(line.text) is None
    found = labels_in(line.text, labels) if told else []
    return bool(found) and found[0].start == 0 and found[0].field != "other"
