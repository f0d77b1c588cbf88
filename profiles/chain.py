"""The links to the articles before and after, behind words such as 上一条 and 下一篇."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from profiles.visible import Line, Link

_NOTHING = re.compile(
    r"(?:很抱歉|对不起)?[,，]?\s*(?:没有(?:了|啦|更多|(?:上|下|前|后)一[条篇个])?(?:信息|资料|内容|数据|记录|文章|新闻)?(?:了|啦)?|"
    r"无(?:记录|数据|信息|内容)?|暂无(?:信息|数据|内容|记录)?|(?:这|已经?|已到|当前)?是?(?:第一|最后一?|最前|最末|最新一?)[条篇个](?:了|啦)?.{0,6}|"
    r"返回列表|none|null|n/a|-+)\s*[!！。.]?",
    re.IGNORECASE,
)
_CUT = re.compile(r"(?:…|\.{2,}|。。。)\s*$")
_TRIM = " \t\u3000\xa0:：[]【】|｜<>«»←→"
_MAX_WORDS = 64
_MAX_LINE = 2000
_MAX_CUT = 40
_EDGE = " \t\u3000\xa0[【<«←|｜，。（(…"
_ENDS = ("没有了", "没有", "无")


@dataclass(frozen=True, slots=True)
class Neighbour:
    """`reference` is the link's href as written; None where it is a script or missing."""

    title: str
    reference: str | None


@dataclass(frozen=True, slots=True)
class Chain:
    """`first_line` is the index of the first line of the chain; None where the page shows no chain."""

    previous: Neighbour | None = None
    next: Neighbour | None = None
    first_line: int | None = None
    shown: frozenset[str] = frozenset()


@lru_cache(maxsize=64)
def _pattern(previous: tuple[str, ...], following: tuple[str, ...]) -> re.Pattern[str]:
    def either(words: tuple[str, ...]) -> str:
        longest_first = sorted(words, key=len, reverse=True)
        return "|".join(r"\s{0,2}".join(map(re.escape, word)) for word in longest_first) or r"(?!)"

    # the lookahead spares each place of a long line the trial of a dozen words
    first = "".join(word[0] for word in (*previous, *following))
    begins = f"(?=[{re.escape(first)}])" if first else ""
    return re.compile(
        rf"{begins}(?:(?P<previous>{either(previous)})|(?P<next>{either(following)}))"
        r"(?:文章|新闻|信息)?\s*(?P<colon>[:：\]】>»→])?"
    )


def read_chain(lines: Sequence[Line], previous: Sequence[str], following: Sequence[str], start: int = 0) -> Chain:
    """The neighbours named in `lines[start:]` (words as the profile lists them)."""
    pattern = _pattern(tuple(previous), tuple(following))
    found: dict[str, Neighbour | None] = {}
    first: int | None = None
    for index in range(start, len(lines)):
        line = lines[index]
        marks = _marks(line, pattern) if len(line.text) <= _MAX_LINE else []
        for position, (side, begin, end) in enumerate(marks):
            stop = marks[position + 1][1] if position + 1 < len(marks) else len(line.text)
            if first is None:
                first = index
            neighbour = _neighbour(line, begin, end, stop)
            if neighbour is None and stop - end <= 1 and not line.text[end:stop].strip(_TRIM):
                neighbour = _alone(lines, index + 1, pattern)
            if found.get(side) is None:
                found[side] = neighbour
    return Chain(found.get("previous"), found.get("next"), first, frozenset(found))


def _marks(line: Line, pattern: re.Pattern[str]) -> list[tuple[str, int, int]]:
    marks: list[tuple[str, int, int]] = []
    for match in pattern.finditer(line.text):
        side = "previous" if match["previous"] else "next"
        word = match.start(side)
        if not _at_edge(line, word):
            continue
        follows = line.text[match.end(side) : match.end(side) + 1]
        linked = any(link.start <= word < link.end or 0 <= link.start - match.end() <= 2 for link in line.links)
        nothing = _NOTHING.match(line.text[match.end() :].strip(_TRIM)) is not None
        at_start = not line.text[:word].strip(_TRIM)
        if match["colon"] or linked or (at_start and (nothing or not follows)):
            marks.append((side, match.start(side), match.end()))
    return marks


def _at_edge(line: Line, at: int) -> bool:
    """Whether a word there begins something: not 见上一条, but 没有了下一条, whose spans nothing parts."""
    text = line.text
    if at == 0 or text[at - 1] in _EDGE or text.endswith(_ENDS, 0, at):
        return True
    return any(link.end == at for link in line.links)


def _neighbour(line: Line, begin: int, end: int, stop: int) -> Neighbour | None:
    """The link between a word and the next; it may hold the word itself."""
    for link in line.links:
        if link.end <= begin or link.start >= stop:
            continue
        shown = line.text[max(link.start, end) : min(link.end, stop)].strip(_TRIM)
        whole = _full_title(link, shown)
        if whole and not _NOTHING.fullmatch(whole):
            return Neighbour(whole, _reference(link))
    return None


def _alone(lines: Sequence[Line], index: int, pattern: re.Pattern[str]) -> Neighbour | None:
    """A link on the line after its word (table cells, definition lists)."""
    if index >= len(lines):
        return None
    line = lines[index]
    if not line.links or pattern.match(line.text) or line.linked < len(line.text) - 2:
        return None
    return _neighbour(line, 0, 0, len(line.text))


def _full_title(link: Link, shown: str) -> str:
    title = (link.node.attributes.get("title") or "").strip()
    title = re.sub(r"\s+", " ", title)
    if title and (
        not shown or (_CUT.search(shown[-_MAX_CUT:]) and title.startswith(shown.rstrip("….。 ")[:_MAX_WORDS].rstrip()))
    ):
        return title
    return shown


def _reference(link: Link) -> str | None:
    reference = (link.node.attributes.get("href") or "").strip()
    if not reference or reference.startswith("#") or reference[:11].lower() == "javascript:":
        return None
    return reference
