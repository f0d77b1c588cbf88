"""Records of WARC files, ours and others': WARC/1.0 and 1.1, compressed record by record or as a whole, or plain.

Nothing a file holds makes this raise. Where a file cannot be read on, the last thing it gives is a `Fault`.
What is read stays bounded: heads by `MAX_HEAD`, blocks kept in memory by `MAX_INLINE`; a longer block is
passed over first, so that its record's length and end are known, and read again from the file when asked for.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, cast

from archive.digests import BadDigest, Digest
from archive.fields import NamedFields
from archive.input import Damaged
from archive.members import Member, members
from archive.warc import END

FaultCode = Literal[
    "unreadable",
    "empty",
    "not-a-warc",
    "truncated",
    "bad-gzip",
    "bad-zstd",
    "bad-dictionary",
    "bad-head",
    "bad-end",
    "bad-field",
]

MAX_HEAD = 256 * 1024
MAX_INLINE = 1024 * 1024
MAX_BLOCK = 64 * 1024 * 1024
"""Bytes of a block that `Record.block` gives unless told otherwise."""

_MAGIC = b"WARC/"
_VERSION = re.compile(r"WARC/\d+\.\d+")
# Enough of a head to pass over the record; a head that folds these fields is parsed in full
TYPE_LINE = re.compile(rb"^WARC-Type[ \t]*:[ \t]*([^\s]+)[ \t]*\r?\n(?![ \t])", re.IGNORECASE | re.MULTILINE)
LENGTH_LINE = re.compile(rb"^Content-Length[ \t]*:[ \t]*(\d{1,18})[ \t]*\r?\n(?![ \t])", re.IGNORECASE | re.MULTILINE)
_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d:\d\d(?::\d\d)?)(?:\.(\d+))?Z)?)?)?")
_OTHERS = {
    b"<": "markup, perhaps an HTML page",
    b"filedesc:": "an ARC file",
    b"PK": "a ZIP file, perhaps a WACZ",
    b"{": "JSON",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a file cannot be read on. `offset` is where the record, gzip member or frame begins that is at fault."""

    code: FaultCode
    file: str
    offset: int
    detail: str

    @property
    def where(self) -> str:
        return f"{self.file}:{self.offset}"


@dataclass(frozen=True, slots=True)
class Record:
    """A record whose bytes are all there.

    `offset` and `length` are its span in the file: the gzip member or the frames, or in a plain file head and block.
    `length` is 0 where several records share a member or a frame, so that none can be addressed.
    """

    path: Path
    offset: int
    length: int
    version: str
    fields: NamedFields
    block_length: int
    _block_start: int
    _inline: bytes | None

    @property
    def file(self) -> str:
        """The file's name, without its folder."""
        return self.path.name

    @property
    def type(self) -> str:
        return self.fields.get("WARC-Type") or ""

    @property
    def id(self) -> str:
        return self.fields.get("WARC-Record-ID") or ""

    @property
    def date(self) -> str:
        """WARC-Date as written."""
        return self.fields.get("WARC-Date") or ""

    @property
    def moment(self) -> datetime | None:
        """WARC-Date in UTC, digits beyond microseconds cut off; None where it is no date."""
        return parse_date(self.date)

    @property
    def target_uri(self) -> str | None:
        """WARC-Target-URI, without the angle brackets that WARC/1.0 taught some writers."""
        uri = self.fields.get("WARC-Target-URI")
        return uri[1:-1] if uri is not None and uri.startswith("<") and uri.endswith(">") else uri

    @property
    def content_type(self) -> str | None:
        return self.fields.get("Content-Type")

    @property
    def truncated(self) -> str | None:
        return self.fields.get("WARC-Truncated")

    @property
    def concurrent_to(self) -> tuple[str, ...]:
        return self.fields.all("WARC-Concurrent-To")

    @property
    def block_digest(self) -> Digest | None:
        """None where the field is missing or holds no digest."""
        return _digest(self.fields.get("WARC-Block-Digest"))

    @property
    def payload_digest(self) -> Digest | None:
        return _digest(self.fields.get("WARC-Payload-Digest"))

    def block(self, max_bytes: int = MAX_BLOCK) -> bytes:
        """The block's first `max_bytes` bytes. Raises OSError where the file can no longer be read."""
        if self._inline is not None:
            return self._inline if len(self._inline) <= max_bytes else self._inline[:max_bytes]
        return b"".join(self.chunks(max_bytes))

    def chunks(self, max_bytes: int | None = None) -> Iterator[bytes]:
        """The block in pieces of at most 256 KiB or, when it is short, as one. Raises OSError."""
        count = self.block_length if max_bytes is None else min(self.block_length, max_bytes)
        if self._inline is not None:
            yield self._inline[:count]
            return
        with self.path.open("rb") as file:
            member = next(members(file, self.offset))
            try:
                member.skip(self._block_start)
                yield from member.pieces(count)
            except Damaged as damaged:
                raise OSError(f"{self.path}: changed since it was indexed: {damaged}") from damaged


def read_records(path: Path, *, types: Collection[str] | None = None, start: int = 0) -> Iterator[Record | Fault]:
    """Every record from byte `start` on, or those of `types`, in order; a `Fault`, if there is one, comes last."""
    return _read(path, start, types)


