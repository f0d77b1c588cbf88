"""Zstandard frames of a WARC file, with memory and damage under control.

The rules are those of IIPC's "Zstandard Compression for WARC Files" 1.0
(https://iipc.github.io/warc-specifications/specifications/warc-zstd/). A record is a frame or several; which frames
belong together stands nowhere, so one that does not begin with a version line goes on with the record before it. A
file may begin with a dictionary, without which none of its frames can be read. Files are only read, never written.
"""

from __future__ import annotations

import re
import sys
from functools import lru_cache
from typing import BinaryIO, Protocol

from archive.input import FEED, PIECE, Damaged, Input

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

FRAME_MAGIC = b"\x28\xb5\x2f\xfd"
DICTIONARY_MAGIC = b"\x5d\x2a\x4d\x18"

#: What decoders are asked to take (chapter "Window and dictionary limits"); more is refused.
MAX_DICTIONARY = 8 * 1024 * 1024
_OPTIONS: dict[int, int] = {zstd.DecompressionParameter.window_log_max: 23}

_SKIPPABLE = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18")
_SKIPPABLE_HEAD = 8  # magic, and the length of what follows
_FRAME_HEAD = 18  # the longest
_VERSION = b"WARC/"


class _Taker(Protocol):
    """Whoever the inflated bytes are for: the first of its frames that lacks a field, and where the last one ends."""

    end: int | None
    lacks: tuple[str, ...]


class Frames:
    """The frames of a file from byte `start` on. Raises `Damaged` (`bad-dictionary`) where none can be read."""

    def __init__(self, file: BinaryIO, start: int) -> None:
        self._dictionary = read_dictionary(file)
        self._source = Input(file, start)
        self._inflate = zstd.ZstdDecompressor()
        self._begun = False
        self._ahead = b""
        self._lacks: tuple[str, ...] = ()
        # what is wrong with the frame that is begun; what stands in place of one
        self._failed: Damaged | None = None
        self._stray: Damaged | None = None
        self.start = start
        """Where the frame begins that is begun."""

    def begin(self) -> bool:
        """Goes to the next frame; False at the file's end. Raises `Damaged` where something else stands."""
        if self._stray is not None:
            raise self._stray
        self._begun = self._begun or self._next()
        return self._begun

    def pull(self, taker: _Taker) -> bytes:
        """The next piece of the record that begins with the frame that is begun; none at its end. Raises `Damaged`."""
        while True:
            self._begun = False
            if self._failed is not None:
                raise self._failed
            taker.lacks = taker.lacks or self._lacks
            piece, self._ahead = self._ahead or self._piece(), b""
            if piece:
                return piece
            end = self._source.offset
            try:
                self._begun = self._next()
            except Damaged as damaged:
                self._stray = damaged
            if not self._begun or self._failed is not None or self._ahead.startswith(_VERSION):
                taker.end = end
                return b""

    def _next(self) -> bool:
        """Begins the next frame that holds something."""
        while self._is_frame_here():
            self.start = self._source.offset
            try:
                self._look_at_head()
                self._inflate = zstd.ZstdDecompressor(self._dictionary, _OPTIONS)
                self._ahead = self._piece()
            except Damaged as damaged:
                self._failed = damaged
            if self._ahead or self._failed is not None:
                return True
        return False

    def _is_frame_here(self) -> bool:
        """Whether a frame comes next, behind what may be skipped. Raises `Damaged`."""
        while head := self._source.peek(_SKIPPABLE_HEAD):
            if head.startswith(FRAME_MAGIC):
                return True
            offset = self._source.offset
            if not _SKIPPABLE.match(head):
                raise Damaged("bad-zstd", offset, f"{head!r} follows a Zstandard frame and begins none")
            length = len(head) + int.from_bytes(head[4:], "little")
            if len(head) < _SKIPPABLE_HEAD or self._source.skip(length) < length:
                raise Damaged("truncated", offset, "the file ends inside a skippable frame")
        return False

    def _look_at_head(self) -> None:
        head = self._source.peek(_FRAME_HEAD)
        try:
            info = zstd.get_frame_info(head)
        except zstd.ZstdError:
            return  # the decompressor says why
        ours = self._dictionary.dict_id if self._dictionary is not None else 0
        if info.dictionary_id not in (0, ours):
            has = f"the file's is {ours}" if ours else "the file has none"
            raise Damaged("bad-dictionary", self.start, f"the frame needs dictionary {info.dictionary_id}, {has}")
        missing = {
            "Frame_Content_Size": info.decompressed_size is None,
            "Content_Checksum": not head[4] & 4,
            "Dictionary_ID": ours != info.dictionary_id,
        }
        self._lacks = tuple(name for name, lacks in missing.items() if lacks)

    def _piece(self) -> bytes:
        """The next piece of the frame, none at its end."""
        inflate = self._inflate
        while not inflate.eof:
            fed = self._source.next(FEED) if inflate.needs_input else b""
            if inflate.needs_input and not fed:
                raise Damaged("truncated", self.start, "the file ends inside a Zstandard frame")
            try:
                piece = inflate.decompress(fed, PIECE)
            except zstd.ZstdError as error:
                raise Damaged("bad-zstd", self.start, _why(error)) from None
            self._source.give_back(len(inflate.unused_data))  # none before the frame's end
            if piece:
                return piece
        return b""


