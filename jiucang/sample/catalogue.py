"""Putting a site together: every address is added with what a right crawl does about it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from zlib import crc32

from jiucang.sample.replies import Resource
from jiucang.sample.site import Handler


class Wanted(Enum):
    """What a right crawl does about an address."""

    MUST = "must"
    """It is linked, in scope and allowed: to be captured."""
    MAY = "may"
    """A second address of something captured, or a matter of taste: both are right."""
    NEVER = "never"
    """A beacon, a comment, a trap, disallowed or out of scope: a request is a fault."""


@dataclass(frozen=True, slots=True)
class Endless:
    """A series without an end: every address that starts so, of which a right crawl asks at most `tolerated`."""

    prefix: str
    tolerated: int


@dataclass(slots=True)
class Catalogue:
    """The addresses of one site. Targets are request targets as sent, with the leading slash, ASCII."""

    encoding: str = "utf-8"
    content_type: bytes = b"text/html; charset=UTF-8"
    validated: bool = True
    """Whether its pages have validators, as those of a CMS that writes files do."""
    files: dict[bytes, Resource | Handler] = field(default_factory=dict)
    handlers: dict[bytes, Handler] = field(default_factory=dict)
    wanted: dict[bytes, Wanted] = field(default_factory=dict)
    endless: list[Endless] = field(default_factory=list)
    merged: list[frozenset[bytes]] = field(default_factory=list)
    """Addresses of one thing: at least one of each group is captured."""

    def add(self, target: str, found: Resource | Handler, wanted: Wanted = Wanted.MUST) -> None:
        """Raises ValueError where something stands there already."""
        key = target.encode("ascii")
        if key in self.files:
            raise ValueError(f"two files at {target}")
        self.files[key] = found
        self.wanted[key] = wanted

    def page(
        self, target: str, text: str, wanted: Wanted = Wanted.MUST, *, encoding: str = "", content_type: bytes = b""
    ) -> None:
        """Add an HTML page. What the encoding lacks becomes a character reference, as in a CMS."""
        body = text.encode(encoding or self.encoding, "xmlcharrefreplace")
        page = framed(target, body, content_type or self.content_type)
        self.add(target, replace(page, validated=self.validated), wanted)

    def twin(self, target: str, other: str) -> None:
        """A second address of the same bytes; a profile may merge the two, so one of them is enough."""
        self.add(other, self.files[target.encode("ascii")], Wanted.MAY)
        self.wanted[target.encode("ascii")] = Wanted.MAY
        self.merged.append(frozenset({target.encode("ascii"), other.encode("ascii")}))

    def never(self, target: str) -> None:
        """An address that must not be asked and where nothing stands."""
        self.wanted[target.encode("ascii")] = Wanted.NEVER


def framed(target: str, body: bytes, content_type: bytes) -> Resource:
    """A page whose framing depends on its address alone: with or without chunks, with or without gzip."""
    form = crc32(target.encode("ascii")) % 4
    return Resource(body, content_type, chunked=form in (1, 3), gzipped=form in (2, 3))
