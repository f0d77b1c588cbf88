"""The title as the page displays it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from profiles.dates import opens_with_date
from profiles.furniture import is_widget
from profiles.metaline import is_meta_line, is_meta_text, meta_lines
from profiles.page import Page
from profiles.tags import BLOCKS
from profiles.visible import Line

_TITLE_CLASS = re.compile(r"titl|tit\b|bt\b|biaoti|headline|heading|_tit|tit_", re.IGNORECASE)
_CUT = re.compile(r"\s*(?:…|\.{2,})\s*$")
_SPLIT = re.compile(r"\s*(?:[_|–—>＞»|]|(?<![A-Za-z0-9])-|-(?![A-Za-z0-9]))+\s*")
_MAX_TITLE = 300
_MAX_NAME = 600
_ENOUGH = 3.5
_FAR = 60
_NEAR = 4
_MAX_SET_OUT = 60
_SENTENCE = re.compile("[。；]")
_ENOUGH_ALONE = 2.9
_BELOW_TRAIL = 2.5
_NEVER = -9.0
_SUBTITLE = re.compile("[—–-]{1,3}\\s*\\w|[（(].*[）)]$")
_NO_NAME = re.compile(r"无标题(?:文档|页)?|untitled.*|新建网页.*|new page.*|document|index", re.IGNORECASE)
_ABOVE_META = 3.0
_NO_TITLE = re.compile(
    r".*(?:〔|\[|［|（|\()\d{4}(?:〕|\]|］|）|\))\s*第?\s*\d+\s*号.?|\W*(?:.{0,6}位置|首页)\b.*|.*[:：]"
)
_ZERO_WIDTH = re.compile("[\u200b-\u200f\u2060\ufeff]")
_META_TITLES = 'meta[name="ArticleTitle" i], meta[property="og:title"]'


def page_title(page: Page) -> str:
    """The text of <title>, white space folded; empty where an editor's default was left in it."""
    node = page.tree.css_first("title")
    text = re.sub(r"\s+", " ", (node.text() if node is not None else "")[:_MAX_NAME]).strip()
    return "" if _NO_NAME.fullmatch(text) else text


def read_title(
    lines: Sequence[Line],
    body_start: int | None,
    page: Page,
    selected: Mapping[int, int],
    labels: re.Pattern[str],
    trail: Sequence[Line] = (),
) -> tuple[str | None, str]:
    """The title and, where there is none, why. `selected`: ids of elements that the profile calls titles, and
    the place of the selector that found each; `labels` matches those of the meta line."""
    head = page_title(page)
    start = body_start if body_start is not None else len(lines)
    first, last = max(0, start - _FAR), min(len(lines), start + 4)
    judge = _Judge.of(lines, page, selected, trail)
    above_meta = _above_meta(lines, first, start, last, labels)
    best, best_score = None, _ENOUGH
    for index in range(first, last):
        set_apart = index == above_meta and _may_be_title(lines[index])
        score = judge.score(index) + _nearness(1 if set_apart else start - index, lines[index].heading)
        score = judge.settled(index, score) + _ABOVE_META * set_apart
        if above_meta is None and not judge.named and index == judge.behind + 1 > 0 and _may_be_title(lines[index]):
            score += _BELOW_TRAIL
        if score > best_score:
            best, best_score = index, score
    if best is not None:
        return _whole_heading(lines, best, selected, labels), ""
    if (below_trail := _below_trail(judge, start)) is not None:
        return lines[below_trail].text, ""
    if head:
        return _from_head(lines, start, head), ""
    if (set_out := _set_out(lines, start)) is not None:
        return lines[set_out].text, ""
    return None, "no selector, heading or <title> names one"


def _below_trail(judge: _Judge, start: int) -> int | None:
    """The line below the trail and right above the text, where <title> agrees with none: then it names the site."""
    between = [i for i in range(judge.behind + 1, min(start, len(judge.lines))) if not is_widget(judge.lines[i])]
    if judge.behind < 0 or not 1 <= len(between) <= 3:
        return None
    index = between[0]
    text = judge.lines[index].text
    if not _may_be_title(judge.lines[index]) or len(text) > _MAX_SET_OUT or _SENTENCE.search(text):
        return None
    return index if _folded(text) not in judge.crumbs else None


