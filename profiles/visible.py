"""What a reader sees of a page, line by line, in reading order.

A line ends at a block element or a <br>; a row of a data table is one line, its cells joined by a tab
(paragraphs within a cell by a blank); the cells of a layout table keep their own lines. Hidden elements,
comments and scripts are no text, but what scripts write from literals is. White space runs are one blank
as HTML has it; a line is trimmed of white space, and a line that shows nothing (white space and
zero-width characters alone) is no line. Nothing else is changed.

The walk is one loop over the tree: its stack of open elements grows with the page's nesting, the call
stack does not.
"""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass, field
from itertools import pairwise

from selectolax.lexbor import LexborHTMLParser, LexborNode

from profiles.tags import BLOCKS, CELLS, HEADINGS, NEVER_SHOWN, TAG_NAMES
from profiles.written import Scripts

_HIDING_SELECTOR = '[hidden], [style*="none" i], [style*="hidden" i]'
_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_ASCII_BLANKS = " \t\n\r\f"
_BLANKS = re.compile(r"[ \t\n\r\f]+")
_NOT_SHOWN = re.compile(r"[\s\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]*\Z")
_MAX_STYLE = 4096


_PASSED = NEVER_SHOWN | {"-comment", "-doctype"}
_PLAIN = BLOCKS - HEADINGS - CELLS - {"pre", "table", "tr", "caption"}
"""Blocks that do nothing but end a line."""


