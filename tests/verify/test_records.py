"""Damaged and odd WARC files: each gets the finding it deserves and no other, and nothing crashes."""

from __future__ import annotations

import gzip
import hashlib
import struct
import zlib
from collections.abc import Callable
from itertools import accumulate
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.verify.codes import CODES

Build = Callable[[Any], bytes]
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
STORED_UNCHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhello, all of it\r\n"
WARCINFO = b"software: by hand\r\n"
LONG = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi and more"


def sound(m: Any) -> list[Any]:
    return [m.warcinfo(), m.request(), m.response()]


def with_field(name: str, value: str | None, kind: str = "response") -> Build:
    def build(m: Any) -> bytes:
        records = {"warcinfo": m.warcinfo(), "request": m.request(), "response": m.response()}
        records[kind].fields[name] = value
        return m.packed(*records.values())

    return build


def response_head(**options: object) -> Build:
    def build(m: Any) -> bytes:
        response = m.response()
        for name, value in options.items():
            setattr(response, name, value)
        return m.packed(m.warcinfo(), m.request(), response)

    return build


def one(kind: str, version: str = "WARC/1.1", **fields: str | None) -> Build:
    """A set whose last record is of the type, with a block of text."""
    named = {name.replace("_", "-"): value for name, value in fields.items()}
    return lambda m: m.packed(*sound(m), m.rec(kind, 9, b"text", named, version=version))


def revisit(**fields: str | None) -> Build:
    def build(m: Any) -> bytes:
        values = {
            "WARC-Profile": "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest",
            "WARC-Payload-Digest": m.response().fields["WARC-Payload-Digest"],
            "WARC-Refers-To": m.urn(3),
            "WARC-Refers-To-Target-URI": "http://bwc.example.edu.cn/zzwj.htm",
            "WARC-Refers-To-Date": "2014-11-03T02:00:00Z",
        } | {name.replace("_", "-"): value for name, value in fields.items()}
        return m.packed(*sound(m), m.rec("revisit", 4, b"HTTP/1.1 200 OK\r\n\r\n", values))

    return build


def payload(block: bytes, of: bytes, digest: str = "sha256") -> Build:
    return lambda m: m.packed(m.warcinfo(), m.request(), m.response(block, getattr(m, digest)(of)))


def raw_member(data: bytes, checksum: int | None = None, size: int | None = None) -> bytes:
    deflate = zlib.compressobj(wbits=-15)
    body = deflate.compress(data) + deflate.flush()
    trailer = struct.pack(
        "<II", zlib.crc32(data) if checksum is None else checksum, len(data) if size is None else size
    )
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + body + trailer


def swapped(data: bytes, at: int, flip: int = 1) -> bytes:
    return data[:at] + bytes([data[at] ^ flip]) + data[at + 1 :]


def length_of_response(m: Any, change: int) -> Any:
    response = m.response()
    response.fields["Content-Length"] = str(len(response.block) + change)
    return response


