"""What pywb looks captures up in: an index of what may be shown, and where the files stand that it names."""

from __future__ import annotations

import gzip
import heapq
import json
import os
import shutil
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Set
from contextlib import ExitStack
from datetime import date, datetime
from pathlib import Path
from typing import IO, BinaryIO, cast

from archive.indexing import lines_for_viewers, write_index
from archive.reader import Fault
from archive.writer import OPEN_SUFFIX
from jiucang.access import Withholding
from jiucang.viewers.sources import NotReplayable, Source

_MAX_LINE = 1024 * 1024
_REVISIT = "warc/revisit"
_LOCAL = struct.Struct("<4s22xHH")

#: Paths and sizes of the files, how much of open ones counts, when the access list was changed, and today.
_State = tuple[tuple[tuple[Path, int], ...], Mapping[str, int], int, date]


class LookUp:
    """`index` and `paths`, in *folder*, of what *source* held when `refresh` was last called."""

    def __init__(self, source: Source, folder: Path) -> None:
        self._source = source
        self.index = folder / "index.cdxj"
        self.paths = folder / "paths.txt"
        self._whole = folder / "whole" / "index.cdxj"
        self._whole.parent.mkdir()
        self._state: _State | None = None
        collection = source.collection
        for name in ("index.cdxj", "index.cdxj.covered") if collection is not None else ():
            # with it, only files that are new since are read
            known = collection.index.with_name(name) if collection is not None else Path()
            if known.exists():
                shutil.copy2(known, self._whole.with_name(name))

    def refresh(self) -> tuple[Fault, ...]:
        """Takes in what has changed; what stands in the way of reading sealed files.

        Raises `NotReplayable` and what `UNREADABLE` names.
        """
        state = self._now()
        if state == self._state:
            return ()
        if self._source.wacz is not None:
            self._write(self.index, _lines_of_wacz(self._source.wacz))
            self._write(self.paths, [_path_line(self._source.wacz.name, self._source.wacz)])
            faults: tuple[Fault, ...] = ()
        else:
            files = [path for path, _ in state[0]]
            faults = write_index(files, self._whole).faults
            # the paths first: the index may name no file that pywb cannot find
            self._write(self.paths, sorted(_path_line(path.name, path) for path in files))
            lines = lines_for_viewers(self._whole)
            withheld = self._source.withheld()
            gone = _withheld_payloads(self._whole, withheld)
            self._write(self.index, _shown(lines, state[1], withheld, gone))
        self._state = state
        return tuple(fault for fault in faults if not fault.file.endswith(OPEN_SUFFIX))

    def _now(self) -> _State:
        files = tuple((path, path.stat().st_size) for path in self._source.files())
        listed = self._source.access_list
        changed = listed.stat().st_mtime_ns if listed is not None and listed.exists() else 0
        return files, self._source.committed(), changed, datetime.now().astimezone().date()

    @staticmethod
    def _write(path: Path, lines: Iterator[bytes] | list[bytes]) -> None:
        temporary = path.with_name(path.name + ".tmp")
        with temporary.open("wb") as file:
            file.writelines(lines)
        temporary.replace(path)


def _path_line(name: str, path: Path) -> bytes:
    """An open file is also looked for under the name that it will have: pywb may ask before the next refresh."""
    places = [path, path.with_name(name.removesuffix(OPEN_SUFFIX))] if name.endswith(OPEN_SUFFIX) else [path]
    return b"\t".join(map(os.fsencode, (name, *map(str, places)))) + b"\n"


def _shown(
    lines: Iterable[bytes], committed: Mapping[str, int], withheld: Withholding, gone: Set[str]
) -> Iterator[bytes]:
    """The lines of captures that are committed, and not withheld, nor revisits of the payloads in *gone*."""
    for line in lines:
        if not committed and not withheld:
            yield line
            continue
        entry = _entry(line)
        sealed = entry["filename"].removesuffix(OPEN_SUFFIX)
        counts = sealed not in committed or int(entry["offset"]) + int(entry["length"]) <= committed[sealed]
        revisits = entry.get("mime") == _REVISIT and entry.get("digest") in gone
        if counts and not revisits and withheld.entry(entry["url"]) is None:
            yield line


def _withheld_payloads(index: Path, withheld: Withholding) -> set[str]:
    """Digests of the payloads that withheld captures hold: pywb would look for them in vain, and say so."""
    if not withheld:
        return set()
    with index.open("rb") as lines:
        entries = (entry for entry in map(_entry, lines) if entry.get("mime") != _REVISIT and "digest" in entry)
        return {entry["digest"] for entry in entries if withheld.entry(entry["url"]) is not None}


def _entry(line: bytes) -> dict[str, str]:
    entry: dict[str, str] = json.loads(line.split(b" ", 2)[2])
    return entry


def _lines_of_wacz(path: Path) -> Iterator[bytes]:
    """The package's own index, with every capture where it stands in the package itself.

    Raises `NotReplayable`, zipfile.BadZipFile and OSError.
    """
    with zipfile.ZipFile(path) as package, path.open("rb") as file, ExitStack() as stack:
        starts = {
            info.filename.removeprefix("archive/"): _start(file, info)
            for info in package.infolist()
            if info.filename.startswith("archive/") and not info.is_dir()
        }
        parts = [name for name in package.namelist() if name.startswith("indexes/") and _is_index(name)]
        if not starts or not parts:
            raise NotReplayable(f"{path}: holds no {'index' if starts else 'WARC file'}")
        try:
            yield from heapq.merge(*(_moved(_open(package, name, stack), starts, path.name) for name in parts))
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise NotReplayable(f"{path}: its index is damaged: {error}") from None


def _is_index(name: str) -> bool:
    return name.endswith((".cdx", ".cdxj", ".cdx.gz", ".cdxj.gz"))


def _start(file: BinaryIO, info: zipfile.ZipInfo) -> int:
    """Where a part's bytes begin in the package."""
    if info.compress_type != zipfile.ZIP_STORED:
        raise NotReplayable(f"{info.filename} is deflated; unpack the WACZ and replay the WARC files in it")
    file.seek(info.header_offset)
    magic, name_length, extra_length = _LOCAL.unpack(file.read(_LOCAL.size).ljust(_LOCAL.size, b"\0"))
    if magic != b"PK\x03\x04":
        raise zipfile.BadZipFile(f"no local header at {info.header_offset}")
    return info.header_offset + _LOCAL.size + int(name_length) + int(extra_length)


def _open(package: zipfile.ZipFile, name: str, stack: ExitStack) -> IO[bytes]:
    part = stack.enter_context(package.open(name))
    return cast(IO[bytes], gzip.GzipFile(fileobj=part)) if name.endswith(".gz") else part


def _moved(lines: IO[bytes], starts: Mapping[str, int], name: str) -> Iterator[bytes]:
    while line := lines.readline(_MAX_LINE):
        try:
            surt, timestamp, text = line.split(b" ", 2)
            entry = json.loads(text)
            entry["offset"] = str(int(entry["offset"]) + starts[entry["filename"].removeprefix("archive/")])
        except (ValueError, KeyError, TypeError, AttributeError):
            continue  # `jiucang verify` says what is wrong with it
        entry["filename"] = name
        yield b" ".join((surt, timestamp, json.dumps(entry).encode())) + b"\n"
