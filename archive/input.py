"""A file's bytes on their way to whatever undoes their compression, and what it is to find them damaged."""

from __future__ import annotations

from typing import BinaryIO

PIECE = 256 * 1024
"""Most bytes that one step reads from disk or inflates."""

FEED = 16 * 1024
"""Compressed bytes given to a decompressor at once: what it leaves over is copied back."""


class Damaged(Exception):
    """The file cannot be read on. `code` is one of the reader's, `offset` a byte of the file, `detail` English."""

    def __init__(self, code: str, offset: int, detail: str) -> None:
        self.code = code
        self.offset = offset
        self.detail = detail
        super().__init__(f"{code} at {offset}: {detail}")


class Input:
    """A file's bytes in slices, some of which may be given back."""

    def __init__(self, file: BinaryIO, start: int) -> None:
        self._file = file
        self._file.seek(start)
        self._buffer = memoryview(b"")
        self._at = 0
        self._end = start

    @property
    def offset(self) -> int:
        return self._end - (len(self._buffer) - self._at)

    def next(self, count: int) -> memoryview:
        """At most `count` bytes; none at the file's end."""
        if self._at == len(self._buffer):
            self._buffer = memoryview(self._file.read(PIECE))
            self._end += len(self._buffer)
            self._at = 0
        piece = self._buffer[self._at : self._at + count]
        self._at += len(piece)
        return piece

    def give_back(self, count: int) -> None:
        """The last `count` bytes of the slice that `next` gave last."""
        self._at -= count

    def peek(self, count: int) -> bytes:
        """The next `count` bytes, fewer only at the file's end, without passing over them."""
        while len(self._buffer) - self._at < count and (more := self._file.read(PIECE)):
            self._buffer = memoryview(bytes(self._buffer[self._at :]) + more)
            self._end += len(more)
            self._at = 0
        return bytes(self._buffer[self._at : self._at + count])

    def skip(self, count: int) -> int:
        """Passes over `count` bytes; how many there were."""
        left = count
        while left and (piece := self.next(left)):
            left -= len(piece)
        return count - left
