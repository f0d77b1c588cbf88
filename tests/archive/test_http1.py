"""Lenient reading of responses: one case table, read whole and in every possible split."""

from __future__ import annotations

import gzip
import itertools
import zlib
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.http1 import (
    MAX_HEAD,
    MAX_STATUS_LINE,
    BadContent,
    Fault,
    ResponseParser,
    content_type,
    decode_content,
    header,
    header_values,
    parse_response,
)


@dataclass(frozen=True)
class Case:
    """What is fed (and then the close) and what must come of it. `response` None: all that is neither else."""

    name: str
    wire: bytes
    status: int | None = 200
    reason: bytes = b"OK"
    headers: tuple[tuple[bytes, bytes], ...] | None = None
    payload: bytes = b""
    before: bytes = b""
    after: bytes = b""
    complete: bool = True
    fault: Fault | None = None
    method: str = "GET"
    reusable: bool | None = None


OK = b"HTTP/1.1 200 OK\r\n"
TEN = b"Content-Length: 10\r\n\r\n"

CASES = [
    Case("plain", OK + TEN + b"0123456789", payload=b"0123456789", reusable=True),
    Case("empty body", OK + b"Content-Length: 0\r\n\r\n", reusable=True),
    Case("to the close", OK + b"\r\nrest", payload=b"rest", reusable=False),
    Case("1.0 to the close", b"HTTP/1.0 200 OK\r\nX: y\r\n\r\nrest", payload=b"rest", headers=((b"X", b"y"),)),
    Case(
        "1.0 with length is not reused",
        b"HTTP/1.0 200 OK\r\n" + TEN + b"0123456789",
        payload=b"0123456789",
        reusable=False,
    ),
    Case(
        "connection close", OK + b"Connection: Close\r\n" + TEN + b"0123456789", payload=b"0123456789", reusable=False
    ),
    Case("no reason", b"HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n", status=404, reason=b""),
    Case("blank reason", b"HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n", status=404, reason=b""),
    Case(
        "GBK reason", b"HTTP/1.1 404 \xce\xb4\xd5\xd2\xb5\xbd\r\n\r\n", status=404, reason=b"\xce\xb4\xd5\xd2\xb5\xbd"
    ),
    Case("reason without blank", b"HTTP/1.1 200OK\r\n\r\n"),
    Case("blanks and tabs", b"HTTP/1.1 \t 200\tOK\r\n\r\n"),
    Case("lower case", b"http/1.1 200 OK\r\n\r\n"),
    Case("no version", b"HTTP 200 OK\r\n\r\n"),
    Case("short version", b"HTTP/1 200 OK\r\n\r\n"),
    Case("icy", b"ICY 200 OK\r\nicy-name: x\r\n\r\nmp3", headers=((b"icy-name", b"x"),), payload=b"mp3"),
    Case("odd status", b"HTTP/1.1 999 No\r\n\r\n", status=999, reason=b"No"),
    Case(
        "LF only",
        b"HTTP/1.1 200 OK\nA: 1\nContent-Length: 2\n\nhi",
        headers=((b"A", b"1"), (b"Content-Length", b"2")),
        payload=b"hi",
    ),
    Case("mixed line ends", b"HTTP/1.1 200 OK\r\nA: 1\nContent-Length: 2\r\n\nhi", payload=b"hi"),
    Case("doubled CR", b"HTTP/1.1 200 OK\r\r\nContent-Length: 2\r\r\n\r\r\nhi", payload=b"hi"),
    Case("no fields", b"HTTP/1.1 200 OK\r\n\r\nhi", headers=(), payload=b"hi"),
    Case(
        "odd case and duplicates",
        OK + b"SET-cookie: a=1\r\nset-COOKIE:b=2\r\ncOnTeNt-LeNgTh:2\r\n\r\nhi",
        headers=((b"SET-cookie", b"a=1"), (b"set-COOKIE", b"b=2"), (b"cOnTeNt-LeNgTh", b"2")),
        payload=b"hi",
    ),
    Case("folded", OK + b"X: a\r\n  b\r\n\tc\r\n\r\n", headers=((b"X", b"a b c"),)),
    Case("fold of nothing", OK + b"  odd: 1\r\nX: y\r\n\r\n", headers=((b"odd", b"1"), (b"X", b"y"))),
    Case("fold into an empty value", OK + b"X:\r\n y\r\n\r\n", headers=((b"X", b"y"),)),
    Case("nameless", OK + b": v\r\nno colon here\r\n\r\n", headers=((b"", b"v"), (b"", b"no colon here"))),
    Case("NULs", OK + b"X\0Y: a\0b\r\n\r\n\0", headers=((b"X\0Y", b"a\0b"),), payload=b"\0"),
    Case("blank before the colon", OK + b"Content-Length : 2\r\n\r\nhi", payload=b"hi"),
    Case(
        "chunked",
        OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
        payload=b"abcde",
        reusable=True,
    ),
    Case(
        "chunked, other case",
        OK + b"TRANSFER-ENCODING: Chunked\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n",
        payload=b"0123456789",
    ),
    Case(
        "chunk extensions", OK + b'Transfer-Encoding: chunked\r\n\r\n3;a=b;c="d"\r\nabc\r\n0;x\r\n\r\n', payload=b"abc"
    ),
    Case("chunk size padded", OK + b"Transfer-Encoding: chunked\r\n\r\n0003  \r\nabc\r\n000\r\n\r\n", payload=b"abc"),
    Case("trailers", OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\nZ: 1\r\n\r\n", payload=b"abc"),
    Case("chunks with LF", OK + b"Transfer-Encoding: chunked\n\n3\nabc\n0\n\n", payload=b"abc"),
    Case("last chunk, then close", OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n", payload=b"abc"),
    Case(
        "cut in a trailer",
        OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n",
        complete=False,
        fault=Fault.BODY_CUT,
    ),
    Case(
        "cut in a chunk",
        OK + b"Transfer-Encoding: chunked\r\n\r\n9\r\nabc",
        payload=b"abc",
        complete=False,
        fault=Fault.BODY_CUT,
    ),
    Case(
        "no last chunk",
        OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        payload=b"abc",
        complete=False,
        fault=Fault.BODY_CUT,
    ),
    Case(
        "not chunked at all", OK + b"Transfer-Encoding: chunked\r\n\r\n<html>\n", complete=False, fault=Fault.BAD_CHUNK
    ),
    Case(
        "not chunked, no line end",
        OK + b"Transfer-Encoding: chunked\r\n\r\n<html>",
        complete=False,
        fault=Fault.BAD_CHUNK,
    ),
    Case(
        "chunk too long",
        OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabcX\r\n0\r\n\r\n",
        payload=b"abc",
        complete=False,
        fault=Fault.BAD_CHUNK,
    ),
    Case(
        "negative chunk", OK + b"Transfer-Encoding: chunked\r\n\r\n-3\r\nabc\r\n", complete=False, fault=Fault.BAD_CHUNK
    ),
    Case(
        "huge chunk size",
        OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"F" * 17 + b"\r\nabc",
        complete=False,
        fault=Fault.BAD_CHUNK,
    ),
    Case(
        "chunked wins over length",
        OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n",
        payload=b"abcde",
        reusable=False,
    ),
    Case("identity is no coding", OK + b"Transfer-Encoding: identity\r\n" + TEN + b"0123456789", payload=b"0123456789"),
    Case(
        "unknown transfer coding",
        OK + b"Transfer-Encoding: zip\r\n\r\nabc",
        payload=b"abc",
        fault=Fault.UNKNOWN_TRANSFER_CODING,
    ),
    Case(
        "same length twice", OK + b"Content-Length: 2\r\nContent-Length: 2, 2\r\n\r\nhi", payload=b"hi", reusable=True
    ),
    Case(
        "conflicting lengths, the greater",
        OK + b"Content-Length: 2\r\nContent-Length: 5\r\n\r\nhello",
        payload=b"hello",
        fault=Fault.CONFLICTING_LENGTHS,
        reusable=False,
    ),
    Case(
        "conflicting lengths, the smaller",
        OK + b"Content-Length: 5\r\nContent-Length: 2\r\n\r\nhi",
        payload=b"hi",
        fault=Fault.CONFLICTING_LENGTHS,
    ),
    Case("unreadable length", OK + b"Content-Length: -2\r\n\r\nhi", payload=b"hi", fault=Fault.BAD_LENGTH),
    Case(
        "absurd length", OK + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\nhi", payload=b"hi", fault=Fault.BAD_LENGTH
    ),
    Case("short body", OK + TEN + b"0123", payload=b"0123", complete=False, fault=Fault.BODY_CUT),
    Case(
        "bytes after the body", OK + b"Content-Length: 2\r\n\r\nhiEXTRA", payload=b"hi", after=b"EXTRA", reusable=False
    ),
    Case(
        "bytes after the chunks",
        OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nEXTRA",
        after=b"EXTRA",
        reusable=False,
    ),
    Case("204 has no body", b"HTTP/1.1 204 No\r\n" + TEN + b"x", status=204, reason=b"No", after=b"x"),
    Case(
        "304 has no body", b"HTTP/1.1 304 Not\r\nContent-Length: 10\r\n\r\n", status=304, reason=b"Not", reusable=True
    ),
    Case("HEAD has no body", OK + TEN, method="HEAD", reusable=True),
    Case("HEAD with a body", OK + TEN + b"0123456789", method="HEAD", after=b"0123456789", reusable=False),
    Case(
        "101 is final", b"HTTP/1.1 101 Up\r\n\r\n\x81\x00", status=101, reason=b"Up", after=b"\x81\x00", reusable=False
    ),
    Case(
        "100 before",
        b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"\r\nhi",
        before=b"HTTP/1.1 100 Continue\r\n\r\n",
        payload=b"hi",
    ),
    Case(
        "103 and blank lines before",
        b"\r\n\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\nhi",
        before=b"\r\n\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n\r\n",
        payload=b"hi",
    ),
    Case(
        "only 100",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        status=None,
        before=b"HTTP/1.1 100 Continue\r\n\r\n",
        complete=False,
        fault=Fault.HEAD_CUT,
    ),
    Case(
        "100 cut", b"HTTP/1.1 100 Cont", status=None, before=b"HTTP/1.1 100 Cont", complete=False, fault=Fault.HEAD_CUT
    ),
    Case("only blank lines", b"\r\n\r\n", status=None, before=b"\r\n\r\n", complete=False, fault=Fault.HEAD_CUT),
    Case("nothing", b"", status=None, complete=False, fault=Fault.HEAD_CUT),
    Case(
        "cut in the head", OK + b"A: b\r\nC", headers=((b"A", b"b"), (b"", b"C")), complete=False, fault=Fault.HEAD_CUT
    ),
    Case("cut in the status line", b"HTTP/1.1 200", reason=b"", headers=(), complete=False, fault=Fault.HEAD_CUT),
    Case("cut before the status", b"HTTP/1.1 20", status=None, payload=b"HTTP/1.1 20", fault=Fault.NO_STATUS_LINE),
    Case(
        "no HTTP", b"<html>\nhello</html>\n", status=None, payload=b"<html>\nhello</html>\n", fault=Fault.NO_STATUS_LINE
    ),
    Case(
        "blank line, then no HTTP",
        b"\r\nSSH-2.0-x\r\n",
        status=None,
        before=b"\r\n",
        payload=b"SSH-2.0-x\r\n",
        fault=Fault.NO_STATUS_LINE,
    ),
    Case(
        "four digits",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        status=None,
        payload=b"HTTP/1.1 2000 OK\r\n\r\n",
        fault=Fault.NO_STATUS_LINE,
    ),
    Case("20 KB field", OK + b"X: " + b"y" * 20_000 + b"\r\n\r\nhi", headers=((b"X", b"y" * 20_000),), payload=b"hi"),
]

BIG = [
    Case(
        "head too large",
        OK + b"X: y\r\n" * 50_000,
        complete=False,
        fault=Fault.HEAD_TOO_LARGE,
        after=(OK + b"X: y\r\n" * 50_000)[MAX_HEAD:],
    ),
    Case(
        "blank lines without end",
        b"\r\n" * 150_000,
        status=None,
        before=b"\r\n" * (MAX_HEAD // 2),
        after=b"\r\n" * (150_000 - MAX_HEAD // 2),
        complete=False,
        fault=Fault.HEAD_TOO_LARGE,
    ),
    Case(
        "line without end",
        b"HTTP/1.1 200 " + b"x" * MAX_STATUS_LINE,
        status=None,
        payload=b"HTTP/1.1 200 " + b"x" * MAX_STATUS_LINE,
        fault=Fault.NO_STATUS_LINE,
    ),
]


@dataclass(frozen=True)
class Reading:
    parser: ResponseParser
    raw: bytes
    payload: bytes


def read(wire: bytes, method: str, cuts: list[int]) -> Reading:
    parser = ResponseParser(method)
    edges = [0, *sorted(cuts), len(wire)]
    fed = [parser.feed(wire[a:b]) for a, b in itertools.pairwise(edges)]
    if not parser.done:
        fed.append(parser.eof())
    return Reading(parser, b"".join(each.raw for each in fed), b"".join(each.payload for each in fed))


def facts(reading: Reading) -> tuple[object, ...]:
    parser = reading.parser
    return (
        reading.raw,
        reading.payload,
        parser.before,
        parser.after,
        parser.head,
        parser.parsed,
        parser.complete,
        parser.fault,
        parser.framing,
        parser.payload_known,
        parser.reusable,
    )


@pytest.mark.parametrize("case", CASES + BIG, ids=lambda case: case.name)
def test_case(case: Case) -> None:
    reading = read(case.wire, case.method, [])
    parser = reading.parser
    head = parser.head
    assert (head.status if head else None, parser.complete, parser.fault) == (case.status, case.complete, case.fault)
    assert (parser.before, reading.payload, parser.after) == (case.before, case.payload, case.after)
    assert parser.before + reading.raw + parser.after == case.wire
    if head is not None:
        assert head.reason == case.reason
        assert reading.raw[head.size :][: len(case.payload)] == case.payload or parser.framing == "chunked"
    if case.headers is not None:
        assert head is not None
        assert head.headers == case.headers
    if case.reusable is not None:
        assert parser.reusable is case.reusable


@pytest.mark.parametrize("case", [case for case in CASES if len(case.wire) < 1000], ids=lambda case: case.name)
def test_every_split_reads_the_same(case: Case) -> None:
    whole = facts(read(case.wire, case.method, []))
    for cut in range(len(case.wire) + 1):
        assert facts(read(case.wire, case.method, [cut])) == whole, cut
    assert facts(read(case.wire, case.method, list(range(len(case.wire))))) == whole


@pytest.mark.parametrize("case", BIG, ids=lambda case: case.name)
def test_large_heads_read_the_same_in_pieces(case: Case) -> None:
    whole = facts(read(case.wire, case.method, []))
    assert facts(read(case.wire, case.method, list(range(0, len(case.wire), 1460)))) == whole


_LINES = st.sampled_from(
    [
        b"HTTP/1.1 200 OK",
        b"HTTP/1.1 100 Continue",
        b"HTTP/1.0 304",
        b"Content-Length: 5",
        b"Content-Length: 7",
        b"Transfer-Encoding: chunked",
        b"Connection: close",
        b" folded",
        b":",
        b"5;x",
        b"0",
        b"hello",
        b"",
        b"",
        b"\0",
    ]
)
_ENDS = st.sampled_from([b"\r\n", b"\n", b"\r", b""])
_WIRES = st.one_of(st.binary(max_size=80), st.lists(st.tuples(_LINES, _ENDS).map(b"".join), max_size=14).map(b"".join))


@given(wire=_WIRES, method=st.sampled_from(["GET", "HEAD"]), cuts=st.lists(st.integers(0, 120), max_size=6))
@settings(max_examples=400, deadline=None)
def test_no_byte_is_lost_and_splits_do_not_matter(wire: bytes, method: str, cuts: list[int]) -> None:
    reading = read(wire, method, [min(cut, len(wire)) for cut in cuts])
    parser = reading.parser
    assert parser.before + reading.raw + parser.after == wire
    assert parser.done
    assert facts(reading) == facts(read(wire, method, []))
    assert parser.head is None or parser.head.size <= len(reading.raw)
    assert not (parser.payload_known and parser.framing == "close" and parser.head) or (
        reading.payload == reading.raw[parser.head.size :]
    )
    block = parse_response(reading.raw, method)
    assert block.status == (parser.head.status if parser.head else None)


@given(
    chunks=st.lists(st.binary(min_size=1, max_size=40), max_size=6), trailer=st.booleans(), extra=st.binary(max_size=9)
)
def test_chunking_is_undone(chunks: list[bytes], trailer: bool, extra: bytes) -> None:
    framed = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    message = (
        OK + b"Transfer-Encoding: chunked\r\n\r\n" + framed + b"0\r\n" + (b"T: v\r\n" if trailer else b"") + b"\r\n"
    )
    reading = read(message + extra, "GET", [])
    assert (reading.payload, reading.raw, reading.parser.after) == (b"".join(chunks), message, extra)


def test_cut_is_not_a_close() -> None:
    parser = ResponseParser("GET")
    parser.feed(OK + b"\r\nhalf")
    parser.cut()
    assert (parser.complete, parser.payload_known, parser.fault) == (False, False, Fault.BODY_CUT)


def test_stored_without_chunk_framing() -> None:
    block = OK + b"Transfer-Encoding: chunked\r\n\r\n<html>\r\n</html>"
    parsed = parse_response(block)
    assert (parsed.payload, parsed.complete, parsed.fault) == (b"<html>\r\n</html>", True, Fault.NOT_CHUNKED)


def test_stored_with_content_coding_undone() -> None:
    block = OK + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n<html></html>"
    parsed = parse_response(block)
    assert (parsed.payload, parsed.fault) == (b"<html></html>", Fault.BYTES_AFTER_END)
    assert decode_content(parsed.payload, header(parsed.headers, b"content-encoding"), 1000) == b"<html></html>"


def test_a_block_that_is_no_http() -> None:
    parsed = parse_response(b"\xff\xd8\xff")
    assert (parsed.status, parsed.payload, parsed.body_offset) == (None, b"\xff\xd8\xff", 0)


def test_body_offset_points_at_the_body() -> None:
    block = b"HTTP/1.1 200 OK\nA: b\n\nbody"
    parsed = parse_response(block)
    assert block[parsed.body_offset :] == b"body"


TEXT = "综合治理文件".encode("gb18030") * 50


def _raw_deflate(data: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(data) + stream.flush()


@pytest.mark.parametrize(
    ("coding", "coded"),
    [
        (b"gzip", gzip.compress(TEXT, mtime=0)),
        (b"x-gzip", gzip.compress(TEXT, mtime=0)),
        (b"GZIP", gzip.compress(TEXT[:100], mtime=0) + gzip.compress(TEXT[100:], mtime=0)),
        (b"gzip", gzip.compress(TEXT, mtime=0) + b"\r\ntrailing"),
        (b"deflate", zlib.compress(TEXT)),
        (b"deflate", _raw_deflate(TEXT)),
        (b"deflate, gzip", gzip.compress(zlib.compress(TEXT), mtime=0)),
        (b"identity", TEXT),
        (b"", TEXT),
        (None, TEXT),
        (b"gzip", TEXT),
        ([b"deflate", b"gzip"], gzip.compress(zlib.compress(TEXT), mtime=0)),
    ],
)
def test_content_codings(coding: bytes | list[bytes] | None, coded: bytes) -> None:
    assert decode_content(coded, coding, len(TEXT)) == TEXT


@pytest.mark.parametrize(("module", "coding"), [("brotli", b"br"), ("backports.zstd", b"zstd")])
def test_content_codings_of_libraries(module: str, coding: bytes) -> None:
    library = pytest.importorskip(module)
    coded = library.compress(TEXT)
    assert decode_content(coded, coding, len(TEXT)) == TEXT
    with pytest.raises(BadContent):
        decode_content(coded, coding, len(TEXT) - 1)


def test_truncated_gzip_gives_what_came() -> None:
    coded = gzip.compress(bytes(range(256)) * 400, compresslevel=0)
    decoded = decode_content(coded[: len(coded) // 2], b"gzip", 10**6)
    assert decoded
    assert (bytes(range(256)) * 400).startswith(decoded)


def test_damaged_gzip_gives_what_came_before_the_damage() -> None:
    coded = bytearray(gzip.compress(bytes(i * i % 251 for i in range(70_000))))
    coded[len(coded) // 2 : len(coded) // 2 + 8] = b"\xff" * 8
    decoded = decode_content(bytes(coded), b"gzip", 10**6)
    assert bytes(i * i % 251 for i in range(1000)).startswith(decoded[:1000])
    assert decoded


@pytest.mark.parametrize(
    ("coding", "coded", "reason"),
    [
        (b"gzip", gzip.compress(b"a" * 1000, mtime=0), "limit"),
        (b"gzip", b"\x1f\x8bnot gzip", "damaged"),
        (b"sdch", b"x", "unknown"),
        (b"gzip, gzip, gzip, gzip, gzip", b"x", "too_many"),
    ],
)
def test_codings_that_cannot_be_undone(coding: bytes, coded: bytes, reason: str) -> None:
    with pytest.raises(BadContent) as caught:
        decode_content(coded, coding, limit=100)
    assert caught.value.reason == reason


@given(data=st.binary(max_size=200), coding=st.sampled_from([b"gzip", b"deflate", b"br", b"zstd", b"x"]))
def test_decoding_raises_one_type_only(data: bytes, coding: bytes) -> None:
    for wire in (data, b"\x1f\x8b\x08" + data, b"\x28\xb5\x2f\xfd" + data):
        try:
            assert len(decode_content(wire, coding, 100_000)) <= 100_000
        except BadContent as error:
            assert error.reason in ("damaged", "unknown", "limit")


@pytest.mark.parametrize(
    ("values", "media_type", "charset"),
    [
        ([b"text/html"], "text/html", None),
        ([b"Text/HTML; Charset=GBK"], "text/html", "gbk"),
        ([b"text/html;charset='utf-8'; x"], "text/html", "utf-8"),
        ([b"text/html charset = gb2312"], "text/html", "gb2312"),
        ([b"text/plain", b"text/html"], "text/html", None),
        ([b"text/html", b"nonsense"], "text/html", None),
        ([b"html"], None, None),
        ([], None, None),
    ],
)
def test_content_type(values: list[bytes], media_type: str | None, charset: str | None) -> None:
    read = content_type([(b"Content-TYPE", value) for value in values])
    assert (read.media_type, read.charset) == (media_type, charset)


def test_header_values_keep_order() -> None:
    fields = [(b"A", b"1"), (b"b", b"2"), (b"a", b"3")]
    assert (header(fields, b"A"), header_values(fields, b"a"), header(fields, b"c")) == (b"1", [b"1", b"3"], None)
