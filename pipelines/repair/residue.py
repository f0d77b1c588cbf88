"""What another program left in the text: references escaped twice, and mark-up that Word pastes along."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.entities import html5

from pipelines.repair.chars import BLANK, CJK_POINT, HAN, talk
from pipelines.repair.removal import removals
from pipelines.repair.rule import Change, Rule

_TALK = re.compile("HTML|html|XML|xml|网页|(?<![构用])代码|源码|标签|转义|[符用]实体|编码|字符|脚本|程序员|编程")
"""Talk of mark-up, in which it may be meant as itself."""

_REFERENCE = re.compile(r"&(?:amp;)*(?:#(\d{2,6})|#[xX]([0-9A-Fa-f]{2,5})|([A-Za-z]{2,8}));")
_LINE = re.compile("[^\n]+")
_ADDRESS = re.compile(r"[\w.%/?=&;#:@~+-]*[/?=@][\w.%/?=&;#:@~+-]*", re.ASCII)
_READABLE = re.compile(
    f"[{HAN}{CJK_POINT}\u0020-\u007e\u00a0-\u00ac\u00ae-\u00ff\u2002-\u200a\u2010-\u2027\u2030-\u205f"
    "\u20ac\u2100-\u23ff\u2460-\u24ff\u25a0-\u26ff\u3000-\u303f\uff01-\uff5e]"
)


def _find_references(text: str) -> Iterator[Change]:
    if "&" not in text or not _REFERENCE.search(text):
        return
    shown = talk(_TALK, text)
    edges: list[tuple[int, int]] = []
    plain: list[Change] = []
    for line in _LINE.finditer(text):
        found = [
            (one.start(), one.end(), char)
            for one in _REFERENCE.finditer(text, *line.span())
            if (char := _referred(one)) and not _in_address(text, one) and not shown(*one.span())
        ]
        lead, tail = _edges(text, line, [one[:2] for one in found if one[2].isspace()])
        for start, end, char in found:
            if start < lead or end > tail:
                edges.append((start, end))
            else:
                plain.append(Change(start, end, char))
    yield from sorted([*removals(text, edges), *plain], key=lambda change: change.start)


def _edges(text: str, line: re.Match[str], blanks: list[tuple[int, int]]) -> tuple[int, int]:
    """Where a line begins and ends once blanks and references to blanks at its ends are gone."""
    lead, tail = line.span()
    for start, end in blanks:
        if text[lead:start].strip(BLANK):
            break
        lead = end
    for start, end in reversed(blanks):
        if text[end:tail].strip(BLANK):
            break
        tail = start
    return lead, tail


def _referred(found: re.Match[str]) -> str | None:
    """The character that a reference stands for; None where there is none that a page would print."""
    decimal, hexadecimal, name = found.groups()
    if name:
        char = html5.get(name + ";", "")
    else:
        code = int(decimal) if decimal else int(hexadecimal, 16)
        char = chr(code) if code < 0x110000 else ""
    return char if len(char) == 1 and _READABLE.fullmatch(char) else None


def _in_address(text: str, found: re.Match[str]) -> bool:
    start, end = found.span()
    before = re.search(r"[\x21-\x7e]{0,80}$", text[max(0, start - 80) : start])
    after = re.match(r"[\x21-\x7e]{0,80}", text[end : end + 80])
    around = (before[0] if before else "") + (after[0] if after else "")
    return _ADDRESS.search(_REFERENCE.sub("", around)) is not None


_WORD = re.compile(
    r"</?[owvm]:[A-Za-z]{1,20}(?:\s[^<>\n]{0,200})?/?>"
    r"|<\?xml:namespace[^<>\n]{0,200}>"
    r"|<!(?:--)?\[(?:if [^\]\n]{1,60}|endif)\](?:--)?>"
    r"|<!--(?:Start|End)Fragment-->"
    r"|(?:/\* ?Style Definitions ?\*/\s*)?table\.MsoNormalTable\s*\{[^{}\n]{0,2000}\}"
    r"|(?<![^\n])Normal\s+0\s+(?:[\d.]+\s+(?:磅|pt)\s+(?:0\s+)?2\s+)?(?:(?:false|true)\s+){3}"
    r"(?:EN-US\s+ZH-CN\s+X-NONE\s*)?(?:MicrosoftInternetExplorer4)?"
)


def _find_word(text: str) -> Iterator[Change]:
    if not any(sign in text for sign in ("<", "MsoNormalTable", "Normal 0")):
        return
    found = [run.span() for run in _WORD.finditer(text)]
    if found:
        # mark-up itself says xml
        shown = talk(_TALK, _WORD.sub(lambda run: " " * len(run[0]), text))
        yield from removals(text, [span for span in found if not shown(*span)])


ESCAPED_TWICE = Rule(
    id="escaped-twice",
    version="1",
    kind="repair",
    reason="a character reference that was escaped once too often, so that the page prints it",
    examples=(
        ("&ldquo;平安校园&rdquo;建设", "“平安校园”建设"),
        ("&nbsp;&nbsp;&nbsp;&nbsp;各单位：", "各单位："),
        ("保卫处&nbsp;2014年", "保卫处\u00a02014年"),
        ("技防&amp;人防", "技防&人防"),
        ("R&amp;amp;D经费", "R&D经费"),
        ("阿列克谢&#8226;伊万诺夫", "阿列克谢•伊万诺夫"),
    ),
    counter_examples=(
        "在网页中用&nbsp;表示空格",
        "转义字符&lt;和&gt;",
        "http://bwc.example/list.jsp?a=1&amp;b=2",
        "AT&T公司",
        "甲&乙；丙",
        "&未知;",
        "&#0000;",
    ),
    find=_find_references,
)
WORD_RESIDUE = Rule(
    id="word-residue",
    version="1",
    kind="repair",
    reason="mark-up of a word processor that the page prints",
    examples=(
        ("各单位：<o:p></o:p>", "各单位："),
        ("<!--[if !supportLists]-->1、<!--[endif]-->加强领导", "1、加强领导"),
        ('<?xml:namespace prefix = o ns = "urn:schemas-microsoft-com:office:office" />通知', "通知"),
        ("Normal 0 7.8 磅 0 2 false false false EN-US ZH-CN X-NONE MicrosoftInternetExplorer4\n通知", "通知"),
    ),
    counter_examples=(
        "在代码中删去<o:p></o:p>",
        "a<b且c>d",
        "Normal 0 级",
        "《<o>的使用》",
        "标签<!--[if IE]-->只对旧浏览器有效",
    ),
    find=_find_word,
)
