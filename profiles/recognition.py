"""Which of several profiles knows a page: all are asked at once.

The source of a page is scanned once for all of them. Python's `re` finds a single character faster than it
tries alternatives, so the marks are grouped by a character that HTML has seldom, and each is tried only
where that character stands: ten profiles cost about as much as two asked one after the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from profiles.compiled import CompiledProfile
from profiles.model import Profile
from profiles.page import Page
from profiles.patterns import TextPattern

RECOGNISED_CHARS = 65_536
"""How much of a page's source is searched for the marks of a CMS."""

_ANCHORS = "/_"
_KEY = 3


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason to take a page for a profile's: `kind` is `address`, `source`, `selector` or `hint`; `found` what
    the pattern matched, or the element's tag."""

    kind: str
    pattern: str
    found: str


def evidence(profile: Profile, page: Page) -> list[Evidence]:
    """All evidence for a profile, the best first. Slow; `Recogniser` decides the same."""
    recognise, head = profile.recognise, page.text[:RECOGNISED_CHARS]
    found = []
    for kind, patterns, text in (
        ("address", recognise.urls, page.url),
        ("source", recognise.html, head),
        ("hint", recognise.hints, head),
    ):
        matches = ((pattern, re.search(pattern, text)) for pattern in patterns)
        found += [Evidence(kind, pattern, match[0]) for pattern, match in matches if match is not None]
    nodes = ((selector, page.tree.css_first(selector)) for selector in recognise.selectors)
    found += [Evidence("selector", selector, node.tag or "") for selector, node in nodes if node is not None]
    return sorted(found, key=lambda one: _KINDS.index(one.kind))


_KINDS = ("address", "source", "selector", "hint")


class Recogniser:
    """Asks several profiles for evidence in a page; of evidence of the same kind the first profile's counts."""

    __slots__ = ("_marks", "_profiles")

    def __init__(self, profiles: Sequence[CompiledProfile]) -> None:
        self._profiles = tuple(profiles)
        hints = len(profiles)
        self._marks = _Marks(
            [(place, mark) for place, profile in enumerate(profiles) for mark in profile.recognise_html]
            + [(hints + place, mark) for place, profile in enumerate(profiles) for mark in profile.recognise_hints]
        )

    def first(self, page: Page) -> int | None:
        """The place of the profile that knows the page; None where there is no evidence for any."""
        for place, profile in enumerate(self._profiles):
            if profile.recognise_urls.search(page.url):
                return place
        found = self._marks.lowest_in(page.text[:RECOGNISED_CHARS])
        if found is not None and found < len(self._profiles):
            return found
        for place, profile in enumerate(self._profiles):
            selectors = profile.recognise_selectors
            if selectors is not None and page.tree.css_first(selectors) is not None:
                return place
        return found - len(self._profiles) if found is not None else None


@lru_cache(maxsize=64)
def recogniser(profiles: tuple[CompiledProfile, ...]) -> Recogniser:
    return Recogniser(profiles)


class _Marks:
    """Marks with their ranks: of those that stand in a text the lowest is wanted."""

    __slots__ = ("_anchored", "_single")

    def __init__(self, marks: Iterable[tuple[int, TextPattern]]) -> None:
        by_anchor: dict[str, list[tuple[int, str]]] = {}
        self._single: list[tuple[int, TextPattern]] = []
        for rank, mark in marks:
            literal = mark.literal or ""
            anchor = next((c for c in _ANCHORS if c in literal[:-_KEY]), None)
            if anchor is None:
                self._single.append((rank, mark))
            else:
                by_anchor.setdefault(anchor, []).append((rank, literal))
        self._anchored = [_Anchored(anchor, sorted(found)) for anchor, found in by_anchor.items()]

    def lowest_in(self, text: str) -> int | None:
        lowest: int | None = None
        for anchored in self._anchored:
            lowest = anchored.lowest_in(text, lowest)
            if lowest == 0:
                return 0
        for rank, mark in self._single:
            if (lowest is None or rank < lowest) and mark.found_in(text):
                lowest = rank
        return lowest


class _Anchored:
    """Literals that hold the same character, searched by it.

    The pattern takes the character with what follows it in any literal, without groups: those would cost it
    the comparison of first characters. What it finds is looked up by the characters that follow.

    >>> _Anchored("_", [(0, "wp_news"), (1, "_count")]).lowest_in("xp_news _count", None)
    1
    """

    __slots__ = ("_by_key", "_pattern")

    def __init__(self, anchor: str, literals: Sequence[tuple[int, str]]) -> None:
        self._by_key: dict[str, list[tuple[int, str, int]]] = {}
        for rank, literal in literals:
            at = literal.index(anchor)
            self._by_key.setdefault(literal[at + 1 : at + 1 + _KEY], []).append((rank, literal, at))
        after = dict.fromkeys(re.escape(literal[literal.index(anchor) + 1 :]) for _, literal in literals)
        self._pattern = re.compile(f"{re.escape(anchor)}(?={'|'.join(after)})")

    def lowest_in(self, text: str, lowest: int | None) -> int | None:
        """The lowest rank in the text, where it is lower than `lowest`; else `lowest`."""
        for found in self._pattern.finditer(text):
            at = found.start()
            for rank, literal, before in self._by_key[text[at + 1 : at + 1 + _KEY]]:
                if lowest is not None and rank >= lowest:
                    break
                if at >= before and text.startswith(literal, at - before):
                    lowest = rank
            if lowest == 0:
                break
        return lowest
