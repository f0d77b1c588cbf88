"""The shelf: oddities on the wire, each with what a right capture of it looks like.

Every case stands at `/case/NAME` of the shelf site. `CASES` is the table; `judge` says what is
wrong with a capture of a case, in words, or None.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from jiucang.sample.replies import Close, Late, Pause, Piece, Reply, Reset, Stall, chunks

Verdict = Literal["exact", "prefix", "nothing", "unparsed"]
"""What stands in the archive of the final message: all of it; a proper prefix of it; no response at
all, and the metadata say so; all bytes, but as application/octet-stream for want of a status line."""

Truncated = Literal["length", "time", "disconnect"]

BODY_LIMIT = 1_000_000
"""Octets of a body the sample's job keeps; the case `long-body` is longer."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a right capture holds beside the message itself.

    `before` and `after` are exact: interim answers and blank lines ahead of the message, bytes that
    follow it at once. `late` may come after the client has turned away: it is kept or not.
    """

    verdict: Verdict = "exact"
    truncated: Truncated | None = None
    before: bytes = b""
    after: bytes = b""
    late: bytes = b""
    status: int | None = 200


@dataclass(frozen=True, slots=True)
class Case:
    """An oddity: what the server writes to the one request, and what should be kept."""

    name: str
    pieces: tuple[Piece, ...]
    expected: Expected
    method: str = "GET"
    linked: bool = True
    """Whether the shelf's page links it: HEAD cases are for tests of the wire."""

    @property
    def path(self) -> str:
        return f"/case/{self.name}"

    def reply(self) -> Reply:
        return Reply(self.pieces, case=self.name)

    @property
    def message(self) -> bytes:
        """The bytes of the final message as far as the server sends them."""
        wire = self.reply().wire
        return wire[len(self.expected.before) : len(wire) - len(self.expected.after)]


def judge(case: Case, before: bytes, block: bytes, after: bytes, truncated: str | None) -> str | None:
    """What is wrong with a capture: bytes ahead of, in and behind the message, and its WARC-Truncated."""
    expected = case.expected
    if truncated != expected.truncated:
        return f"WARC-Truncated is {truncated!r}, expected {expected.truncated!r}"
    if before != expected.before:
        return f"before the message {before[:80]!r}, expected {expected.before[:80]!r}"
    if expected.late and after and expected.late.startswith(after):
        return None if block == case.message else _differs(case, block)
    if after != expected.after:
        return f"after the message {after[:80]!r}, expected {expected.after[:80]!r}"
    if expected.verdict == "nothing":
        return f"{len(block)} bytes where nothing came" if block else None
    if expected.verdict == "prefix":
        whole = case.message.startswith(block) and (len(block) < len(case.message) or expected.truncated != "length")
        return None if block and whole else _differs(case, block)
    return None if block == case.message else _differs(case, block)


def _differs(case: Case, block: bytes) -> str:
    return f"{case.name}: {len(block)} bytes kept, the message has {len(case.message)}"


def _html(name: str, more: str = "") -> bytes:
    return (
        f"<html><head><meta charset=utf-8><title>{name}</title></head><body><p>线路测试：{name}</p>{more}</body>"
        "</html>\n"
    ).encode()


def _sized(body: bytes, *fields: bytes, status: bytes = b"HTTP/1.1 200 OK") -> bytes:
    """A message with a right Content-Length."""
    lines = [status, b"Content-Type: text/html; charset=utf-8", *fields, b"Content-Length: %d" % len(body)]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def _head(*lines: bytes) -> bytes:
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _plain(name: str, make: Callable[[bytes], bytes], status: int = 200) -> Case:
    wire = make(_html(name))
    return Case(name, (wire,), Expected(status=status))


HTML = b"Content-Type: text/html; charset=utf-8"


