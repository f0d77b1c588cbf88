"""Circled numbers that are the bullets of an icon font: a portal's arrow shows as ② once the font is gone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipelines.repair.chars import BLANK, HAN
from pipelines.repair.rule import Change, Rule

_CIRCLED = re.compile("[\u2460-\u2473\u24ea\u2776-\u277f\u2780-\u2793]")
_GAP = f"[{BLANK}\t]*"
_MENU_LABEL = f"[{HAN}]{{2,10}}"
_TRAILING = re.compile(f"^{_MENU_LABEL}({_GAP}([\u2460-\u2473\u2776-\u277f]){_GAP})$", re.MULTILINE)
_LEADING = re.compile(f"^({_GAP}([\u2460-\u2473\u2776-\u277f]){_GAP}){_MENU_LABEL}$", re.MULTILINE)
_REFERENCE = re.compile(f"[第图表式注见项条款例题步项选案号组类节之]{_GAP}$")


def _find_bullets(text: str) -> Iterator[Change]:
    """A bullet says nothing, so it is always the same; a number that counts, or is counted on, has others
    beside it or stands once.
    """
    circled = _CIRCLED.findall(text)
    if len(circled) < 2 or len(set(circled)) > 1:
        return
    bullets = sorted([*_TRAILING.finditer(text), *_LEADING.finditer(text)], key=re.Match.start)
    if len(bullets) < len(circled):
        return
    for bullet in bullets:
        if _REFERENCE.search(text[bullet.start() : bullet.start(1)]):
            return
    for bullet in bullets:
        yield Change(*bullet.span(1), "")


CIRCLED_BULLET = Rule(
    id="circled-bullet",
    version="1",
    kind="repair",
    reason="a circled number that is an icon font's bullet: it never counts, every one is the same",
    examples=(
        ("机构设置②\n党建工作\t②\n首页 ②", "机构设置\n党建工作\n首页"),
        ("②消防工作\n② 安全教育", "消防工作\n安全教育"),
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
    ),
    find=_find_bullets,
)
