"""The line under a title: source, author, day, clicks, each behind its label.

Labels may have their letters spaced out, a blank before the colon, a colon of either width. A value ends
where the next label begins, so that a label without a value takes nothing of its neighbour's: in
来源: 发布时间: 2014-11-03 the source is empty. Unlabelled dates count only where the line is a meta line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from profiles.dates import PrintedDate, find_date
from profiles.model import Labels
from profiles.visible import Line

_OTHER_WORDS = (
    "编辑 责任编辑 责编 审核 审核人 审稿 初审 复审 终审 一审 二审 三审 签发 签发人 校对 摄影 摄像 供图 图片 文字 监制 "
    "发布者 发布人 文章录入 录入 录入者 录入人 上传 字体 字号 关键词 关键字 标签 分类 类别 主题词 索引号 发布机构 "
    "发文机关 发文字号 文号 成文日期 发文日期 生成日期 公开日期 有效性 浏览量 分享 分享到 打印 收藏 播放次数 下载次数 "
    "评论 推荐 点击数 信息员 通讯员 记者 拍摄 投稿 投稿人 责任人 上传者 上传人 拟稿人 审签 阅览 "
    "视力保护色 保护视力色 背景色 所属栏目 栏目 信息类别 公开方式 名称 主题分类 体裁分类"
)
_OTHER_LABELS = tuple(_OTHER_WORDS.split())
_WIDGET = re.compile(
    r"【|\[\s*(?:打印|关闭|大|字)|字体|字号|打印|收藏本|分享到|扫一扫|T\s*\|\s*T|大\s*中\s*小|关闭窗口|我要|视力保护|加入收藏"
)
_TRIM = " \t\u3000\xa0|｜[]【】()（）,，;；:：/"
_COUNT = re.compile(r"\s*[\[(（【]{0,2}\s*(\d{1,3}(?:,\d{3}){1,2}|\d{1,9})(?![\d\-/.年])")
_COLON = re.compile(r"\s*[:：]")
_MAY_LABEL = re.compile(r"[:：\d０-９]")
_HAN = "\u4e00-\u9fff"
_MAX_VALUE = 60
_EVENT = re.compile(r"\W*(?:时\s*间|日\s*期)\s*[:：]")
_OF_EVENT = re.compile(
    r"\W*(?:地\s*点|主\s*讲|主\s*持|报告人|讲座人|对\s*象|参加|主\s*题|题\s*目|内\s*容|主\s*办)\w{0,4}\s*[:：]"
)
_CHANGED = re.compile("更新|修改")
_MAX_LABEL = 12
_MAX_APART = 40
_UNKNOWN_LABEL = re.compile(rf"\s[{_HAN}]{{2,6}}[:：]")
_MAX_LINE = 400


@dataclass(frozen=True, slots=True)
class MetaValues:
    """What was found; `labelled` names fields whose label stands on the page, with a value or without."""

    source: str | None = None
    author: str | None = None
    published: PrintedDate | None = None
    clicks: int | None = None
    labelled: frozenset[str] = frozenset()


def _spaced(chars: str) -> str:
    return "".join(rf"\s*{re.escape(c)}" for c in chars)


@lru_cache(maxsize=64)
def _pattern(
    source: tuple[str, ...], author: tuple[str, ...], published: tuple[str, ...], clicks: tuple[str, ...]
) -> re.Pattern[str]:
    groups = {"source": source, "author": author, "published": published, "clicks": clicks}
    named = {word for words in groups.values() for word in words}
    groups["other"] = tuple(word for word in _OTHER_LABELS if word not in named)
    alternatives = sorted(
        ((word, name) for name, words in groups.items() for word in words), key=lambda item: -len(item[0])
    )
    # by their first characters: a place in a long line is tried with the few words that can begin there
    begun: dict[str, list[str]] = {}
    for word, name in alternatives:
        rest = f"(?P<{name}_{groups[name].index(word)}>{_spaced(word[1:])})"
        begun.setdefault(word[0], []).append(rest)
    words = [f"{re.escape(first)}(?:{'|'.join(rests)})" for first, rests in begun.items()]
    return re.compile(rf"(?=[{re.escape(''.join(begun))}])(?:{'|'.join(words)})" if words else r"(?!)")


def label_pattern(labels: Labels) -> re.Pattern[str]:
    """Matches any label; the last group that matched is named after its field and the word's place in the profile."""
    return _pattern(tuple(labels.source), tuple(labels.author), tuple(labels.published), tuple(labels.clicks))


