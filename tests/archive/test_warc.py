from __future__ import annotations

import dataclasses
import io
import zlib
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.digests import digest_of
from archive.warc import (
    CHUNK,
    END,
    IDENTICAL_PAYLOAD,
    BadRecord,
    FileBlock,
    RecordDraft,
    RefersTo,
    ShortBlock,
    gzip_member,
    head,
    warc_date,
)
from archive.warcinfo import Warcinfo, warc_fields

RECORD_ID = "<urn:uuid:9d0f1a1e-0000-4000-8000-000000000001>"
OTHER_ID = "<urn:uuid:9d0f1a1e-0000-4000-8000-000000000002>"
MOMENT = datetime(2014, 11, 3, 2, 0, 0, 123456, tzinfo=UTC)
ORIGINAL = RefersTo(IDENTICAL_PAYLOAD, OTHER_ID, "http://h/first", "2014-11-02T02:00:00Z", "sha1:B2LJ")


def draft(**changes: Any) -> RecordDraft:
    values = {
        "type": "response",
        "date": MOMENT,
        "block": b"HTTP/1.1 200 OK\r\n\r\nhi",
        "target_uri": "http://h/",
        "record_id": RECORD_ID,
    }
    return RecordDraft(**{**values, **changes})


def test_fields_stand_in_their_order_and_the_block_is_untouched() -> None:
    block = b"HTTP/1.1 200 OK\nX:\x00 \xff\r\n\r\nhi"
    full = draft(
        block=block,
        content_type="application/http;msgtype=response",
        concurrent_to=(OTHER_ID,),
        ip_address="::1",
        truncated="length",
        payload_digest=digest_of(b"hi"),
        fields=(("WARC-Protocol", "http/1.1"), ("X-Note", "旧藏")),
    )
    expected = (
        f"WARC/1.1\r\n"
        f"WARC-Type: response\r\n"
        f"WARC-Record-ID: {RECORD_ID}\r\n"
        f"WARC-Date: 2014-11-03T02:00:00.123456Z\r\n"
        f"WARC-Target-URI: http://h/\r\n"
        f"WARC-IP-Address: ::1\r\n"
        f"WARC-Concurrent-To: {OTHER_ID}\r\n"
        f"WARC-Warcinfo-ID: {OTHER_ID}\r\n"
        f"WARC-Truncated: length\r\n"
        f"WARC-Payload-Digest: {digest_of(b'hi')}\r\n"
        f"WARC-Block-Digest: {digest_of(block)}\r\n"
        f"WARC-Protocol: http/1.1\r\n"
        f"X-Note: 旧藏\r\n"
        f"Content-Type: application/http;msgtype=response\r\n"
        f"Content-Length: {len(block)}\r\n\r\n"
    ).encode()
    assert head(full, OTHER_ID) == expected
    assert zlib.decompress(b"".join(gzip_member(full, OTHER_ID)), 31) == expected + block + END


