"""A ZIP file opened with care: its directory bounded, its names looked at, nothing extracted, nothing followed."""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from archive.verify.findings import Findings
from archive.verify.names import leads_out
from archive.verify.window import window

#: What reading a damaged ZIP file raises, besides OSError.
DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, struct.error)

MAX_DIRECTORY = 4 * 1024 * 1024
"""Bytes of the central directory: some forty thousand names, far more than a WACZ has."""

MAX_RATIO = 1040  # deflate cannot do better than 1032
SPARE = 64 * 1024 * 1024

_END = b"PK\x05\x06"
_LONGEST_END = 22 + 65535
_LOCAL = struct.Struct("<4s22xHH")


@contextmanager
def opened(path: Path, name: str, found: Findings) -> Iterator[tuple[BinaryIO, zipfile.ZipFile] | None]:
    """The file and its directory; None where there is none to be read, which is then among the findings."""
    try:
        with path.open("rb") as file:
            size = _directory_size(file)
            if size > MAX_DIRECTORY:
                found.add("package.too-large", name, f"central directory of {size} bytes")
                yield None
                return
            try:
                archive = zipfile.ZipFile(file)
            except DAMAGE as error:
                found.add("package.unreadable", name, str(error))
                yield None
                return
            with archive:
                yield file, archive
    except OSError as error:
        found.add("package.unreadable", name, error.strerror or str(error))
        yield None


def _directory_size(file: BinaryIO) -> int:
    """As the end record states it; 0 where there is none. A ZIP64 directory counts as the bytes before its end."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _LONGEST_END))
    tail = file.read(_LONGEST_END)
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < 20:
        return 0
    stated, offset = struct.unpack_from("<II", tail, at + 12)
    if stated != 0xFFFFFFFF and offset != 0xFFFFFFFF:
        return int(stated)
    locator = tail[at - 20 : at]
    if not locator.startswith(b"PK\x06\x07"):
        return int(stated)
    file.seek(min(struct.unpack_from("<Q", locator, 8)[0], size))
    record = file.read(56)
    return int(struct.unpack_from("<Q", record, 40)[0]) if len(record) == 56 else int(stated)


def safe_parts(archive: zipfile.ZipFile, name: str, size: int, found: Findings) -> dict[str, zipfile.ZipInfo]:
    """The parts that may be read, by name; what may not is among the findings. *size* is the ZIP file's, in bytes."""
    parts: dict[str, zipfile.ZipInfo] = {}
    for info in archive.infolist():
        part = info.orig_filename
        where = f"{name}/{part}"
        why = leads_out(part)
        if why is not None:
            found.add("package.name", name, f"{part!r}: {why}")
        elif stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
            found.add("package.link", where, "")
        elif part in parts:
            found.add("wacz.twice", where, "")
        elif info.flag_bits & 1:
            found.add("package.unreadable", where, "encrypted")
        elif info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            found.add("package.unreadable", where, f"compression method {info.compress_type}")
        elif not info.is_dir():
            parts[part] = info
    if sum(info.file_size for info in parts.values()) > size * MAX_RATIO + SPARE:
        found.add("package.too-large", name, f"parts of more than {size * MAX_RATIO + SPARE} bytes: a bomb")
        return {}
    return parts


def open_part(file: BinaryIO, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> BinaryIO:
    """The part's bytes, seekable at no cost where it is stored. Raises one of `DAMAGE`, or OSError."""
    stream = cast(BinaryIO, archive.open(info))
    if info.compress_type != zipfile.ZIP_STORED:
        return stream
    stream.close()
    file.seek(info.header_offset)
    magic, name_length, extra_length = _LOCAL.unpack(file.read(_LOCAL.size))
    if magic != b"PK\x03\x04":
        raise zipfile.BadZipFile(f"no local header at {info.header_offset}")
    return window(file, info.header_offset + _LOCAL.size + name_length + extra_length, info.compress_size)
