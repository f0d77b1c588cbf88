"""Characters whose bytes were lost on the way: no rule can bring them back, a person may know them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipelines.repair.chars import talk
from pipelines.repair.rule import UNREADABLE, Change, Rule

_LOST = re.compile("(?:\ufffd|锟斤拷)+(?:锟斤?(?!斤?拷))?")
"""U+FFFD, and what two of them in UTF-8 show as where they are read as GBK: 锟斤拷, or a half of it."""
_TALK = re.compile("乱码|编码|字符|替换符|字样")
_QUOTED = re.compile("[“‘「『《][”’」』》]")


def _find_lost(text: str) -> Iterator[Change]:
    if "\ufffd" not in text and "锟斤" not in text:
        return
    shown = talk(_TALK, text)
    for run in _LOST.finditer(text):
        start, end = run.span()
        quoted = _QUOTED.fullmatch(text[start - 1 : start] + text[end : end + 1])
        if not quoted and not shown(start, end):
            yield Change(start, end, None)


LOST = Rule(
    id="lost-character",
    version="1",
    kind="repair",
    reason="bytes were lost when the text was converted; what stood here cannot be computed",
    examples=(
        ("综合锟斤拷锟斤拷办公室", f"综合{UNREADABLE}办公室"),
        ("保卫\ufffd\ufffd", f"保卫{UNREADABLE}"),
        ("治安锟斤拷锟斤综合", f"治安{UNREADABLE}综合"),
    ),
    counter_examples=("“锟斤拷”一词", "乱码多为锟斤拷", "昆吾剑、锟铻", "三斤拷贝纸"),
    find=_find_lost,
    status="proposed",
)
