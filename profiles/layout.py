"""An article page's lines and where on it the text begins and ends."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from profiles.chain import Chain, read_chain
from profiles.dates import opens_with_date
from profiles.furniture import is_foot, is_widget, without_foot
from profiles.metaline import is_meta_line, is_of_event, label_pattern
from profiles.model import Profile
from profiles.page import Page
from profiles.trail import find_trail, is_trail
from profiles.visible import Line, read_lines
from profiles.written import Scripts

LINES_AROUND = 12
"""How far above a text its title and meta line are looked for."""

LINES_AFTER = 8
SHOWN_WITHOUT_TEXT = "img, video, vsbvideo, embed, object, iframe, [pdfsrc]"
_MAX_AFTER = 40
_MAX_HEAD = 30
_HEAD_GAP = 3
_MAX_SUBTITLE = 40
_SENTENCE = re.compile("[。；！？：]")


@dataclass(slots=True)
class Layout:
    """The page's lines, and which of them are the body's. `title_ids`: elements that the profile's title
    selectors find, by the selector's place in its list."""

    lines: list[Line]
    body_id: int | None
    body_start: int | None
    body_end: int
    title_ids: Mapping[int, int]
    dropped: frozenset[int]
    trail: Sequence[Line]
    shows_media: bool

    @classmethod
    def of(cls, page: Page, profile: Profile, body: LexborNode | None) -> Layout:
        dropped = frozenset(node.mem_id for node in select_any(body, profile.article.drop))
        titles: dict[int, int] = {}
        for place, node in select_in_order(page.tree.root, profile.article.title):
            titles.setdefault(node.mem_id, place)
        body_id = body.mem_id if body is not None else None
        marks = dropped | titles.keys() | ({body_id} if body_id is not None else set())
        scripts = page_scripts(page)
        root = page.tree.body or page.tree.root
        lines = read_lines(root, marks=marks, scripts=scripts) if root is not None else []
        inside = [index for index, line in enumerate(lines) if body_id in line.marks]
        start = inside[0] if inside else _place(root, lines, body)
        end = inside[-1] + 1 if inside else start or 0
        trail = find_trail(lines, end or len(lines), "")
        media = body is not None and body.css_first(SHOWN_WITHOUT_TEXT) is not None
        return cls(lines, body_id, start, end, titles, dropped, trail, media)

    def in_body(self, line: Line) -> bool:
        return self.body_id in line.marks and not line.marks & self.dropped

    def bounds(self, title: str | None, profile: Profile) -> tuple[int, int, Chain]:
        """First line of the text, the line after its last, and the chain, whose indices are the page's.

        A container may hold more than the text: title and meta line at its head, the chain at its foot.
        """
        article = profile.article
        if self.body_start is None:
            return 0, 0, read_chain(self.lines, article.previous, article.next)
        start, end = self._after_head(title, profile), self.body_end
        chain = read_chain(self.lines, article.previous, article.next, start)
        if chain.first_line is None:
            chain = read_chain(self.lines, article.previous, article.next)
        elif chain.first_line < end:
            before = sum(len(line.text) for line in self.lines[start : chain.first_line])
            if before >= sum(len(line.text) - line.linked for line in self.lines[chain.first_line : end]):
                end = chain.first_line
        return start, without_foot(self.lines, start, end), chain

    def _after_head(self, title: str | None, profile: Profile) -> int:
        """The first line of the body that is neither title, meta line, trail nor button, nor above one of these.

        Where title and meta line stand above the body, lines like theirs within it are text: a notice may
        begin by repeating its title, or with 时间：.
        """
        start = self.body_start or 0
        labels = label_pattern(profile.article.labels)
        folded = folded_text(title or "")
        title_above = any(folded_text(line.text) == folded for line in self.lines[:start])
        meta_above = any(is_meta_line(line, labels) for line in self.lines[max(0, start - LINES_AROUND) : start])
        trail = frozenset(line.node.mem_id for line in self.trail)
        first, meta_within = start, False
        for index in range(start, min(self.body_end, start + LINES_AROUND)):
            line = self.lines[index]
            is_title = bool(folded) and not title_above and folded_text(line.text) == folded
            is_meta = not meta_above and is_meta_line(line, labels) and (not title_above or index == first)
            is_meta = is_meta and not is_of_event(self.lines, index)
            if not is_meta and not meta_above and title_above and index == first and opens_with_date(line.text):
                is_meta = meta_above = True
            title_above, meta_within = title_above or is_title, meta_within or is_meta
            if is_title or is_meta or (index == first and is_widget(line)) or line.node.mem_id in trail:
                first = index + 1
            elif index - first >= _HEAD_GAP or _SENTENCE.search(line.text) or len(line.text) > _MAX_SUBTITLE:
                break
        return first if first < self.body_end or self.shows_media or meta_within else start

    def head(self, start: int) -> tuple[str, ...]:
        """The texts right above the line `start`, up to a line of links or the trail: title, number, table of data."""
        head: list[str] = []
        for line in reversed(self.lines[max(0, start - _MAX_HEAD) : start]):
            if not is_widget(line):
                if line.linked > len(line.text) / 2 or is_trail([line]):
                    break
                head.append(line.text)
        return tuple(reversed(head))

    def after(self, end: int, chain: int | None) -> list[Line]:
        """Lines between the text and the chain (or the next few, where no chain follows)."""
        if self.body_start is None:
            return []
        stop = chain if chain is not None and chain >= end else end + LINES_AFTER
        return self.below(end, min(stop, end + _MAX_AFTER))

    def below(self, end: int, stop: int) -> list[Line]:
        """`lines[end:stop]`, but nothing of the page's foot."""
        found = self.lines[end:stop]
        return found[: next((place for place, line in enumerate(found) if is_foot(line)), len(found))]


def _place(root: LexborNode | None, lines: Sequence[Line], body: LexborNode | None) -> int | None:
    """Where a body without lines (an image, a PDF) stands: the number of lines before it."""
    if body is None or root is None:
        return None
    starts = {line.node.mem_id for line in lines}
    count = 0
    for node in root.traverse(include_text=True):
        if node.mem_id == body.mem_id:
            break
        count += node.mem_id in starts
    return count


def page_scripts(page: Page) -> Scripts | None:
    """A reading of the page's scripts that knows what those in its head set; None where none writes anything."""
    if "document.write" not in page.text:
        return None
    scripts = Scripts()
    head = page.tree.head
    for script in head.css("script") if head is not None else ():
        scripts.written(script.text() or "")
    return scripts


def select_any(root: LexborNode | None, selectors: Sequence[str]) -> Sequence[LexborNode]:
    """What any of a profile's selectors finds below `root`, in the order of the page."""
    return root.css(", ".join(selectors)) if root is not None and selectors else ()


def select_in_order(root: LexborNode | None, selectors: Sequence[str]) -> Iterator[tuple[int, LexborNode]]:
    """What a profile's selectors find below `root`, selector by selector, with each one's place in its list.

    Most find nothing on most pages, and one question to all of them costs little more than to one.
    """
    if root is None or not selectors or root.css_first(", ".join(selectors)) is None:
        return
    for place, selector in enumerate(selectors):
        for node in root.css(selector):
            yield place, node


def folded_text(text: str) -> str:
    """Text without white space and invisible characters, for comparing."""
    return re.sub(r"[\s\u200b\ufeff]+", "", text)
