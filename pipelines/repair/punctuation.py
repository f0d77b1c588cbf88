"""Punctuation: half-width marks between Han, and marks set twice."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipelines.repair.chars import CJK_POINT, HAN
from pipelines.repair.rule import Change, Rule

_WIDE = dict(zip(",;:?!()", "，；：？！（）", strict=True))
_BETWEEN_HAN = re.compile(
    f"[,;:?!()](?:(?<=[{HAN}{CJK_POINT}].)(?!(?<=[“‘「『《（].)[”’」』》）])(?=[{HAN}{CJK_POINT}])"
    f"|(?:(?<=[{HAN}],),|(?<=[{HAN}];);)(?=[{HAN}]))"
)
"""A mark alone in quotes or brackets is meant as itself. What is rare stands first, so that little is tried."""

_TOKEN = re.compile(rf"[^\s{CJK_POINT}]+")
_MACHINE = re.compile(r"[/\\@=&#$<>{}\[\]|~^`*+_]|\.[A-Za-z]|[A-Za-z]:")
"""Marks of an address, a file name, a formula or code: there, every mark stays."""

_NOTATION = (
    re.compile(f"[“‘「『《（(\"'][{HAN}]+(?:[!:][{HAN}]+)+[”’」』》）)\"']"),
    re.compile(f"(?<![{HAN}])[{HAN}]{{1,4}}(?::[{HAN}]{{1,4}}){{2,}}(?![{HAN}])"),
    re.compile(r"[A-Za-z0-9_]\([^()\n]*\)"),
    re.compile(f"^[{HAN}]{{1,4}}(?:,[{HAN}]{{1,4}}){{3,}}$", re.MULTILINE),
    re.compile(
        r"^.*\b(?:SELECT|INSERT|UPDATE|DELETE|WHERE|GROUP BY|ORDER BY|printf?|return|def|echo)\b.*$", re.MULTILINE
    ),
)
"""Marks that part fields: a path in quotes, 时:分:秒, a call's arguments, names as in a table's file, code."""

_QUESTION = re.compile("[吗呢么何谁哪怎否几吧]|多少|能不能|可不可|是不是[^。！？?\n]*$")
_SENTENCE_SO_FAR = 40
"""Code points before a question mark in which a word must ask. A lone `?` between Han is as often a
character that was lost, a rare one of a name above all."""

_PARENTHESES = re.compile("[()（）]")


def _find_half_width(text: str) -> Iterator[Change]:
    done = 0
    for mark in _BETWEEN_HAN.finditer(text):
        if mark.start() >= done:
            first = text.rfind("\n", done, mark.start()) + 1 or done
            done = text.find("\n", mark.end())
            done = done if done >= 0 else len(text)
            yield from _in_line(text, first, done)


def _in_line(text: str, first: int, last: int) -> Iterator[Change]:
    lone: list[int] = []
    for token in _TOKEN.finditer(text, first, last):
        if _MACHINE.search(token[0]):
            continue
        # one more, for the look-ahead to see
        for mark in _BETWEEN_HAN.finditer(text, token.start(), token.end() + 1):
            if mark[0] != "?" or _asks(text, mark.start()):
                lone += range(*mark.span())
    brackets = _paired({at for at in lone if text[at] in "()"}, text, first, last)
    notation = [found.span() for form in _NOTATION for found in form.finditer(text, first, last)] if lone else []
    for at in lone:
        if at in brackets or (text[at] not in "()" and not any(start < at < end for start, end in notation)):
            yield Change(at, at + 1, _WIDE[text[at]])


def _asks(text: str, at: int) -> bool:
    sentence = re.split("[。！？?!\n]", text[max(0, at - _SENTENCE_SO_FAR) : at])[-1]
    return _QUESTION.search(sentence) is not None


def _paired(candidates: set[int], text: str, first: int, last: int) -> set[int]:
    """Those of a line's candidates whose partner is one too, or full-width already."""
    paired: set[int] = set()
    opened: list[int] = []
    for mark in _PARENTHESES.finditer(text, first, last) if candidates else ():
        if mark[0] in "(（":
            opened.append(mark.start())
        elif opened:
            pair = (opened.pop(), mark.start())
            if all(at in candidates or text[at] in "（）" for at in pair):
                paired.update(pair)
    return paired