@dataclass(frozen=True, slots=True)
class Link:
    """The part `text[start:end]` of a line that stands in an <a>."""

    node: LexborNode
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line; `marks` are the ids (`mem_id`) of those asked-for elements it stands in; `heading`: in h1…h3."""

    text: str
    node: LexborNode
    links: tuple[Link, ...] = ()
    marks: frozenset[int] = frozenset()
    heading: bool = False

    @property
    def linked(self) -> int:
        """How many characters of the line stand in links."""
        return sum(link.end - link.start for link in self.links)


def hidden_elements(root: LexborNode) -> set[int]:
    """Ids (`mem_id`) of the elements at or below `root` that say themselves that they are not shown."""
    return {node.mem_id for node in root.css(_HIDING_SELECTOR) if _hides(node.attributes)}


def _hides(attributes: dict[str, str | None]) -> bool:
    return "hidden" in attributes or _HIDING.search((attributes.get("style") or "")[:_MAX_STYLE]) is not None


def is_data_table(table: LexborNode) -> bool:
    """Whether a table's rows are records: two filled columns or more, and no page laid out in its cells.

    A table that holds another lays it out. So does one whose single cell has most of the text in several
    blocks, for such a cell is the page and the others are its frame.
    """
    rows: list[int] = []
    cells: list[list[int]] = []
    in_cell = False
    for node in table.traverse(include_text=True):
        tag = TAG_NAMES.get(node.tag_id, "")
        if tag == "-text":
            if in_cell:
                text = node.text_content
                cells[-1][0] += len(text.strip()) if text else 0
        elif tag == "tr":
            rows.append(len(cells))
            in_cell = False
        elif tag in CELLS:
            cells.append([0, 0])
            in_cell = True
        elif tag == "table" and node.mem_id != table.mem_id:
            return False
        elif in_cell and (tag in BLOCKS or tag == "br"):
            cells[-1][1] += 1
    filled = [sum(1 for length, _ in cells[a:b] if length) for a, b in pairwise([*rows, len(cells)])]
    if max(filled, default=0) < 2:
        return False
    total = sum(length for length, _ in cells)
    return not any(length > 200 and blocks >= 3 and length > 0.7 * total for length, blocks in cells)


def read_lines(
    root: LexborNode, *, marks: Set[int] = frozenset(), skip: Set[int] = frozenset(), scripts: Scripts | None = None
) -> list[Line]:
    """Lines of `root` and what is below it. Elements whose `mem_id` is in `skip` are passed over; with
    `scripts`, what inline scripts write is read too."""
    builder = _Lines()
    _walk(root, builder, marks, skip | hidden_elements(root), scripts)
    builder.flush()
    return builder.lines


def text_of(root: LexborNode, scripts: Scripts | None = None) -> str:
    """The visible text below a node on one line, its lines joined by a blank."""
    return " ".join(line.text for line in read_lines(root, scripts=scripts))


def _walk(  # noqa: C901 - a call for each node would cost more than what it does
    root: LexborNode, builder: _Lines, marks: Set[int], skip: Set[int], scripts: Scripts | None
) -> None:
    open_elements: list[tuple[LexborNode, str, bool]] = []
    node = root
    while True:
        tag = TAG_NAMES.get(node.tag_id, "")
        opened = False
        if tag == "-text":
            builder.text(node.text_content or "", node)
        elif tag == "br":
            builder.line_break()
        elif tag == "script" and scripts is not None:
            _written(node, builder, scripts)
        elif tag not in _PASSED and not (skip and node.mem_id in skip):
            following = node.child
            mark = node.mem_id if marks and following is not None and node.mem_id in marks else None
            shapes = mark is not None or (tag not in _PLAIN and tag != "")
            if shapes:
                builder.enter(tag, node, mark)
            elif tag and builder.parts:
                builder.boundary()
            open_elements.append((node, tag, shapes))
            opened = True
        if not opened:
            following = node.next if open_elements else None
        while following is None:
            if not open_elements:
                return
            node, tag, shapes = open_elements.pop()
            if shapes:
                builder.leave(tag, node)
            elif tag and builder.parts:
                builder.boundary()
            following = node.next if open_elements else None
        node = following


def _written(node: LexborNode, builder: _Lines, scripts: Scripts) -> None:
    written = scripts.written(node.text() or "")
    if written:
        fragment = LexborHTMLParser(written).body
        if fragment is not None:
            for child in fragment.iter(include_text=True):
                _walk(child, builder, frozenset(), hidden_elements(child), None)


@dataclass(slots=True)
class _Lines:
    """Collects text into lines while elements open and close."""

    lines: list[Line] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    length: int = 0
    blank: bool = True
    node: LexborNode | None = None
    links: list[Link] = field(default_factory=list)
    open_links: list[tuple[LexborNode, int]] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    marked: frozenset[int] = frozenset()
    headings: int = 0
    preformatted: int = 0
    tables: list[bool] = field(default_factory=list)

    def enter(self, tag: str, node: LexborNode, mark: int | None) -> None:
        if tag in BLOCKS:
            self.boundary()
            if tag in HEADINGS:
                self.headings += 1
            elif tag == "pre":
                self.preformatted += 1
            elif tag == "table":
                self.flush()
                self.tables.append(is_data_table(node))
            elif tag == "tr":
                self.flush()
        elif tag == "a":
            self.open_links.append((node, self.length))
        if mark is not None:
            self.flush()
            self.marks.append(mark)
            self.marked = frozenset(self.marks)

    def leave(self, tag: str, node: LexborNode) -> None:
        if tag in BLOCKS:
            if tag in CELLS and self.tables and self.tables[-1]:
                self.cell_end()
            else:
                self.boundary()
            if tag in HEADINGS:
                self.headings -= 1
            elif tag == "pre":
                self.preformatted -= 1
            elif tag == "table":
                self.flush()
                if self.tables:
                    self.tables.pop()
            elif tag in ("tr", "caption"):
                self.flush()
        elif tag == "a" and self.open_links:
            anchor, start = self.open_links.pop()
            if self.length > start:
                self.links.append(Link(anchor, start, self.length))
        if self.marks and self.marks[-1] == node.mem_id:
            self.flush()
            self.marks.pop()
            self.marked = frozenset(self.marks)

    def text(self, text: str, node: LexborNode) -> None:
        if self.preformatted and "\n" in text:
            for number, line in enumerate(text.split("\n")):
                if number:
                    self.line_break()
                self.text(line, node)
            return
        if self.blank:
            text = text.lstrip(_ASCII_BLANKS)
            if not text:
                return
        if "\n" in text or "  " in text or "\t" in text or "\r" in text or "\f" in text:
            text = _BLANKS.sub(" ", text)
        if self.node is None:
            self.node = node
        self.parts.append(text)
        self.length += len(text)
        self.blank = text[-1:] == " "

    def line_break(self) -> None:
        if self.tables and self.tables[-1]:
            self.boundary()
        else:
            self.flush()

    def boundary(self) -> None:
        """The end of a block: a blank within a data table, else the end of the line."""
        if self.tables and self.tables[-1]:
            if not self.blank:
                self.parts.append(" ")
                self.length += 1
                self.blank = True
        elif self.parts:
            self.flush()

    def cell_end(self) -> None:
        if self.parts and self.parts[-1] == " ":
            self.parts.pop()
            self.length -= 1
        self.parts.append("\t")
        self.length += 1
        self.blank = True

    def flush(self) -> None:
        if not self.parts:
            return
        if self.node is not None:
            raw = "".join(self.parts) if len(self.parts) > 1 else self.parts[0]
            text = raw.strip()
            if not _NOT_SHOWN.match(text):
                links = self._links_within(text, len(raw) - len(raw.lstrip())) if self.links or self.open_links else ()
                self.lines.append(Line(text, self.node, links, self.marked, self.headings > 0))
        self.parts = []
        self.length = 0
        self.blank = True
        self.node = None
        if self.links:
            self.links = []
        if self.open_links:
            self.open_links = [(a, 0) for a, _ in self.open_links]

    def _links_within(self, text: str, lead: int) -> tuple[Link, ...]:
        """The links of the line, those still open included, with the `lead` blanks before its text taken off."""
        self.links += [Link(a, start, self.length) for a, start in self.open_links if start < self.length]
        if not lead and self.length == len(text):
            return tuple(self.links)
        return tuple(
            Link(link.node, max(link.start - lead, 0), min(link.end - lead, len(text)))
            for link in self.links
            if link.end > lead and link.start - lead < len(text)
        )
