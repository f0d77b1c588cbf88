"""Numerals in their ordinary form; what they count stays the same."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipelines.repair.chars import HAN
from pipelines.repair.rule import Change, Rule

_DIGITS = "一二三四五六七八九"
_RING = "○◯〇"
_RUN = re.compile(f"[{_DIGITS}{_RING}]{{3,}}")
_YEAR = re.compile(f"(?<![{_DIGITS}{_RING}])[一二][{_DIGITS}{_RING}0OＯ０]{{3}}(?=年)")
_ZERO = re.compile("[○◯0OＯ０]")
_ENUMERATION = re.compile("一二三四五六七")
"""Figures told over, where the form of each is what is shown."""
_MADE_OUT = re.compile(f"[{_DIGITS}]")


def _find_zeros(text: str) -> Iterator[Change]:
    if not _ZERO.search(text):
        return
    spans = {run.span(): run[0] for run in _YEAR.finditer(text)}
    if "○" in text or "◯" in text:
        spans |= {run.span(): run[0] for run in _RUN.finditer(text) if _is_number(run[0], text, run.end())}
    at = 0
    for (start, end), run in sorted(spans.items()):
        for zero in _ZERO.finditer(run) if start >= at else ():
            yield Change(start + zero.start(), start + zero.end(), "〇")
        at = max(at, end)


def _is_number(run: str, text: str, end: int) -> bool:
    """Two figures at least beside the ring, or a year of four places: a ring is a blank to be filled as well."""
    if run[0] in _RING or text[end : end + 1] == "×" or _ENUMERATION.search(run):
        return False
    return len(_MADE_OUT.findall(run)) >= 2 or (len(run) == 4 and text[end : end + 1] == "年")


_GAP = "[ \u00a0\u3000]{0,2}"
_DATE = re.compile(
    f"(?<![0-9.])(?:(?:19|20)[0-9]{{2}}{_GAP}年(?:{_GAP}[01]?[0-9]{_GAP}月(?:{_GAP}[0-3]?[0-9]{_GAP}[日号])?)?"
    f"|[01]?[0-9]{_GAP}月{_GAP}[0-3]?[0-9]{_GAP}[日号])"
)
_BLANKS = re.compile("[ \u00a0\u3000]+")
_SET_APART = re.compile(f"(?<=[{HAN}])[ \u00a0](?=[0-9A-Za-z])|(?<=[0-9A-Za-z])[ \u00a0](?=[{HAN}])")
_SET_TIGHT = re.compile(f"(?<=[{HAN}])(?=[0-9A-Za-z])|(?<=[0-9A-Za-z])(?=[{HAN}])")


_SPLIT = re.compile("[ \u00a0\u3000](?:(?=[年月日号])|(?<=[年月].)(?=[ \u00a0\u30000-9]))")
"""What every split date holds; looked for first, because few texts do."""


def _find_split(text: str) -> Iterator[Change]:
    if not _SPLIT.search(text):
        return
    dates = [date for date in _DATE.finditer(text) if _BLANKS.search(date[0])]
    if dates and _is_tight(_DATE.sub("0\n", text)):
        for date in dates:
            yield Change(date.start(), date.end(), _BLANKS.sub("", date[0]))


def _is_tight(text: str) -> bool:
    """Whether a writer sets figures and Latin letters close to Han: some have a blank there throughout."""
    apart = sum(1 for _ in _SET_APART.finditer(text))
    return apart * 2 < sum(1 for _ in _SET_TIGHT.finditer(text))


HAN_ZERO = Rule(
    id="han-zero",
    version="1",
    kind="normalisation",
    reason="a ring or a Latin zero in a number written in Han is the figure 〇",
    examples=(
        ("二○○九年", "二〇〇九年"),
        ("二○一四年十一月", "二〇一四年十一月"),
        ("二0一四年，二Ｏ一五年", "二〇一四年，二〇一五年"),
        ("一○六国道", "一〇六国道"),
        ("二〇◯九年", "二〇〇九年"),
    ),
    counter_examples=(
        "二〇〇九年",
        "二零零九年",
        "○月○日",
        "王○同志、李○一",
        "第一○○号",
        "○一二",
        "打○或打×",
        "一二三四五六七八九○",
        "第20一二页",
        "表一○×三",
    ),
    find=_find_zeros,
)
SPLIT_DATE = Rule(
    id="split-date",
    version="1",
    kind="normalisation",
    reason="blanks inside a date, in a text that sets figures close to Han",
    examples=(
        ("会议于2021 年 6 月召开", "会议于2021年6月召开"),
        ("自2014 年11 月3 日起施行", "自2014年11月3日起施行"),
        ("共12人\n保卫处\n2014 年 9 月 1 日", "共12人\n保卫处\n2014年9月1日"),
        ("共3个单位。6\u00a0月 30\u3000日截止", "共3个单位。6月30日截止"),
    ),
    counter_examples=(
        "会议于 2021 年 6 月召开",
        "共 3 个单位，于2021 年 6 月在 A 楼开会",
        "2014 年 11 月 3 日",
        "2014年11月3日",
        "2014年 第1期",
        "    年  月  日",
        "12 34 5678",
        "3.2014 年",
    ),
    find=_find_split,
)