_TWICE_MARKS = "。，、；："
_TWICE = re.compile(
    f"(?:(?<=[{HAN}”’》）】〕0-9A-Za-z%％℃])([。，、；])\\1|(?<=[{HAN}])：：(?=[{HAN}0-9“‘《]))(?![。，、；：？！…])"
)
_NEAR = 200
"""Code points either side in which three full stops in a row tell of a writer whose two are dots as well."""
_PROSE = re.compile(f"[0-9“‘《]|[{HAN}]+[，；。、]")
"""What may follow the colon of a label. A bare name might follow the mark that joins two names, as in code."""


def _find_twice(text: str) -> Iterator[Change]:
    if not any(mark * 2 in text for mark in _TWICE_MARKS):
        return
    dotted = "。。。" in text
    for mark in _TWICE.finditer(text):
        start, end = mark.span()
        if mark[1] is None and not _PROSE.match(text, end, end + _SENTENCE_SO_FAR):
            continue
        near = text[max(0, start - _NEAR) : end + _NEAR] if dotted and mark[1] == "。" else ""
        if "。。。" not in near:
            yield Change(start + 1, end, "")


HALF_WIDTH_POINT = Rule(
    id="half-width-punctuation",
    version="2",
    kind="normalisation",
    reason="half-width punctuation between Han characters",
    examples=(
        ("各单位要加强领导,落实责任;做到:有人管!不推诿", "各单位要加强领导，落实责任；做到：有人管！不推诿"),
        ("管理办法(试行)的通知", "管理办法（试行）的通知"),
        ("本办法（暂行)的解释", "本办法（暂行）的解释"),
        ("材料是否齐全?请各单位核对", "材料是否齐全？请各单位核对"),
        ("《安全手册》,人手一册", "《安全手册》，人手一册"),
        ("加强领导,,落实责任", "加强领导，，落实责任"),
    ),
    counter_examples=(
        "共投入3,000元，时间12:30",
        "http://bwc.example/通知,公告.htm",
        "附件:登记表(修订)稿.doc",
        "会议(2013年)通过",
        "(一)加强领导",
        "甲单位 (乙部门) 丙",
        "李?同志任保卫科科长",
        "OK,收到",
        "一)申请材料",
        "第一.二章",
        "各项以“:”分隔",
        "「表单!我的表单!我的控件」",
        "格式为时:分:秒",
        "用SUM(单价,数量)求和",
        "姓名,性别,单位,电话",
        "SELECT 姓名,单位 FROM 名册",
    ),
    find=_find_half_width,
)
TWICE = Rule(
    id="doubled-punctuation",
    version="2",
    kind="repair",
    reason="the same punctuation mark set twice",
    examples=(
        ("请遵照执行。。", "请遵照执行。"),
        ("安全，，稳定、、有序；；和谐", "安全，稳定、有序；和谐"),
        ("联系电话：：82668110", "联系电话：82668110"),
        ("（试行）。。\n附件", "（试行）。\n附件"),
        ("通知如下：：各单位要加强领导，落实责任", "通知如下：各单位要加强领导，落实责任"),
    ),
    counter_examples=(
        "等等……",
        "安全——生命线",
        "此项工作的目的的确明确",
        "后来呢。。。",
        "后来呢。。谁知道。。。",
        "类别：：",
        "配置：：底层",
        "真的吗？？太好了！！",
        "std：：vector",
        "标点“。。”和“，，”",
        "他说：“好。”。",
    ),
    find=_find_twice,
)
