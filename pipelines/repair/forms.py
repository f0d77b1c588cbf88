"""Normalisations: the same characters in their ordinary form, and marks that no reader sees."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

from pipelines.repair.rule import Change, Rule

_HIDDEN = "\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\u0000-\u0008\u000e-\u001b\u007f"
_HIDDEN_RUN = re.compile(f"[{_HIDDEN}]+")
_BLANKS = " \u00a0\u3000"
_LINE = re.compile("[^\n]+")

_SHAPED = re.compile(
    "[\u0590-\u109f\u1780-\u18af\u1a20-\u1cff\ua840-\ua87f\ua8e0-\uabff\ufb1d-\ufdff\ufe00-\ufe0f\ufe70-\ufefc"
    "\u2190-\u21ff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\U00010800-\U00011fff\U0001f000-\U0001faff\U000e0000-\U000e0fff]"
)
"""Scripts and pictures beside which a joiner, a direction mark or a zero-width space says something:
right-to-left, Indic, South-East Asian, Mongolian; emoji and their parts."""


def _find_invisible(text: str) -> Iterator[Change]:
    runs = [
        run.span()
        for run in _HIDDEN_RUN.finditer(text)
        if not _SHAPED.match(text[run.start() - 1 : run.start()]) and not _SHAPED.match(text, run.end())
    ]
    return _removals(text, runs)


_INDENT = re.compile(f"^(?:[{_BLANKS}]*([\ue000-\uf8ff]))(?:\\1|[{_BLANKS}])*", re.MULTILINE)
_WITH_MEANING = re.compile("[\ue815-\ue864\uf080-\uf09f]")
"""Han that GB 18030 once kept in the private area; circled and plain figures of Wingdings."""
_GBK_BLANK = "\ue004\ue5e5"


def _find_indents(text: str) -> Iterator[Change]:
    opening = [run for run in _INDENT.finditer(text) if not _WITH_MEANING.match(run[1])]
    lines = Counter(run[1] for run in opening)
    runs = [run.span() for run in opening if len(run[0]) > 1 or lines[run[1]] > 1 or run[1] in _GBK_BLANK]
    return _removals(text, runs)


def _removals(text: str, runs: list[tuple[int, int]]) -> Iterator[Change]:
    """The removal of `runs` (sorted, none across lines) and of what would be left over by it: blanks at an
    end of the line, and the break of a line that holds nothing else. A row's lines are trimmed, none is empty.
    """
    at = index = 0
    for line in _LINE.finditer(text) if runs else ():
        first = index
        while index < len(runs) and runs[index][0] < line.end():
            index += 1
        here = runs[first:index]
        if not here:
            continue
        lead = _edge(text, line.start(), line.end(), here)
        tail = _edge(text, line.end(), line.start(), here[::-1])
        if lead < line.end():
            yield from _inside(line, here, lead, tail)
            continue
        start, end = line.span()
        if start > at:
            start -= 1
        elif end < len(text):
            end += 1
        yield Change(start, end, "")
        at = end


def _edge(text: str, at: int, stop: int, runs: list[tuple[int, int]]) -> int:
    """How far the line's beginning `at` moves towards `stop`, its other end (or the end towards the
    beginning), by runs that meet it and the blanks about them; not by blanks alone.
    """
    edge = at
    for run in runs:
        near, far = sorted(run, key=lambda side: abs(side - at))
        if text[min(edge, near) : max(edge, near)].strip(_BLANKS):
            break
        edge = far
    if edge == at:
        return at
    rest = text[min(edge, stop) : max(edge, stop)]
    if stop > at:
        return stop - len(rest.lstrip(_BLANKS))
    return stop + len(rest.rstrip(_BLANKS))


def _inside(line: re.Match[str], runs: list[tuple[int, int]], lead: int, tail: int) -> Iterator[Change]:
    spans = [(line.start(), lead), *(run for run in runs if lead <= run[0] and run[1] <= tail), (tail, line.end())]
    for start, end in spans:
        if start < end:
            yield Change(start, end, "")


_SIMPLIFIED_RADICALS = dict(
    zip(
        "⺟⺠⻄⻅⻆⻋⻓⻔⻙⻚⻛⻜⻢⻣⻥⻦⻧⻨⻩⻪⻬⻮⻰⻳",
        "母民西见角车长门韦页风飞马骨鱼鸟卤麦黄黾齐齿龙龟",
        strict=True,
    )
)
"""Radicals of U+2E80 to 2EF3 that are whole characters; Unicode decomposes only two of them."""

_COMPATIBLE = _SIMPLIFIED_RADICALS | {
    char: plain
    for char in map(chr, [*range(0x2F00, 0x2FD6), *range(0xF900, 0xFB00)])
    if len(plain := unicodedata.normalize("NFKC", char)) == 1 and plain != char
}
_COMPATIBLE_RUN = re.compile("[" + "".join(_COMPATIBLE) + "]+")


def _find_compatible(text: str) -> Iterator[Change]:
    for run in _COMPATIBLE_RUN.finditer(text):
        yield Change(run.start(), run.end(), "".join(_COMPATIBLE[char] for char in run[0]))


_WIDE_RUN = re.compile("[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]+")


def _find_wide(text: str) -> Iterator[Change]:
    for run in _WIDE_RUN.finditer(text):
        yield Change(run.start(), run.end(), "".join(chr(ord(char) - 0xFEE0) for char in run[0]))


PRIVATE_INDENT = Rule(
    id="private-use-indent",
    version="1",
    kind="normalisation",
    reason="private-use characters that indent a line",
    examples=(
        ("\ue004\ue004各单位：", "各单位："),
        ("通知\n\ue004请认真执行。", "通知\n请认真执行。"),
        ("\uf0b7 门卫\n\uf0b7 巡逻", "门卫\n巡逻"),
        ("通知\n\ue5e5\ue5e5\n附件", "通知\n附件"),
    ),
    counter_examples=("李\ue4c6同志", "\ue4c6某同志", "\uf081申请\uf082审批", "\ue863某\n\ue863某", "图标\ue601"),
    find=_find_indents,
)
INVISIBLE = Rule(
    id="invisible-character",
    version="1",
    kind="normalisation",
    reason="characters that show nothing",
    examples=(
        ("消\u200b防\ufeff\ufeff工作", "消防工作"),
        ("\u200b\u3000通知", "通知"),
        ("通知\n\u200b\n附件", "通知\n附件"),
        ("附件\n\ufeff", "附件"),
        ("安全\u00ad教育", "安全教育"),
    ),
    counter_examples=("👨\u200d👩\u200d👧", "می\u200cخواهم", "葛\U000e0100城", "☎\ufe0f报警电话", "ᠮᠣᠩᠭᠣᠯ\u180e"),
    find=_find_invisible,
)
COMPATIBILITY_FORM = Rule(
    id="compatibility-form",
    version="1",
    kind="normalisation",
    reason="radicals and compatibility forms of ideographs",
    examples=(("⼤⼒⽀持", "大力支持"), ("金\uf90a融", "金金融"), ("⻋辆管理，⻔卫制度", "车辆管理，门卫制度")),
    counter_examples=("大力支持", "㎡、㈠、①、Ⅲ、½、㊣", "﨑", "ｶﾀｶﾅ"),
    find=_find_compatible,
)
FULL_WIDTH = Rule(
    id="full-width",
    version="1",
    kind="normalisation",
    reason="full-width digits and letters",
    examples=(("２０１３年６月", "2013年6月"), ("201５年", "2015年"), ("ＷＰＳ办公软件", "WPS办公软件")),
    counter_examples=("2013年", "（一）", "二〇一三年", "％、．、＠"),
    find=_find_wide,
)
