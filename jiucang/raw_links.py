"""Raw characters in the links of a page, percent-encoded as a browser would, and nothing else of the page.

A browser asks for a link's path in UTF-8 and for its query in the page's encoding. A viewer that handles pages as
bytes knows neither, and a link that is plain ASCII needs neither.

The page is looked at as bytes. In every encoding but the UTF-16s the characters that markup is made of are single
bytes which are no part of a longer character, and a browser that meets a broken one goes on at the next such byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape, unescape
from html.entities import html5
from typing import NamedTuple

from archive.urls import MAX_LENGTH, BadUrl, request_url
from profiles.page import Page

_LINKS = frozenset(
    b"href src action formaction background poster cite longdesc codebase lowsrc dynsrc xlink:href".split()
)
# elements that hold no tags, by where they end
_RAW_TEXT = {
    name: re.compile(rb"</%s" % name, re.IGNORECASE)
    for name in b"script style textarea title xmp iframe noembed noframes".split()
}
_COMMENT_END = re.compile(rb"--!?>")
_TAG = re.compile(rb"<(?:(!--)(-?>)?|([A-Za-z][^\t\n\f\r />]*)|[/!?])")
_ATTRIBUTE = re.compile(
    rb"[\t\n\f\r /]*(?:(>)|([^\t\n\f\r />][^\t\n\f\r />=]*)"
    rb"(?:[\t\n\f\r ]*=[\t\n\f\r ]*(?:\"([^\"]*)\"?|'([^']*)'?|([^\t\n\f\r >\"'][^\t\n\f\r >]*)))?)"
)
_CANDIDATE = re.compile(rb"[^\t\n\f\r ,][^\t\n\f\r ]*")
_REFRESH = re.compile(rb"\s*[\d.]+\s*[;,]\s*(?:url\s*=\s*)?['\"]?([^'\"]+)", re.IGNORECASE)
# what stands for one character in an attribute: without a semicolon, a name counts only where nothing goes on
_REFERENCE = r"&(?:#[0-9]{1,7};?|#[xX][0-9A-Fa-f]{1,6};?|[A-Za-z][A-Za-z0-9]{1,31}(?:;|(?![A-Za-z0-9;=])))"
_UNIT = re.compile(rf"({_REFERENCE})|[^\x00-\x7f]+|[?#]")
_RAW_HOST = re.compile(r"\s*(?:https?:)?[/\\]{2}[^/\\?#]*[^\x00-\x7f]", re.IGNORECASE)


class LinkChange(NamedTuple):
    """What stands at byte `at` of the page, and what goes there instead."""

    at: int
    before: bytes
    after: bytes


def link_changes(payload: bytes, page: Page) -> Iterator[LinkChange]:
    """The changes, in order, for *payload*, from which *page* was read whole; none of a page in UTF-8 or UTF-16.

    >>> source = '<a href="综治.jsp?k=检查">检查</a>'.encode("gbk")
    >>> [change] = link_changes(source, Page.parse(source, "http://bwc.example.edu.cn/", "text/html; charset=gbk"))
    >>> change.after
    b'%E7%BB%BC%E6%B2%BB.jsp?k=%BC%EC%B2%E9'
    """
    if page.decoding.used.startswith("utf-"):
        return
    for start, end in _places(payload):
        before = payload[start:end]
        if (before.isascii() and b"&" not in before) or before.startswith(b"#") or len(before) > MAX_LENGTH:
            continue  # nothing raw, or nothing that is asked for
        try:
            after = _encoded(before.decode(page.decoding.used), page).encode("ascii")
        except (BadUrl, UnicodeError):
            continue  # no address of the web, or no text
        if after != before:
            yield LinkChange(start, before, after)


def changed(payload: bytes, changes: Sequence[LinkChange]) -> bytes:
    """The page with the changes made."""
    pieces, done = [], 0
    for at, before, after in changes:
        pieces += [payload[done:at], after]
        done = at + len(before)
    return b"".join([*pieces, payload[done:]])


def _places(payload: bytes) -> Iterator[tuple[int, int]]:
    """Where references stand: values of attributes of tags, each as far as it is one reference."""
    at = 0
    while tag := _TAG.search(payload, at):
        at = tag.end()
        if tag[3] is not None:
            name = tag[3].lower()
            start, at = at, _tag_end(payload, at)
            yield from _in_tag(payload, name, start, at)
            if name in _RAW_TEXT:
                at = _found_or_end(_RAW_TEXT[name].search(payload, at), payload)
        elif tag[1] and not tag[2]:
            at = _found_or_end(_COMMENT_END.search(payload, at), payload)
        elif not tag[1]:
            at = payload.find(b">", at) + 1 or len(payload)


def _found_or_end(found: re.Match[bytes] | None, payload: bytes) -> int:
    return found.end() if found is not None else len(payload)


def _tag_end(payload: bytes, at: int) -> int:
    while attribute := _ATTRIBUTE.match(payload, at):
        at = attribute.end()
        if attribute[1]:
            break
    return at


def _in_tag(payload: bytes, tag: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    refreshes = tag == b"meta" and b"refresh" in payload[start:end].lower()
    for attribute in _ATTRIBUTE.finditer(payload, start, end):
        group = next((number for number in (3, 4, 5) if attribute[number]), None)
        if group is None:
            continue
        name, (begun, ended) = attribute[2].lower(), attribute.span(group)
        if name in _LINKS or (tag, name) == (b"object", b"data"):
            yield begun, ended
        elif name == b"srcset":
            yield from (found.span() for found in _CANDIDATE.finditer(payload, begun, ended))
        elif refreshes and name == b"content" and (refresh := _REFRESH.match(payload, begun, ended)):
            yield refresh.span(1)


def _encoded(value: str, page: Page) -> str:
    """An attribute's value, references and all, in ASCII. Raises `BadUrl`."""
    asked = request_url(_plain(value), page.base_url, page.encoding)
    part = "/"

    def unit(found: re.Match[str]) -> str:
        nonlocal part
        text = _character(found) if found[1] else found[0]
        if text in ("?", "#"):
            part = text if part != "#" else part
        if text.isascii():
            return found[0]
        # a fragment, which is not asked for, is in UTF-8 as a path is
        place = "http://h/?" if part == "?" else "http://h/"
        return request_url(place + text, encoding=page.encoding)[len(place) :]

    encoded = _UNIT.sub(unit, value)
    plain = _plain(encoded)
    if request_url(plain, page.base_url) == asked and not _RAW_HOST.match(_plain(value)):
        return encoded
    # a host's name in ASCII is another one
    return escape(asked + "".join(plain.partition("#")[1:]))


def _plain(value: str) -> str:
    return re.sub(_REFERENCE, _character, value)


def _character(found: re.Match[str]) -> str:
    """What a reference in an attribute stands for, or the text itself where it is none."""
    return unescape(found[0]) if found[0][1] == "#" or found[0][1:] in html5 else found[0]
