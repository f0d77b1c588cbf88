"""Normalisations: the same characters in their ordinary form, and marks that no reader sees."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from pipelines.repair.chars import talk
from pipelines.repair.removal import removals
from pipelines.repair.rule import Change, Rule

_HIDDEN = "\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\u0000-\u0008\u000e-\u001b\u007f"
_HIDDEN_RUN = re.compile(f"[{_HIDDEN}]+")

_SHAPED = re.compile(
    "[\u0590-\u109f\u1780-\u18af\u1a20-\u1cff\ua840-\ua87f\ua8e0-\uabff\ufb1d-\ufdff\ufe00-\ufe0f\ufe70-\ufefc"
    "\u2190-\u21ff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\U00010800-\U00011fff\U0001f000-\U0001faff\U000e0000-\U000e0fff]"
)
"""Scripts and pictures beside which a joiner, a direction mark or a zero-width space says something:
right-to-left, Indic, South-East Asian, Mongolian; emoji and their parts."""
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
_DIRECTION = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_BYTES = re.compile("[\u0080-\u009f\u00a1-\u00ac\u00ae-\u00ff\u0152-\u0192\u02c6\u02dc\u2030-\u203a\u20ac\u2122]")
"""What a byte of another encoding shows as. Beside it a soft hyphen is one, too: a piece of something else."""


def _find_invisible(text: str) -> Iterable[Change]:
    if not _HIDDEN_RUN.search(text):
        return ()
    directed = _RIGHT_TO_LEFT.search(text) is not None
    runs = [run.span() for run in _HIDDEN_RUN.finditer(text) if not _has_meaning(run, text, directed)]
    return removals(text, runs)


def _has_meaning(run: re.Match[str], text: str, directed: bool) -> bool:
    before, behind = text[run.start() - 1 : run.start()], text[run.end() : run.end() + 1]
    return bool(
        _SHAPED.match(before)
        or _SHAPED.match(behind)
        or (directed and _DIRECTION.search(run[0]))
        or ("\u00ad" in run[0] and (_BYTES.match(before) or _BYTES.match(behind)))
    )


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


_OF_CHARACTERS = re.compile("部首(?![先次席批任要脑领长])|偏旁|字形|笔画|兼容|码[位点区]|编码|字符集|Unicode|[UＵ]\\+")
"""Talk of characters, in which a form may be shown for its own sake."""


def _find_compatible(text: str) -> Iterator[Change]:
    if not _COMPATIBLE_RUN.search(text):
        return
    shown = talk(_OF_CHARACTERS, text)
    for run in _COMPATIBLE_RUN.finditer(text):
        if not shown(*run.span()):
            yield Change(run.start(), run.end(), "".join(_COMPATIBLE[char] for char in run[0]))


_WIDE_RUN = re.compile("[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]+(?:．[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]+)*")
_OF_WIDTH = re.compile("[全半]角(?!钱)|[全半][形宽]字")
_FACE = re.compile("[＿＾∩╯╰▽﹏ωДд´`≧≦]")
_NUMBERING = re.compile("[\uff10-\uff19]{1,2}．")
_INDENTED = 8
"""Code points of blanks before a line's number."""
_HAN_FIGURE = "零〇一二三四五六七八九"


def _find_wide(text: str) -> Iterator[Change]:
    if not _WIDE_RUN.search(text):
        return
    shown = talk(_OF_WIDTH, text)
    for run in _WIDE_RUN.finditer(text):
        start, end = run.span()
        beside = text[max(0, start - 1) : start] + text[end : end + 1]
        lone_zero = run[0] in "０Ｏ" and any(char in _HAN_FIGURE for char in beside)
        if lone_zero or _FACE.search(beside) or shown(start, end):
            continue
        yield from _narrowed(run, text)


def _narrowed(run: re.Match[str], text: str) -> Iterator[Change]:
    """The run's change. A line's number keeps its full stop, which parts it from a figure that may follow."""
    start, shown = run.start(), run[0]
    number = _NUMBERING.match(shown)
    if number and not text[max(0, start - _INDENTED) : start].rpartition("\n")[2].strip():
        yield Change(start, start + number.end() - 1, unicodedata.normalize("NFKC", number[0][:-1]))
        start, shown = start + number.end(), shown[number.end() :]
    yield Change(start, run.end(), unicodedata.normalize("NFKC", shown))


INVISIBLE = Rule(
    id="invisible-character",
    version="2",
    kind="normalisation",
    reason="characters that show nothing",
    examples=(
        ("消\u200b防\ufeff\ufeff工作", "消防工作"),
        ("\u200b\u3000通知", "通知"),
        ("通知\n\u200b\n附件", "通知\n附件"),
        ("附件\n\ufeff", "附件"),
        ("安全\u00ad教育", "安全教育"),
    ),
    counter_examples=(
        "👨\u200d👩\u200d👧",
        "می\u200cخواهم",
        "葛\U000e0100城",
        "☎\ufe0f报警电话",
        "ᠮᠣᠩᠭᠣᠯ\u180e",
        "希伯来文\u200f(עברית)",
        "选\x8b©文本\xad\x97段",
    ),
    find=_find_invisible,
)
COMPATIBILITY_FORM = Rule(
    id="compatibility-form",
    version="2",
    kind="normalisation",
    reason="radicals and compatibility forms of ideographs",
    examples=(("⼤⼒⽀持", "大力支持"), ("金\uf90a融", "金金融"), ("⻋辆管理，⻔卫制度", "车辆管理，门卫制度")),
    counter_examples=("大力支持", "㎡、㈠、①、Ⅲ、½、㊣", "﨑", "ｶﾀｶﾅ", "部首⽔与“水”不同", "⻔（U+2ED4）"),
    find=_find_compatible,
)
FULL_WIDTH = Rule(
    id="full-width",
    version="2",
    kind="normalisation",
    reason="full-width digits and letters",
    examples=(
        ("２０１３年６月", "2013年6月"),
        ("201５年", "2015年"),
        ("ＷＰＳ办公软件", "WPS办公软件"),
        ("增长１２．５％，ｗｗｗ．ｂｗｃ．ｅｘａｍｐｌｅ", "增长12.5％，www.bwc.example"),
        ("１．２０１４年工作要点", "1．2014年工作要点"),
    ),
    counter_examples=(
        "2013年",
        "（一）",
        "二〇一三年",
        "％、．、＠",
        "全角字母Ａ与半角字母A",
        "Ｔ＿Ｔ",
        "二０一页",
    ),
    find=_find_wide,
)