def _heads() -> Sequence[Case]:
    return (
        _plain("header-case", lambda b: _sized(b, b"x-ODD-Case: 1", b"X-Odd-case:2", b"x-odd-CASE :\t3 ")),
        _plain(
            "duplicate-headers", lambda b: _sized(b, b"Set-Cookie: a=1", b"Via: one", b"Set-Cookie: a=2", b"Via: two")
        ),
        _plain("folded-header", lambda b: _sized(b, b"X-Folded: one,", b"  two,", b"\tthree")),
        _plain("nameless-header", lambda b: _sized(b, b": no name", b"no colon at all", b" ")),
        _plain("nul-in-header", lambda b: _sized(b, b"X-Nul: a\0b")),
        _plain("nul-in-body", lambda b: _sized(b + b"\0\0\0tail\0")),
        _plain("raw-gbk-header", lambda b: _sized(b, "X-Bumen: 保卫处".encode("gbk"))),
        _plain("no-reason", lambda b: _sized(b, status=b"HTTP/1.1 200")),
        _plain("blank-reason", lambda b: _sized(b, status=b"HTTP/1.1 200 ")),
        _plain("gbk-reason", lambda b: _sized(b, status="HTTP/1.1 200 成功".encode("gbk"))),
        _plain("status-double-blank", lambda b: _sized(b, status=b"HTTP/1.1  200  OK")),
        _plain("status-lower-case", lambda b: _sized(b, status=b"http/1.1 200 ok")),
        _plain("status-odd-version", lambda b: _sized(b, status=b"HTTP/2.0 200 OK")),
        _plain("status-unknown", lambda b: _sized(b, status=b"HTTP/1.1 299 Odd"), status=299),
        _plain("lf-only", lambda b: _sized(b).replace(b"\r\n", b"\n", 2).replace(b"\r\n\r\n", b"\n\n")),
        _plain("header-20k", lambda b: _sized(b, b"X-Long: " + b"0123456789abcdef" * 1280)),
    )


def _bodies() -> Sequence[Case]:
    body = _html("body")
    squeezed = gzip.compress(_html("gzip") * 20, 6, mtime=0)
    gz = b"Content-Encoding: gzip"
    chunked = _head(b"HTTP/1.1 200 OK", HTML, b"Transfer-Encoding: chunked")
    return (
        Case(
            "chunk-extensions", (chunked + b'5;name=value\r\n<html\r\n1 ;a="b;c"\r\n>\r\n0;last\r\n\r\n',), Expected()
        ),
        Case("chunk-trailers", (chunked + chunks(body)[:-2] + b"X-Checksum: abc\r\nx-second: 2\r\n\r\n",), Expected()),
        Case("chunk-upper-hex", (chunked + b"0000001A\r\n" + body[:26] + b"\r\n0\r\n\r\n",), Expected()),
        Case("chunk-and-length", (chunked[:-2] + b"Content-Length: 3\r\n\r\n" + chunks(body), Close()), Expected()),
        Case("chunk-lf-only", (chunked + chunks(body).replace(b"\r\n", b"\n"),), Expected()),
        Case(
            "gzip", (_head(b"HTTP/1.1 200 OK", HTML, gz, b"Content-Length: %d" % len(squeezed)) + squeezed,), Expected()
        ),
        Case("gzip-chunked", (chunked[:-2] + gz + b"\r\n\r\n" + chunks(squeezed, 100),), Expected()),
        Case("http10-to-close", (_head(b"HTTP/1.0 200 OK", HTML) + body * 30, Close()), Expected()),
        Case("http11-to-close", (_head(b"HTTP/1.1 200 OK", HTML, b"Connection: close") + body, Close()), Expected()),
        Case("no-content", (_head(b"HTTP/1.1 204 No Content", b"Content-Length: 17"),), Expected(status=204)),
        Case(
            "not-modified",
            (_head(b"HTTP/1.1 304 Not Modified", b"Content-Length: 512", b'ETag: "x"'),),
            Expected(status=304),
        ),
        Case(
            "head", (_head(b"HTTP/1.1 200 OK", HTML, b"Content-Length: 4096"),), Expected(), method="HEAD", linked=False
        ),
        Case("empty-body", (_head(b"HTTP/1.1 200 OK", HTML, b"Content-Length: 0"),), Expected()),
        Case("conflicting-lengths", (_lengths(body, b"5", b"%d" % len(body)), Close()), Expected()),
        Case("bad-length", (_head(b"HTTP/1.1 200 OK", HTML, b"Content-Length: many") + body, Close()), Expected()),
    )


