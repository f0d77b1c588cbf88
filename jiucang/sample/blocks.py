"""Bodies of articles: blocks that know their HTML and the lines a reader sees.

Texts carry marks in double brackets, which are taken out when a line is made:

    ⟦before⇒after|rule⟧   an artefact; the page prints `before`, a right repair makes it `after`
    ⟦=text|rule⟧          a near miss of that rule; it must stay
    ⟦~wrong⇒right⟧        a typing error whose right form stands elsewhere in the portal

A line is a paragraph or a table row (cells separated by tabs), without white space at its ends.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

Rule = Literal[
    "function-word",
    "icon-bullet",
    "mojibake",
    "doubled-punctuation",
    "doubled-de",
    "escaped-twice",
    "word-residue",
    "invisible",
    "private-use",
    "compatibility",
    "width",
    "punctuation",
    "han-zero",
    "split-date",
]
"""The first seven are repairs, the others normalisations."""

REPAIRS: frozenset[str] = frozenset(
    {
        "function-word",
        "icon-bullet",
        "mojibake",
        "doubled-punctuation",
        "doubled-de",
        "escaped-twice",
        "word-residue",
    }
)

_MARK = re.compile(r"⟦(?P<sign>[=~]?)(?P<body>[^⟦⟧]*)⟧", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Mark:
    """Code points `start` to `end` of a line. `after` is what should stand there: for a near miss the same."""

    kind: Literal["planted", "near", "typo"]
    rule: str
    start: int
    end: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the text as extracted, before any repair."""

    text: str
    marks: tuple[Mark, ...] = ()

    @property
    def repaired(self) -> str:
        """The line with every planted artefact undone; typing errors stay."""
        out, at = [], 0
        for mark in self.marks:
            if mark.kind == "planted":
                out += [self.text[at : mark.start], mark.after]
                at = mark.end
        return "".join(out) + self.text[at:]


@dataclass(frozen=True, slots=True)
class Block:
    """HTML of a piece of a body and the lines in it."""

    html: str
    lines: tuple[Line, ...] = ()


def line(marked: str) -> Line:
    """Take the marks out of a text.

    >>> made = line("检查⟦ and ⇒和|function-word⟧整改")
    >>> made.text, made.repaired
    ('检查 and 整改', '检查和整改')
    >>> made.marks
    (Mark(kind='planted', rule='function-word', start=2, end=7, before=' and ', after='和'),)
    """
    out, at, length, marks = [], 0, 0, []
    for found in _MARK.finditer(marked):
        plain = marked[at : found.start()]
        body, _, rule = found["body"].rpartition("|")
        if found["sign"] == "~":
            before, _, after = found["body"].partition("⇒")
            mark = Mark("typo", "typo", 0, 0, before, after)
        elif found["sign"] == "=":
            mark = Mark("near", rule, 0, 0, body, body)
        else:
            before, _, after = body.partition("⇒")
            mark = Mark("planted", rule, 0, 0, before, after)
        start = length + len(plain)
        end = start + len(mark.before)
        marks.append(Mark(mark.kind, mark.rule, start, end, mark.before, mark.after))
        out += [plain, mark.before]
        length, at = end, found.end()
    return Line("".join(out) + marked[at:], tuple(marks))


def p(text: str, align: str = "", indent: str = "　　") -> Block:
    """A paragraph; `indent` is white space of the page that is no part of the line."""
    style = f' style="text-align: {align}"' if align else ""
    made = line(text)
    lead = "" if align else indent
    return Block(f"<p{style}>{lead}{escape(made.text, quote=False)}</p>\n", (made,))


def right(text: str) -> Block:
    """A signature or date line."""
    return p(text, "right")


def centre(text: str) -> Block:
    return p(text, "center")


def word(number: str, text: str) -> Block:
    """A numbered paragraph as Word leaves it: the number, visible, between conditional comments."""
    made = line(number + text)
    rest = escape(made.text[len(number) :], quote=False)
    html = (
        '<p class="MsoNormal" style="margin-left:42.0pt;text-indent:-18.0pt"><!--[if !supportLists]-->'
        f'<span lang="EN-US" style="mso-fareast-font-family:宋体">{escape(number)}</span><!--[endif]-->'
        f'<span style="font-family:宋体">{rest}<o:p></o:p></span></p>\n'
    )
    return Block(html, (made,))


def breaks(*texts: str) -> Block:
    """Paragraphs separated by `<br>` inside one element."""
    made = tuple(line(text) for text in texts)
    return Block(
        "<div>" + "<br />\n".join("&nbsp;&nbsp;" + escape(one.text, quote=False) for one in made) + "</div>\n", made
    )


def table(head: Sequence[str], *rows: Sequence[str]) -> Block:
    """A data table: each row is a line."""
    cells = ["".join(f"<th>{escape(text)}</th>" for text in head)]
    lines = [Line("\t".join(head))]
    for row in rows:
        made = [line(text) for text in row]
        cells.append("".join(f"<td><p>{escape(one.text, quote=False)}</p></td>" for one in made))
        lines.append(_joined(made))
    body = "\n".join(f"<tr>{row}</tr>" for row in cells)
    return Block(
        f'<table border="1" cellspacing="0" class="MsoTableGrid"><tbody>\n{body}\n</tbody></table>\n', tuple(lines)
    )


def layout(*blocks: Block) -> Block:
    """A table of one cell that only lays out what is in it."""
    inner = "".join(block.html for block in blocks)
    html = f'<table width="96%" border="0" cellpadding="5"><tr><td valign="top">\n{inner}</td></tr></table>\n'
    return Block(html, tuple(one for block in blocks for one in block.lines))


def html(markup: str) -> Block:
    """What a reader sees no text of: an image, a film, a script."""
    return Block(markup)


def _joined(cells: Sequence[Line]) -> Line:
    """Cells as one line, tabs between them, the marks moved along."""
    marks, texts, at = [], [], 0
    for cell in cells:
        marks += [Mark(m.kind, m.rule, m.start + at, m.end + at, m.before, m.after) for m in cell.marks]
        texts.append(cell.text)
        at += len(cell.text) + 1
    return Line("\t".join(texts), tuple(marks))
