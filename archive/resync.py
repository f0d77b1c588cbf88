"""Where reading may go on after damage: the next member, frame or version line that begins a record; or nowhere."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Collection, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from archive.input import PIECE, Damaged
from archive.reader import Fault, Record, read_records
from archive.writer import OPEN_SUFFIX
from archive.zst import FRAME_MAGIC, beginning, begins_zstd, read_dictionary

_MEMBER = re.compile(rb"\x1f\x8b\x08")
_FRAME = re.compile(re.escape(FRAME_MAGIC))
_LINE = re.compile(rb"(?<=\n)WARC/\d\.\d{1,2}\r?\n")
#: Damages of one file behind which it is read on.
MAX_FAULTS = 100
_OVERLAP = 16
_PROBE = 4096
_VERSION = b"WARC/"


def read_past_damage(path: Path, *, types: Collection[str] | None = None, start: int = 0) -> Iterator[Record | Fault]:
    """As `archive.reader.read_records`, and on behind each of at most `MAX_FAULTS` faults."""
    at: int | None = start
    faults = 0
    while at is not None and faults < MAX_FAULTS:
        fault = None
        for found in read_records(path, types=types, start=at):
            if isinstance(found, Fault):
                fault = found
            yield found
        faults += 1
        at = None if fault is None or fault.code in ("unreadable", "empty") else _after(path, fault)


def _after(path: Path, fault: Fault) -> int | None:
    with path.open("rb") as stream:
        compressed = path.name.removesuffix(OPEN_SUFFIX).endswith((".gz", ".zst"))
        return (next_member if compressed else next_line)(stream, fault.offset + 1)


def next_member(stream: BinaryIO, start: int) -> int | None:
    """The first byte from *start* on where a gzip member, or in a Zstandard file a frame, begins with a record."""
    inflate: Callable[[bytes, int], bytes] = _gzip_beginning
    pattern = _MEMBER
    if begins_zstd(stream):
        try:
            pattern, inflate = _FRAME, partial(beginning, read_dictionary(stream))
        except Damaged:
            return None
    for at in _matches(stream, start, pattern):
        if at >= start:
            stream.seek(at)
            if inflate(stream.read(_PROBE), len(_VERSION)) == _VERSION:
                return at
    return None


def next_line(stream: BinaryIO, start: int) -> int | None:
    """The first byte from *start* on where a version line begins, after a line end."""
    return next((at for at in _matches(stream, max(0, start - 1), _LINE) if at >= start), None)


def only_zeros(stream: BinaryIO, start: int) -> bool:
    """Whether nothing but zero bytes follows, as a file system leaves behind after a power loss."""
    stream.seek(start)
    while piece := stream.read(PIECE):
        if piece.count(0) != len(piece):
            return False
    return True


def _matches(stream: BinaryIO, start: int, pattern: re.Pattern[bytes]) -> Iterator[int]:
    kept, at = b"", start
    while True:
        stream.seek(at)
        piece = stream.read(PIECE)
        if not piece:
            return
        window = kept + piece
        for match in pattern.finditer(window):
            yield at - len(kept) + match.start()
        at += len(piece)
        kept = window[-_OVERLAP:]


def _gzip_beginning(data: bytes, most: int) -> bytes:
    try:
        return zlib.decompressobj(31).decompress(data, most)
    except zlib.error:
        return b""
