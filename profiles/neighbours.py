"""Whether a link of an article page leads to the article before or after it."""

from __future__ import annotations

from selectolax.lexbor import LexborNode

from profiles.compiled import folded_word

_MAX_STEPS = 4
_MAX_LABEL = 40
_WALLS = frozenset(("body", "td", "ul", "table", "form"))


def names_neighbour(link: LexborNode, text: str, words: tuple[str, ...]) -> bool:
    """Whether a word such as 上一条 stands in front of the link's text, or right before the link.

    `text` is the link's own; `words` are those to look for, of which at least one stands in the page.
    """
    for word in words:
        if word in text:
            return folded_word(text[: 2 * _MAX_LABEL]).startswith(words)
    before = _text_before(link)
    for word in words:
        if word in before:
            return folded_word(before[-_MAX_LABEL:]).endswith(words)
    return False


def _text_before(link: LexborNode) -> str:
    """The nearest text before the link, beside it or beside what holds it; empty where another link comes first."""
    node, before = link, link.prev
    for _ in range(_MAX_STEPS):
        while before is None:
            parent = node.parent
            if parent is None or parent.tag in _WALLS:
                return ""
            node, before = parent, parent.prev
        if before.tag == "a":
            return ""
        text = before.text() or ""
        if text and not text.isspace():
            return text
        node, before = before, before.prev
    return ""
