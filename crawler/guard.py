"""One process per collection, and a mark of what it is reading.

The lock is the kernel's (flock), so it falls with the process. The mark survives the process but not
the machine, which is all it must: it names the URL whose reading killed it.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
from datetime import UTC, datetime
from pathlib import Path

_MARK = struct.Struct("<Q")


class CollectionBusy(RuntimeError):
    """Another process crawls this collection; the message names its pid and start."""


class Guard:
    """Held for the life of a crawl process. Raises `CollectionBusy` or OSError."""

    def __init__(self, folder: Path) -> None:
        self._lock = os.open(folder / "crawl.lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._lock, 200, 0).decode("utf-8", "replace").strip()
            os.close(self._lock)
            raise CollectionBusy(f"{folder}: another crawl runs here ({holder or 'it is just starting'})") from None
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, f"pid {os.getpid()}, since {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}\n".encode(), 0)
        mark = os.open(folder / "reading.mark", os.O_RDWR | os.O_CREAT, 0o644)
        os.ftruncate(mark, _MARK.size)
        self._mark = mmap.mmap(mark, _MARK.size)
        os.close(mark)
        self.killer: int = _MARK.unpack_from(self._mark)[0]
        self.reading(0)

    def reading(self, number: int) -> None:
        """Says which URL (by its row's id) is being read now; 0 for none."""
        _MARK.pack_into(self._mark, 0, number)

    def release(self) -> None:
        self._mark.close()
        os.close(self._lock)