def _set_out(lines: Sequence[Line], start: int) -> int | None:
    """The line at the text's head that is set in bold or large type, where nothing else tells the title."""
    for index in range(min(start, len(lines) - 1), max(-1, start - _NEAR), -1):
        if _may_be_title(lines[index]) and len(lines[index].text) <= _MAX_SET_OUT and _emphasised(lines[index].node):
            return index
    return None


def _emphasised(node: LexborNode) -> bool:
    parent = node.parent
    for _ in range(4):
        if parent is None or parent.tag in BLOCKS:
            return False
        if parent.tag in ("b", "strong", "font", "big"):
            return True
        parent = parent.parent
    return False


def title_line(lines: Sequence[Line], page: Page, metas: Set[int], trail: Sequence[Line]) -> int | None:
    """The line of the whole page that looks most like its title, where no body says near which; None where none
    does. `metas` are the lines of labels and dates: a title stands above one of these, and below the trail."""
    judge = _Judge.of(lines, page, {}, trail)
    best, best_score = None, _ENOUGH_ALONE
    for index, line in enumerate(lines):
        if index in metas:
            continue
        below = index + 1
        while below < len(lines) and _SUBTITLE.match(lines[below].text):
            below += 1
        score = judge.settled(index, judge.score(index))
        if _may_be_title(line):
            score += _ABOVE_META * (below in metas) + _BELOW_TRAIL * (index == judge.behind + 1 > 0)
        if score > best_score:
            best, best_score = index, score
    return best


def _meta_titles(page: Page) -> list[str]:
    contents = (node.attributes.get("content") for node in page.tree.css(_META_TITLES))
    return [content[:_MAX_NAME].strip() for content in contents if content]


@dataclass(frozen=True, slots=True)
class _Judge:
    """How much each line looks like the title. `named`: what <title> and meta elements say; `crumbs`: the texts of
    the trail's columns; `behind`: the trail's last line, -1 without one."""

    lines: Sequence[Line]
    named: Sequence[str]
    selected: Mapping[int, int]
    crumbs: Set[str]
    behind: int

    @classmethod
    def of(cls, lines: Sequence[Line], page: Page, selected: Mapping[int, int], trail: Sequence[Line]) -> _Judge:
        named = [folded for name in (page_title(page), *_meta_titles(page)) if (folded := _folded(name))]
        crumbs = {_folded(line.text[link.start : link.end]) for line in trail for link in line.links}
        last = trail[-1].node.mem_id if trail else None
        behind = next((i for i, line in enumerate(lines) if line.node.mem_id == last), -1) if trail else -1
        return cls(lines, named, selected, crumbs, behind)

    def score(self, index: int) -> float:
        """Selected, a heading, what <title> says."""
        line = self.lines[index]
        places = self._places(line)
        if not self._readable(line, places):
            return _NEVER
        folded = _folded(line.text if not line.heading else _joined(_heading_lines(self.lines, index)))
        score = max((_agreement(folded, name) for name in self.named), default=0.0)
        if places:
            score += 3.0 - 0.1 * min(min(places), 20)
        if line.heading:
            score += 1.5
        if index > self.behind >= 0:
            score += 0.5
        if folded in self.crumbs and not places:
            score -= 1.5
        return score

    def settled(self, index: int, score: float) -> float:
        """The score with what speaks for or against a line that has one."""
        line = self.lines[index]
        if line.linked >= len(line.text) * 0.8:
            score -= 3.0
        if score > 0 and _TITLE_CLASS.search(_classes(line.node)):
            score += 1.0
        if len(_folded(line.text)) >= 4 or line.heading or self._places(line):
            return score
        return 0.0

    def _places(self, line: Line) -> list[int]:
        return [self.selected[mark] for mark in line.marks if mark in self.selected] if line.marks else []

    @staticmethod
    def _readable(line: Line, places: Sequence[int]) -> bool:
        if not 2 <= len(line.text) <= _MAX_TITLE:
            return False
        return line.linked < len(line.text) * 0.8 or bool(places) or line.heading


def _nearness(distance: int, heading: bool) -> float:
    """How close above the text a line stands, in lines; the text may begin with its heading."""
    if distance == 1 and heading:
        return 2.5
    if 0 < distance <= 12:
        return 2.0 if distance <= 6 else 1.0
    return 0.0 if distance == 0 and heading else -1.5


