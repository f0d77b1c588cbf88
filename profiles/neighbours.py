"""Which links of an article page lead to the articles before and after it."""

from __future__ import annotations

from selectolax.lexbor import LexborNode

from profiles.compiled import CompiledProfile, folded_word
from profiles.page import Page

_MAX_STEPS = 4
_MAX_LABEL = 40


def chain_links(page: Page, compiled: CompiledProfile) -> frozenset[int]:
    """The `mem_id`s of the links that a word such as 上一条 names: within the link, or right before it."""
    words = tuple(word for word in (*compiled.previous_words, *compiled.next_article_words) if word in page.text)
    if not words:
        return frozenset()
    found = set()
    for node in page.tree.css("a[href]"):
        text = node.text()
        if any(word in text for word in words):
            if folded_word(text).startswith(words):
                found.add(node.mem_id)
        elif _named_before(node, words):
            found.add(node.mem_id)
    return frozenset(found)


def _named_before(node: LexborNode, words: tuple[str, ...]) -> bool:
    """Whether the nearest text before the link, beside it or beside what holds it, ends with a word."""
    before = node.prev
    for _ in range(_MAX_STEPS):
        while before is None:
            parent = node.parent
            if parent is None or parent.tag in ("body", "td", "ul", "table", "form"):
                return False
            node, before = parent, parent.prev
        if before.tag == "a":
            return False
        text = before.text() or ""
        if text and not text.isspace():
            return any(word in text for word in words) and folded_word(text[-_MAX_LABEL:]).endswith(words)
        before, node = before.prev, node
    return False
