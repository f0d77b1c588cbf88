"""WARC/1.1 records as bytes: drafts, their named fields in order, one gzip member each.

The block is the caller's to the last byte; nothing here parses or rebuilds it. Rules are those of
ISO 28500:2017 (https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/); clause
numbers below refer to it.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import BinaryIO, Literal

from isal import igzip_lib, isal_zlib

from archive.digests import Digest, Digester, digest_of

RecordType = Literal["warcinfo", "request", "response", "metadata", "resource", "revisit"]
Truncated = Literal["length", "time", "disconnect", "unspecified"]
Fields = tuple[tuple[str, str], ...]

VERSION = "WARC/1.1"
#: Profiles of a revisit (clause 6.7): the payload is that of another record, by its digest or by the server's word.
IDENTICAL_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
WARC_FIELDS = "application/warc-fields"
HTTP_REQUEST = "application/http;msgtype=request"
HTTP_RESPONSE = "application/http;msgtype=response"
OCTETS = "application/octet-stream"
END = b"\r\n\r\n"

CHUNK = 256 * 1024
"""Bytes of a block that are read and compressed at a time, and the most that is compressed in one call."""

_LEVEL = 2  # isal's default: 1 is no faster on HTML, 3 takes three times as long for half a per cent
_GZIP_WBITS = 31

#: What a field's name is, and what may not stand in its value (clause 4).
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-;=?-~]+")
_RECORD_ID = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*:[!-;=?-~]+>")

# Clause 5: which fields a type must not lack (True) or must not have (False).
_TARGET_URI: dict[str, bool] = {
    "warcinfo": False,
    "request": True,
    "response": True,
    "metadata": True,
    "resource": True,
    "revisit": True,
}
_NAMED = frozenset(
    name.lower()
    for name in (
        "WARC-Type",
        "WARC-Record-ID",
        "WARC-Date",
        "WARC-Target-URI",
        "WARC-IP-Address",
        "WARC-Concurrent-To",
        "WARC-Warcinfo-ID",
        "WARC-Filename",
        "WARC-Truncated",
        "WARC-Payload-Digest",
        "WARC-Block-Digest",
        "WARC-Profile",
        "WARC-Refers-To",
        "WARC-Refers-To-Target-URI",
        "WARC-Refers-To-Date",
        "Content-Type",
        "Content-Length",
    )
)


class BadRecord(ValueError):
    """A draft that would make no valid record. `field` is the WARC field's name, `why` what is wrong with it."""

    def __init__(self, field_name: str, why: str) -> None:
        self.field = field_name
        self.why = why
        super().__init__(f"{field_name}: {why}")


class ShortBlock(OSError):
    """A file ended before the length its draft promised."""

    def __init__(self, expected: int, found: int) -> None:
        self.expected = expected
        self.found = found
        super().__init__(f"block file holds {found} of {expected} bytes")


@dataclass(frozen=True, slots=True)
class FileBlock:
    """`length` bytes of a seekable binary file from `offset` on. The file stays the caller's to close."""

    file: BinaryIO
    length: int
    offset: int = 0

    def chunks(self) -> Iterator[bytes]:
        """Pieces of at most `CHUNK` bytes. Raises `ShortBlock` where the file ends early."""
        self.file.seek(self.offset)
        left = self.length
        while left:
            piece = self.file.read(min(CHUNK, left))
            if not piece:
                raise ShortBlock(self.length, self.length - left)
            left -= len(piece)
            yield piece


Block = bytes | FileBlock


def new_record_id() -> str:
    """A fresh `<urn:uuid:…>`."""
    return f"<{uuid.uuid4().urn}>"