@dataclass(frozen=True, slots=True)
class Label:
    """A label at `start:end` of a line (colon included); `rank` is its word's place among the field's."""

    field: str
    rank: int
    start: int
    end: int


def labels_in(text: str, pattern: re.Pattern[str]) -> list[Label]:
    """The labels of a line, in its order: words that `pattern` (`label_pattern`'s) matches and that label something."""
    found: list[Label] = []
    opening: list[Label] = []
    for match in pattern.finditer(text):
        name, _, rank = (match.lastgroup or "").partition("_")
        before = text[match.start() - 1] if match.start() else ""
        colon = _COLON.match(text, match.end())
        if colon is None and not _value_follows(name, text, match.end()):
            if not match.start() and name in ("source", "author"):
                opening = [Label(name, int(rank), 0, match.end())]
            continue
        # 资金来源： is no label of ours, 新华社来源： after another label is
        if not found and not opening and re.match(f"[{_HAN}]", before) and before != "次":
            continue
        found.append(Label(name, int(rank), match.start(), colon.end() if colon else match.end()))
    # 发布部门图书馆发布时间2016-07-08: elements part label and value where no colon does
    told = found and found[0].field == "published" and found[0].end < _MAX_APART
    return [*opening, *found] if told else found


def _value_follows(name: str, text: str, at: int) -> bool:
    if name == "published":
        date = find_date(text, at)
        return date is not None and not text[at : date.start].strip(_TRIM)
    return name == "clicks" and _COUNT.match(text, at) is not None


def is_meta_line(line: Line, pattern: re.Pattern[str]) -> bool:
    """Whether a line is one of labels: two of them, or one that names a day or a count and little else. A date
    that opens the line counts as if it were labelled."""
    return is_meta_text(line.text, pattern)


def is_meta_text(text: str, pattern: re.Pattern[str]) -> bool:
    """The same of a line's text alone."""
    if len(text) > _MAX_LINE or not _MAY_LABEL.search(text):
        return False
    found = labels_in(text, pattern)
    if not found:
        return False
    fields = [label.field for label in found]
    first = found[0].start
    if first and (date := find_date(text[:first])) is not None and date.start <= 1:
        fields.append("published")
        first = 0
    named = {field for field in fields if field != "other"}
    if len(named) >= 2 or (len(fields) >= 2 and named & {"published", "clicks"}):
        return first <= 40
    if "published" in named and first <= 20 and len(text) <= 40:
        date = find_date(text, found[0].end)
        return date is not None and (first <= 2 or date.end == len(text))
    return bool(named) and first <= 2 and len(text) <= 40


def meta_lines(lines: Sequence[Line], pattern: re.Pattern[str]) -> frozenset[int]:
    """The lines of labels, by their place: meta lines, and labels with their values on lines of their own."""
    found: set[int] = set()
    for index, line in enumerate(lines):
        if is_meta_line(line, pattern):
            found.add(index)
        elif bare_label(line.text, pattern) and index + 1 < len(lines):
            below = lines[index + 1].text
            if len(below) <= _MAX_APART and not labels_in(below, pattern):
                found |= {index, index + 1}
    return frozenset(found)


def is_of_event(lines: Sequence[Line], index: int) -> bool:
    """Whether a line says when something takes place: 时间： with 地点： or 主讲： below it."""
    below = lines[index + 1].text if index + 1 < len(lines) else ""
    return _EVENT.match(lines[index].text) is not None and _OF_EVENT.match(below) is not None


def bare_label(text: str, pattern: re.Pattern[str]) -> bool:
    """Whether a line is nothing but a label of one of the fields, with its colon or without."""
    if len(text) > _MAX_LABEL:
        return False
    match = pattern.match(text)
    return (
        match is not None and not (match.lastgroup or "").startswith("other") and not text[match.end() :].strip(_TRIM)
    )


