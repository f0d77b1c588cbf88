from __future__ import annotations

import gzip
import hashlib
import io
import os
import tracemalloc
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.warcwriter import WARCWriter as ForeignWriter

from archive.digests import Digest, digest_of
from archive.input import PIECE
from archive.reader import MAX_HEAD, MAX_INLINE, Fault, Record, parse_date, read_record_at, read_records
from archive.warc import FileBlock, RecordDraft, gzip_member, new_record_id
from archive.writer import WarcWriter

Exchange = Callable[..., list[RecordDraft]]
NewWriter = Callable[..., WarcWriter]
MOMENT = datetime(2014, 11, 3, 2, 0, tzinfo=UTC)

HEAD = b"WARC/1.0\r\nWARC-Type: resource\r\nWARC-Record-ID: <urn:uuid:1>\r\nWARC-Date: 2014-11-03T02:00:00Z\r\n"
GOOD = HEAD + b"WARC-Target-URI: <http://h/>\r\nContent-Length: 2\r\n\r\nhi\r\n\r\n"


def read(path: Path) -> tuple[list[Record], Fault | None]:
    """Records, and the fault that came last if one did; a fault anywhere else fails the test."""
    found = list(read_records(path))
    fault = found.pop() if found and isinstance(found[-1], Fault) else None
    assert all(isinstance(item, Record) for item in found)
    assert fault is None or isinstance(fault, Fault)
    return [item for item in found if isinstance(item, Record)], fault


def sizes(length: int, ends: list[int]) -> list[int]:
    """Every size near a boundary, and some between."""
    near = {size for end in [0, *ends] for size in range(end - 12, end + 13)}
    return [size for size in range(length) if size in near or size % 11 == 0]


@pytest.fixture
def file(tmp_path: Path) -> Callable[[bytes], Path]:
    def make(data: bytes) -> Path:
        path = tmp_path / "foreign.warc"
        path.write_bytes(data)
        return path

    return make


# --- what we wrote ------------------------------------------------------------------------------

TOKENS = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-_", min_size=1, max_size=12).map(lambda name: "X-" + name)
VALUES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zs", "Zl", "Zp"]), max_size=20)
BLOCKS = st.one_of(
    st.binary(max_size=300),
    st.lists(st.sampled_from([b"\r\n", b"\n\n", b"WARC/1.1\r\n", b"\x1f\x8b", b"Content-Length: 5", b"\x00"])).map(
        b"".join
    ),
)


@st.composite
def drafts(draw: st.DrawFn) -> RecordDraft:
    block = draw(BLOCKS)
    return RecordDraft(
        type=draw(st.sampled_from(["request", "response", "metadata", "resource"])),
        date=MOMENT + timedelta(microseconds=draw(st.integers(-(10**15), 10**15))),
        block=block,
        content_type=draw(st.sampled_from([None, "application/octet-stream", "text/plain; charset=gb2312"])),
        target_uri=draw(st.sampled_from(["http://h/", "urn:x:job", "http://h/?%B4%CA='{|}[]"])),
        concurrent_to=tuple(draw(st.lists(st.builds(new_record_id), max_size=2))),
        ip_address=draw(st.sampled_from([None, "192.0.2.7", "2001:db8::1"])),
        truncated=draw(st.sampled_from([None, "length", "time", "disconnect"])),
        payload_digest=draw(st.sampled_from([None, digest_of(block)])),
        fields=tuple(draw(st.lists(st.tuples(TOKENS, VALUES), max_size=3))),
    )


@given(st.lists(drafts(), min_size=1, max_size=5), st.booleans())
@settings(deadline=None)
def test_what_is_written_is_read_by_us_and_by_our_peers(
    tmp_path_factory: pytest.TempPathFactory, written: list[RecordDraft], plain: bool
) -> None:
    path = tmp_path_factory.mktemp("trip") / ("a.warc" if plain else "a.warc.gz")
    members = [b"".join(gzip_member(draft)) for draft in written]
    path.write_bytes(b"".join(zlib.decompress(member, 31) for member in members) if plain else b"".join(members))
    found, fault = read(path)
    assert fault is None
    for draft, record in zip(written, found, strict=True):
        assert (record.type, record.id, record.moment) == (draft.type, draft.record_id, draft.date)
        assert (record.target_uri, record.content_type) == (draft.target_uri, draft.content_type)
        assert (record.concurrent_to, record.truncated) == (draft.concurrent_to, draft.truncated)
        assert (record.block(), record.block_length) == (draft.block, draft.length)
        assert (record.payload_digest, record.block_digest) == (draft.payload_digest, digest_of(record.block()))
        assert [pair for pair in record.fields if pair[0].startswith("X-")] == list(draft.fields)
        assert read_record_at(path, record.offset).id == record.id  # type: ignore[union-attr]
    if not plain:
        assert [record.length for record in found] == [len(member) for member in members]

    with path.open("rb") as stream:
        theirs = [
            (item.rec_headers["WARC-Record-ID"], item.raw_stream.read())
            for item in ArchiveIterator(stream, no_record_parse=True, check_digests="raise")
        ]
    assert theirs == [(draft.record_id, draft.block) for draft in written]
    with path.open("rb") as stream:
        fast = [(item.record_id, item.reader.read()) for item in FastIterator(stream, parse_http=False)]
    assert fast == [(draft.record_id, draft.block) for draft in written]