@dataclass(frozen=True, slots=True)
class RefersTo:
    """The record whose payload a revisit stands for: its id, WARC-Target-URI and WARC-Date as written there.

    `profile` is `IDENTICAL_PAYLOAD` or `NOT_MODIFIED`; `payload_digest` the text of that record's
    WARC-Payload-Digest, because viewers look it up in their index by exactly that text.
    """

    profile: str
    record_id: str
    target_uri: str
    date: str
    payload_digest: str

    @property
    def fields(self) -> Fields:
        return (
            ("WARC-Profile", self.profile),
            ("WARC-Refers-To", self.record_id),
            ("WARC-Refers-To-Target-URI", self.target_uri),
            ("WARC-Refers-To-Date", self.date),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDraft:
    """One record, as yet without its place: the writer adds WARC-Warcinfo-ID.

    `date` is aware and is written in UTC, with microseconds unless they are zero. `target_uri` is
    percent-encoded ASCII (a request_url). `concurrent_to` holds record ids. A `block_digest` that is not
    given is computed when the record is written; a `payload_digest` never is. A revisit, and no other record,
    has `refers_to`, which also gives its payload digest. `fields` are further fields, written in their order
    after the named ones.

    Raises `BadRecord` when a value would break the record or the standard.
    """

    type: RecordType
    date: datetime
    block: Block
    content_type: str | None = None
    target_uri: str | None = None
    record_id: str = field(default_factory=new_record_id)
    concurrent_to: tuple[str, ...] = ()
    ip_address: str | None = None
    filename: str | None = None
    truncated: Truncated | None = None
    block_digest: Digest | None = None
    payload_digest: Digest | None = None
    refers_to: RefersTo | None = None
    fields: Fields = ()

    def __post_init__(self) -> None:
        _check(self)

    @property
    def length(self) -> int:
        """Bytes of the block."""
        return self.block.length if isinstance(self.block, FileBlock) else len(self.block)


def _check(draft: RecordDraft) -> None:
    if draft.type not in _TARGET_URI:
        raise BadRecord("WARC-Type", f"{draft.type!r} is none of {', '.join(_TARGET_URI)}")
    if draft.filename is not None and draft.type != "warcinfo":
        raise BadRecord("WARC-Filename", "allowed in a warcinfo only")
    if draft.date.tzinfo is None:
        raise BadRecord("WARC-Date", "a date without a time zone")
    _check_target(draft.type, draft.target_uri)
    _check_reference(draft)
    _check_id("WARC-Record-ID", draft.record_id)
    for identifier in draft.concurrent_to:
        _check_id("WARC-Concurrent-To", identifier)
    for name, value in (
        ("Content-Type", draft.content_type),
        ("WARC-IP-Address", draft.ip_address),
        ("WARC-Filename", draft.filename),
        ("WARC-Truncated", draft.truncated),
    ):
        if value is not None:
            _check_value(name, value)
    for name, value in draft.fields:
        if not TOKEN.fullmatch(name):
            raise BadRecord(name[:200], "no field name")
        if name.lower() in _NAMED:
            raise BadRecord(name, "has a place of its own in the draft")
        _check_value(name, value)


def _check_target(record_type: str, target_uri: str | None) -> None:
    wanted = _TARGET_URI[record_type]
    if wanted != (target_uri is not None):
        raise BadRecord("WARC-Target-URI", f"{'missing from' if wanted else 'not allowed in'} a {record_type}")
    if target_uri is not None and not _URI.fullmatch(target_uri):
        raise BadRecord("WARC-Target-URI", f"{target_uri[:200]!r} is no percent-encoded absolute URI")


def _check_reference(draft: RecordDraft) -> None:
    reference = draft.refers_to
    if (draft.type == "revisit") != (reference is not None):
        raise BadRecord("WARC-Refers-To", "a revisit needs it, and no other record may have it")
    if reference is not None:
        if reference.profile not in (IDENTICAL_PAYLOAD, NOT_MODIFIED):
            raise BadRecord("WARC-Profile", f"{reference.profile[:200]!r} is not known")
        _check_id("WARC-Refers-To", reference.record_id)
        _check_target(draft.type, reference.target_uri)
        for name, value in (("WARC-Refers-To-Date", reference.date), ("WARC-Payload-Digest", reference.payload_digest)):
            _check_value(name, value)


def _check_id(name: str, identifier: str) -> None:
    if not _RECORD_ID.fullmatch(identifier):
        raise BadRecord(name, f"{identifier[:200]!r} is no <URI>")


def _check_value(name: str, value: str) -> None:
    if UNPRINTABLE.search(value) or value != value.strip():
        raise BadRecord(name, f"{value[:200]!r} holds control characters, or blanks at an end")


def warc_date(moment: datetime) -> str:
    """
    >>> warc_date(datetime(2014, 11, 3, 2, 0, 0, 123456, tzinfo=UTC))
    '2014-11-03T02:00:00.123456Z'
    """
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def head(draft: RecordDraft, warcinfo_id: str | None = None) -> bytes:
    """Version line and fields of a record up to its block, UTF-8 (clause 4)."""
    reference = draft.refers_to
    payload_digest = str(draft.payload_digest) if draft.payload_digest else None
    if reference is not None:
        payload_digest = reference.payload_digest
    rows: list[tuple[str, str | None]] = [
        ("WARC-Type", draft.type),
        ("WARC-Record-ID", draft.record_id),
        ("WARC-Date", warc_date(draft.date)),
        ("WARC-Target-URI", draft.target_uri),
        ("WARC-IP-Address", draft.ip_address),
        *(("WARC-Concurrent-To", identifier) for identifier in draft.concurrent_to),
        ("WARC-Warcinfo-ID", warcinfo_id),
        ("WARC-Filename", draft.filename),
        ("WARC-Truncated", draft.truncated),
        *(reference.fields if reference else ()),
        ("WARC-Payload-Digest", payload_digest),
        ("WARC-Block-Digest", str(draft.block_digest or _digest(draft.block))),
        *draft.fields,
        ("Content-Type", draft.content_type),
        ("Content-Length", str(draft.length)),
    ]
    lines = [f"{name}: {value}\r\n" for name, value in rows if value is not None]
    return f"{VERSION}\r\n{''.join(lines)}\r\n".encode()


def _digest(block: Block) -> Digest:
    if isinstance(block, bytes):
        return digest_of(block)
    digester = Digester()
    for piece in block.chunks():
        digester.update(piece)
    return digester.digest()


def gzip_member(draft: RecordDraft, warcinfo_id: str | None = None) -> Iterator[bytes]:
    """The record as one gzip member, in pieces; a small record is one piece.

    Raises `ShortBlock` or what reading the block's file raises.
    """
    first = head(draft, warcinfo_id)
    if draft.length <= CHUNK:
        block = draft.block if isinstance(draft.block, bytes) else b"".join(draft.block.chunks())
        yield igzip_lib.compress(b"".join((first, block, END)), _LEVEL, igzip_lib.COMP_GZIP)
        return
    deflate = isal_zlib.compressobj(_LEVEL, isal_zlib.DEFLATED, _GZIP_WBITS)
    yield deflate.compress(first)
    for piece in _chunks(draft.block):
        yield deflate.compress(piece)
    yield deflate.compress(END) + deflate.flush()


def _chunks(block: Block) -> Iterator[bytes | memoryview]:
    if isinstance(block, FileBlock):
        yield from block.chunks()
    else:
        view = memoryview(block)
        yield from (view[at : at + CHUNK] for at in range(0, len(view), CHUNK))
