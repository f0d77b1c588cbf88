"""What only a script shows: pagers written by a call, list items kept in a script, links that it writes."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from profiles.compiled import CompiledPager, CompiledProfile
from profiles.fetched import read_fetched
from profiles.nesting import thin_out
from profiles.page import Page
from profiles.questions import matches_in
from profiles.written import Scripts, literal

MAX_PAGES = 2000
"""Pages of one list whose addresses a script's call gives."""

MAX_ITEMS = 2000
"""List items that are read from the scripts of one page."""


_ELEMENT = re.compile(r"<(?:a|i?frame|img|script|link)\s", re.I)
_WRITTEN = "a[href], img[src], iframe[src], frame[src], script[src], link[href]"


@dataclass(frozen=True, slots=True)
class ScriptedList:
    """What the scripts of a page say of the list it is part of. `next` and `others` are references as a script
    would write them; `others`, all pages but this and the next, stand on the first page only."""

    items: int | None = None
    pages: int | None = None
    current: int | None = None
    next: str | None = None
    others: tuple[str, ...] = ()
    posts: tuple[tuple[str, bytes], ...] = ()
    """What the script would ask for by POST: references and bodies."""


def read_scripted(page: Page, compiled: CompiledProfile) -> ScriptedList | None:
    """The first pager that a script of the page writes; None where no pattern of the profile finds one."""
    if compiled.fetched:
        fetched = read_fetched(page, compiled, len(embedded_items(page, compiled)))
        if fetched is not None:
            return ScriptedList(fetched.items, fetched.pages, 1, posts=fetched.requests)
    for pager in compiled.scripted:
        for found in matches_in(pager.pattern, page):
            groups = _groups(found)
            others = [other for pattern in pager.also for other in matches_in(pattern, page, 1)]
            if len(others) < len(pager.also):
                break
            for other in others:
                groups |= _groups(other)
            if "pages" not in groups:
                return ScriptedList(next=pager.url.format_map(groups))
            if (read := _counted(page, pager, groups)) is not None:
                return read
    return None


def _groups(found: re.Match[str]) -> dict[str, str]:
    return {name: html.unescape(value or "") for name, value in found.groupdict().items()}


def _counted(page: Page, pager: CompiledPager, groups: dict[str, str]) -> ScriptedList | None:
    numbers = {name: _number(groups.get(name, "")) for name in ("items", "pages", "current")}
    pages, current = numbers["pages"], numbers["current"]
    if pages is None or current is None:
        return None
    start = _start(page, pager, groups, current)
    if not start <= current < start + pages:
        return None
    last = min(start + pages, start + MAX_PAGES) - 1
    following = _address(pager, groups, start, current + 1) if current < start + pages - 1 else None
    others = range(current + 2, last + 1) if current == start else ()
    addresses = tuple(_address(pager, groups, start, number) for number in others)
    return ScriptedList(numbers["items"], pages, current - start + 1, following, addresses)


def _start(page: Page, pager: CompiledPager, groups: dict[str, str], current: int) -> int:
    """The number of the first page: 0 on a site that counts its pages otherwise than the profile says, which its first
    two pages show."""
    if current == 0:
        return 0
    second = current == 1 and page.url.partition("?")[0].endswith("/" + pager.url.format_map({**groups, "page": "1"}))
    return 0 if second and pager.first is not None else pager.counts_from


def _address(pager: CompiledPager, groups: dict[str, str], start: int, number: int) -> str:
    template = pager.first if number == start and pager.first is not None else pager.url
    return template.format_map({**groups, "page": str(number)})


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else None


def written_elements(page: Page) -> tuple[LexborNode, ...]:
    """Links, frames, images and scripts that inline scripts write from literals; the nodes are of a tree of their own.

    Scripts are read only where one of them holds such an element and one writes.
    """
    if "document.write" not in page.text:
        return ()
    scripts = [node.text() or "" for node in page.tree.css("script:not([src])")]
    if not any(map(_ELEMENT.search, scripts)):
        return ()
    known = Scripts()
    written = "\n".join(filter(None, map(known.written, scripts)))
    return tuple(LexborHTMLParser(thin_out(written)).css(_WRITTEN)) if written else ()


def embedded_items(page: Page, compiled: CompiledProfile) -> list[str]:
    """The list items that the page's scripts hold, as HTML."""
    matches = (found for pattern in compiled.embedded for found in matches_in(pattern, page, MAX_ITEMS))
    return [_html(found) for found in matches]


def _html(found: re.Match[str]) -> str:
    groups = found.groupdict()
    return groups["html"] if groups.get("html") is not None else literal(groups["literal"])


def embedded_links(page: Page, compiled: CompiledProfile) -> tuple[LexborNode, ...]:
    """The links in the list items that the page's scripts hold. The nodes are of a tree of their own, which
    lives as long as they do."""
    held = embedded_items(page, compiled)
    if not held:
        return ()
    body = LexborHTMLParser(thin_out("\n".join(held))).body
    return tuple(body.css("a[href]")) if body is not None else ()