def test_peers_check_our_digests(small_warc: Path, tmp_path: Path) -> None:
    with small_warc.open("rb") as stream:
        for item in ArchiveIterator(stream, check_digests="raise"):
            item.content_stream().read()
    with small_warc.open("rb") as stream:
        assert [item.verify_block_digest() for item in FastIterator(stream, parse_http=False)] == [True] * 7
    with small_warc.open("rb") as stream:
        payloads = [
            item.verify_payload_digest() for item in FastIterator(stream) if item.headers.get("WARC-Payload-Digest")
        ]
    assert payloads == [True, True]

    right = str(digest_of(b"<html>")).encode()
    wrong = str(digest_of(b"<HTML>")).encode()
    forged = tmp_path / "forged.warc"
    block = b"HTTP/1.1 200 OK\r\n\r\n<html>"
    head = HEAD.replace(b"resource", b"response") + b"WARC-Target-URI: http://h/\r\nWARC-Payload-Digest: %s\r\n"
    forged.write_bytes((head + b"Content-Length: %d\r\n\r\n%s\r\n\r\n") % (wrong, len(block), block))
    with pytest.raises(ArchiveLoadFailed), forged.open("rb") as stream:
        for item in ArchiveIterator(stream, check_digests="raise"):
            item.content_stream().read()
    with forged.open("rb") as stream:
        assert [item.verify_payload_digest() for item in FastIterator(stream)] == [False]
    assert right != wrong


def test_types_that_are_not_asked_for_are_passed_over(small_warc: Path) -> None:
    everything, _ = read(small_warc)
    wanted: set[str]
    for wanted in ({"response"}, {"request", "metadata"}, {"warcinfo"}, set()):
        chosen = [item.id for item in read_records(small_warc, types=wanted) if isinstance(item, Record)]
        assert chosen == [record.id for record in everything if record.type in wanted]
    assert [record.type for record in everything] == ["warcinfo", *["request", "response", "metadata"] * 2]


def test_a_cut_at_any_byte_is_a_fault_and_whole_records_survive(small_warc: Path, tmp_path: Path) -> None:
    whole = small_warc.read_bytes()
    ends = list(accumulate(record.length for record in read(small_warc)[0]))
    cut = tmp_path / "cut.warc.gz"
    for size in sizes(len(whole), ends):
        cut.write_bytes(whole[:size])
        found, fault = read(cut)
        assert len(found) == sum(end <= size for end in ends)
        if size in ends:
            assert fault is None
        else:
            start = max((end for end in ends if end < size), default=0)
            assert fault == Fault("truncated" if size else "empty", cut.name, start, fault.detail if fault else "")


def test_a_cut_plain_file_is_a_fault_too(small_warc: Path, tmp_path: Path) -> None:
    whole = gzip.decompress(small_warc.read_bytes())
    cut = tmp_path / "cut.warc"
    cut.write_bytes(whole)
    everything, fault = read(cut)
    assert fault is None
    ends = [record.offset + record.length + 4 for record in everything]
    for size in sizes(len(whole), ends):
        cut.write_bytes(whole[:size])
        found, fault = read(cut)
        # a block that is whole is given even where its closing line ends are cut
        assert len(found) == sum(end - 4 <= size for end in ends)
        assert (fault.code if fault else None) == ("empty" if not size else None if size in ends else "truncated")


def test_a_flipped_byte_never_passes_for_a_good_record(small_warc: Path, tmp_path: Path) -> None:
    whole = small_warc.read_bytes()
    originals = {record.id: record.block() for record in read(small_warc)[0]}
    damaged = tmp_path / "damaged.warc.gz"
    for at in range(10, len(whole), 7):
        damaged.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        found, _ = read(damaged)
        assert all(originals[record.id] == record.block() for record in found)


