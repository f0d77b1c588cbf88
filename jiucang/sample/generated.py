"""Articles made by a grammar of official notices, from a seed: the bulk of the portal.

Every sentence below is whole and sound; artefacts are planted in them by `_plant`, one or two an
article, in turns of the rules.
"""

from __future__ import annotations

import random
import re
import unicodedata

from jiucang.sample.blocks import Block, breaks, html, p, right, table, word
from jiucang.sample.columns import BY_PATH, Column
from jiucang.sample.model import Article, Attachment, Found, Image, Served, Shown
from jiucang.sample.phrases import CLOSINGS, FRAMES, HEADINGS, OPENINGS, PLACES, THINGS, TITLES, UNITS

COUNTS = {
    "djgz.htm": 3,
    "zcfg/gjfg.htm": 3,
    "zcfg/xxzd.htm": 5,
    "zhzl/zzwj.htm": 8,
    "zhzl/gzdt.htm": 5,
    "xfgz/xfzs.htm": 3,
    "xfgz/xfjb.htm": 12,
    "fwzn/hjbl.htm": 3,
    "fwzn/cltx.htm": 2,
    "aqjy.htm": 7,
    "aqya.htm": 3,
    "swzl.htm": 11,
    "cwgk.htm": 3,
    "tzgg.htm": 8,
    "bzjl.htm": 3,
    "xzzx.htm": 3,
}
"""How many generated articles each column has, beside the hand-written ones."""

_SHOWN: tuple[Shown, ...] = ("script", "script", "printed", "script", "rendered", "script", "comment", "script", "none")
_TURNS = ("doubled", "word-and", "width", "invisible", "comma", "radical", "indent", "word-of", "none")
_SERVED: tuple[Served, ...] = ("raw-gbk", "extended", "plain")
_RADICALS = {unicodedata.normalize("NFKC", chr(code)): chr(code) for code in range(0x2F00, 0x2FD6)}


def generated() -> tuple[Article, ...]:
    """All generated articles; the same every time."""
    made: list[Article] = []
    for path, count in COUNTS.items():
        column = BY_PATH[path]
        for number in range(count):
            made.append(_article(column, number, len(made)))
    return tuple(made)


def _article(column: Column, number: int, serial: int) -> Article:
    dice = random.Random(f"{column.path} {number}")
    identity = 3000 + serial * 7 + number % 3
    year, month, day = 2013 - number // 4, 12 - (number * 5) % 12, 1 + (serial * 11) % 28
    issued = f"{year}年{month}月{day}日"
    unit = dice.choice(UNITS)
    signed = serial % 3 != 1
    numbered = column.path in ("zhzl/zzwj.htm", "zcfg/xxzd.htm") and serial % 2 == 0
    document_number = f"校综治〔{year}〕{1 + serial % 19}号" if numbered else None
    blocks: list[Block] = [p(document_number, "center")] if document_number else []
    blocks += _body(column, dice, serial)
    images = _images(serial)
    blocks += [html(f'<p style="text-align: center"><img src="/{one.path}" width="24"></p>\n') for one in images]
    if signed:
        blocks += [right(unit), right(issued)]
    title = dice.choice(TITLES).format(unit=unit, thing=THINGS[serial % len(THINGS)], year=year)
    return Article(
        identity,
        column.path,
        title if column.path != "swzl.htm" else f"失物招领（第{41 - number}期）",
        _published(year, month, day, serial),
        tuple(blocks),
        source=unit if serial % 4 == 0 else "",
        author=dice.choice(("王晓东", "李敏", "赵国强")) if serial % 5 == 0 else "",
        clicks=dice.randrange(12, 9000),
        shown=_SHOWN[serial % len(_SHOWN)],
        found=_found(column, number),
        document_number=document_number,
        document_date=f"{year}-{month:02}-{day:02}" if signed else None,
        issuers=(unit,) if signed else (),
        attachments=_attachments(column, serial),
        images=images,
        variant=serial % 4,
    )


def _published(year: int, month: int, day: int, serial: int) -> str:
    """The day of the paper or the next, as precise as the column's skin prints it."""
    date = f"{year}-{month:02}-{min(day + 1, 28):02}"
    return date if serial % 3 else f"{date} {8 + serial % 9:02}:{serial * 13 % 60:02}:{serial * 7 % 60:02}"


