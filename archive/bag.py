"""A BagIt bag (RFC 8493), as a folder or in a tar file: the same bytes for the same payload.

Each file is read once: copied and hashed by both algorithms at the same time. Names and values are UTF-8.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from archive.files import OS_FILES

TAR = ".tar"
ALGORITHMS = ("sha256", "sha512")
_COPY = 1024 * 1024
_DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
# RFC 8493 §2.1.3: these would end a line of a manifest, or look like what stands for them
_ESCAPES = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_BLANKS = re.compile(r"\s+")
_UNITS = ("B", "KB", "MB", "GB", "TB", "PB")


@dataclass(frozen=True, slots=True)
class _Listed:
    """A file of the bag: its path in it, bytes, and digests in the order of `ALGORITHMS`."""

    name: str
    size: int
    digests: tuple[str, ...]


class _Target(Protocol):
    def add(self, name: str, size: int, pieces: Iterable[bytes]) -> None:
        """Writes a file of *size* bytes."""
        ...

    def close(self) -> None:
        """Makes everything durable."""
        ...


def write_bag(
    out: Path,
    date: datetime,
    info: Sequence[tuple[str, str]],
    payload: Mapping[str, Path],
    progress: Callable[[int], None] = lambda _: None,
) -> None:
    """Writes the bag to *out*, whole or not at all: a tar file where its name ends in `.tar`, else a new folder.

    *date*, aware, is that of every file in a tar, and Bagging-Date. *info* are further fields of bag-info.txt in
    their order; empty ones are left out. *payload* maps paths below data/ to files. *progress* is told
    how many bytes were copied, piece by piece. Raises OSError, FileExistsError where there is such a folder.
    """
    temporary = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    try:
        target: _Target = _Tar(temporary, out.name.removesuffix(TAR), date) if out.suffix == TAR else _Folder(temporary)
        data = [_add_file(target, f"data/{name}", path, progress) for name, path in sorted(payload.items())]
        octets = sum(each.size for each in data)
        own = (
            ("Bagging-Date", date.strftime("%Y-%m-%d")),
            ("Payload-Oxum", f"{octets}.{len(data)}"),
            ("Bag-Size", _size(octets)),
        )
        lines = [f"{name}: {value}\n" for name, text in (*info, *own) if (value := _BLANKS.sub(" ", text).strip())]
        tags = [
            _add(target, "bag-info.txt", "".join(lines).encode()),
            _add(target, "bagit.txt", _DECLARATION),
            *_add_manifests(target, "manifest", data),
        ]
        _add_manifests(target, "tagmanifest", tags)
        target.close()
        if out.suffix != TAR and out.exists():
            raise FileExistsError(17, "is there already", str(out))
        temporary.replace(out)
        OS_FILES.fsync_folder(out.parent)
    finally:
        if temporary.is_dir():
            shutil.rmtree(temporary)
        temporary.unlink(missing_ok=True)


def _add_file(target: _Target, name: str, path: Path, progress: Callable[[int], None]) -> _Listed:
    hashes = [hashlib.new(algorithm, usedforsecurity=False) for algorithm in ALGORITHMS]

    def pieces(file: BinaryIO, left: int) -> Iterator[bytes]:
        # a log may grow while it is read: what it was when it was opened is what is packaged
        while left:
            piece = file.read(min(_COPY, left))
            if not piece:
                raise OSError(5, f"ended {left} bytes early", str(path))
            left -= len(piece)
            for each in hashes:
                each.update(piece)
            yield piece
            progress(len(piece))

    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        target.add(name, size, pieces(file, size))
    return _Listed(name, size, tuple(each.hexdigest() for each in hashes))


def _add(target: _Target, name: str, data: bytes) -> _Listed:
    target.add(name, len(data), [data])
    digests = (hashlib.new(algorithm, data, usedforsecurity=False).hexdigest() for algorithm in ALGORITHMS)
    return _Listed(name, len(data), tuple(digests))


def _add_manifests(target: _Target, kind: str, files: Sequence[_Listed]) -> list[_Listed]:
    listed = sorted(files, key=lambda each: each.name)
    return [
        _add(
            target,
            f"{kind}-{algorithm}.txt",
            "".join(f"{each.digests[at]}  {each.name.translate(_ESCAPES)}\n" for each in listed).encode(),
        )
        for at, algorithm in enumerate(ALGORITHMS)
    ]


def _size(octets: int) -> str:
    """
    >>> _size(260), _size(1_048_576)
    ('260 B', '1.0 MB')
    """
    power = 0
    while octets >= 1000 ** (power + 1) and power + 1 < len(_UNITS):
        power += 1
    return f"{octets / 1000**power:.1f} {_UNITS[power]}" if power else f"{octets} B"


class _Folder:
    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir()
        self._folders = {root}

    def add(self, name: str, size: int, pieces: Iterable[bytes]) -> None:
        path = self._root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        self._folders.update(folder for folder in path.parents if self._root in folder.parents)
        with path.open("xb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())

    def close(self) -> None:
        for folder in self._folders:
            OS_FILES.fsync_folder(folder)


class _Tar:
    """One folder *name* in a POSIX tar file: nothing in it tells who made it, or when, but for the date."""

    def __init__(self, path: Path, name: str, date: datetime) -> None:
        self._file = path.open("xb")
        self._name, self._date = name, int(date.timestamp())

    def add(self, name: str, size: int, pieces: Iterable[bytes]) -> None:
        entry = tarfile.TarInfo(f"{self._name}/{name}")
        entry.size, entry.mtime, entry.mode = size, self._date, 0o644
        self._file.write(entry.tobuf(tarfile.PAX_FORMAT, "utf-8", "strict"))
        self._file.writelines(pieces)
        self._file.write(bytes(-size % tarfile.BLOCKSIZE))

    def close(self) -> None:
        self._file.write(bytes(2 * tarfile.BLOCKSIZE))
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
