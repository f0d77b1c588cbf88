"""Blocks of WARC fields, and that of a warcinfo: what a file says of the crawl that made it (WARC/1.1, clause 6.2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from archive.warc import TOKEN, UNPRINTABLE, BadRecord, Fields

CONFORMS_TO = "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"


def warc_fields(pairs: Iterable[tuple[str, str]]) -> bytes:
    """A block of type application/warc-fields, UTF-8, one `name: value` line each.

    Raises `BadRecord` for a name that is no token or a value with control characters.

    >>> warc_fields([("operator", "档案馆"), ("format", "WARC File Format 1.1")]).decode()
    'operator: 档案馆\\r\\nformat: WARC File Format 1.1\\r\\n'
    """
    lines = []
    for name, value in pairs:
        if not TOKEN.fullmatch(name):
            raise BadRecord(name[:200], "no field name")
        if UNPRINTABLE.search(value):
            raise BadRecord(name, f"{value[:200]!r} holds control characters")
        lines.append(f"{name}: {value}\r\n")
    return "".join(lines).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Warcinfo:
    """What a file says of the crawl that made it; None where it is not known."""

    software: str
    hostname: str | None = None
    ip: str | None = None
    operator: str | None = None
    publisher: str | None = None
    is_part_of: str | None = None
    description: str | None = None
    robots: str | None = None
    user_agent: str | None = None
    from_address: str | None = None

    def fields(self) -> Fields:
        """In the order Heritrix writes them (clause 6.2, and its DCMI terms)."""
        rows = (
            ("software", self.software),
            ("hostname", self.hostname),
            ("ip", self.ip),
            ("format", "WARC File Format 1.1"),
            ("conformsTo", CONFORMS_TO),
            ("operator", self.operator),
            ("publisher", self.publisher),
            ("isPartOf", self.is_part_of),
            ("description", self.description),
            ("robots", self.robots),
            ("http-header-user-agent", self.user_agent),
            ("http-header-from", self.from_address),
        )
        return tuple((name, value) for name, value in rows if value is not None)