def _found(column: Column, number: int) -> Found:
    if column.path == "zhzl/zzwj.htm" and number in (2, 5):
        return "chain"
    if column.path in ("xfgz/xfjb.htm", "tzgg.htm") and number == 3:
        return "chain"
    return "alias" if column.path == "aqjy.htm" and number == 2 else "list"


def _attachments(column: Column, serial: int) -> tuple[Attachment, ...]:
    if column.path != "xzzx.htm":
        return ()
    return (Attachment(f"5{serial:05}", f"下载表格{serial}.doc", served=_SERVED[serial % 3]),)


def _images(serial: int) -> tuple[Image, ...]:
    if serial % 11 != 4:
        return ()
    return (Image(f"__local/{serial % 9}/{serial:02X}/0F/{serial:027X}_{serial:08X}_{serial:04X}.png"),)


def _body(column: Column, dice: random.Random, serial: int) -> list[Block]:
    turn = _TURNS[serial % len(_TURNS)]
    spoilt = dice.randrange(3)
    opening = dice.choice(OPENINGS).format(unit=dice.choice(UNITS), thing=THINGS[serial % len(THINGS)])
    blocks = [p("⟦\ue004⇒|private-use⟧" + opening, indent="") if turn == "indent" else p(opening)]
    pool = dice.sample(FRAMES, 12)
    for chapter in range(3):
        sentences = pool[chapter * 4 : chapter * 4 + 2 + dice.randrange(3)]
        texts = [
            one.format(place=dice.choice(PLACES), unit=dice.choice(UNITS), n=dice.randrange(2, 60)) for one in sentences
        ]
        if chapter == spoilt:
            texts[0] = _plant(texts[0], turn)
        blocks.append(p(f"{'一二三'[chapter]}、{HEADINGS[(serial + chapter * 3) % len(HEADINGS)]}"))
        blocks += _section(texts, serial + chapter)
    if column.path in ("swzl.htm", "xfgz/xfjb.htm"):
        rows = [(str(n + 1), dice.choice(PLACES), f"{dice.randrange(1, 9)}件") for n in range(2 + dice.randrange(3))]
        blocks.append(table(("序号", "地点", "数量"), *rows))
    return [*blocks, p(dice.choice(CLOSINGS))]


def _section(texts: list[str], form: int) -> list[Block]:
    """Sentences as one paragraph, as clauses, as Word's list or as lines with breaks."""
    if form % 5 == 0:
        return [p(f"（{'一二三四五'[n]}）{text}") for n, text in enumerate(texts)]
    if form % 5 == 1:
        return [word(f"{n + 1}、", text) for n, text in enumerate(texts)]
    if form % 5 == 2 and len(texts) > 1:
        return [breaks(*texts)]
    if form % 5 == 3:
        return [p(f"（{n + 1}）{text}") for n, text in enumerate(texts)]
    return [p("".join(texts), indent="\u00a0\u00a0 ")]


def _plant(text: str, turn: str) -> str:
    """One artefact in a sentence; the sentence itself where it has no place for it."""
    if turn == "doubled":
        return text.removesuffix("。") + "⟦。。⇒。|doubled-punctuation⟧"
    if turn == "word-and":
        return text.replace("和", "⟦ and ⇒和|function-word⟧", 1)
    if turn == "word-of":
        return re.sub(r"(?<=[工作员位])的(?=[一-龥])", "⟦ of ⇒的|function-word⟧", text, count=1)
    if turn == "width":
        return re.sub(r"\d+", lambda m: f"⟦{_wide(m[0])}⇒{m[0]}|width⟧", text, count=1)
    if turn == "invisible":
        return re.sub(r"，(?=[一-龥])", "，⟦\u200b⇒|invisible⟧", text, count=1)
    if turn == "comma":
        return re.sub(r"(?<=[一-龥])，(?=[一-龥])", "⟦,⇒，|punctuation⟧", text, count=1)
    if turn == "radical":
        return re.sub("[人工火水生]", lambda m: f"⟦{_RADICALS[m[0]]}⇒{m[0]}|compatibility⟧", text, count=1)
    return text


def _wide(digits: str) -> str:
    return "".join(chr(ord(digit) + 0xFEE0) for digit in digits)
