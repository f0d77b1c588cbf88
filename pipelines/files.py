"""Files that appear whole or not at all, and folders for one run's work; what a killed process left is cleared away.

A process holds a lock (flock) on what it makes for a time, which falls with the process: so what nobody holds has
been left behind.
"""

from __future__ import annotations

import fcntl
import glob
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Where to write what takes the place of `path` once the block has ended well and it is on disk."""
    _clear(path.parent, f".{glob.escape(path.name)}.*.tmp")

    def create() -> Path:
        made = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
        os.close(os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        return made

    temporary, handle = _held(create)
    try:
        yield temporary
        _sync(temporary)
        temporary.replace(path)
        _sync(path.parent)
    finally:
        temporary.unlink(missing_ok=True)
        os.close(handle)


@contextmanager
def replacing_text(path: Path) -> Iterator[IO[str]]:
    """The same as an open text file, UTF-8 with line feeds."""
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
        yield file
        file.flush()


@contextmanager
def working_folder(beside: Path, prefix: str) -> Iterator[Path]:
    """A new folder in the folder `beside`, gone with all that is in it when the block ends."""
    _clear(beside, f"{prefix}*")
    folder, handle = _held(lambda: Path(tempfile.mkdtemp(prefix=prefix, dir=beside)))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def _held(create: Callable[[], Path]) -> tuple[Path, int]:
    """What `create` makes, and the handle that holds it."""
    while True:
        path = create()
        handle = os.open(path, os.O_RDONLY)
        # some file systems have no locks; there nothing is ever cleared away
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        if path.exists():
            return path, handle
        # somebody who cleared up found it before it was held
        os.close(handle)


def _clear(folder: Path, pattern: str) -> None:
    """Takes away what fits the pattern and no process holds."""
    for path in folder.glob(pattern):
        with suppress(OSError):
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            finally:
                os.close(handle)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