def test_a_big_block_is_not_held_and_can_be_read_again(new_writer: NewWriter, tmp_path: Path) -> None:
    size = MAX_INLINE * 3 + 5
    block = os.urandom(1 << 16) * (size >> 16) + b"tail5"
    draft = RecordDraft(
        type="resource", date=MOMENT, block=FileBlock(io.BytesIO(block), len(block)), target_uri="http://h/big"
    )
    writer = new_writer()
    writer.append_group([draft])
    writer.seal()
    (path,) = (tmp_path / "archive").glob("*.gz")
    (record,) = (item for item in read_records(path, types={"resource"}) if isinstance(item, Record))
    pieces = list(record.chunks())
    assert (b"".join(pieces), record.block_length) == (block, len(block))
    assert max(map(len, pieces)) <= PIECE
    assert record.block(100) == block[:100]
    assert record._inline is None
    assert record.block_digest == digest_of(block)
    plain = tmp_path / "plain.warc"
    plain.write_bytes(gzip.decompress(path.read_bytes()))
    (record,) = (item for item in read_records(plain, types={"resource"}) if isinstance(item, Record))
    assert record.block() == block
    plain.write_bytes(b"")
    assert record.block() == b""


# --- what others wrote --------------------------------------------------------------------------


def test_what_warcio_writes_is_read(tmp_path: Path) -> None:
    path = tmp_path / "warcio.warc.gz"
    with path.open("wb") as stream:
        writer = ForeignWriter(stream, gzip=True)
        writer.write_record(writer.create_warcinfo_record("warcio.warc.gz", {"software": "warcio"}))
        writer.write_record(writer.create_warc_record("http://h/", "resource", payload=io.BytesIO(b"hi")))
    (_, resource), fault = read(path)
    assert fault is None
    assert (resource.block(), resource.version, resource.target_uri) == (b"hi", "WARC/1.0", "http://h/")
    assert resource.block_digest == Digest("sha1", hashlib.sha1(b"hi").hexdigest())
    assert resource.fields.get("WARC-Block-Digest") != str(resource.block_digest)


def test_a_file_gzipped_as_a_whole_is_read_but_its_records_have_no_address(
    file: Callable[[bytes], Path],
) -> None:
    (first, second), fault = read(file(gzip.compress(GOOD * 2)))
    assert fault is None
    assert (first.block(), first.length, second.block(), second.length) == (b"hi", 0, b"hi", 0)


def test_lenient_heads(file: Callable[[bytes], Path]) -> None:
    data = (
        b"WARC/0.18\nwarc-type:resource\nX-Long: a\n  b\n\tc\nodd line\nX-Long: d\nContent-Length : 2\n\nhi\n\n"
        + GOOD.replace(b"<http://h/>", "http://h/\u8bcd".encode("gb18030"))
        + b"\r\n\r\n"
    )
    (first, second), fault = read(file(data))
    assert fault is None
    assert (first.version, first.type, first.id, first.moment) == ("WARC/0.18", "resource", "", None)
    assert (first.fields.get("x-long"), first.fields.all("X-LONG")) == ("a b c", ("a b c", "d"))
    assert first.fields.get("odd line") == ""
    assert second.target_uri is not None
    assert second.target_uri.startswith("http://h/\ufffd")
    assert second.offset == data.index(b"WARC/1.0")


def test_a_type_that_takes_a_full_look_is_still_not_given(file: Callable[[bytes], Path]) -> None:
    folded = GOOD.replace(b"WARC-Type: resource", b"WARC-Type:\r\n resource")
    untyped = GOOD.replace(b"WARC-Type: resource\r\n", b"")
    path = file(folded + untyped + GOOD)
    assert list(read_records(path, types={"response"})) == []
    assert [item.offset for item in read_records(path, types={"resource"})] == [0, len(folded + untyped)]