def _lengths(body: bytes, *values: bytes) -> bytes:
    return _head(b"HTTP/1.1 200 OK", HTML, *(b"Content-Length: " + value for value in values)) + body


def _around() -> Sequence[Case]:
    interim = _head(b"HTTP/1.1 100 Continue") + _head(b"HTTP/1.1 103 Early Hints", b"Link: </css/a.css>; rel=preload")
    page, extra = _sized(_html("around")), b"HTTP/1.1 200 OK\r\n\r\n<p>stray answer</p>"
    return (
        Case("interim", (interim, Pause(0.05), page), Expected(before=interim)),
        Case("blank-lines-before", (b"\r\n\n\r\n" + page,), Expected(before=b"\r\n\n\r\n")),
        Case("bytes-after", (page + extra,), Expected(after=extra)),
        Case(
            "bytes-after-no-content",
            (_head(b"HTTP/1.1 204 No Content") + b"oops",),
            Expected(after=b"oops", status=204),
        ),
        Case("bytes-late", (page, Late(0.3, extra)), Expected(late=extra)),
    )


def _broken() -> Sequence[Case]:
    long = _html("broken") * 400
    half, head = long[: len(long) // 2], _head(b"HTTP/1.1 200 OK", HTML, b"Content-Length: %d" % len(long))
    big = _html("long") * (BODY_LIMIT // 60)
    return (
        Case("short-body", (head + half, Close()), Expected("prefix", "disconnect")),
        Case("reset-in-body", (head + half, Reset()), Expected("prefix", "disconnect")),
        Case(
            "chunk-cut",
            (_head(b"HTTP/1.1 200 OK", HTML, b"Transfer-Encoding: chunked") + chunks(long)[:3001], Close()),
            Expected("prefix", "disconnect"),
        ),
        Case(
            "head-cut",
            (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Cut: ab", Close()),
            Expected("prefix", "disconnect"),
        ),
        Case("stall-in-body", (head + half, Stall()), Expected("prefix", "time")),
        Case("stall-at-once", (Stall(),), Expected("nothing", status=None)),
        Case("empty-reply", (Close(),), Expected("nothing", status=None)),
        Case("reset-at-once", (Reset(),), Expected("nothing", status=None)),
        Case("long-body", (_sized(big),), Expected("prefix", "length")),
        Case("slow", _drip(_sized(_html("slow") * 4)), Expected()),
        Case(
            "not-http", (b"SSH-2.0-OpenSSH_5.3\r\nProtocol mismatch.\r\n", Close()), Expected("unparsed", status=None)
        ),
        Case("http09", (_html("http09"), Close()), Expected("unparsed", status=None)),
    )


def _drip(wire: bytes) -> tuple[Piece, ...]:
    """The bytes in eight pieces with pauses, shorter than any timeout for silence."""
    size = -(-len(wire) // 8)
    pieces: list[Piece] = []
    for at in range(0, len(wire), size):
        pieces += [wire[at : at + size], Pause(0.1)]
    return tuple(pieces[:-1])


def _redirects() -> Sequence[Case]:
    def moved(location: bytes | None, status: bytes = b"302 Found") -> bytes:
        fields = (b"Location: " + location,) if location is not None else ()
        return _head(b"HTTP/1.1 " + status, *fields, b"Content-Length: 0")

    raw = "/moved/通知.htm".encode("gbk")
    return (
        Case("redirect-relative", (moved(b"../moved/relative.htm"),), Expected(status=302)),
        Case("redirect-gbk", (moved(raw, b"301 Moved Permanently"),), Expected(status=301)),
        Case("redirect-nowhere", (moved(None),), Expected(status=302)),
        Case("redirect-self", (moved(b"/case/redirect-self"),), Expected(status=302)),
        Case("redirect-loop-a", (moved(b"redirect-loop-b", b"307 Temporary Redirect"),), Expected(status=307)),
        Case(
            "redirect-loop-b",
            (moved(b"redirect-loop-a", b"307 Temporary Redirect"),),
            Expected(status=307),
            linked=False,
        ),
    )


CASES: tuple[Case, ...] = (*_heads(), *_bodies(), *_around(), *_broken(), *_redirects())
BY_NAME = {case.name: case for case in CASES}
