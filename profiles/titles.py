"""The title as the page displays it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from selectolax.lexbor import LexborNode

from profiles.metaline import is_meta_line
from profiles.page import Page
from profiles.visible import Line

_TITLE_CLASS = re.compile(r"titl|tit\b|bt\b|biaoti|headline|heading|_tit|tit_", re.IGNORECASE)
_CUT = re.compile(r"\s*(?:…|\.{2,})\s*$")
_SPLIT = re.compile(r"\s*(?:[_|–—>＞»|]|(?<![A-Za-z0-9])-|-(?![A-Za-z0-9]))+\s*")
_MAX_TITLE = 300
_MAX_NAME = 600
_ENOUGH = 3.5
_FAR = 60
_ENOUGH_ALONE = 2.9
_ABOVE_META = 3.0
_NO_TITLE = re.compile(
    r".*(?:〔|\[|［|（|\()\d{4}(?:〕|\]|］|）|\))\s*第?\s*\d+\s*号.?|\W*(?:.{0,6}位置|首页)\b.*|.*[:：]"
)
_ZERO_WIDTH = re.compile("[\u200b-\u200f\u2060\ufeff]")
_META_TITLES = 'meta[name="ArticleTitle" i], meta[property="og:title"]'


def page_title(page: Page) -> str:
    """The text of <title>, white space folded."""
    node = page.tree.css_first("title")
    return re.sub(r"\s+", " ", (node.text() if node is not None else "")[:_MAX_NAME]).strip()


def read_title(
    lines: Sequence[Line], body_start: int | None, page: Page, selected: Mapping[int, int], labels: re.Pattern[str]
) -> tuple[str | None, str]:
    """The title and, where there is none, why. `selected`: ids of elements that the profile calls titles, and
    the place of the selector that found each; `labels` matches those of the meta line."""
    head = page_title(page)
    named = [folded for name in (head, *_meta_titles(page)) if (folded := _folded(name))]
    start = body_start if body_start is not None else len(lines)
    window = range(max(0, start - _FAR), min(len(lines), start + 4))
    above_meta = _above_meta(lines, start, labels)
    best, best_score = None, _ENOUGH
    for index in window:
        set_apart = index == above_meta and _may_be_title(lines[index])
        score = _score(lines[index], 1 if set_apart else start - index, named, selected)
        score += _ABOVE_META * set_apart
        if score > best_score:
            best, best_score = index, score
    if best is not None:
        return _whole_heading(lines, best, selected, labels), ""
    if head:
        return _from_head(lines, start, head), ""
    return None, "no selector, heading or <title> names one"


def title_line(lines: Sequence[Line], page: Page, labels: re.Pattern[str], behind: int) -> int | None:
    """The line of the whole page that looks most like its title, where no body says near which; None where none
    does. `behind` is the trail's last line, -1 without one: a title stands below it."""
    named = [folded for name in (page_title(page), *_meta_titles(page)) if (folded := _folded(name))]
    metas = [is_meta_line(line, labels) for line in lines]
    best, best_score = None, _ENOUGH_ALONE
    for index, line in enumerate(lines):
        if metas[index]:
            continue
        set_apart = metas[index + 1 : index + 2] == [True] and _may_be_title(line)
        score = _score(line, None, named, {}) + _ABOVE_META * set_apart
        if score and 0 <= behind < index:
            score += 1.0
        if score > best_score:
            best, best_score = index, score
    return best


def _meta_titles(page: Page) -> list[str]:
    contents = (node.attributes.get("content") for node in page.tree.css(_META_TITLES))
    return [content[:_MAX_NAME].strip() for content in contents if content]


def _score(line: Line, distance: int | None, named: Sequence[str], selected: Mapping[int, int]) -> float:
    """How much a line looks like the title: selected, a heading, what <title> says, close above the text."""
    text = line.text
    if not 2 <= len(text) <= _MAX_TITLE:
        return 0.0
    places = [selected[mark] for mark in line.marks if mark in selected] if line.marks else []
    if line.linked >= len(text) * 0.8 and not places and not line.heading:
        return 0.0
    folded = _folded(text)
    score = max((_agreement(folded, name) for name in named), default=0.0)
    if places:
        score += 3.0 - 0.1 * min(min(places), 20)
    if line.heading:
        score += 1.5
    if distance is not None:
        score += _nearness(distance, line.heading)
    if line.linked >= len(text) * 0.8:
        score -= 3.0
    if score > 0 and _TITLE_CLASS.search(_classes(line.node)):
        score += 1.0
    return score if len(folded) >= 4 or line.heading or places else 0.0


def _nearness(distance: int, heading: bool) -> float:
    """How close above the text a line stands, in lines; the text may begin with its heading."""
    if 0 < distance <= 12:
        return 2.0 if distance <= 6 else 1.0
    return 0.0 if distance == 0 and heading else -1.5


def _above_meta(lines: Sequence[Line], start: int, labels: re.Pattern[str]) -> int | None:
    """The line right above the meta line that stands nearest above the text, or at its head."""
    index = min(len(lines), start + 4) - 1
    lowest = max(0, start - _FAR)
    while index > lowest and not is_meta_line(lines[index], labels):
        index -= 1
    while index > lowest and is_meta_line(lines[index], labels):
        index -= 1
    return index if index >= lowest and index + 1 < len(lines) and is_meta_line(lines[index + 1], labels) else None


def _may_be_title(line: Line) -> bool:
    """Whether a line may be the title for where it stands alone: no link, no document number, no trail."""
    return not line.links and 4 <= len(line.text) <= _MAX_TITLE and _NO_TITLE.fullmatch(line.text) is None


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
    """The line, with the lines of the same heading that follow it."""
    line = lines[index]
    text = line.text
    if line.links and any(mark in selected for mark in line.marks):
        text = text[max(link.end for link in line.links) :].strip(" >|·»") or text
    parts = [text]
    if line.heading:
        heading = _heading_of(line.node)
        for following in lines[index + 1 : index + 4]:
            if heading is None or _heading_of(following.node) != heading or is_meta_line(following, labels):
                break
            parts.append(following.text)
    return _joined(parts)


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