@pytest.mark.parametrize(
    ("data", "code", "detail"),
    [
        (b"", "empty", ""),
        (b"\r\n\r\n", "empty", ""),
        (gzip.compress(b"", mtime=0), "empty", ""),
        (b"<!DOCTYPE html><html></html>", "not-a-warc", "HTML"),
        (b"  \r\n<html>", "not-a-warc", "HTML"),
        (gzip.compress(b"<html></html>", mtime=0), "not-a-warc", "HTML"),
        (b"filedesc://a.arc 0.0.0.0 2014 text/plain 76\n", "not-a-warc", "ARC"),
        (b"PK\x03\x04", "not-a-warc", "WACZ"),
        (b"\x28\xb5\x2f\xfd....", "bad-zstd", ""),
        (bytes(range(200, 216)), "not-a-warc", "begins with"),
        (b"WAR", "truncated", "head"),
        (b"\x1f", "truncated", "gzip member"),
        (b"\x1f\x8b\x08\x00" + bytes(6) + b"\xff" * 40, "bad-gzip", ""),
        (b"WARC/one\r\n\r\n", "not-a-warc", "version"),
        (b"WARC/1.0\r\nWARC-Type: resource\r\n\r\n", "not-a-warc", "Content-Length is missing"),
        (GOOD + GOOD.replace(b"Length: 2", b"Length: -2"), "bad-head", "-2"),
        (GOOD + GOOD.replace(b"Length: 2", b"Length: " + b"9" * 30), "bad-head", "999"),
        (GOOD + GOOD.replace(b"Length: 2", b"Length: 999999999999"), "truncated", "of 999999999999"),
        (GOOD + GOOD.replace(b"Length: 2", b"Length: 1"), "bad-end", "not followed"),
        (gzip.compress(GOOD[:-2] + b"X\n", mtime=0), "bad-end", "not followed"),
        (gzip.compress(GOOD + b"X", mtime=0), "bad-end", "not followed"),
        (GOOD + b"WARC/1.0\r\n" + b"X: y\r\n" * (MAX_HEAD // 6 + 1), "bad-head", "longer than"),
        (GOOD + b"<html>", "bad-head", "HTML"),
        (gzip.compress(GOOD, mtime=0) + b"<html>", "bad-gzip", ""),
        (gzip.compress(GOOD, mtime=0) + bytes(20), "bad-gzip", ""),
        (gzip.compress(GOOD[:-10], mtime=0) + gzip.compress(GOOD, mtime=0), "truncated", ""),
    ],
)
def test_damage_is_a_fault_that_names_itself(
    file: Callable[[bytes], Path], data: bytes, code: str, detail: str
) -> None:
    for types in (None, {"response"}):
        *_, fault = read_records(file(data), types=types)
        assert isinstance(fault, Fault)
        assert fault.code == code
        assert detail in fault.detail
        assert fault.where == f"foreign.warc:{fault.offset}"


@given(
    st.binary(max_size=400), st.sampled_from([b"", b"WARC/1.0\r\n", HEAD, GOOD, gzip.compress(GOOD), b"\x1f\x8b\x08"])
)
@settings(deadline=None)
def test_no_bytes_make_the_reader_raise(tmp_path_factory: pytest.TempPathFactory, data: bytes, start: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.warc"
    path.write_bytes(start + data)
    found = list(read_records(path))
    assert found
    assert not any(isinstance(item, Fault) for item in found[:-1])
    assert isinstance(read_record_at(path, len(start)), Record | Fault)


def test_what_cannot_be_opened_is_a_fault(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.warc.gz", tmp_path):
        (fault,) = read_records(path)
        assert isinstance(fault, Fault)
        assert fault.code == "unreadable"


def test_a_bomb_is_inflated_piece_by_piece(file: Callable[[bytes], Path]) -> None:
    size = 200 * 1024 * 1024
    deflate = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(1 << 20)
    data = [deflate.compress(GOOD.replace(b"Length: 2", b"Length: %d" % size)[: -len(b"hi\r\n\r\n")])]
    data += [deflate.compress(zeros) for _ in range(size >> 20)]
    path = file(b"".join([*data, deflate.compress(b"\r\n\r\n"), deflate.flush()]))
    tracemalloc.start()
    (record,), fault = read(path)
    assert fault is None
    assert sum(map(len, record.chunks())) == size
    assert len(record.block(1000)) == 1000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * MAX_INLINE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2014-11-03T02:00:00Z", "2014-11-03T02:00:00+00:00"),
        ("2014-11-03T02:00:00.1Z", "2014-11-03T02:00:00.100000+00:00"),
        ("2014-11-03T02:00Z", "2014-11-03T02:00:00+00:00"),
        ("2014-11-03", "2014-11-03T00:00:00+00:00"),
        ("2014-11", "2014-11-01T00:00:00+00:00"),
        ("2014", "2014-01-01T00:00:00+00:00"),
        ("2014-11-31", None),
        ("2014-11-03T02:00:00", None),
        ("20141103020000", None),
        ("", None),
    ],
)
def test_dates_of_any_precision(text: str, expected: str | None) -> None:
    moment = parse_date(text)
    assert (moment.isoformat() if moment else None) == expected
