"""A list's pager: where its links stand and what it declares."""

from __future__ import annotations

from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from profiles.compiled import CompiledProfile, folded_word
from profiles.page import Page

MAX_TEXT = 600
"""A container with more text is no pager, whatever its class says."""

_MAX_CONTAINERS = 50
_LEVELS = 4
_MAX_LABEL = 12


@dataclass(frozen=True, slots=True)
class Declared:
    """What a pager says of its list; each is None where it says nothing."""

    items: int | None = None
    pages: int | None = None
    current: int | None = None


@dataclass(frozen=True, slots=True)
class PagerMarks:
    """`links` are the `mem_id`s of the pager's `<a>` elements; `next` is the link to the following page."""

    links: frozenset[int]
    next: LexborNode | None
    declared: Declared | None
    there: bool
    """Whether the page has a pager at all (a list of one page may have one without links)."""


def read_pager(page: Page, compiled: CompiledProfile) -> PagerMarks:
    """The page's pager as the profile's containers and words find it."""
    links: set[int] = set()
    texts: list[str] = []
    if compiled.pager is not None:
        for node in page.tree.css(compiled.pager)[:_MAX_CONTAINERS]:
            text = " ".join(node.text().split())
            if len(text) <= MAX_TEXT:
                texts.append(text)
                links.update(link.mem_id for link in ([node] if node.tag == "a" else node.css("a")))
    following = _next_link(page, compiled)
    if following is not None:
        links.add(following.mem_id)
        texts += _around(following)
    declared = _declared(texts, compiled)
    return PagerMarks(frozenset(links), following, declared, following is not None or declared is not None)


def links_under(page: Page, selector: str | None) -> frozenset[int]:
    """The `mem_id`s of the links in the containers; one that lies in another adds nothing."""
    found: set[int] = set()
    for node in page.tree.css(selector) if selector is not None else ():
        first = node.css_first("a")
        if first is not None and first.mem_id not in found:
            found.update(link.mem_id for link in node.css("a"))
    return frozenset(found)


def _next_link(page: Page, compiled: CompiledProfile) -> LexborNode | None:
    if not any(word in page.visible_text for word in compiled.next_words):
        return None
    for node in page.tree.css("a[href]"):
        text = node.text()
        if 0 < len(text) <= 200 and len(label := folded_word(text)) <= _MAX_LABEL and label in compiled.next_page:
            return node
    return None


def _around(node: LexborNode) -> list[str]:
    """The texts of the elements around a link, from the inside out, as long as they are as short as a pager's."""
    texts = []
    parent = node.parent
    for _ in range(_LEVELS):
        if parent is None or parent.tag in ("body", "html"):
            break
        text = " ".join(parent.text().split())
        if len(text) > MAX_TEXT:
            break
        texts.append(text)
        parent = parent.parent
    return texts


def _declared(texts: list[str], compiled: CompiledProfile) -> Declared | None:
    found: dict[str, int] = {}
    for text in texts:
        for pattern in compiled.totals:
            for match in pattern.finditer(text):
                for name, value in match.groupdict().items():
                    if value is not None and value.isascii() and value.isdecimal() and len(value) < 10:
                        found.setdefault(name, int(value))
    if not found:
        return None
    return Declared(found.get("items"), found.get("pages"), found.get("current"))
