"""What portals really send, answer by answer, and the exact exchange each must give."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import pytest

from archive.http1 import Fault
from crawler.wire.exchange import ErrorCode, Exchange, Truncated

OK = b"HTTP/1.1 200 OK\r\n"
GO = b"HTTP/1.1 100 Go\r\nA: b\r\n\r\n"
FLOOD = b"HTTP/1.1 100\r\n\r\n" * 20_000
TWO_LENGTHS = OK + b"Content-Length: 2\r\nContent-Length: 5\r\n\r\n"
PAGE = "<html><title>旧栏目</title></html>".encode("gb18030")
SIZED = b"Content-Length: %d\r\n\r\n" % len(PAGE)
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
ZIPPED = gzip.compress(PAGE, mtime=0)


@dataclass(frozen=True)
class Case:
    """What the server sends after the request, how it goes on, and what the exchange must say.

    `response` is what must be kept; where it is None all of `sent` but `before` and `after`. `payload` None means
    that there must be no payload digest.
    """

    name: str
    sent: bytes
    then: str = "hold"
    status: int | None = 200
    payload: bytes | None = b""
    response: bytes | None = None
    before: bytes = b""
    after: bytes = b""
    truncated: Truncated | None = None
    fault: Fault | None = None
    error: ErrorCode | None = None
    method: str = "GET"
    options: dict[str, Any] = field(default_factory=dict)


def cut(name: str, sent: bytes, then: str, truncated: Truncated, **more: Any) -> Case:
    """An answer that breaks off: kept as far as it came, without a payload digest."""
    return Case(name, sent, then, payload=None, truncated=truncated, **{"fault": Fault.BODY_CUT, **more})


def silent(name: str, sent: bytes, then: str, error: ErrorCode, **more: Any) -> Case:
    """No answer came."""
    return Case(name, sent, then, status=None, payload=None, response=b"", error=error, **more)


CASES = [
    Case("plain", OK + SIZED + PAGE, payload=PAGE),
    Case("odd case and duplicates", OK + b"sErVeR: a\r\nSERVER:b\r\nContent-LENGTH:2\r\n\r\nhi", payload=b"hi"),
    Case("folded field", OK + b"X-Long: a\r\n\t b\r\n" + SIZED + PAGE, payload=PAGE),
    Case("nameless field", OK + b": nothing\r\njunk\r\n" + SIZED + PAGE, payload=PAGE),
    Case("NULs in head and body", OK + b"X: a\0b\r\nContent-Length: 3\r\n\r\n\0x\0", payload=b"\0x\0"),
    Case("raw GBK in a field", OK + b"X: \xbe\xc9\xc0\xb8\r\n" + SIZED + PAGE, payload=PAGE),
    Case("no reason phrase", b"HTTP/1.1 200\r\n" + SIZED + PAGE, payload=PAGE),
    Case("blank for a reason", b"HTTP/1.1 200 \r\n" + SIZED + PAGE, payload=PAGE),
    Case("no blank before the reason", b"HTTP/1.1 200OK\r\n" + SIZED + PAGE, payload=PAGE),
    Case("lower-case protocol", b"http/1.1 200 OK\r\n" + SIZED + PAGE, payload=PAGE),
    Case("status 999", b"HTTP/1.1 999 Request denied\r\n" + SIZED + PAGE, status=999, payload=PAGE),
    Case("ICY", b"ICY 200 OK\r\n\r\nabc", "close", payload=b"abc"),
    Case("HTTP without a version", b"HTTP 200 OK\r\n\r\nabc", "close", payload=b"abc"),
    Case("404 in GBK", b"HTTP/1.1 404 \xce\xb4\xd5\xd2\xb5\xbd\r\n" + SIZED + PAGE, status=404, payload=PAGE),
    Case("LF-only lines", b"HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", payload=b"hi"),
    Case("mixed line ends", b"HTTP/1.1 200 OK\nA: b\r\nContent-Length: 2\r\n\nhi", payload=b"hi"),
    Case("chunks", OK + CHUNKED + b"2\r\nhi\r\n3\r\nyou\r\n0\r\n\r\n", payload=b"hiyou"),
    Case("chunk extensions", OK + CHUNKED + b'2;a="b"\r\nhi\r\n0;last\r\n\r\n', payload=b"hi"),
    Case("trailers", OK + CHUNKED + b"2\r\nhi\r\n0\r\nX-Sum: 1\r\nY: 2\r\n\r\n", payload=b"hi"),
    Case("padded chunk size", OK + CHUNKED + b"0002 \r\nhi\r\n0\r\n\r\n", payload=b"hi"),
    Case("chunks with LF", OK + b"Transfer-Encoding: chunked\n\n2\nhi\n0\n\n", payload=b"hi"),
    Case("no blank line after the last chunk", OK + CHUNKED + b"2\r\nhi\r\n0\r\n", "close", payload=b"hi"),
    Case("chunked over a length", OK + b"Content-Length: 3\r\n" + CHUNKED + b"2\r\nhi\r\n0\r\n\r\n", payload=b"hi"),
    cut("no last chunk", OK + CHUNKED + b"2\r\nhi\r\n", "close", Truncated.DISCONNECT),
    cut("cut in a chunk", OK + CHUNKED + b"9\r\nhi", "close", Truncated.DISCONNECT),
    Case("chunked in name only", OK + CHUNKED + PAGE, "close", payload=None, fault=Fault.BAD_CHUNK),
    Case("broken second chunk", OK + CHUNKED + b"2\r\nhi\r\nzz\r\n", "close", payload=None, fault=Fault.BAD_CHUNK),
    cut(
        "chunked in name only, no close",
        OK + CHUNKED + PAGE,
        "hold",
        Truncated.TIME,
        fault=Fault.BAD_CHUNK,
        options={"idle": 0.1},
    ),
    Case(
        "unknown transfer coding",
        OK + b"Transfer-Encoding: zip\r\n\r\nabc",
        "close",
        payload=None,
        fault=Fault.UNKNOWN_TRANSFER_CODING,
    ),
    Case("gzip", OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(ZIPPED) + ZIPPED, payload=ZIPPED),
    Case("gzip in chunks", OK + CHUNKED + b"%x\r\n%b\r\n0\r\n\r\n" % (len(ZIPPED), ZIPPED), payload=ZIPPED),
    Case("HTTP/1.0 to the close", b"HTTP/1.0 200 OK\r\n\r\n" + PAGE, "close", payload=PAGE),
    Case("HTTP/1.1 to the close", OK + b"Connection: close\r\n\r\n" + PAGE, "close", payload=PAGE),
    Case("empty to the close", b"HTTP/1.0 200 OK\r\n\r\n", "close"),
    cut("reset before the close", b"HTTP/1.0 200 OK\r\n\r\n" + PAGE, "reset", Truncated.DISCONNECT),
    Case("100 before", GO + OK + SIZED + PAGE, payload=PAGE, before=GO),
    Case(
        "102 and 103 before",
        b"HTTP/1.1 102 x\r\n\r\nHTTP/1.1 103 y\r\n\r\n" + OK + SIZED + PAGE,
        payload=PAGE,
        before=b"HTTP/1.1 102 x\r\n\r\nHTTP/1.1 103 y\r\n\r\n",
    ),
    Case("blank lines before", b"\r\n\n\r\n" + OK + SIZED + PAGE, payload=PAGE, before=b"\r\n\n\r\n"),
    silent("100 and nothing else", GO, "close", ErrorCode.NO_REPLY, before=GO),
    Case("204", b"HTTP/1.1 204 No Content\r\n\r\n", status=204),
    Case("304 with a length", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", status=304),
    Case("HEAD", OK + b"Content-Length: 99\r\n\r\n", method="HEAD"),
    Case("redirect without Location", b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", status=302),
    Case("101", b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", status=101),
    cut("short body", OK + b"Content-Length: 99\r\n\r\nabc", "close", Truncated.DISCONNECT),
    cut("reset in mid-body", OK + b"Content-Length: 99\r\n\r\nabc", "reset", Truncated.DISCONNECT),
    Case("two lengths, the greater true", TWO_LENGTHS + b"hello", payload=b"hello", fault=Fault.CONFLICTING_LENGTHS),
    Case("two lengths, the smaller true", TWO_LENGTHS + b"hi", "close", payload=b"hi", fault=Fault.CONFLICTING_LENGTHS),
    cut(
        "two lengths, neither true",
        TWO_LENGTHS + b"hey",
        "close",
        Truncated.DISCONNECT,
        fault=Fault.CONFLICTING_LENGTHS,
    ),
    Case(
        "two lengths, the smaller true, no close",
        TWO_LENGTHS + b"hi",
        payload=b"hi",
        fault=Fault.CONFLICTING_LENGTHS,
        options={"idle": 0.1},
    ),
    Case("same length twice", OK + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi", payload=b"hi"),
    Case("negative length", OK + b"Content-Length: -1\r\n\r\nhi", "close", payload=b"hi", fault=Fault.BAD_LENGTH),
    Case("bytes after the body", OK + b"Content-Length: 2\r\n\r\nhi<!-- x -->", payload=b"hi", after=b"<!-- x -->"),
    Case("bytes after the last chunk", OK + CHUNKED + b"0\r\n\r\n\r\n", after=b"\r\n"),
    Case("body in answer to HEAD", OK + SIZED + PAGE, method="HEAD", after=PAGE),
    Case("body of a 204", b"HTTP/1.1 204 No\r\n\r\nabc", status=204, after=b"abc"),
    silent("empty reply", b"", "close", ErrorCode.NO_REPLY),
    silent("reset without a reply", b"", "reset", ErrorCode.RESET),
    silent("no reply in time", b"", "hold", ErrorCode.READ_TIMEOUT, options={"first_byte": 0.1}),
    Case("no HTTP at all", b"SSH-2.0-OpenSSH_5\r\n", "close", status=None, payload=None, fault=Fault.NO_STATUS_LINE),
    Case("HTTP/0.9", PAGE, "close", status=None, payload=None, fault=Fault.NO_STATUS_LINE),
    cut("no HTTP, reset", b"\x16\x03\x01\n\0", "reset", Truncated.DISCONNECT, status=None, fault=Fault.NO_STATUS_LINE),
    cut("cut in the head", OK + b"Content-Le", "close", Truncated.DISCONNECT, fault=Fault.HEAD_CUT),
    cut("stalls in the head", OK + b"X: y\r\n", "hold", Truncated.TIME, fault=Fault.HEAD_CUT, options={"idle": 0.1}),
    cut("stalls in the body", OK + b"Content-Length: 99\r\n\r\nabc", "hold", Truncated.TIME, options={"idle": 0.1}),
    cut("total time passes", OK + b"Content-Length: 99\r\n\r\nabc", "hold", Truncated.TIME, options={"total": 0.2}),
    cut("close never comes", b"HTTP/1.0 200 OK\r\n\r\nabc", "hold", Truncated.TIME, options={"idle": 0.1}),
    Case("20 KB field", OK + b"X: " + b"y" * 20_000 + b"\r\n" + SIZED + PAGE, payload=PAGE),
    cut(
        "head above the limit",
        OK + b"X: y\r\n" * 60_000,
        "hold",
        Truncated.LENGTH,
        response=(OK + b"X: y\r\n" * 60_000)[:262_144],
        fault=Fault.HEAD_TOO_LARGE,
    ),
    silent("100 without end", FLOOD, "hold", ErrorCode.INTERIM_FLOOD, before=FLOOD[:262_144]),
    cut(
        "body above the limit",
        OK + b"Content-Length: 5000\r\n\r\n" + b"z" * 5000,
        "hold",
        Truncated.LENGTH,
        response=OK + b"Content-Length: 5000\r\n\r\n" + b"z" * 4096,
        fault=None,
        options={"body_limit": 4096},
    ),
    cut(
        "chunked body above the limit",
        OK + CHUNKED + b"1000\r\n" + b"z" * 4096 + b"\r\n0\r\n\r\n",
        "hold",
        Truncated.LENGTH,
        response=OK + CHUNKED + b"1000\r\n" + b"z" * 4090,
        fault=None,
        options={"body_limit": 4096},
    ),
    Case("body at the limit", OK + SIZED + PAGE, payload=PAGE, options={"body_limit": len(PAGE)}),
    cut(
        "no HTTP, above the limit",
        b"z" * 200_000,
        "hold",
        Truncated.LENGTH,
        status=None,
        response=b"z" * 100_000,
        fault=Fault.NO_STATUS_LINE,
        options={"body_limit": 100_000},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_answer(case: Case, world: Any, received: Callable[[Exchange], bytes]) -> None:
    async def ask() -> None:
        then = () if case.then == "close" else (case.then,)
        async with world.serving(["ask", case.sent, *then]) as server, world.client(**case.options) as client:
            exchange = await client.fetch(server.url("/a?b"), case.method, [(b"User-Agent", b"test")])
            check(case, exchange, received(exchange))
            assert exchange.request == server.requests[0]
            assert (exchange.ip, exchange.port) == ("127.0.0.1", server.port)
            assert server.connections == 1
            exchange.close()

    world.run(ask())


def check(case: Case, exchange: Exchange, response: bytes) -> None:
    assert (exchange.status, exchange.error, exchange.truncated, exchange.fault if not case.error else None) == (
        case.status,
        case.error,
        case.truncated,
        case.fault,
    )
    expected = case.response
    if expected is None:
        expected = case.sent[len(case.before) : len(case.sent) - len(case.after)]
    assert (exchange.before, response, exchange.after) == (case.before, expected, case.after)
    if case.payload is None:
        assert (exchange.payload_digest, exchange.payload_length) == (None, None)
    else:
        assert str(exchange.payload_digest) == "sha256:" + sha256(case.payload).hexdigest()
        assert exchange.payload_length == len(case.payload)
    if case.error is None:
        assert str(exchange.block_digest) == "sha256:" + sha256(expected).hexdigest()
    else:
        assert (exchange.response, exchange.block_digest) == (None, None)


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_answers_in_pieces(size: int, world: Any, received: Callable[[Exchange], bytes]) -> None:
    """A slow server: each piece leaves on its own."""
    case = Case("", GO + OK + CHUNKED + b"2\r\nhi\r\n0\r\nA: b\r\n\r\n", payload=b"hi", before=GO)
    pieces = [case.sent[start : start + size] for start in range(0, len(case.sent), size)]

    async def ask() -> None:
        async with world.serving(["ask", *pieces, "hold"]) as server, world.client() as client:
            exchange = await client.fetch(server.url())
            check(case, exchange, received(exchange))

    world.run(ask())