def _above_meta(lines: Sequence[Line], first: int, start: int, last: int, labels: re.Pattern[str]) -> int | None:
    """The line above the labels that stand nearest above the text, or at its head; without labels, above a day."""
    metas = {first + place for place in meta_lines(lines[first:last], labels)}
    found = [index for index in metas if is_meta_line(lines[index], labels)]
    if not found:
        found = [i for i in range(max(first, start - _NEAR), min(start + 1, last)) if opens_with_date(lines[i].text)]
    index = max(found, default=first) - 1
    while index >= first and (index in metas or _SUBTITLE.match(lines[index].text)):
        index -= 1
    return index if found and index >= first else None


def _may_be_title(line: Line) -> bool:
    """Whether a line may be the title for where it stands alone: no link, no document number, no trail, no row."""
    if line.links or not 4 <= len(line.text) <= _MAX_TITLE or "\t" in line.text or is_widget(line):
        return False
    return _NO_TITLE.fullmatch(line.text) is None


def _agreement(folded: str, name: str) -> float:
    """How well a line agrees with a name of the page in its head: as its first part best."""
    if not folded or not name:
        return 0.0
    bare = _folded(_CUT.sub("", name))
    if name == folded:
        return 4.0
    if len(folded) >= 4 and name.startswith(folded):
        return 3.0 + min(len(folded) / len(name), 1.0) * 0.5
    if len(bare) >= 8 and folded.startswith(bare):
        return 3.0
    if len(folded) >= 6 and name.endswith(folded):
        return 2.5
    if len(folded) >= 6 and folded in name:
        return 2.0 if len(folded) / len(name) > 0.4 else 1.0
    return 0.0


def _classes(node: LexborNode) -> str:
    """Classes and ids of the three elements around a text."""
    found: list[str] = []
    parent = node.parent
    for _ in range(3):
        if parent is None:
            break
        attributes = parent.attributes
        found += [attributes.get("class") or "", attributes.get("id") or ""]
        parent = parent.parent
    return " ".join(found)


def _whole_heading(lines: Sequence[Line], index: int, selected: Mapping[int, int], labels: re.Pattern[str]) -> str:
    """The line, with those of the same heading around it."""
    line = lines[index]
    text = line.text
    if line.links and any(mark in selected for mark in line.marks):
        text = text[max(link.end for link in line.links) :].strip(" >|·»") or text
    if not line.heading:
        return _joined([text])
    return _joined([part for part in _heading_lines(lines, index, text) if not is_meta_text(part, labels)])


def _heading_lines(lines: Sequence[Line], index: int, text: str | None = None) -> list[str]:
    """The lines of the heading that a line stands in; `text` in place of its own."""
    heading = _heading_of(lines[index].node)
    first = last = index
    while heading is not None and first > max(0, index - 3) and _heading_of(lines[first - 1].node) == heading:
        first -= 1
    while (
        heading is not None and last + 1 < min(len(lines), index + 4) and _heading_of(lines[last + 1].node) == heading
    ):
        last += 1
    own = lines[index].text if text is None else text
    return [*(line.text for line in lines[first:index]), own, *(line.text for line in lines[index + 1 : last + 1])]


def _heading_of(node: LexborNode) -> int | None:
    parent = node.parent
    for _ in range(12):
        if parent is None:
            return None
        if parent.tag in ("h1", "h2", "h3"):
            return parent.mem_id
        parent = parent.parent
    return None


def _from_head(lines: Sequence[Line], start: int, head: str) -> str:
    """The title from <title>: the lines of the text that spell it out, else without the site's name."""
    folded = _folded(head)
    for first in range(max(0, start - 2), min(len(lines), start + 4)):
        spelled = ""
        for last in range(first, min(len(lines), first + 5)):
            spelled += _folded(lines[last].text)
            if (
                len(spelled) >= 8
                and folded.startswith(spelled)
                and (len(spelled) == len(folded) or not folded[len(spelled)].isalnum())
            ):
                return _joined([line.text for line in lines[first : last + 1]])
            if not folded.startswith(spelled):
                break
    parts = [part for part in _SPLIT.split(head) if part]
    return max(parts[:2], key=len) if parts else head


def _joined(parts: Sequence[str]) -> str:
    """Lines of one title on one line; no blank between Han characters that a line end parted."""
    text = ""
    for part in (_ZERO_WIDTH.sub("", part) for part in parts):
        glue = " " if text and not (_is_wide(text[-1]) and _is_wide(part[:1])) else ""
        text += glue + part
    return text


def _is_wide(character: str) -> bool:
    return "\u2e80" <= character <= "\uffef"


def _folded(text: str) -> str:
    return re.sub(r"[\s\u200b\ufeff]+", "", text)
