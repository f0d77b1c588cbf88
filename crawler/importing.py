"""Foreign WARC files on their way into a collection: looked at, then copied as they are, whole or not at all."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from archive.collection import WARC_NAMES, Collection
from archive.files import OS_FILES
from archive.reader import Fault, read_records
from archive.writer import OPEN_SUFFIX
from crawler.guard import Guard
from crawler.units import Unaddressable, is_own

_COPY = 1024 * 1024
#: Records that must be addressable before a file is copied; a later one that is not is reported by the rebuild.
_LOOKS = 100


class BadImport(ValueError):
    """A file that cannot be taken in; the message says which, why, and what to do."""


def import_files(collection: Collection, files: Iterable[Path]) -> list[str]:
    """Copies the files into archive/ under their names; returns a line for each.

    All are looked at before the first is copied. A collection that does not exist yet is made. Raises
    `BadImport`, `Unaddressable`, `CollectionBusy`, OSError.
    """
    files = list(files)
    if not files:
        return []
    for path in files:
        _check(path)
    collection.create()
    guard = Guard(collection.root)
    try:
        for name in (path.name for path in files):
            _part(collection, name).unlink(missing_ok=True)
        wanted = [path for path in files if not _is_there(collection.archive / path.name, path)]
        for path in wanted:
            _copy(path, collection)
    finally:
        guard.release()
    return [f"{path.name}: {'copied' if path in wanted else 'was there already'}" for path in files]


def _check(path: Path) -> None:
    if not path.is_file():
        raise BadImport(f"{path}: is no file")
    if not any(map(path.match, WARC_NAMES)) or path.name.startswith("."):
        raise BadImport(f"{path}: expected a file whose name ends with .warc.gz, .warc.zst or .warc")
    for record in islice(read_records(path), _LOOKS):
        if isinstance(record, Fault):
            if record.offset == 0:
                raise BadImport(f"{record.where}: {record.code}: {record.detail}")
            break
        if not record.length:
            raise Unaddressable(path)
    if is_own(path):
        raise BadImport(
            f"{path}: was written by jiucang; it is no foreign file. To make its collection whole again, put it into"
            f" that collection's archive folder and rebuild"
        )


def _is_there(here: Path, path: Path) -> bool:
    """Whether the file was imported before. Raises `BadImport` where another one has its name."""
    if here.with_name(here.name + OPEN_SUFFIX).exists() or (here.exists() and _digest(here) != _digest(path)):
        raise BadImport(f"{path}: {here} is another file of this name; rename the one to be imported")
    return here.exists()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _part(collection: Collection, name: str) -> Path:
    return collection.archive / f".{name}.part"


def _copy(path: Path, collection: Collection) -> None:
    part = _part(collection, path.name)
    try:
        with path.open("rb") as source, part.open("xb") as target:
            while piece := source.read(_COPY):
                target.write(piece)
            target.flush()
            os.fsync(target.fileno())
        OS_FILES.rename(part, collection.archive / path.name)
    finally:
        part.unlink(missing_ok=True)
    OS_FILES.fsync_folder(collection.archive)
