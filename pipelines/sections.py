"""The chapters, articles and clauses of an official text, found by the numbers that open its lines.

Drafting habits (GB/T 9704 for notices, the legislative style for rules) leave a small set of markers:
第一编, 第一章, 第一节, 第一条; 一、 （一） 1. （1） 1）. A marker counts only where it opens a line and its number
continues a series, so a （3） in running text, a lone 1. or a date is none. Clauses may run on through
chapters or begin again in each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from pipelines.notation import chinese_number


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of the text under one marker.

    `level` counts from 1 and is the same for one style of marker throughout a document. `number` is the
    numeral as printed, without what surrounds it. `heading` is what follows it on the line, or its
    first sentence where the line holds more; null where that is empty or longer than 40 characters.
    `start` and `end` count code points of the text: from the marker to the next section of this level or
    one above, or to the end of the text.
    """

    level: int
    number: str
    heading: str | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Marker:
    style: int
    number: str
    value: int
    start: int
    rest: str


_CN = "[一二三四五六七八九十百零〇]{1,7}"
_ANY = rf"(?:{_CN}|\d{{1,4}})"
_NO_CITATION = r"(?!规定|所称|所列|所述|第|中[的所规]|[、，,。和至与及的之])"
_STYLES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"第\s*(?P<n>{_ANY})\s*[编篇]{_NO_CITATION}",
        rf"第\s*(?P<n>{_ANY})\s*章{_NO_CITATION}",
        rf"第\s*(?P<n>{_ANY})\s*节{_NO_CITATION}",
        rf"第\s*(?P<n>{_ANY})\s*条{_NO_CITATION}",
        rf"(?P<n>{_CN})\s*[、．.](?!{_CN}[、年月日级个班等])",
        rf"[（(]\s*(?P<n>{_CN})\s*[）)](?![班级年])",
        r"(?P<n>\d{1,3})\s*[.．、](?!\d(?!\d?月))",
        r"[（(]\s*(?P<n>\d{1,3})\s*[）)]",
        r"(?P<n>\d{1,3})[）)]",
    )
)
_SELF_EVIDENT = range(4)
"""Styles whose marker says what it is: a series may be one long, and begin anywhere (a page of several)."""
_FREE = range(5, 9)
"""Styles below 一、 whose order is the document's own; the usual one is the default."""

_CONTENTS = re.compile(r"目[\s\u3000]*[录次]")
_LONGEST_HEADING = 40


def sections(text: str) -> list[Section]:
    """The sections of a text whose lines are separated by `\\n`, in order. Rows of tables hold none.

    >>> text = "一、总体要求\\n（1）要落实责任。见附件（3）。\\n二、保障\\n（2）要加强领导。"
    >>> [(s.level, s.number, s.heading, text[s.start:s.end].count("。")) for s in sections(text)]
    [(1, '一', '总体要求', 2), (2, '1', '要落实责任', 2), (1, '二', '保障', 1), (2, '2', '要加强领导', 1)]
    """
    markers = _in_series(list(_markers(text)))
    ranks = _ranks(markers)
    levels = _levels(markers, ranks)
    found: list[Section] = []
    open_ends: list[tuple[int, int]] = []
    ends = [len(text)] * len(markers)
    for index, marker in enumerate(markers):
        level = levels[marker.style]
        while open_ends and open_ends[-1][0] >= level:
            ends[open_ends.pop()[1]] = marker.start
        open_ends.append((level, index))
    for marker, end in zip(markers, ends, strict=True):
        found.append(Section(levels[marker.style], marker.number, _heading(marker.rest), marker.start, end))
    return found


def _markers(text: str) -> Iterator[_Marker]:
    """Lines that open like a section, those of a table of contents left out."""
    at = 0
    in_contents = False
    for line in text.split("\n"):
        body = line.lstrip()
        marker = None if "\t" in line else _marker(body, at + len(line) - len(body))
        in_contents = _CONTENTS.fullmatch(body.rstrip()) is not None or (in_contents and marker is not None)
        if marker is not None and not in_contents:
            yield marker
        at += len(line) + 1


def _marker(body: str, start: int) -> _Marker | None:
    for style, pattern in enumerate(_STYLES):
        match = pattern.match(body)
        value = chinese_number(match["n"]) if match else None
        if match and value:
            return _Marker(style, match["n"], value, start, body[match.end() :].strip())
    return None


def _in_series(markers: list[_Marker]) -> list[_Marker]:
    """Those that count on from one before (one number may be missing) or begin a series that is counted on."""
    series: list[list[_Marker]] = []
    latest: dict[int, list[_Marker]] = {}
    for marker in markers:
        running = latest.get(marker.style)
        if running and 1 <= marker.value - running[-1].value <= 2:
            running.append(marker)
        elif marker.value == 1 or marker.style in _SELF_EVIDENT or running is None:
            latest[marker.style] = [marker]
            series.append(latest[marker.style])
    kept = [run for run in series if len(run) > 1 or run[0].style in _SELF_EVIDENT]
    return sorted((marker for run in kept for marker in run), key=lambda marker: marker.start)


def _ranks(markers: list[_Marker]) -> dict[int, int]:
    """Which style outranks which (0 highest). Where a free style is seen to be counted from 1 between two
    successive numbers of one that usually stands below it, more often than the reverse, they change places.
    """
    order = sorted({marker.style for marker in markers})
    for upper, lower in combinations([style for style in order if style in _FREE], 2):
        if _inside(markers, upper, lower) > _inside(markers, lower, upper):
            i, j = order.index(upper), order.index(lower)
            if i < j:
                order.insert(j, order.pop(i))
    return {style: rank for rank, style in enumerate(order)}


def _inside(markers: list[_Marker], inner: int, outer: int) -> int:
    count = opened = 0
    begun = False
    for marker in markers:
        if marker.style == outer:
            count += begun and marker.value == opened + 1
            opened, begun = marker.value, False
        elif marker.style == inner and marker.value == 1 and opened:
            begun = True
    return count


def _levels(markers: list[_Marker], ranks: dict[int, int]) -> dict[int, int]:
    """A style's level: one below the lowest style that it is ever found under."""
    above: dict[int, set[int]] = {style: set() for style in ranks}
    stack: list[int] = []
    for marker in markers:
        while stack and ranks[stack[-1]] >= ranks[marker.style]:
            stack.pop()
        above[marker.style].update(stack)
        stack.append(marker.style)
    levels: dict[int, int] = {}
    for style in sorted(ranks, key=ranks.__getitem__):
        levels[style] = 1 + max((levels[parent] for parent in above[style]), default=0)
    return levels


def _heading(rest: str) -> str | None:
    lead = re.split("[。；;]", rest, maxsplit=1)[0].strip()
    return lead if 0 < len(lead) <= _LONGEST_HEADING else None
