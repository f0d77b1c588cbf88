"""The beginnings of records in a WARC file, without inflating the rest: what an index needs.

Where each gzip member holds one record, the member's end can be found without inflating it: the next one
begins with gzip's magic bytes, and the four bytes before them (ISIZE, RFC 1952 §2.3.1) must be exactly the
length that the record's head announces. Where that does not fit, the rest of the file is read in full, and on
behind what is damaged, so what comes out is the same; only damage inside a block whose member still ends in
its place goes unseen here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from isal import isal_zlib

from archive.members import GZIP_MAGIC, InflateError
from archive.reader import LENGTH_LINE, TYPE_LINE, Fault, Record
from archive.resync import read_past_damage
from archive.warc import END

_MAGIC = GZIP_MAGIC + b"\x08"
_READ = 1024 * 1024
#: Compressed bytes that are looked at, and the most that is inflated of them; twice, the second time more.
_LOOKS = ((1024, 4096), (16 * 1024, 64 * 1024))
_HEAD_END = b"\r\n\r\n"
# as nearly all heads have them; looking without regard for case takes five times as long
_PLAIN_TYPE = re.compile(rb"WARC/1\.[01]\r\nWARC-Type: ([a-z]+)\r\n(?=[A-Z])")
_PLAIN_LENGTH = re.compile(rb"\r\nContent-Length: (\d{1,18})\r\n(?![ \t])")


@dataclass(frozen=True, slots=True)
class Skimmed:
    """A record's type, place and beginning: `head` with its blank line, and of the block as much as was inflated."""

    kind: bytes
    offset: int
    length: int
    head: bytes
    start: bytes
    block_length: int


def skim(
    path: Path, types: Collection[bytes] | None = None, start: int = 0, stop: int | None = None
) -> Iterator[Skimmed | Record | Fault]:
    """The records of *types*, or all, in the file's order; a `Record` where it had to be read in full.

    From byte *start* on, where a record begins. With *stop*, those before it: a `Fault` comes last where no record
    begins there, or where it could only be told by reading the file in full.
    """
    rest: int | None = None
    try:
        with path.open("rb") as file:
            window = _Window(file, start)
            offset = start
            while rest is None and (stop is None or offset < stop) and window.at(offset, 1):
                seen = _look(window, offset)
                end = _end(window, offset, seen) if seen is not None else None
                if seen is None or end is None:
                    rest = offset
                    continue
                kind, head, block, block_length = seen
                if types is None or kind in types:
                    yield Skimmed(kind, offset, end - offset, head, block, block_length)
                offset = end
            if offset == 0:
                rest = 0
    except OSError as error:
        yield Fault("unreadable", path.name, 0, error.strerror or str(error))
        return
    if stop is not None:
        if rest is not None or offset != stop:
            yield Fault("bad-end", path.name, offset, f"no record ends at {stop}, as far as can be seen here")
    elif rest is not None:
        wanted = None if types is None else {kind.decode("ascii") for kind in types}
        yield from read_past_damage(path, types=wanted, start=rest)


def beginning(path: Path, offset: int, most: int = 4096) -> bytes:
    """At most *most* inflated bytes of the gzip member, or of the plain record, at *offset*.

    What cannot be inflated gives less, or nothing. Raises OSError.
    """
    with path.open("rb", buffering=0) as file:
        file.seek(offset)
        data = file.read(most)
    if not data.startswith(_MAGIC):
        return data
    try:
        return bytes(isal_zlib.decompressobj(31).decompress(data, most))
    except InflateError:
        return b""


def _look(window: _Window, offset: int) -> tuple[bytes, bytes, bytes, int] | None:
    """Type, head, beginning of the block and the block's length; None where a full look is needed."""
    for feed, most in _LOOKS:
        data = window.at(offset, feed)
        if not data.startswith(_MAGIC):
            return None
        inflate = isal_zlib.decompressobj(31)
        try:
            text = inflate.decompress(data, most)
        except InflateError:
            return None
        end = text.find(_HEAD_END) + len(_HEAD_END)
        if not text.startswith(b"WARC/") or end < len(_HEAD_END):
            continue
        head = text[:end]
        kind = _PLAIN_TYPE.match(head) or TYPE_LINE.search(head)
        length = _PLAIN_LENGTH.search(head) or LENGTH_LINE.search(head)
        if kind is None or length is None or b"\n\n" in head:
            return None
        block_length = int(length[1])
        start = text[end : end + block_length]
        if kind[1] in (b"response", b"revisit") and _HEAD_END not in start and len(start) < block_length:
            continue
        return kind[1], head, start, block_length
    return None


def _end(window: _Window, offset: int, seen: tuple[bytes, bytes, bytes, int]) -> int | None:
    """Where the member ends that begins at *offset*; None where none of the length of its record does."""
    size = ((len(seen[1]) + seen[3] + len(END)) & 0xFFFFFFFF).to_bytes(4, "little")
    at = offset + len(_MAGIC)
    while True:
        found = window.find(_MAGIC, at)
        end = window.size if found is None else found
        if window.at(end - 4, 4) == size:
            return end
        if found is None:
            return None
        at = found + 1


class _Window:
    """A file's bytes by offset, asked for in rising order; one piece of about a megabyte is held."""

    def __init__(self, file: BinaryIO, start: int) -> None:
        file.seek(start)
        self._file = file
        self._data = b""
        self._start = start
        self.size = 0
        """The file's length; known once its end was read."""

    def at(self, offset: int, count: int) -> bytes:
        """At most *count* bytes from *offset* on, fewer only at the file's end."""
        while offset + count > self._start + len(self._data) and self._more(offset):
            pass
        begin = offset - self._start
        return self._data[begin : begin + count]

    def find(self, wanted: bytes, offset: int) -> int | None:
        """Where *wanted* stands first from *offset* on; what lies more than a few bytes before it is let go."""
        while True:
            found = self._data.find(wanted, offset - self._start)
            if found >= 0:
                return self._start + found
            offset = max(offset, self._start + len(self._data) - len(wanted) + 1)
            if not self._more(offset - 4):
                return None

    def _more(self, keep: int) -> bool:
        piece = self._file.read(_READ)
        if not piece:
            self.size = self._start + len(self._data)
            return False
        self._data = self._data[max(keep - self._start, 0) :] + piece
        self._start = max(keep, self._start)
        return True
