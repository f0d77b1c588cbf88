"""Classes of characters as bodies of regular-expression sets, and what counts as common Chinese."""

from __future__ import annotations

import re
from collections.abc import Callable

HAN = "\u3007\u3005\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
"""Ideographs, with the zero 〇 and the iteration mark 々."""

BLANK = " \u00a0\u3000"
"""Blanks inside a line. A tab is none of them: it separates the cells of a table."""

CJK_POINT = "、。，；：？！“”‘’（）《》〈〉「」『』【】〔〕…—·"
"""Punctuation of Chinese text; dashes, quotes and the middle dot are shared with other scripts."""

_FORM = "\uff01-\uff5e\u3000\u2460-\u2473○●□■△▲◇◆☆★※→×℃"

_CHINESE = re.compile(f"[{HAN}{CJK_POINT}{_FORM}\u0020-\u007e]*")
_FORMAL = re.compile(f"[{CJK_POINT}{_FORM}\u0000-\u007f]+")
LEVEL_1 = frozenset(
    bytes((row, cell)).decode("gb2312", "ignore") for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF)
)
"""The 3,755 most frequent characters of GB 2312."""
_HAN = re.compile(f"[{HAN}]")


def is_chinese(text: str) -> bool:
    """Whether text holds nothing but what Chinese text is written with, and something of it is Han.

    >>> is_chinese("第3条，见附件。"), is_chinese("Привет"), is_chinese("abc")
    (True, False, False)
    """
    return _CHINESE.fullmatch(text) is not None and _HAN.search(text) is not None


def commonness(text: str) -> float:
    """The share of level 1 of GB 2312 (the 3,755 most frequent) in text's characters beyond ASCII and
    punctuation; 0 where there are none.

    >>> commonness("综合治理"), commonness("鍔犲己棰嗗")
    (1.0, 0.2)
    """
    letters = _FORMAL.sub("", text)
    return sum(letter in LEVEL_1 for letter in letters) / len(letters) if letters else 0.0


LINE_REACH = 400
"""Code points either side within which a line is looked at; a longer one is cut there."""


def line_around(text: str, start: int, end: int) -> str:
    """The line about a passage that holds no line break.

    >>> line_around("一\\n二三四\\n五", 3, 4)
    '二三四'
    """
    before = text[max(0, start - LINE_REACH) : start].rpartition("\n")[2]
    return before + text[start:end] + text[end : end + LINE_REACH].partition("\n")[0]


def talk(of: re.Pattern[str], text: str) -> Callable[[int, int], bool]:
    """Whether the line about a passage of `text` talks of something: text is looked through once, lines only then.

    >>> about = talk(re.compile("部首"), "部首⽔\\n⽔电")
    >>> about(2, 3), about(4, 5)
    (True, False)
    """
    if not of.search(text):
        return lambda start, end: False
    return lambda start, end: of.search(line_around(text, start, end)) is not None
