"""What a reference in a page comes to: an address and what the profile says of it, or a reason to refuse it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from archive.urls import BadUrl, request_url
from profiles.compiled import CompiledProfile

MAX_REMEMBERED = 16_384
"""Addresses whose nature is remembered: menus and neighbours come back on every page."""
_SCHEME = re.compile(r"\s{0,9}([A-Za-z][A-Za-z0-9+.-]{0,19}):")


class Hop(StrEnum):
    """How a link is followed: Heritrix's letters (its crawl log's discovery path)."""

    LINK = "L"
    EMBED = "E"
    REDIRECT = "R"
    SPECULATIVE = "X"
    """found in a script, as far as it could be read"""


class Role(StrEnum):
    """What a link is for, as the page shows it; the frontier's priorities go by it."""

    REDIRECT = "redirect"
    FRAME = "frame"
    COLUMN = "column"
    LIST = "list"
    CHAIN = "chain"
    ARTICLE = "article"
    ATTACHMENT = "attachment"
    REQUISITE = "requisite"
    CLICKS = "clicks"
    PAGE = "page"


class Outlink(NamedTuple):
    """A request that a page leads to. `url` is a request_url; `hop` a `Hop`, `role` a `Role`."""

    url: str
    hop: str
    role: str
    text: str = ""
    method: str = "GET"
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Drop:
    """A reference that is not followed, and why: `scheme:javascript`, `bad-url`, `beacon`, `trap:REASON`,
    `clicks:EFFECT`. `outlink` is what it would have been, where a job may allow it all the same (traps)."""

    reference: str
    reason: str
    outlink: Outlink | None = None


@dataclass(frozen=True, slots=True)
class Resolved:
    """`url` is None where the reference is refused for what it is; `reason` also names beacons and traps."""

    url: str | None
    reason: str | None
    is_article: bool = False
    is_attachment: bool = False


class Resolver:
    """Resolves the references of one page. `base` is what they are resolved against, a request_url."""

    __slots__ = ("_base", "_compiled", "_encoding")

    def __init__(self, base: str, encoding: str, compiled: CompiledProfile) -> None:
        self._base, self._encoding, self._compiled = base, encoding, compiled

    def __call__(self, reference: str) -> Resolved:
        """What `reference`, stripped of blanks and not empty, comes to."""
        try:
            url = request_url(reference, self._base, self._encoding)
        except BadUrl:
            return Resolved(None, _refusal(reference))
        return _classified(url, self._compiled)


@lru_cache(maxsize=MAX_REMEMBERED)
def _classified(url: str, compiled: CompiledProfile) -> Resolved:
    if compiled.beacons.search(url):
        return Resolved(url, "beacon")
    if compiled.any_trap.search(url):
        reason = next(reason for pattern, reason in compiled.traps if pattern.search(url))
        return Resolved(url, f"trap:{reason}")
    return Resolved(url, None, compiled.articles.search(url), compiled.attachments.search(url))


def _refusal(reference: str) -> str:
    """The reason for a reference that is no address: its scheme, or that it cannot be read.

    >>> _refusal("mailto:a@b.example"), _refusal("http://[")
    ('scheme:mailto', 'bad-url')
    """
    scheme = _SCHEME.match(reference)
    name = scheme[1].lower() if scheme else "http"
    return "bad-url" if name in ("http", "https") else f"scheme:{name}"
