"""The breadcrumb: 当前位置：首页 > 通知公告 > 正文."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from profiles.visible import Line

_LABEL = re.compile(
    r"^\W*(?:(?:您|你|现在|目前|当前|所在|在|的)+)?(?:位置|位于)(?:是|为|在)?\s*[:：>＞»]?|^\W*当前(?:栏目|页面)\s*[:：]"
)
_HOME = re.compile(r"^\s*(?:网站|本站|学校|单位|部门)?(?:首\s*页|主页)\s*|^\s*Home\b", re.IGNORECASE)
_SEPARATOR = re.compile(r"\s*(?:[>＞»›→|｜/／\\·•]|::|(?<=\s)[-－—](?=\s)|^\s*[-－—]\s*$)+\s*")
_TRIM = " \t\u3000\xa0>＞»›→|｜/·•:：-－—[]【】"
_MAX_LABEL = 40
_MAX_CRUMBS = 10
_MAX_TRAIL = 300
_LAST = ("正文", "文章正文", "详细内容")
_ENDS = tuple([word] for word in _LAST)
_WIDGET = re.compile("字\\s*[号体]|打印|关闭|收藏|分享|.{0,8}[:：]")


def crumbs_of(lines: Sequence[Line], drop: Collection[str], title: str | None = None) -> tuple[str, ...]:
    """The labels in the lines of a trail, outermost first, without the words in `drop` and the title."""
    crumbs: list[tuple[str, bool]] = []
    for line in lines:
        at = 0
        text = line.text
        label = _LABEL.match(text)
        if label:
            at = label.end()
        for link in sorted(line.links, key=lambda link: link.start):
            if link.end <= at:
                continue
            crumbs += [(piece, False) for piece in _SEPARATOR.split(text[at : max(at, link.start)])]
            crumbs.append((text[max(at, link.start) : link.end], True))
            at = link.end
        crumbs += [(piece, False) for piece in _SEPARATOR.split(text[at:])]
    folded_title = _folded(title or "")
    kept: list[str] = []
    for piece, linked in ((piece.strip(_TRIM), linked) for piece, linked in crumbs):
        if piece.split(maxsplit=1)[:1] in _ENDS or _WIDGET.match(piece):
            break  # what follows is the column's heading, or buttons, set beside the trail
        if not piece or piece in drop or len(piece) > _MAX_LABEL or piece in kept[-1:]:
            continue
        if linked or _folded(piece) != folded_title:
            kept.append(piece)
    return tuple(kept[:_MAX_CRUMBS])


def is_trail(lines: Sequence[Line]) -> bool:
    """Whether an element's lines are a trail: labelled, or beginning at the home page."""
    if not lines or sum(len(line.text) for line in lines) > _MAX_TRAIL:
        return False
    first = lines[0].text
    return _LABEL.match(first) is not None or _HOME.match(first.lstrip(_TRIM)) is not None


def find_trail(lines: Sequence[Line], end: int, page_title: str) -> list[Line]:
    """The lines before `lines[end]` that are the trail; empty when none is labelled or begins at the home page."""
    for index in range(end):
        line = lines[index]
        label = _LABEL.match(line.text)
        if label is None or len(line.text) > 200:
            continue
        if line.text[label.end() :].strip(_TRIM):
            return [line]
        following = _following(lines, index + 1, end)
        if following:
            return following
    for index in range(end - 1, -1, -1):
        if _is_unlabelled_trail(lines[index], page_title):
            return [lines[index]]
        if lines[index].text in _LAST and (run := _run_before(lines, index)):
            return [*run, lines[index]]
    return []


def _run_before(lines: Sequence[Line], last: int) -> Sequence[Line]:
    """The lines of single links right above `lines[last]`, from the home page on; a menu has more of them."""
    for first in range(last - 1, max(-1, last - _MAX_CRUMBS), -1):
        line = lines[first]
        if len(line.links) != 1 or line.linked < len(line.text.strip(_TRIM)) or len(line.text) > _MAX_LABEL:
            return ()
        if _HOME.fullmatch(line.text.strip(_TRIM)):
            return lines[first:last]
    return ()


def _following(lines: Sequence[Line], start: int, end: int) -> list[Line]:
    found: list[Line] = []
    for line in lines[start : min(end, start + _MAX_CRUMBS)]:
        if len(line.text) > _MAX_TRAIL:
            break
        rest = line.text.strip(_TRIM)
        if line.linked < len(line.text) * 0.4 and rest and rest not in ("正文",):
            break
        found.append(line)
    return found if found and _HOME.match(found[0].text.lstrip(_TRIM)) else []


def _is_unlabelled_trail(line: Line, page_title: str) -> bool:
    """Starts at the home page, shows separators, and ends in 正文 or in a column the page's title names."""
    if not _HOME.match(line.text) or not 1 <= len(line.links) <= 6 or len(line.text) > 120:
        return False
    between = [line.text[a.end : b.start] for a, b in zip(line.links, line.links[1:], strict=False)]
    separators = {gap.strip() for gap in between}
    if not all(separators):
        return False
    last = line.text[line.links[-1].end :].strip(_TRIM)
    if separators and not separators <= {"|", "｜"}:
        return True
    return last.split(maxsplit=1)[:1] in _ENDS or (
        not last and _folded(line.text[line.links[-1].start :]) in _folded(page_title)
    )


def _folded(text: str) -> str:
    return re.sub(r"\s+", "", text)
