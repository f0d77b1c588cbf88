"""The line under a title: source, author, day, clicks, each behind its label.

Labels may have their letters spaced out, a blank before the colon, a colon of either width. A value ends
where the next label begins, so that a label without a value takes nothing of its neighbour's: in
来源: 发布时间: 2014-11-03 the source is empty. Unlabelled dates count only where the line is a meta line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from profiles.dates import PrintedDate, find_date
from profiles.model import Labels
from profiles.visible import Line

_OTHER_WORDS = (
    "编辑 责任编辑 责编 审核 审核人 审稿 校对 摄影 摄像 字体 字号 关键词 关键字 标签 分类 类别 主题词 索引号 发布机构 "
    "发文机关 发文字号 文号 成文日期 有效性 浏览量 分享 分享到 打印 收藏 播放次数 下载次数 评论 推荐 上传 录入 录入者 "
    "点击数 视力保护色 保护视力色 背景色 所属栏目 栏目 信息类别 生成日期 公开方式 公开日期 名称 主题分类 体裁分类"
)
_OTHER_LABELS = tuple(_OTHER_WORDS.split())
_WIDGET = re.compile(
    r"【|\[\s*(?:打印|关闭|大|字)|字体|字号|打印|收藏本|分享到|扫一扫|T\s*\|\s*T|大\s*中\s*小|关闭窗口|我要|视力保护|加入收藏"
)
_TRIM = " \t\u3000\xa0|｜[]【】()（）,，;；:：/"
_COUNT = re.compile(r"\s*[\[(（【]?\s*(\d{1,9})(?![\d\-/.年])")
_MAY_LABEL = re.compile(r"[:：\d０-９]")
_MAX_VALUE = 60
_MAX_LINE = 400
_HAN = "\u4e00-\u9fff"


@dataclass(slots=True)
class MetaValues:
    """What was found; `labelled` names fields whose label stands on the page, with a value or without."""

    source: str | None = None
    author: str | None = None
    published: PrintedDate | None = None
    clicks: int | None = None
    labelled: frozenset[str] = frozenset()


def _spaced(word: str) -> str:
    return r"\s*".join(re.escape(c) for c in word)


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
    by_name: list[str] = []
    for index, (word, name) in enumerate(alternatives):
        by_name.append(f"(?P<{name}_{index}>{_spaced(word)})")
    # the lookahead spares each place of a long line the trial of a hundred words
    first = "".join(sorted({word[0] for word, _ in alternatives}))
    choice = rf"(?=[{re.escape(first)}])(?:{'|'.join(by_name)})" if first else r"(?!)"
    return re.compile(rf"{choice}\s*(?P<colon>[:：])?")


def label_pattern(labels: Labels) -> re.Pattern[str]:
    """Matches any label; the group that matched is named after its field and a number."""
    return _pattern(tuple(labels.source), tuple(labels.author), tuple(labels.published), tuple(labels.clicks))


def _labels_in(text: str, pattern: re.Pattern[str]) -> list[tuple[str, int, int, bool]]:
    """(field, start, end, has a colon) of each label in a line."""
    found: list[tuple[str, int, int, bool]] = []
    for match in pattern.finditer(text):
        field = (match.lastgroup or "").split("_")[0]
        if field == "colon":
            field = next(name for name, value in match.groupdict().items() if value and name != "colon").split("_")[0]
        colon = match["colon"] is not None
        before = text[match.start() - 1] if match.start() else ""
        if not colon and not _value_follows(field, text, match.end()):
            continue
        # 资金来源： is no label of ours, 新华社来源： after another label is
        if not found and re.match(f"[{_HAN}]", before) and before != "次":
            continue
        found.append((field, match.start(), match.end(), colon))
    return found


def _value_follows(field: str, text: str, at: int) -> bool:
    if field == "published":
        date = find_date(text, at)
        return date is not None and not text[at : date.start].strip(_TRIM)
    return field == "clicks" and _COUNT.match(text, at) is not None


def is_meta_line(line: Line, pattern: re.Pattern[str]) -> bool:
    """Whether a line is one of labels: two of them, or one that names a day or a count and little else."""
    if len(line.text) > _MAX_LINE or not _MAY_LABEL.search(line.text):
        return False
    found = _labels_in(line.text, pattern)
    fields = {field for field, *_ in found}
    if len(fields - {"other"}) >= 2 or (len(found) >= 2 and fields & {"published", "clicks"}):
        return found[0][1] <= 40
    if not fields & {"published", "clicks", "source", "author"}:
        return False
    return found[0][1] <= 2 and len(line.text) <= 40


def read_meta(lines: Iterable[Line], labels: Labels) -> MetaValues:
    """Values of the labels in `lines`; where a field stands twice, its first value counts."""
    pattern = label_pattern(labels)
    values = MetaValues()
    seen: set[str] = set()
    bare: PrintedDate | None = None
    for line in lines:
        if len(line.text) > _MAX_LINE:
            continue
        found = _labels_in(line.text, pattern)
        seen.update(field for field, *_ in found)
        ends = [*(start for _, start, _, _ in found[1:]), len(line.text)]
        for (field, _, end, _), stop in zip(found, ends, strict=False):
            _take(values, field, line.text[end:stop])
            if bare is None and field in ("source", "author"):
                bare = find_date(line.text[end:stop])
        if bare is None:
            bare = _bare_date(line.text, bool(found), found[0][1] if found else len(line.text))
    if values.published is None:
        values.published = bare
    values.labelled = frozenset(seen - {"other"})
    return values


def _take(values: MetaValues, field: str, text: str) -> None:
    if field == "published" and values.published is None:
        date = find_date(text)
        values.published = date if date is not None and date.start <= 12 else None
    elif field == "clicks" and values.clicks is None:
        count = _COUNT.match(text)
        values.clicks = int(count[1]) if count else None
    elif field == "source" and values.source is None:
        values.source = _name(text)
    elif field == "author" and values.author is None:
        values.author = _name(text)


def _name(text: str) -> str | None:
    """A name that ends before a widget, a date, a separator or a gap."""
    text = text.lstrip(_TRIM)
    date = find_date(text)
    if date is not None:
        text = text[: date.start]
    if widget := _WIDGET.search(text):
        text = text[: widget.start()]
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