CASES: dict[str, tuple[Build, dict[str, int]]] = {
    "sound, gzip": (lambda m: m.packed(*sound(m)), {}),
    "sound, plain": (lambda m: m.plain(*sound(m)), {}),
    "no bytes": (lambda m: b"", {"file.empty": 1}),
    "a page": (lambda m: b"<!DOCTYPE html><title>x</title>", {"file.not-a-warc": 1}),
    "a page, gzip": (lambda m: gzip.compress(b"<!DOCTYPE html>"), {"file.not-a-warc": 1}),
    "an ARC": (lambda m: b"filedesc://x.arc 0.0.0.0 2014 text/plain 76\n", {"file.not-a-warc": 1}),
    # -- gzip members
    "checksum": (
        lambda m: m.packed(*sound(m)[:2]) + raw_member(m.response().raw(), checksum=1),
        {"gzip.checksum": 1},
    ),
    "checksum in the middle": (
        lambda m: m.packed(m.warcinfo()) + raw_member(m.request().raw(), checksum=1) + m.packed(m.response()),
        {"gzip.checksum": 1},
    ),
    "size in the trailer": (
        lambda m: m.packed(*sound(m)[:2]) + raw_member(m.response().raw(), size=1),
        {"gzip.checksum": 1},
    ),
    "first byte of the file": (lambda m: swapped(m.packed(*sound(m)), 0), {"gzip.bytes-between": 1}),
    "method of the first member": (lambda m: swapped(m.packed(*sound(m)), 2), {"gzip.damaged": 1}),
    "deflate stream": (
        lambda m: m.packed(m.warcinfo()) + swapped(raw_member(m.request().raw()), 10, 0x06) + m.packed(m.response()),
        {"gzip.damaged": 1},
    ),
    "magic of a later member": (
        lambda m: m.packed(m.warcinfo()) + swapped(m.packed(m.request()), 0) + m.packed(m.response()),
        {"gzip.bytes-between": 1},
    ),
    "all in one member": (lambda m: gzip.compress(m.plain(*sound(m))), {"gzip.many-records": 1}),
    "two in one member": (
        lambda m: m.packed(m.warcinfo()) + gzip.compress(m.plain(m.request(), m.response())),
        {"gzip.many-records": 1},
    ),
    "empty member": (lambda m: m.packed(*sound(m)[:2], b"", m.response()), {"gzip.empty-member": 1}),
    "zero tail": (lambda m: m.packed(*sound(m)) + bytes(5000), {"file.zero-tail": 1}),
    "zero tail, plain": (lambda m: m.plain(*sound(m)) + bytes(5000), {"file.zero-tail": 1}),
    "garbage at the end": (lambda m: m.packed(*sound(m)) + b"garbage", {"file.trailing-bytes": 1}),
    "garbage at the end, plain": (lambda m: m.plain(*sound(m)) + b"garbage", {"file.trailing-bytes": 1}),
    "garbage between": (
        lambda m: m.packed(m.warcinfo(), m.request()) + b"garbage" + m.packed(m.response()),
        {"gzip.bytes-between": 1},
    ),
    "garbage between, plain": (
        lambda m: m.plain(m.warcinfo(), m.request()) + b"garbage\r\n" + m.plain(m.response()),
        {"record.start": 1},
    ),
    "plain records behind gzip": (
        lambda m: m.packed(m.warcinfo()) + m.plain(m.request(), m.response()),
        {"file.trailing-bytes": 1},
    ),
    # -- framing
    "a member that is no record": (lambda m: m.packed(*sound(m), b"no record"), {"record.start": 1}),
    "no end": (response_head(end=b""), {"record.end": 1}),
    "half an end": (response_head(end=b"\r\n"), {"record.end": 1}),
    "LF LF at the end": (response_head(end=b"\n\n"), {"record.end": 1}),
    "too much of an end": (response_head(end=b"\r\n\r\n\r\n"), {"record.end-excess": 1}),
    "LF LF within a plain file": (
        lambda m: m.plain(m.warcinfo(end=b"\n\n"), m.request(), m.response()),
        {"record.end": 1},
    ),
    "length too small": (
        lambda m: m.packed(m.warcinfo(), m.request(), length_of_response(m, -5)),
        {"record.length": 1},
    ),
    "length too great": (
        lambda m: m.packed(m.warcinfo(), m.request(), length_of_response(m, 99)),
        {"record.length": 1},
    ),
    "length too great by the end": (
        lambda m: m.packed(m.warcinfo(), m.request(), length_of_response(m, 4)),
        {"record.end": 1, "digest.block": 1, "digest.payload": 1},
    ),
    "length too small, plain": (
        lambda m: m.plain(m.warcinfo(), length_of_response(m, -5), m.request()),
        {"record.length": 1},
    ),
    "length too great, plain": (
        lambda m: m.plain(m.warcinfo(), length_of_response(m, 99999), m.request()),
        {"record.length": 1},
    ),
    "length beyond the file, plain": (
        lambda m: m.plain(m.warcinfo(), m.request(), length_of_response(m, 99)),
        {"file.truncated": 1},
    ),
    "no length": (with_field("Content-Length", None), {"field.content-length": 1}),
    "a length that is none": (with_field("Content-Length", "-1"), {"field.content-length": 1}),
    "a length in other digits": (with_field("Content-Length", "１２"), {"field.content-length": 1}),
    "no length, plain": (
        lambda m: m.plain(m.warcinfo(), m.request(fields={"Content-Length": None}), m.response()),
        {"field.content-length": 1},
    ),
    "LF-only head": (response_head(newline=b"\n"), {"record.line-ends": 1}),
    "CR within a value": (response_head(extra=["X-Odd: a\rb"]), {"record.line-ends": 1}),
    "no version": (response_head(version="WARC/eleven"), {"record.version-line": 1}),
    "version 0.18": (response_head(version="WARC/0.18"), {"record.version-unknown": 1}),
    "version 2.0": (response_head(version="WARC/2.0"), {"record.version-unknown": 1}),
    "control character": (response_head(extra=["X-Odd: a\x01b"]), {"record.field-syntax": 1}),
    "no colon": (response_head(extra=["no colon"]), {"record.field-syntax": 1}),
    "blank in a name": (response_head(extra=["X Odd: a"]), {"record.field-syntax": 1}),
    "not UTF-8": (response_head(extra=["X-Odd: \udcd6\udcd0"]), {"record.field-encoding": 1}),
    "UTF-8": (response_head(extra=["X-Odd: 旧藏"]), {}),
    "folded": (response_head(extra=["X-Odd: a", "\tb"]), {}),
    "head without end": (
        lambda m: m.packed(*sound(m), b"WARC/1.1\r\nWARC-Type: resource\r\n"),
        {"record.head-unended": 1},
    ),
    "long head": (
        lambda m: m.packed(*sound(m), b"WARC/1.1\r\nX-Long: " + b"x" * 300_000 + b"\r\n\r\n"),
        {"record.head-too-long": 1},
    ),
    # -- fields
    "no type": (with_field("WARC-Type", None), {"field.missing": 1}),
    "no id": (with_field("WARC-Record-ID", None, "warcinfo"), {"field.missing": 1}),
    "no date": (with_field("WARC-Date", None), {"field.missing": 1}),
    "no URI": (with_field("WARC-Target-URI", None), {"field.missing": 1}),
    "no Content-Type": (one("resource", Content_Type=None), {"field.content-type": 1}),
    "two dates": (response_head(extra=["WARC-Date: 2014-11-03T02:00:00Z"]), {"field.repeated": 1}),
    "two unknown fields": (response_head(extra=["X-A: 1", "X-A: 2"]), {}),
    "two concurrent": (
        response_head(extra=[f"WARC-Concurrent-To: <urn:uuid:{n}>" for n in "ab"]),
        {"ref.concurrent-to": 2},
    ),
    "warcinfo with URI": (with_field("WARC-Target-URI", "http://h/", "warcinfo"), {"field.forbidden": 1}),
    "response with file name": (with_field("WARC-Filename", "x.warc"), {"field.forbidden": 1}),
    "response that refers": (with_field("WARC-Refers-To", "<urn:uuid:x>"), {"field.forbidden": 1, "ref.refers-to": 1}),
    "unknown type": (one("screenshot"), {"field.type-unknown": 1}),
    "date without zone": (with_field("WARC-Date", "2014-11-03T02:00:00"), {"field.date": 1}),
    "date of 14 digits": (with_field("WARC-Date", "20141103020000"), {"field.date": 1}),
    "no such day": (with_field("WARC-Date", "2014-02-30T02:00:00Z"), {"field.date": 1}),
    "day alone in 1.1": (with_field("WARC-Date", "2014-11-03"), {}),
    "nine digits in 1.1": (with_field("WARC-Date", "2014-11-03T02:00:00.123456789Z"), {}),
    "ten digits in 1.1": (with_field("WARC-Date", "2014-11-03T02:00:00.1234567890Z"), {"field.date": 1}),
    "digits in 1.0": (
        one("resource", "WARC/1.0", WARC_Date="2014-11-03T02:00:00.1Z"),
        {"field.date": 1},
    ),
    "id without brackets": (with_field("WARC-Record-ID", "urn:uuid:7", "warcinfo"), {"field.record-id": 1}),
    "id that is no URI": (with_field("WARC-Record-ID", "<7>", "warcinfo"), {"field.record-id": 1}),
    "reference that is no URI": (
        with_field("WARC-Concurrent-To", "response", "request"),
        {"field.reference": 1, "ref.concurrent-to": 1},
    ),
    "raw Chinese": (with_field("WARC-Target-URI", "http://h/综治"), {"field.uri-non-ascii": 1}),
    "blank in a URI": (with_field("WARC-Target-URI", "http://h/a b"), {"field.uri": 1}),
    "relative URI": (with_field("WARC-Target-URI", "/a.htm"), {"field.uri": 1}),
    "URI in brackets, 1.1": (with_field("WARC-Target-URI", "<http://h/>"), {"field.uri-brackets": 1}),
    "URI in brackets, 1.0": (
        one("resource", "WARC/1.0", WARC_Target_URI="<http://h/>"),
        {},
    ),
    "address": (with_field("WARC-IP-Address", "192.0.2.7"), {}),
    "address of six": (with_field("WARC-IP-Address", "2001:db8::1"), {}),
    "no address": (with_field("WARC-IP-Address", "192.0.2.777"), {"field.ip": 1}),
    "truncated, and why": (with_field("WARC-Truncated", "disconnect"), {}),
    "truncated, unheard of": (with_field("WARC-Truncated", "boredom"), {"field.truncated": 1}),
    "segment": (with_field("WARC-Segment-Number", "one"), {"field.segment": 1, "digest.unchecked": 1}),
    "no warcinfo": (lambda m: m.packed(m.request(), m.response()), {"warcinfo.first": 1}),
    "renamed": (with_field("WARC-Filename", "before.warc.gz", "warcinfo"), {"warcinfo.filename": 1}),
    # -- digests
    "wrong block digest": (with_field("WARC-Block-Digest", "sha256:" + "0" * 64, "warcinfo"), {"digest.block": 1}),
    "wrong payload digest": (with_field("WARC-Payload-Digest", "sha256:" + "0" * 64), {"digest.payload": 1}),
    "digest that is none": (with_field("WARC-Block-Digest", "sha256:abc", "warcinfo"), {"digest.syntax": 1}),
    "digest without a name": (with_field("WARC-Block-Digest", "abc", "warcinfo"), {"digest.syntax": 1}),
    "unknown algorithm": (with_field("WARC-Block-Digest", "crc32:00000000", "warcinfo"), {"digest.unchecked": 1}),
    "SHA-1 in base 32": (payload(CHUNKED, b"hello", "sha1"), {}),
    "upper case": (
        with_field("WARC-Block-Digest", "SHA-256:" + hashlib.sha256(WARCINFO).hexdigest().upper(), "warcinfo"),
        {},
    ),
    "MD5": (with_field("WARC-Block-Digest", "md5:" + hashlib.md5(WARCINFO).hexdigest(), "warcinfo"), {}),
    "chunked": (payload(CHUNKED, b"hello"), {}),
    "chunked, framing hashed": (payload(CHUNKED, CHUNKED.partition(b"\r\n\r\n")[2]), {"digest.payload-framed": 1}),
    "chunked, wrong": (payload(CHUNKED, b"hullo"), {"digest.payload": 1}),
    "chunked, cut": (payload(CHUNKED[:-9], b"hel"), {}),
    "said to be chunked": (payload(STORED_UNCHUNKED, STORED_UNCHUNKED.partition(b"\r\n\r\n")[2]), {}),
    "longer than declared": (payload(LONG, b"hi"), {}),
    "longer than declared, all": (payload(LONG, b"hi and more"), {"digest.payload-framed": 1}),
    "1xx first": (payload(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nbody", b"body"), {}),
    "LF-only HTTP": (payload(b"HTTP/1.0 200 OK\nX: y\n\nbody", b"body"), {}),
    "no HTTP": (payload(b"not HTTP at all", b"not HTTP at all"), {"http.response": 1}),
    "empty response": (payload(b"", b""), {"http.response": 1}),
    "payload of metadata": (one("metadata", WARC_Payload_Digest="sha256:" + "0" * 64), {"digest.payload-undefined": 1}),
    "payload of a resource": (one("resource", WARC_Payload_Digest="sha256:" + hashlib.sha256(b"text").hexdigest()), {}),
    "wrong payload of a resource": (one("resource", WARC_Payload_Digest="sha256:" + "0" * 64), {"digest.payload": 1}),
    "payload of a POST": (
        lambda m: m.packed(
            m.warcinfo(),
            m.response(),
            m.request(block=b"POST / HTTP/1.1\r\nHost: h\r\n\r\na=1", fields={"WARC-Payload-Digest": m.sha256(b"a=1")}),
        ),
        {},
    ),
    # -- among each other
    "an id twice": (lambda m: m.packed(*sound(m), m.response()), {"id.duplicate": 1}),
    "concurrent to nothing": (with_field("WARC-Concurrent-To", "<urn:x:1>", "request"), {"ref.concurrent-to": 1}),
    "warcinfo": (
        lambda m: m.packed(*sound(m), m.rec("resource", 9, b"x", {"WARC-Warcinfo-ID": m.urn(1)})),
        {},
    ),
    "no such warcinfo": (one("resource", WARC_Warcinfo_ID="<urn:x:1>"), {"ref.warcinfo": 1}),
    "warcinfo that is none": (
        lambda m: m.packed(*sound(m), m.rec("resource", 9, b"x", {"WARC-Warcinfo-ID": m.urn(3)})),
        {"ref.warcinfo": 1},
    ),
    "revisit": (revisit(), {}),
    "revisit in coarser time": (revisit(WARC_Refers_To_Date="2014-11-03T02:00:00.000001Z"), {}),
    "revisit by URI and date": (revisit(WARC_Refers_To=None), {}),
    "revisit of nothing": (revisit(WARC_Refers_To="<urn:x:1>"), {"ref.refers-to": 1}),
    "revisit of nothing, by date": (
        revisit(WARC_Refers_To=None, WARC_Refers_To_Date="2013-01-01T00:00:00Z"),
        {"ref.refers-to": 1},
    ),
    "revisit of itself": (
        revisit(WARC_Refers_To="<urn:uuid:00000000-0000-4000-8000-000000000004>"),
        {"revisit.of-revisit": 1},
    ),
    "revisit of another URI": (revisit(WARC_Refers_To_Target_URI="http://h/"), {"revisit.uri": 1}),
    "revisit of another time": (revisit(WARC_Refers_To_Date="2013-01-01T00:00:00Z"), {"revisit.date": 1}),
    "revisit of other content": (revisit(WARC_Payload_Digest="sha256:" + "0" * 64), {"revisit.payload": 1}),
    "revisit without digest": (revisit(WARC_Payload_Digest=None), {"revisit.no-digest": 1}),
    "revisit of its own kind": (revisit(WARC_Profile="http://example.org/mine"), {"revisit.profile": 1}),
    "revisit without profile": (revisit(WARC_Profile=None), {"field.missing": 1}),
    "server-not-modified": (
        revisit(WARC_Profile="http://netpreserve.org/warc/1.0/revisit/server-not-modified", WARC_Payload_Digest=None),
        {},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_gets_the_finding_it_deserves(case: str, made: Any, verify: Any) -> None:
    build, expected = CASES[case]
    found = verify(build(made))
    assert dict(found.counts) == expected, found.kept


def boundaries(raws: list[bytes]) -> list[int]:
    return list(accumulate(len(raw) for raw in raws))


@pytest.mark.parametrize("compressed", [True, False])
def test_a_file_cut_anywhere_is_truncated(compressed: bool, made: Any, verify: Any) -> None:
    """At every byte near a boundary, and some between: one finding, unless whole records are left."""
    raws = [made.packed(record) if compressed else record.raw() for record in sound(made)]
    data, ends = b"".join(raws), boundaries(raws)
    sizes = {size for end in [0, *ends] for size in range(end - 9, end + 10)} | set(range(0, len(data), 37))
    for size in sorted(size for size in sizes if 0 < size < len(data)):
        errors = {code: n for code, n in verify(data[:size]).counts.items() if CODES[code].severity == "error"}
        if size in ends:
            assert errors == {}, size
        elif size < (3 if compressed else 5):
            assert sum(errors.values()) == 1, (size, errors)
        else:
            assert errors == {"file.truncated": 1}, (size, errors)


def test_a_bit_flipped_anywhere_is_found_or_harmless(made: Any, verify: Any) -> None:
    """Every byte of a gzip'd record, one bit: the member's header alone may change unseen (time, system, flags)."""
    first, last = made.packed(made.warcinfo(), made.request()), made.packed(made.response())
    silent = []
    for at in range(len(last)):
        found = verify(first + swapped(last, at, 1 << (at % 8)))
        assert sum(found.count(severity) for severity in ("error",)) <= 1, (at, found.kept)
        if not found.count("error"):
            silent.append(at)
    assert set(silent) <= set(range(3, 10))


MUTATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("flip"), st.floats(0, 1, exclude_max=True), st.integers(0, 7)),
        st.tuples(st.just("cut"), st.floats(0, 1, exclude_max=True), st.integers(1, 40)),
        st.tuples(st.just("add"), st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=20)),
        st.tuples(
            st.just("swap"), st.floats(0, 1, exclude_max=True), st.sampled_from([b"\r\n", b"\n", b"\0", b":", b"<"])
        ),
    ),
    min_size=1,
    max_size=4,
)


def mutated(data: bytes, changes: list[tuple[str, float, Any]]) -> bytes:
    for kind, where, value in changes:
        at = int(where * len(data))
        if not data:
            break
        if kind == "flip":
            data = swapped(data, at, 1 << value)
        elif kind == "cut":
            data = data[:at] + data[at + value :]
        elif kind == "add":
            data = data[:at] + value + data[at:]
        else:
            data = data[:at] + value + data[at + len(value) :]
    return data


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=MUTATIONS, layer=st.sampled_from(["plain", "inside", "outside"]))
def test_no_mutation_makes_it_raise(changes: list[Any], layer: str, made: Any, verify: Any) -> None:
    records = [record.raw() for record in sound(made)]
    if layer == "plain":
        data = mutated(b"".join(records), changes)
    elif layer == "inside":
        data = made.packed(*records[:2], mutated(records[2], changes))
    else:
        data = mutated(made.packed(*records), changes)
    found = verify(data)
    assert all(code in CODES for code in found.counts)
