"""A part of a file as a file of its own: a WARC stored in a ZIP, or as much of one as was committed."""

from __future__ import annotations

import io
from typing import BinaryIO

from archive.input import PIECE


class _Window(io.RawIOBase):
    def __init__(self, file: BinaryIO, start: int, length: int) -> None:
        super().__init__()
        self._file, self._start, self._length = file, start, length
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._length}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        count = max(0, min(len(buffer), self._length - self._at))
        self._file.seek(self._start + self._at)
        data = self._file.read(count)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def window(file: BinaryIO, start: int, length: int) -> BinaryIO:
    """Bytes *start* to *start* + *length* of *file*, which stays the caller's to close and is moved by reading.

    >>> window(io.BytesIO(b"0123456789"), 3, 4).read()
    b'3456'
    """
    return io.BufferedReader(_Window(file, start, length), PIECE)
