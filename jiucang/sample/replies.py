"""Requests as they came and replies as scripts: what the server writes, piece by piece.

A reply is a sequence of pieces: bytes are written as they stand; the others are events of the
connection. Nothing here touches a socket or a clock.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime

Clock = Callable[[], datetime]
Headers = tuple[tuple[bytes, bytes], ...]

CHUNK = 700
"""Octets in a chunk of a chunked body: small, so that every page has several."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing is sent for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Stall:
    """Nothing more is sent: the server waits for the client to go, at most its own patience."""


@dataclass(frozen=True, slots=True)
class Close:
    """The connection ends in order (FIN)."""


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is torn down (RST), once what was sent has reached the other side."""


@dataclass(frozen=True, slots=True)
class Late:
    """Bytes that belong to no message, sent so many seconds after the last one."""

    seconds: float
    data: bytes


Piece = bytes | Pause | Stall | Close | Reset | Late


@dataclass(frozen=True, slots=True)
class Reply:
    """A script for one answer; after the last piece the connection is kept unless it was ended.

    `case` names the oddity the reply stands for, for the ledger.
    """

    pieces: tuple[Piece, ...]
    case: str | None = None

    @property
    def wire(self) -> bytes:
        """The bytes of the answer in order, without the late ones."""
        return b"".join(piece for piece in self.pieces if isinstance(piece, bytes))


@dataclass(frozen=True, slots=True)
class Request:
    """A request as received; `raw` is exact, the rest is read from it."""

    raw: bytes
    method: bytes
    target: bytes
    headers: Headers
    body: bytes = b""

    @property
    def path(self) -> bytes:
        """The target up to its query."""
        return self.target.partition(b"?")[0]

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the query, the first of each name, left percent-encoded (ASCII)."""
        found: dict[str, str] = {}
        for pair in self.target.partition(b"?")[2].decode("latin-1").split("&"):
            name, _, value = pair.partition("=")
            found.setdefault(name, value)
        return found

    def header(self, name: bytes) -> bytes:
        """The first value of a header, name in lower case; empty where it is missing."""
        return next((value for key, value in self.headers if key.lower() == name), b"")

    def wants_close(self) -> bool:
        """True where the connection ends after the answer (RFC 9112 §9.3)."""
        options = self.header(b"connection").lower()
        if self.raw.split(b"\r\n", 1)[0].endswith(b"HTTP/1.0"):
            return b"keep-alive" not in options
        return b"close" in options


def parse_request(raw: bytes, body: bytes = b"") -> Request:
    r"""Read a request head; what cannot be read is left empty, nothing is raised.

    >>> parse_request(b"GET /a?x=1 HTTP/1.1\r\nHost: h\r\n\r\n").target
    b'/a?x=1'
    """
    lines = raw.partition(b"\r\n\r\n")[0].split(b"\r\n")
    words = lines[0].split(b" ")
    method, target = (words[0], words[1]) if len(words) > 1 else (words[0], b"")
    pairs = (line.partition(b":") for line in lines[1:])
    headers = tuple((name, value.strip()) for name, _, value in pairs)
    return Request(raw=raw, method=method, target=target, headers=headers, body=body)


#: When every file of the sample was last changed, as its servers say.
CHANGED = b"Mon, 22 Sep 2014 08:00:00 GMT"
REASONS = {
    200: b"OK",
    304: b"Not Modified",
    301: b"Moved Permanently",
    302: b"Found",
    404: b"Not Found",
    503: b"Service Unavailable",
}


@dataclass(frozen=True, slots=True)
class Resource:
    """A file of a site: what stands at an address, before it is framed for one request.

    A `validated` one has an ETag, and answers a request that shows the same one with 304.
    """

    body: bytes
    content_type: bytes = b"text/html"
    status: int = 200
    headers: Headers = ()
    chunked: bool = False
    gzipped: bool = False
    case: str | None = None
    validated: bool = False
    _squeezed: list[bytes] = field(default_factory=list, repr=False, compare=False)

    def reply(self, request: Request, now: datetime) -> Reply:
        """Frame the file for a request: gzip only where the client takes it, no body for HEAD."""
        body, fields = self.body, list(self.headers)
        if self.validated:
            tag = b'"%x-%x"' % (len(body), zlib.crc32(body))
            fields += [(b"Last-Modified", CHANGED), (b"ETag", tag)]
            if request.header(b"if-none-match") == tag:
                return Reply((head(304, fields, now),), case=self.case)
        if self.gzipped and b"gzip" in request.header(b"accept-encoding").lower():
            if not self._squeezed:
                self._squeezed.append(gzip.compress(self.body, 6, mtime=0))
            body = self._squeezed[0]
            fields.append((b"Content-Encoding", b"gzip"))
        if self.content_type:
            fields.insert(0, (b"Content-Type", self.content_type))
        if self.chunked:
            fields.append((b"Transfer-Encoding", b"chunked"))
            body = chunks(body)
        else:
            fields.append((b"Content-Length", b"%d" % len(body)))
        closing = request.wants_close()
        fields.append((b"Connection", b"close" if closing else b"keep-alive"))
        start = head(self.status, fields, now)
        pieces: list[Piece] = [start if request.method == b"HEAD" else start + body]
        if closing:
            pieces.append(Close())
        return Reply(tuple(pieces), case=self.case)


def head(status: int, fields: Sequence[tuple[bytes, bytes]], now: datetime) -> bytes:
    """A response head as the sample's server writes it, from the status line to the blank line."""
    date = format_datetime(now, usegmt=True).encode("ascii")
    lines = [
        b"HTTP/1.1 %d %s" % (status, REASONS.get(status, b"Unknown")),
        b"Server: VWebServer/6.0.0",
        b"Date: " + date,
    ]
    lines += [name + b": " + value for name, value in fields]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def chunks(body: bytes, size: int = CHUNK) -> bytes:
    r"""A body in chunked framing, with the last chunk and no trailers.

    >>> chunks(b"abcde", 3)
    b'3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n'
    """
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
