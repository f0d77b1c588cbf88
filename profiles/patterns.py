"""Patterns of profiles made cheap to ask: a text that lacks what a pattern needs literally is not searched,
and an address is asked about by one alternation per question, not by a pattern at a time."""

from __future__ import annotations

import re
from collections.abc import Sequence

_NAMED_GROUP = re.compile(r"\(\?P<\w+>")
_SPECIAL = frozenset(r"\.^$*+?{}[]|()")
_PLAIN_CHARACTER = re.compile(r"[\w <>/=\"'!:;,&-]|\\\W")
_MIN_NEEDLE = 3
_ESCAPED = re.compile(r"\\(\W)")


class TextPattern:
    """A pattern searched in long texts; one without special characters (`literal`) is searched as a plain string."""

    __slots__ = ("_needle", "literal", "pattern")

    def __init__(self, pattern: str) -> None:
        self.pattern = re.compile(pattern)
        self.literal = None if _SPECIAL & set(_ESCAPED.sub("", pattern)) else _ESCAPED.sub(r"\1", pattern)
        self._needle = _beginning(pattern)

    def found_in(self, text: str) -> bool:
        if self.literal is not None:
            return self.literal in text
        return self._needle in text and self.pattern.search(text) is not None


class ScriptPattern:
    """A pattern of which all matches in a page's source are wanted; mostly there are none, and that is cheap."""

    __slots__ = ("_needle", "pattern")

    def __init__(self, pattern: str) -> None:
        self.pattern = re.compile(pattern)
        self._needle = _beginning(pattern)

    def may_stand_in(self, text: str) -> bool:
        return self._needle in text and self.pattern.search(text) is not None


class AddressPatterns:
    """Patterns searched in addresses: one search for all that begin with the same literal character.

    `re` looks for a common first character fast and for anything else slowly; and an address without a `?`
    or `&` needs no search for what begins with one.
    """

    __slots__ = ("_groups",)

    def __init__(self, patterns: Sequence[str]) -> None:
        by_first: dict[str, list[str]] = {}
        for pattern in patterns:
            by_first.setdefault(_first_characters(pattern), []).append(pattern)
        self._groups = tuple((first, re.compile(_alternation(group))) for first, group in by_first.items())

    def search(self, url: str) -> bool:
        for first, pattern in self._groups:
            if first == "?&" and "?" not in url and "&" not in url:
                continue
            if pattern.search(url) is not None:
                return True
        return False


def _first_characters(pattern: str) -> str:
    r"""The characters one of which every match begins with, where the pattern shows them plainly; else empty.

    >>> [_first_characters(pattern) for pattern in ("/info/", r"\.pdf$", "[?&]id=", "/?x")]
    ['/', '.', '?&', '']
    """
    if _top_level_bar(pattern):
        return ""
    if pattern.startswith(("[?&]", "[&?]")):
        first, length = "?&", 4
    elif pattern.startswith("/"):
        first, length = "/", 1
    elif pattern.startswith(r"\."):
        first, length = ".", 2
    else:
        return ""
    return "" if pattern[length : length + 1] in ("?", "*", "{") else first


def _top_level_bar(pattern: str) -> bool:
    """Whether the pattern is an alternation as a whole; a bar in a group or a class does not make it one.

    >>> _top_level_bar("/(?:a|b)[|]"), _top_level_bar("/a|b")
    (False, True)
    """
    depth, in_class, escaped = 0, False, False
    for character in pattern:
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif in_class:
            in_class = character != "]"
        elif character == "[":
            in_class = True
        elif character in "()":
            depth += 1 if character == "(" else -1
        elif character == "|" and depth == 0:
            return True
    return False


def _beginning(pattern: str) -> str:
    r"""What every match begins with, as far as the pattern shows it plainly.

    >>> [_beginning(pattern) for pattern in (r"getTimes\(\s*", "createPages?", "abc|x", r"<next><!\[")]
    ['getTimes(', 'createPage', '', '<next><![']
    """
    if _top_level_bar(pattern):
        return ""
    plain, at = "", 0
    while (found := _PLAIN_CHARACTER.match(pattern, at)) is not None and pattern[found.end() : found.end() + 1] not in (
        "?",
        "*",
        "{",
    ):
        plain, at = plain + found[0][-1], found.end()
    return plain if len(plain) >= _MIN_NEEDLE else ""


def _alternation(patterns: Sequence[str]) -> str:
    """One pattern for many; group names may repeat among them and are dropped."""
    return "|".join(f"(?:{_NAMED_GROUP.sub('(?:', pattern)})" for pattern in patterns)
