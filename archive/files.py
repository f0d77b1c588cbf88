"""The few file operations that durability rests on, behind one seam where a test lets the disk fail."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol


class FileLayer(Protocol):
    """What the writer asks of the operating system; each raises OSError. Handles are the layer's own integers."""

    def create(self, path: Path) -> int:
        """A new file, open for writing; FileExistsError where there is one."""
        ...

    def open(self, path: Path) -> int:
        """An existing file, open for writing."""
        ...

    def write(self, handle: int, data: bytes | memoryview, offset: int) -> int:
        """Bytes written at `offset`, at least one."""
        ...

    def truncate(self, handle: int, length: int) -> None: ...

    def fsync(self, handle: int) -> None: ...

    def close(self, handle: int) -> None: ...

    def rename(self, old: Path, new: Path) -> None: ...

    def remove(self, path: Path) -> None: ...

    def fsync_folder(self, path: Path) -> None: ...


class OsFiles:
    """The real disk."""

    def create(self, path: Path) -> int:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)

    def open(self, path: Path) -> int:
        return os.open(path, os.O_WRONLY | os.O_CLOEXEC)

    def write(self, handle: int, data: bytes | memoryview, offset: int) -> int:
        return os.pwrite(handle, data, offset)

    def truncate(self, handle: int, length: int) -> None:
        os.ftruncate(handle, length)

    def fsync(self, handle: int) -> None:
        os.fsync(handle)

    def close(self, handle: int) -> None:
        os.close(handle)

    def rename(self, old: Path, new: Path) -> None:
        old.rename(new)

    def remove(self, path: Path) -> None:
        path.unlink()

    def fsync_folder(self, path: Path) -> None:
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


OS_FILES = OsFiles()
