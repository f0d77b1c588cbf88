"""The bytes of a WARC file, gzip member by gzip member, with memory and damage under control.

A plain file counts as one member, and so do the Zstandard frames of a record. Members are walked here, and not by
a gzip library, because where each begins and ends is what makes a record addressable, and because only so a cut or
damaged member is told from a good one (RFC 1952 §2.2: a file is a series of members).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import BinaryIO, Literal, cast

from isal import igzip_lib, isal_zlib

from archive.input import FEED, PIECE, Damaged, Input
from archive.zst import DICTIONARY_MAGIC, FRAME_MAGIC, Frames

Form = Literal["plain", "gzip", "zstd"]

GZIP_MAGIC = b"\x1f\x8b"
MAX_NEWLINES = 4096

_NEWLINES = re.compile(rb"[\r\n]{0,%d}" % MAX_NEWLINES)

# isal's type stub declares the exception class as an instance of OSError, which it is not
InflateError = cast(type[Exception], igzip_lib.IsalError)


class Member:
    """Inflated bytes of one member (or of a plain file from `start` on), with a window to parse in.

    `start` is the file's byte where the member begins; `end`, once it was read to its end, the one behind it.
    `position` counts inflated bytes from the member's start. `lacks` names what a Zstandard frame of a WARC file
    should have in its head, and has not.
    """

    __slots__ = ("_at", "_data", "_pull", "_window_start", "compressed", "end", "form", "lacks", "start")

    def __init__(self, start: int, form: Form, pull: Callable[[Member], bytes]) -> None:
        self.start = start
        self.form = form
        self.compressed = form != "plain"
        self.end: int | None = None
        self.lacks: tuple[str, ...] = ()
        self._pull = pull
        self._data = b""
        self._at = 0
        self._window_start = 0

    @property
    def position(self) -> int:
        return self._window_start + self._at

    def peek(self, count: int) -> bytes:
        """The next `count` bytes, fewer only at the member's end, without passing over them."""
        while len(self._data) - self._at < count and self._more():
            pass
        return self._data[self._at : self._at + count]

    def inflated(self) -> bytes | None:
        """All the bytes that are left of a gzip member, where it was inflated to its end; None where it was not."""
        return self._data[self._at :] if self.compressed and self.end is not None else None

    def blank_line(self, limit: int) -> int | None:
        """Bytes from here to just after the next empty line; None where none ends within `limit` bytes."""
        scanned = 0
        while True:
            end = self._find_blank_line(scanned)
            if end is not None or len(self._data) - self._at > limit:
                return end if end is not None and end <= limit else None
            scanned = max(0, len(self._data) - self._at - 2)
            if not self._more():
                return None

    def _find_blank_line(self, scanned: int) -> int | None:
        start = self._at + scanned
        crlf = self._data.find(b"\n\r\n", start)
        # lines that end in LF alone are looked for only ahead of what was found, never through a whole block
        lf = self._data.find(b"\n\n", start, crlf if crlf >= 0 else len(self._data))
        if lf >= 0:
            return lf + 2 - self._at
        return crlf + 3 - self._at if crlf >= 0 else None

    def take(self, count: int) -> bytes:
        """The next `count` bytes, fewer only at the member's end."""
        taken = self.peek(count)
        self._at += len(taken)
        return taken

    def pieces(self, count: int) -> Iterator[bytes]:
        """The next `count` bytes in pieces, fewer only at the member's end; one piece is held at a time."""
        while count:
            if self._at == len(self._data) and not self._more():
                return
            piece = self._data[self._at : self._at + count]
            self._at += len(piece)
            count -= len(piece)
            yield piece

    def skip(self, count: int) -> int:
        """Passes over `count` bytes; how many there were."""
        return sum(len(piece) for piece in self.pieces(count))

    def skip_newlines(self) -> int:
        """Passes over CR and LF, of which no file needs more than `MAX_NEWLINES`; how many."""
        passed = 0
        while passed < MAX_NEWLINES and not self.at_end():
            match = _NEWLINES.match(self._data, self._at)
            assert match is not None, "the pattern matches nothing too"
            passed += match.end() - self._at
            self._at = match.end()
            if self._at < len(self._data):
                break
        return passed

    def at_end(self) -> bool:
        return self._at == len(self._data) and not self._more()

    def skip_to_end(self) -> None:
        self._at = len(self._data)
        while self._more():
            self._at = len(self._data)

    def _more(self) -> bool:
        if self.end is not None:
            return False
        piece = self._pull(self)
        self._window_start += self._at
        self._data = self._data[self._at :] + piece if self._at < len(self._data) else piece
        self._at = 0
        return bool(piece)


def members(file: BinaryIO, start: int = 0) -> Iterator[Member]:
    """The members from byte `start` on, each to be read to its end before the next is asked for.

    Reading one raises `Damaged` (`truncated`, `bad-gzip`, `bad-zstd`, `bad-dictionary`) or OSError.
    """
    file.seek(start)
    magic = file.read(4)
    if magic and GZIP_MAGIC.startswith(magic[:2]):
        yield from _gzip_members(Input(file, start))
    elif magic in (FRAME_MAGIC, DICTIONARY_MAGIC):
        frames = Frames(file, start)
        while frames.begin():
            member = Member(frames.start, "zstd", frames.pull)
            yield member
            member.skip_to_end()
    else:
        yield Member(start, "plain", _plain(Input(file, start)))


def _gzip_members(source: Input) -> Iterator[Member]:
    while True:
        member = Member(source.offset, "gzip", _gzip(source))
        yield member
        member.skip_to_end()
        following = bytes(source.next(2))
        if not following:
            return
        source.give_back(len(following))
        if not GZIP_MAGIC.startswith(following):
            raise Damaged("bad-gzip", source.offset, f"{following!r} follows a gzip member and begins none")


def _plain(source: Input) -> Callable[[Member], bytes]:
    def pull(member: Member) -> bytes:
        piece = bytes(source.next(PIECE))
        if not piece:
            member.end = source.offset
        return piece

    return pull


def _gzip(source: Input) -> Callable[[Member], bytes]:
    # half the time of igzip_lib's IgzipDecompressor on members of some kilobytes; the trailer is checked alike
    inflate = isal_zlib.decompressobj(31)

    def pull(member: Member) -> bytes:
        while member.end is None:
            fed = inflate.unconsumed_tail or source.next(FEED)
            try:
                piece = inflate.decompress(fed, PIECE)
            except InflateError as error:
                raise Damaged("bad-gzip", member.start, str(error)) from None
            if inflate.eof:
                source.give_back(len(inflate.unused_data))
                member.end = source.offset
            if piece:
                return bytes(piece)
            if not fed and not inflate.eof:
                raise Damaged("truncated", member.start, "the file ends inside a gzip member")
        return b""

    return pull