def test_a_revisit_names_the_record_whose_payload_it_stands_for() -> None:
    block = b"HTTP/1.1 200 OK\r\n\r\n"
    lines = head(draft(type="revisit", block=block, truncated="length", refers_to=ORIGINAL)).decode().split("\r\n")
    assert lines[5:11] == [
        "WARC-Truncated: length",
        f"WARC-Profile: {IDENTICAL_PAYLOAD}",
        f"WARC-Refers-To: {OTHER_ID}",
        "WARC-Refers-To-Target-URI: http://h/first",
        "WARC-Refers-To-Date: 2014-11-02T02:00:00Z",
        "WARC-Payload-Digest: sha1:B2LJ",
    ]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"type": "revisit"}, "WARC-Refers-To"),
        ({"refers_to": ORIGINAL}, "WARC-Refers-To"),
        ({"type": "revisit", "refers_to": dataclasses.replace(ORIGINAL, profile="same")}, "WARC-Profile"),
        ({"type": "revisit", "refers_to": dataclasses.replace(ORIGINAL, record_id="x")}, "WARC-Refers-To"),
        ({"type": "revisit", "refers_to": dataclasses.replace(ORIGINAL, target_uri="路")}, "WARC-Target-URI"),
        ({"type": "revisit", "refers_to": dataclasses.replace(ORIGINAL, date="a\nb")}, "WARC-Refers-To-Date"),
        ({"type": "conversion"}, "WARC-Type"),
        ({"target_uri": None}, "WARC-Target-URI"),
        ({"type": "warcinfo"}, "WARC-Target-URI"),
        ({"target_uri": "http://h/路"}, "WARC-Target-URI"),
        ({"target_uri": "http://h/a b"}, "WARC-Target-URI"),
        ({"target_uri": "http://h/\r\nX: y"}, "WARC-Target-URI"),
        ({"target_uri": "<http://h/>"}, "WARC-Target-URI"),
        ({"target_uri": "/a"}, "WARC-Target-URI"),
        ({"date": MOMENT.replace(tzinfo=None)}, "WARC-Date"),
        ({"record_id": "urn:uuid:1"}, "WARC-Record-ID"),
        ({"record_id": "<urn:uuid:1>\r\n"}, "WARC-Record-ID"),
        ({"concurrent_to": (RECORD_ID, "x")}, "WARC-Concurrent-To"),
        ({"content_type": "a\r\nb"}, "Content-Type"),
        ({"content_type": " text/html"}, "Content-Type"),
        ({"ip_address": "1.2.3.4\n"}, "WARC-IP-Address"),
        ({"filename": "a.warc.gz"}, "WARC-Filename"),
        ({"fields": (("X-Y", "a\nb"),)}, "X-Y"),
        ({"fields": (("X Y", "a"),)}, "X Y"),
        ({"fields": (("X:", "a"),)}, "X:"),
        ({"fields": (("", "a"),)}, ""),
        ({"fields": (("warc-date", "2014-11-03T02:00:00Z"),)}, "warc-date"),
        ({"fields": (("Content-Length", "0"),)}, "Content-Length"),
    ],
)
def test_a_draft_that_would_break_the_file_is_refused(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(BadRecord) as caught:
        draft(**changes)
    assert caught.value.field == field


@given(st.datetimes(timezones=st.just(timezone(timedelta(hours=8)))))
def test_a_date_is_utc_and_as_precise_as_known(moment: datetime) -> None:
    text = warc_date(moment)
    assert text.endswith("Z")
    assert ("." in text) == bool(moment.microsecond)
    assert datetime.fromisoformat(text) == moment


@pytest.mark.parametrize("length", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 17])
def test_a_block_in_a_file_makes_the_same_record_as_one_in_memory(length: int) -> None:
    block = bytes(n * 31 % 251 for n in range(1000)) * (length // 1000 + 1)
    block = block[:length]
    in_file = FileBlock(io.BytesIO(b"before" + block + b"after"), length, offset=6)
    from_memory = zlib.decompress(b"".join(gzip_member(draft(block=block))), 31)
    assert zlib.decompress(b"".join(gzip_member(draft(block=in_file))), 31) == from_memory
    assert from_memory.endswith(block + END)


def test_a_file_shorter_than_promised_is_told() -> None:
    short = draft(block=FileBlock(io.BytesIO(b"abc"), 5), block_digest=digest_of(b"abcde"))
    with pytest.raises(ShortBlock) as caught:
        list(gzip_member(short))
    assert (caught.value.expected, caught.value.found) == (5, 3)


def test_a_large_block_is_compressed_in_bounded_pieces() -> None:
    class Counting(io.BytesIO):
        largest = 0

        def read(self, size: int | None = -1) -> bytes:
            piece = super().read(size)
            Counting.largest = max(Counting.largest, len(piece))
            return piece

    file = Counting(bytes(8 * CHUNK))
    pieces = list(gzip_member(draft(block=FileBlock(file, 8 * CHUNK))))
    assert Counting.largest == CHUNK
    assert max(map(len, pieces)) < CHUNK


def test_a_drafts_values_cannot_be_changed_behind_its_back() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        draft().date = MOMENT  # type: ignore[misc]


def test_warcinfo_says_what_is_known_in_the_usual_order() -> None:
    fields = Warcinfo(software="jiucang/0.1", hostname="h", robots="obey", from_address="a@example.edu.cn").fields()
    assert [name for name, _ in fields] == [
        "software",
        "hostname",
        "format",
        "conformsTo",
        "robots",
        "http-header-from",
    ]
    for bad in [("a b", "x"), ("a", "x\r\ny: z"), ("", "x")]:
        with pytest.raises(BadRecord):
            warc_fields([bad])
