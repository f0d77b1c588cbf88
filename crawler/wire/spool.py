"""Where the bytes of one message wait until they are in the archive: in memory first, then in a file.

The file has no name (or loses it at once), so that a killed process leaves nothing behind; where the
file system cannot do that, `empty_folder` sweeps at the next start.
"""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path
from typing import BinaryIO

from archive.warc import FileBlock

MEMORY_LIMIT = 1_048_576
"""Bytes of a message that are held in memory."""

MAX_PIECES = 1024
"""Pieces held before they are joined: small ones cost many times their bytes."""


class SpoolClosed(ValueError):
    """The spool's bytes were freed already."""


class Spool:
    """The bytes of one message, as they arrive.

    `write` never touches the disk: what is to go there is `pending` until somebody calls `flush`, or `take` and then
    `store`, of which only `store` may run in another thread. Whoever holds the exchange closes the spool.
    """

    __slots__ = ("_closed", "_file", "_folder", "_lock", "_memory_limit", "_pieces", "length", "pending")

    def __init__(self, folder: Path, memory_limit: int = MEMORY_LIMIT) -> None:
        self.length = 0
        """Bytes written so far."""
        self.pending = 0
        """Bytes that wait to be stored in the file; 0 while all fit into memory."""
        self._folder = folder
        self._memory_limit = memory_limit
        self._pieces: list[bytes] = []
        self._file: BinaryIO | None = None
        self._lock = threading.Lock()
        self._closed = False

    @property
    def in_memory(self) -> bool:
        return self.length <= self._memory_limit

    def write(self, data: bytes) -> None:
        crosses = self.in_memory and self.length + len(data) > self._memory_limit
        self.length += len(data)
        self._pieces.append(data)
        if len(self._pieces) > MAX_PIECES:
            self._pieces = [b"".join(self._pieces)]
        if crosses:
            self.pending = self.length
        elif not self.in_memory:
            self.pending += len(data)

    def take(self) -> list[bytes]:
        """Hands out what is pending, for `store`."""
        if self.in_memory:
            return []
        pieces, self._pieces, self.pending = self._pieces, [], 0
        return pieces

    def store(self, pieces: list[bytes]) -> None:
        """Writes to the file. Blocks; raises `OSError` where the disk does not take it."""
        with self._lock:
            if self._closed:
                return
            if self._file is None:
                self._file = tempfile.TemporaryFile(dir=self._folder, buffering=0)  # noqa: SIM115 - closed by close()
            for piece in pieces:
                _write_all(self._file, piece)

    def flush(self) -> None:
        """Stores what is pending. Blocks; raises `OSError`."""
        if pieces := self.take():
            self.store(pieces)

    def block(self) -> bytes | FileBlock:
        """All bytes, as a record's block; a file block stays readable until `close`. Raises `SpoolClosed`."""
        if self._closed:
            raise SpoolClosed("these bytes were freed")
        if self.in_memory:
            return self._joined()
        self.flush()
        assert self._file is not None
        return FileBlock(self._file, self.length)

    def read(self, start: int = 0, size: int | None = None) -> bytes:
        """At most `size` bytes from `start` on. Raises `SpoolClosed`."""
        block = self.block()
        stop = self.length if size is None else min(start + size, self.length)
        if isinstance(block, bytes):
            return block if start == 0 and stop == self.length else block[start:stop]
        block.file.seek(start)
        pieces: list[bytes] = []
        while start < stop and (piece := block.file.read(stop - start)):
            pieces.append(piece)
            start += len(piece)
        return b"".join(pieces)

    def close(self) -> None:
        """Frees memory and file. May be called again."""
        with self._lock:
            self._closed = True
            self._pieces = []
            if self._file is not None:
                self._file.close()

    def _joined(self) -> bytes:
        if len(self._pieces) != 1:
            self._pieces = [b"".join(self._pieces)]
        return self._pieces[0]


def empty_folder(folder: Path) -> None:
    """Makes the spool folder and removes the files an earlier process left in it. Raises `OSError`."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.iterdir():
        if left.is_file() and not left.is_symlink():
            left.unlink()


def _write_all(file: BinaryIO, data: bytes) -> None:
    view = memoryview(data)
    while view:
        written = file.write(view)
        view = view[written:]
