"""WARC files on disk: groups of records appended whole or not at all, rotated, sealed, recovered.

A file carries `.open` after its name while it may still grow; WARC-Filename is the final name from the
start. Nothing is durable before `sync()` returned. All file operations run in the calling thread and go
through a `FileLayer`, the one seam where a test lets the disk fail.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from archive.files import OS_FILES, FileLayer
from archive.warc import WARC_FIELDS, Fields, RecordDraft, gzip_member
from archive.warcinfo import warc_fields

OPEN_SUFFIX = ".open"
MAX_BYTES = 1_000_000_000

_NAME_PART = re.compile(r"[\w.][\w.-]*")
_COPY = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Location:
    """Where a record stands: the file's final name, and its gzip member's first byte and length."""

    file: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class FileLength:
    """Bytes of a WARC file (by its final name) that are on disk for good."""

    file: str
    length: int


class WriterBroken(RuntimeError):
    """The file's state on disk is unknown after a failed truncate or fsync; recovery cuts it at the next start."""

    def __init__(self, file: str) -> None:
        self.file = file
        super().__init__(f"{file}: state on disk unknown after an error; start again to recover")


@dataclass(slots=True)
class _OpenFile:
    handle: int
    name: str
    path: Path
    warcinfo_id: str
    length: int = 0
    synced: int = 0


class WarcWriter:
    """Appends groups of records to `PREFIX-YYYYMMDDHHMMSS-SSSSS-HOST.warc.gz` in `folder`.

    The first group opens the first file, so a writer that was given nothing leaves nothing. `clock` gives
    aware datetimes; it names files and dates their warcinfo. A file that has reached `max_bytes` is sealed
    before the next group.
    """

    def __init__(
        self,
        folder: Path,
        prefix: str,
        hostname: str,
        clock: Callable[[], datetime],
        warcinfo_fields: Fields,
        max_bytes: int = MAX_BYTES,
        files: FileLayer = OS_FILES,
    ) -> None:
        for part in (prefix, hostname):
            if not _NAME_PART.fullmatch(part):
                raise ValueError(f"{part!r} cannot stand in a file name: letters, digits, '_', '.' and '-' can")
        self._folder = folder
        self._prefix = prefix
        self._hostname = hostname
        self._clock = clock
        self._warcinfo_fields = warcinfo_fields
        self._max_bytes = max_bytes
        self._files = files
        self._serial = 0
        self._open: _OpenFile | None = None
        self._broken: str | None = None
        self._sealed: list[FileLength] = []

    @property
    def committed(self) -> FileLength | None:
        """The file being written and how much of it a `sync()` has made durable; None where none is open."""
        return FileLength(self._open.name, self._open.synced) if self._open else None

    def append_group(self, drafts: Sequence[RecordDraft]) -> list[Location]:
        """Writes the records one after the other into one file; in memory of the system only, until `sync()`.

        When anything fails, the file is cut back to where the group began and the error is raised: OSError
        from the disk, or what a block's file raises. `WriterBroken` where cutting back failed too, and ever after.
        """
        self._refuse_if_broken()
        if self._open and self._open.length >= self._max_bytes:
            self._seal_open(self._open)
        target = self._open or self._create()
        start = target.length
        locations = []
        try:
            for draft in drafts:
                offset = target.length
                for piece in gzip_member(draft, target.warcinfo_id):
                    self._write(target, piece)
                locations.append(Location(target.name, offset, target.length - offset))
        except BaseException:
            self._cut_back(target, start)
            raise
        return locations

    def sync(self) -> list[FileLength]:
        """Makes all that was appended durable; every file that grew since the last call, with its length.

        Raises OSError; after that the writer is broken, because a failed fsync may have dropped pages.
        """
        self._refuse_if_broken()
        grown = self._sealed
        if self._open and self._open.synced < self._open.length:
            self._fsync(self._open)
            grown = [*grown, FileLength(self._open.name, self._open.length)]
        self._sealed = []
        return grown

    def seal(self) -> list[FileLength]:
        """`sync()`, then the open file gets its final name. A later group opens a new file."""
        grown = self.sync()
        if self._open:
            self._seal_open(self._open)
        return grown

    def _refuse_if_broken(self) -> None:
        if self._broken:
            raise WriterBroken(self._broken)

    def _create(self) -> _OpenFile:
        now = self._clock()
        stamp = now.astimezone(UTC).strftime("%Y%m%d%H%M%S")
        while True:
            name = f"{self._prefix}-{stamp}-{self._serial:05d}-{self._hostname}.warc.gz"
            self._serial += 1
            path = self._folder / (name + OPEN_SUFFIX)
            if (self._folder / name).exists():
                continue
            with suppress(FileExistsError):
                handle = self._files.create(path)
                break
        warcinfo = RecordDraft(
            type="warcinfo",
            date=now,
            block=warc_fields(self._warcinfo_fields),
            content_type=WARC_FIELDS,
            filename=name,
        )
        target = _OpenFile(handle, name, path, warcinfo.record_id)
        try:
            for piece in gzip_member(warcinfo):
                self._write(target, piece)
            self._files.fsync_folder(self._folder)
        except BaseException:
            self._discard(target)
            raise
        self._open = target
        return target

    def _discard(self, target: _OpenFile) -> None:
        # the error that led here is the one to report; what stays behind, recovery cuts and removes
        with suppress(OSError):
            self._files.close(target.handle)
        with suppress(OSError):
            self._files.remove(target.path)

    def _write(self, target: _OpenFile, data: bytes) -> None:
        view = memoryview(data)
        while view:
            written = self._files.write(target.handle, view, target.length)
            target.length += written
            view = view[written:]

    def _cut_back(self, target: _OpenFile, length: int) -> None:
        try:
            self._files.truncate(target.handle, length)
        except OSError as error:
            self._broken = target.name
            raise WriterBroken(target.name) from error
        target.length = length

    def _fsync(self, target: _OpenFile) -> None:
        try:
            self._files.fsync(target.handle)
        except BaseException:
            self._broken = target.name
            raise
        target.synced = target.length

    def _seal_open(self, target: _OpenFile) -> None:
        if target.synced < target.length:
            self._fsync(target)
            self._sealed.append(FileLength(target.name, target.length))
        self._open = None
        self._files.close(target.handle)
        self._files.rename(target.path, self._folder / target.name)
        self._files.fsync_folder(self._folder)


