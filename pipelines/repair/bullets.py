"""Circled numbers that are the bullets of an icon font: a portal's arrow shows as ② once the font is gone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipelines.repair.chars import BLANK, HAN
from pipelines.repair.rule import Change, Rule

_CIRCLED = "[\u2460-\u2473\u2776-\u277f]"
_GAP = f"[{BLANK}\t]*"
_LABEL = f"[{HAN}]{{2,10}}"

_BULLET = re.compile(_CIRCLED)
_TRAILING = re.compile(f"{_CIRCLED}{_GAP}$", re.MULTILINE)
_TRAILING_LABEL = re.compile(f"^(?P<label>{_LABEL})(?P<bullet>{_GAP}(?P<number>{_CIRCLED}){_GAP})$", re.MULTILINE)
_LEADING = re.compile(f"^{_GAP}{_CIRCLED}", re.MULTILINE)
_LEADING_LABEL = re.compile(f"^(?P<bullet>{_GAP}(?P<number>{_CIRCLED}){_GAP})(?P<label>{_LABEL})$", re.MULTILINE)

_REFERENCE = re.compile("[第图表式注见项条款例题步选]$")


def _find_bullets(text: str) -> Iterator[Change]:
    if not _BULLET.search(text):
        return
    found = [
        *_bullets(text, _TRAILING, _TRAILING_LABEL),
        *_bullets(text, _LEADING, _LEADING_LABEL),
    ]
    for start, end in sorted(found):
        yield Change(start, end, "")


def _bullets(text: str, place: re.Pattern[str], labelled: re.Pattern[str]) -> list[tuple[int, int]]:
    """The bullets at one end of lines. A bullet says nothing, so every one there is the same, and the lines
    are different labels of a menu; a number that counts has others beside it, one that is referred to
    stands in a sentence or alone.
    """
    lines = list(labelled.finditer(text))
    numbers = {line["number"] for line in lines}
    labels = {line["label"] for line in lines}
    if len(numbers) != 1 or len(labels) < 2 or len(lines) < sum(1 for _ in place.finditer(text)):
        return []
    if labelled is _TRAILING_LABEL and any(_REFERENCE.search(label) for label in labels):
        return []
    return [line.span("bullet") for line in lines]


CIRCLED_BULLET = Rule(
    id="circled-bullet",
    version="1",
    kind="repair",
    reason="a circled number that is an icon font's bullet: it never counts, every one is the same",
    examples=(
        ("机构设置②\n党建工作\t②\n首页 ②", "机构设置\n党建工作\n首页"),
        ("②消防工作\n② 安全教育", "消防工作\n安全教育"),
        (
            "安全预案②\n失物招领②\n①申请表；\n②身份证。\n其中第②项",
            "安全预案\n失物招领\n①申请表；\n②身份证。\n其中第②项",
        ),
    ),
    counter_examples=(
        "①登记\n②核验\n③放行",
        "材料齐全的，见第②项",
        "见图②\n见图②",
        "②提交材料",
        "实施方案②\n实施方案②",
        "由②式可得，再由②式",
        "②携带身份证，到门卫室登记。\n②车辆登记",
        "安全常识②",
        "图②\n机构设置②",
        "申请登记①\n审核发证②",
        "②户口迁移证\n③一寸照片",
    ),
    find=_find_bullets,
)