def read_record_at(path: Path, offset: int) -> Record | Fault:
    """The record that begins at `offset`."""
    found = next(_read(path, offset, None), None)
    return found if found is not None else Fault("truncated", path.name, offset, "the file ends before this offset")


def parse_date(text: str) -> datetime | None:
    """A WARC-Date in UTC: WARC/1.0's seconds, or 1.1's any precision from the year on.

    >>> parse_date("2014-11-03T02:00:00.123456789Z").isoformat()
    '2014-11-03T02:00:00.123456+00:00'
    """
    match = _DATE.fullmatch(text)
    if not match:
        return None
    year, month, day, time, fraction = match.groups()
    try:
        moment = datetime.fromisoformat(f"{year}-{month or '01'}-{day or '01'}T{time or '00:00'}")
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC, microsecond=int((fraction or "")[:6].ljust(6, "0")))


def _digest(text: str | None) -> Digest | None:
    try:
        return Digest.parse(text) if text else None
    except BadDigest:
        return None


def _read(path: Path, start: int, types: Collection[str] | None) -> Iterator[Record | Fault]:
    nothing_yet = True
    try:
        with path.open("rb") as file:
            for member in members(file, start):
                for record in _records(path, member, types):
                    nothing_yet = False
                    if record is not None:
                        yield record
        if nothing_yet:
            yield Fault("empty", path.name, start, "no bytes, or nothing but line ends")
    except Damaged as damaged:
        code = "not-a-warc" if nothing_yet and damaged.code == "bad-head" else damaged.code
        yield Fault(cast(FaultCode, code), path.name, damaged.offset, damaged.detail)
    except OSError as error:
        yield Fault("unreadable", path.name, start, error.strerror or str(error))


def _records(path: Path, member: Member, types: Collection[str] | None) -> Iterator[Record | None]:
    """The records of one member, None for each that is not of `types`. Raises `Damaged` or OSError."""
    member.skip_newlines()
    while not member.at_end():
        start = member.position
        offset = member.start if member.compressed else member.start + start
        head = _head(member, offset)
        unwanted = None if types is None else _length_to_skip(head, types)
        version, fields = _parsed(head, offset) if unwanted is None else ("", NamedFields(()))
        wanted = unwanted is None and (types is None or fields.get("WARC-Type") in types)
        block_length = unwanted if unwanted is not None else _content_length(fields, offset)
        block_start = member.position if member.compressed else len(head)
        inline = member.take(block_length) if wanted and block_length <= MAX_INLINE else None
        found = len(inline) if inline is not None else member.skip(block_length)
        if found < block_length:
            raise Damaged("truncated", offset, f"the block ends after {found} of {block_length} bytes")
        length = member.position - start
        closed = _closed(member, offset)
        if member.compressed:
            length = member.end - offset if start == 0 and member.at_end() and member.end is not None else 0
        yield Record(path, offset, length, version, fields, block_length, block_start, inline) if wanted else None
        if not closed:
            raise Damaged("truncated", offset, "the file ends before the record's closing line ends")


def _closed(member: Member, offset: int) -> bool:
    """Passes over the line ends after a block; whether they are all there.

    What follows them is looked at before the record is given, because a damaged gzip member shows only at its
    end. Raises `Damaged` when that is neither the end nor another record.
    """
    newlines = member.skip_newlines()
    if member.at_end():
        return newlines >= len(END) or member.compressed
    if member.peek(len(_MAGIC)) != _MAGIC and (newlines < len(END) or member.compressed):
        raise Damaged("bad-end", offset, "the block is not followed by a record; Content-Length too small?")
    return True


def _length_to_skip(head: bytes, types: Collection[str]) -> int | None:
    """Length of the block of a record that is not of `types`; None where that takes a full look at the head."""
    found, length = TYPE_LINE.search(head), LENGTH_LINE.search(head)
    if not found or not length or found[1].decode("ascii", "replace") in types:
        return None
    return int(length[1])


def _head(member: Member, offset: int) -> bytes:
    first = member.peek(len(_MAGIC))
    if not first.startswith(_MAGIC) and not (_MAGIC.startswith(first) and len(first) < len(_MAGIC)):
        looks = member.peek(16)
        kind = next((f", {kind}" for magic, kind in _OTHERS.items() if looks.lstrip().startswith(magic)), "")
        raise Damaged("bad-head", offset, f"begins with {looks!r}{kind}; expected WARC/")
    size = member.blank_line(MAX_HEAD)
    if size is None:
        if len(member.peek(MAX_HEAD + 1)) > MAX_HEAD:
            raise Damaged("bad-head", offset, f"longer than {MAX_HEAD} bytes")
        raise Damaged("truncated", offset, "the file ends inside a record's head")
    return member.take(size)


def _parsed(head: bytes, offset: int) -> tuple[str, NamedFields]:
    version, *lines = head.decode("utf-8", "replace").split("\n")
    if not _VERSION.fullmatch(version.rstrip()):
        raise Damaged("bad-head", offset, f"{version[:40]!r} is no WARC version")
    return version.rstrip(), NamedFields.parse(lines)


def _content_length(fields: NamedFields, offset: int) -> int:
    text = fields.get("Content-Length")
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Damaged("bad-head", offset, f"Content-Length is {text[:40]!r}" if text else "Content-Length is missing")
    return int(text)