def begins_zstd(file: BinaryIO) -> bool:
    """Whether the file is Zstandard's, if one byte of its beginning may be wrong."""
    file.seek(0)
    magic = file.read(len(FRAME_MAGIC))
    return magic == DICTIONARY_MAGIC or sum(a == b for a, b in zip(magic, FRAME_MAGIC, strict=False)) >= 3


def beginning(dictionary: zstd.ZstdDict | None, data: bytes, most: int) -> bytes:
    """At most `most` inflated bytes of the frame that `data` begins with; what cannot be inflated gives less."""
    try:
        return zstd.ZstdDecompressor(dictionary, _OPTIONS).decompress(data, most)
    except zstd.ZstdError:
        return b""


def read_dictionary(file: BinaryIO) -> zstd.ZstdDict | None:
    """The dictionary that a file begins with. Raises `Damaged` (`bad-dictionary`) and OSError."""
    file.seek(0)
    head = file.read(_SKIPPABLE_HEAD)
    if not head.startswith(DICTIONARY_MAGIC):
        return None
    length = int.from_bytes(head[4:], "little")
    if length > MAX_DICTIONARY:
        raise Damaged("bad-dictionary", 0, f"{length} bytes, more than {MAX_DICTIONARY}")
    data = file.read(length)
    if len(head) < _SKIPPABLE_HEAD or len(data) < length:
        raise Damaged("bad-dictionary", 0, "the file ends inside its dictionary")
    return _made_dictionary(data)


@lru_cache(maxsize=2)
def _made_dictionary(data: bytes) -> zstd.ZstdDict:
    """Kept, because records are looked up one by one, each with its file opened anew."""
    try:
        if data.startswith(FRAME_MAGIC):
            inflate = zstd.ZstdDecompressor(None, _OPTIONS)
            data = inflate.decompress(data, MAX_DICTIONARY + 1)
            if len(data) > MAX_DICTIONARY or not inflate.eof:
                raise Damaged("bad-dictionary", 0, f"incomplete, or of more than {MAX_DICTIONARY} bytes")
        dictionary = zstd.ZstdDict(data)
        zstd.ZstdDecompressor(dictionary)  # only now its tables are read
        return dictionary
    except (zstd.ZstdError, ValueError) as error:
        raise Damaged("bad-dictionary", 0, _why(error)) from None


def _why(error: Exception) -> str:
    return str(error).rpartition(": ")[2]
