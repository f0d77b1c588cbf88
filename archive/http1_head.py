"""Heads of HTTP/1.1 messages: status line, fields, and what they say about the body's end.

RFC 9112 §4 to §6, widened by what old servers send. Pure functions over bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from archive.http1_body import Fault

Header = tuple[bytes, bytes]
"""Name and value as received: the name without blanks around it, the value too, folds made one blank."""

StatusLine = tuple[bytes, int, bytes]
"""Version, status, reason phrase."""

_STATUS_LINE = re.compile(rb"(HTTP(?:/\d{1,3}(?:\.\d{1,3})?)?|ICY)[ \t]+([1-9]\d\d)(?!\d)[ \t]*(.*)", re.DOTALL | re.I)
_MEDIA_TYPE = re.compile(rb"\s*([\w!#$&^.+-]+/[\w!#$&^.+-]+)")
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([^\s\"';,]+)", re.I)


class Framing(StrEnum):
    """What says where a body ends (RFC 9112 §6.3)."""

    NONE = "none"
    CHUNKED = "chunked"
    LENGTH = "length"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class ResponseHead:
    """A status line and its header fields, in the order and spelling of the wire."""

    version: bytes
    status: int
    reason: bytes
    headers: tuple[Header, ...]
    size: int
    """Bytes from the status line's first to the blank line's last: the offset of the body in the message."""


@dataclass(frozen=True, slots=True)
class ContentType:
    media_type: str | None
    """Lower case, without parameters; None where the header is missing or is no media type."""
    charset: str | None
    """As declared, lower case."""


def read_status_line(line: bytes) -> StatusLine | None:
    """The parts of a status line without its line end; None where it is none.

    >>> read_status_line(b"HTTP/1.0 404NOT FOUND"), read_status_line(b"ICY 200")
    ((b'HTTP/1.0', 404, b'NOT FOUND'), (b'ICY', 200, b''))
    """
    match = _STATUS_LINE.fullmatch(line)
    return (match[1], int(match[2]), match[3]) if match else None


def is_interim(status: int) -> bool:
    """Whether a status announces another head. 101 does not: what follows it is no HTTP (RFC 9110 §15.2.2)."""
    return status < 200 and status != 101


def fields(lines: Iterable[bytes]) -> tuple[Header, ...]:
    """Fields of non-empty lines without line ends. One without a colon has no name; a fold joins the field above."""
    read: list[tuple[bytes, list[bytes]]] = []
    for line in lines:
        if line[0] in b" \t" and read:
            read[-1][1].append(line.strip(b" \t"))
            continue
        name, colon, value = line.partition(b":")
        read.append((name.strip(b" \t"), [value.strip(b" \t")]) if colon else (b"", [line.strip(b" \t")]))
    return tuple((name, parts[0] if len(parts) == 1 else b" ".join(parts).strip(b" ")) for name, parts in read)


def read_framing(head: ResponseHead, method: str) -> tuple[Framing, Fault | None, tuple[int, ...]]:
    """How the body ends, what is odd about that, and the lengths declared (RFC 9112 §6.3).

    Where lengths differ, the greatest is read: no byte that belongs to the body goes astray, and a close after
    exactly one of the others still makes a whole message.
    """
    if method == "HEAD" or head.status in (101, 204, 304):
        return Framing.NONE, None, ()
    named: dict[bytes, list[bytes]] = {b"transfer-encoding": [], b"content-length": []}
    for name, value in head.headers:
        if (lowered := name.lower()) in named:
            named[lowered] += [token.partition(b";")[0].strip(b" \t").lower() for token in value.split(b",")]
    codings = [coding for coding in named[b"transfer-encoding"] if coding not in (b"", b"identity")]
    if codings:
        fault = None if codings == [b"chunked"] else Fault.UNKNOWN_TRANSFER_CODING
        return (Framing.CHUNKED if codings[-1] == b"chunked" else Framing.CLOSE), fault, ()
    values = named[b"content-length"]
    lengths = tuple({int(value) for value in values if value.isdigit() and len(value) <= 18})
    fault = Fault.BAD_LENGTH if any(not value.isdigit() or len(value) > 18 for value in values) else None
    if len(lengths) > 1:
        fault = Fault.CONFLICTING_LENGTHS
    return (Framing.LENGTH if lengths else Framing.CLOSE), fault, lengths


def header(headers: Iterable[Header], name: bytes) -> bytes | None:
    """The value of the first field called `name` in any case, or None."""
    wanted = name.lower()
    return next((value for field, value in headers if field.lower() == wanted), None)


def header_values(headers: Iterable[Header], name: bytes) -> list[bytes]:
    """The values of all fields called `name` in any case, in wire order."""
    wanted = name.lower()
    return [value for field, value in headers if field.lower() == wanted]


def content_type(headers: Iterable[Header]) -> ContentType:
    """What the last Content-Type field that holds a media type declares, as browsers take it.

    >>> content_type([(b"content-type", b'Text/HTML;charset="GB2312"')])
    ContentType(media_type='text/html', charset='gb2312')
    """
    for value in reversed(header_values(headers, b"content-type")):
        if match := _MEDIA_TYPE.match(value):
            charset = _CHARSET.search(value, match.end())
            declared = charset[1].decode("latin-1").lower() if charset else None
            return ContentType(match[1].decode("ascii").lower(), declared)
    return ContentType(None, None)