@dataclass(frozen=True, slots=True)
class CutReport:
    """What `cut_to` took off: how many bytes, their SHA-256 in hexadecimal, and the file that now holds them."""

    bytes: int
    sha256: str
    kept_as: Path


def cut_to(path: Path, committed_length: int, cut_folder: Path, files: FileLayer = OS_FILES) -> CutReport | None:
    """Cuts `path` to `committed_length`, after its tail stands safely in `cut_folder`; None where it is no longer.

    The tail's file is named after the WARC and the offset; one left by an interrupted call is written anew.
    Raises OSError.
    """
    with path.open("rb") as source:
        if source.seek(0, os.SEEK_END) <= committed_length:
            return None
        source.seek(committed_length)
        kept_as = cut_folder / f"{path.name.removesuffix(OPEN_SUFFIX)}.{committed_length}"
        kept_as.unlink(missing_ok=True)
        handle = files.create(kept_as)
        sha256, offset = hashlib.sha256(), 0
        try:
            while piece := source.read(_COPY):
                sha256.update(piece)
                view = memoryview(piece)
                while view:
                    written = files.write(handle, view, offset)
                    offset += written
                    view = view[written:]
            files.fsync(handle)
        finally:
            files.close(handle)
    files.fsync_folder(cut_folder)
    handle = files.open(path)
    try:
        files.truncate(handle, committed_length)
        files.fsync(handle)
    finally:
        files.close(handle)
    return CutReport(offset, sha256.hexdigest(), kept_as)


def seal_left_open(path: Path, files: FileLayer = OS_FILES) -> Path | None:
    """Gives a file that a dead process left `.open` its final name, and returns it.

    An empty one holds nothing to keep: it is removed, and None returned. Raises OSError.
    """
    if path.stat().st_size == 0:
        files.remove(path)
        files.fsync_folder(path.parent)
        return None
    final = path.with_name(path.name.removesuffix(OPEN_SUFFIX))
    files.rename(path, final)
    files.fsync_folder(path.parent)
    return final