def _joined(lines: Iterable[Line], pattern: re.Pattern[str]) -> Iterator[str]:
    """The texts of the lines, a label that stands alone together with the value below it."""
    label = ""
    for line in lines:
        text = line.text
        if label:
            if len(text) <= _MAX_APART and not labels_in(text, pattern) and not bare_label(text, pattern):
                yield f"{label}：{text}"
                label = ""
                continue
            yield f"{label}："
            label = ""
        if bare_label(text, pattern):
            label = text.rstrip(_TRIM)
        else:
            yield text
    if label:
        yield f"{label}："


def read_meta(lines: Iterable[Line], labels: Labels) -> MetaValues:
    """Values of the labels in `lines`. Where a field has several, that of the word the profile names first
    counts, and of the same word the first: 发布时间 before 更新时间."""
    pattern = label_pattern(labels)
    values = _Values()
    for text in _joined(lines, pattern):
        if len(text) > _MAX_LINE:
            continue
        found = labels_in(text, pattern)
        ends = [*(label.start for label in found[1:]), len(text)]
        for label, stop in zip(found, ends, strict=False):
            values.take(label, text[label.end : stop])
        if values.bare is None:
            values.bare = _bare_date(text, bool(found), found[0].start if found else len(text))
    return MetaValues(
        source=values.best("source"),
        author=values.best("author"),
        published=values.day(labels),
        clicks=values.clicks,
        labelled=frozenset(values.seen - {"other"}),
    )


@dataclass(slots=True)
class _Values:
    """Values found so far, with the ranks of their labels; `bare` is a date without a label of its own."""

    names: list[tuple[str, int, str]] = field(default_factory=list)
    dates: list[tuple[int, PrintedDate]] = field(default_factory=list)
    clicks: int | None = None
    bare: PrintedDate | None = None
    seen: set[str] = field(default_factory=set)

    def take(self, label: Label, text: str) -> None:
        self.seen.add(label.field)
        if label.field == "published":
            date = find_date(text)
            if date is not None and date.start <= 12:
                self.dates.append((label.rank, date))
        elif label.field == "clicks":
            count = _COUNT.match(text) if self.clicks is None else None
            self.clicks = int(count[1].replace(",", "")) if count else self.clicks
        elif label.field in ("source", "author"):
            if name := _name(text):
                self.names.append((label.field, label.rank, name))
            if self.bare is None:
                self.bare = find_date(text)

    def day(self, labels: Labels) -> PrintedDate | None:
        """That of the label named first; the day of a change only where the page prints no other."""
        if not self.dates:
            return self.bare
        rank, date = min(self.dates, key=lambda item: item[0])
        changed = _CHANGED.search(labels.published[rank]) is not None
        return self.bare if changed and self.bare is not None else date

    def best(self, which: str) -> str | None:
        found = [(rank, name) for of, rank, name in self.names if of == which]
        return min(found, key=lambda item: item[0])[1] if found else None


def _name(text: str) -> str | None:
    """A name that ends before a widget, a date, a separator or a gap."""
    text = text.lstrip(_TRIM)
    date = find_date(text)
    if date is not None:
        text = text[: date.start]
    if widget := _WIDGET.search(text):
        text = text[: widget.start()]
    if other := _UNKNOWN_LABEL.search(text):
        text = text[: other.start()]
    text = re.split(r"[|｜\t]|[\xa0\u2002\u2003\u3000 ]{2,}", text, maxsplit=1)[0].strip(_TRIM)
    return text if text and len(text) <= _MAX_VALUE else None


def _bare_date(text: str, has_labels: bool, before: int) -> PrintedDate | None:
    """A date without a label: before the labels of a meta line, or nearly alone on its line."""
    date = find_date(text)
    if date is None:
        return None
    if has_labels:
        return date if date.start < before and date.start <= 40 else None
    rest = (text[: date.start] + text[date.end :]).strip(_TRIM)
    return date if date.start <= 4 and len(rest) <= 40 else None
