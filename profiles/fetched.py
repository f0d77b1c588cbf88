"""Lists that a script fetches as its reader turns the pages: what it would ask for, read from the call that sets it up.

A call such as `$('#7').jpage({totalRecord: 45, perPage: 15, …})` is given an object of literals; nothing of the
script is run.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from urllib.parse import quote

from profiles.compiled import CompiledFetch, CompiledProfile
from profiles.page import Page
from profiles.questions import matches_in
from profiles.written import literal

MAX_REQUESTS = 2000
"""Requests that one call leads to."""

MAX_CALLS = 20
"""Calls of one page that are looked at."""

_MAX_OBJECT = 200_000
_MAX_TOKENS = 20_000
_MAX_DEPTH = 4

_TOKEN = re.compile(
    r"//[^\n]*|/\*.*?(?:\*/|\Z)"
    r"|(?P<string>\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')"
    r"|(?P<word>[\w$.-]+)"
    r"|(?P<mark>[{}\[\](),:])"
    r"|(?P<other>[^\s])",
    re.S,
)
_CLOSING = {"{": "}", "[": "]", "(": ")"}

Literals = dict[str, "str | Literals"]
"""The members of an object that are literals, numbers as they are written, or objects of such."""

_Token = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a page's calls would ask for by POST, as (reference, body), and how many entries and pages they speak of;
    these are None where there are several lists."""

    items: int | None
    pages: int | None
    requests: tuple[tuple[str, bytes], ...]


def read_fetched(page: Page, compiled: CompiledProfile, shown: int) -> Fetched | None:
    """The lists that the page's calls fetch, beyond the `shown` entries that the page holds itself; None where no
    call tells all that has to be known."""
    found: list[Fetched] = []
    for fetch in compiled.fetched:
        for match in matches_in(fetch.pattern, page, MAX_CALLS):
            members = object_literal(page.live_source, match.end())
            if members is not None and (fetched := _fetched(fetch, members, shown)) is not None:
                found.append(fetched)
    if len(found) < 2:
        return found[0] if found else None
    requests = dict.fromkeys(request for fetched in found for request in fetched.requests)
    return Fetched(None, None, tuple(islice(requests, MAX_REQUESTS)))


def _fetched(fetch: CompiledFetch, members: Literals, shown: int) -> Fetched | None:
    items, per_page = _number(members.get(fetch.items)), _number(members.get(fetch.per_page))
    at_once = _number(members.get(fetch.pages_at_once, str(fetch.pages_at_once_default)))
    parameters = members.get(fetch.parameters)
    if not items or not per_page or not at_once or not isinstance(parameters, dict):
        return None
    step = per_page * at_once
    begin = 1 + step if shown >= min(items, step) else 1  # a page holds the first piece, or it may hold anything
    body = _form(parameters).encode()
    plain = {name: value for name, value in members.items() if isinstance(value, str)}
    requests = []
    for first in islice(range(begin, items + 1, step), MAX_REQUESTS):
        places = {"from": str(first), "to": str(min(first + step - 1, items))}
        try:
            requests.append((fetch.url.format_map({**plain, **places}), body))
        except KeyError:
            return None
    return Fetched(items, -(-items // per_page), tuple(requests))


def _number(value: str | Literals | None) -> int | None:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 8 else None


def _form(parameters: Literals) -> str:
    """The parameters as jQuery serialises them: encodeURIComponent, then `+` for blanks.

    >>> _form({"col": "1", "path": "/", "webname": "甲 乙"})
    'col=1&path=%2F&webname=%E7%94%B2+%E4%B9%99'
    """
    pairs = ((name, value) for name, value in parameters.items() if isinstance(value, str))
    return "&".join(f"{_component(name)}={_component(value)}" for name, value in pairs)


def _component(text: str) -> str:
    return quote(text, safe="!~*'()", errors="replace").replace("%20", "+")


def object_literal(source: str, at: int) -> Literals | None:
    """The object literal that begins at `at`, blanks apart; None where none does or it does not end.

    >>> object_literal("f({a: 1, 'b': '\\\\u65e7', c: x.y(), d: {e: true}})", 2)
    {'a': '1', 'b': '旧', 'd': {'e': 'true'}}
    """
    tokens: list[_Token] = []
    for match in _TOKEN.finditer(source, at, at + _MAX_OBJECT):
        if match.lastgroup is not None:
            tokens.append((match.lastgroup, match[0]))
            if len(tokens) >= _MAX_TOKENS:
                break
        if match.lastgroup is not None and tokens[0][1] != "{":
            return None
    return _Reader(tokens).object(0) if tokens else None


class _Reader:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens, self._at = tokens, 0

    def object(self, depth: int) -> Literals | None:
        members: Literals = {}
        self._at += 1
        while self._at < len(self._tokens):
            kind, name = self._tokens[self._at]
            if name == "}" and kind == "mark":
                self._at += 1
                return members
            if kind in ("string", "word") and self._text(self._at + 1) == ":":
                self._at += 2
                value = self._value(depth)
                if value is not None:
                    members.setdefault(literal(name) if kind == "string" else name, value)
            else:
                self._at += 1
        return None

    def _value(self, depth: int) -> str | Literals | None:
        """The value before the next comma or the end of the object; None where it is no literal."""
        start = self._at
        kind, text = self._tokens[start] if start < len(self._tokens) else ("", "")
        value: str | Literals | None = None
        if kind == "mark" and text == "{" and depth < _MAX_DEPTH:
            value = self.object(depth + 1)
        elif kind == "string":
            value, self._at = literal(text), start + 1
        elif kind == "word" and (text[0].isdigit() or text in ("true", "false", "null")):
            value, self._at = text, start + 1
        if self._text(self._at) not in (",", "}"):
            value = None
            self._skip()
        return value

    def _skip(self) -> None:
        """Steps over an expression."""
        open_marks: list[str] = []
        while self._at < len(self._tokens):
            kind, text = self._tokens[self._at]
            if kind == "mark":
                if not open_marks and text in (",", "}"):
                    return
                if text in _CLOSING:
                    open_marks.append(_CLOSING[text])
                elif open_marks and text == open_marks[-1]:
                    open_marks.pop()
            self._at += 1

    def _text(self, at: int) -> str:
        return self._tokens[at][1] if at < len(self._tokens) else ""
