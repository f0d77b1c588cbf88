"""The indexes of a WACZ: CDXJ plain or in gzip members, and `.idx`, which says where those members begin."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO

from archive.input import PIECE, Damaged
from archive.members import members
from archive.verify.catalogue import Catalogue
from archive.verify.findings import Findings
from archive.verify.index import check_index
from archive.verify.lines import bounded_lines, json_object, pieces
from archive.verify.zips import DAMAGE, MAX_RATIO, SPARE

_MAX_LINE = 1024 * 1024
_BLOCKS = "CREATE TABLE blocks(file TEXT, offset INTEGER, length INTEGER, begins BLOB, PRIMARY KEY(file, offset))"

Open = Callable[[str], BinaryIO]


def check_indexes(
    parts: Mapping[str, zipfile.ZipInfo], open_: Open, package: str, catalogue: Catalogue, found: Findings
) -> bool:
    """Checks the index parts against the records of the catalogue; whether there was an index."""
    catalogue.db.execute(_BLOCKS)
    lines_of = [part for part in parts if not part.endswith(".idx")]
    for part in (*lines_of, *(part for part in parts if part.endswith(".idx"))):
        where = f"{package}/{part}"
        try:
            stream = open_(part)
            if part.endswith(".idx"):
                _check_idx(stream, where, open_, parts, catalogue, found)
            elif part.endswith(".gz"):
                allowed = parts[part].compress_size * MAX_RATIO + SPARE
                check_index(_inflated(stream, part, where, allowed, catalogue, found), where, catalogue, found)
            else:
                check_index(pieces(stream), where, catalogue, found)
        except (*DAMAGE, OSError) as error:
            found.add("package.unreadable", where, str(error))
    return bool(lines_of)


def _inflated(
    stream: BinaryIO, part: str, where: str, allowed: int, catalogue: Catalogue, found: Findings
) -> Iterator[bytes]:
    """The lines of a compressed index, in pieces; where its members begin is noted."""
    name, passed = part.rpartition("/")[2], 0
    try:
        for member in members(stream):
            begins = member.peek(_MAX_LINE).partition(b"\n")[0][:_MAX_LINE]
            for piece in member.pieces(1 << 62):
                passed += len(piece)
                if passed > allowed:
                    found.add("gzip.inflates-too-far", where, f"more than {allowed} bytes")
                    return
                yield piece
            if member.compressed and member.end is not None:
                row = (name, member.start, member.end - member.start, begins)
                catalogue.db.execute("INSERT OR IGNORE INTO blocks VALUES(?, ?, ?, ?)", row)
    except Damaged as damaged:
        found.add("gzip.damaged", f"{where}:{damaged.offset}", damaged.detail)


def _check_idx(
    stream: BinaryIO,
    where: str,
    open_: Open,
    parts: Mapping[str, zipfile.ZipInfo],
    catalogue: Catalogue,
    found: Findings,
) -> None:
    """Every line against the member it names, and every member must have a line."""
    named: set[str] = set()
    count, above = 0, None
    for number, line in enumerate(bounded_lines(pieces(stream), _MAX_LINE), 1):
        place = f"{where}:{number}"
        if line is not None and line.startswith(b"!meta "):
            above = _named_above(line)
            continue
        values = _block_line(line, above)
        if values is None or line is None:
            found.add(
                "wacz.idx",
                place,
                "expected `key time {json}` with offset and length, and the file's name there or in the first line",
            )
            continue
        file, offset, length, digest = values
        block = catalogue.db.execute(
            "SELECT length, begins FROM blocks WHERE file = ? AND offset = ?", (file, offset)
        ).fetchone()
        count += 1
        named.add(file)
        if block is None:
            found.add("wacz.idx", place, f"no member begins at {file}:{offset}")
        elif block[0] != length:
            found.add("wacz.idx", place, f"length {length}, the member's {block[0]}")
        elif not block[1].startswith(line.partition(b"{")[0]):
            found.add("wacz.idx", place, f"the member begins with {block[1][:60]!r}")
        elif digest is not None and digest != _digest_of(open_, parts, file, offset, length):
            found.add("wacz.idx", place, f"digest {digest} is not the member's")
    for file, members_there in catalogue.db.execute("SELECT file, count(*) FROM blocks GROUP BY file").fetchall():
        if file in named and members_there > count:
            found.add("wacz.idx", where, f"{count} lines for {members_there} members of {file}")


def _named_above(line: bytes) -> str | None:
    """The file that an index's first line names for all lines, as cdxj-indexer writes it; None where it names none."""
    try:
        values = json_object(line[line.find(b"{") :]) or {}
    except ValueError:
        return None
    name = values.get("filename")
    return name if isinstance(name, str) else None


def _block_line(line: bytes | None, above: str | None) -> tuple[str, int, int, str | None] | None:
    """File, offset, length and digest; the file may be named *above* the lines."""
    if line is None or b"{" not in line:
        return None
    try:
        values = json_object(line[line.index(b"{") :]) or {}
        file, offset, length = (
            str(values.get("filename") or above or values["filename"]),
            int(str(values["offset"])),
            int(str(values["length"])),
        )
    except (ValueError, KeyError):
        return None
    digest = values.get("digest")
    fits = 0 <= offset < 1 << 62 and 0 <= length < 1 << 62
    return (file, offset, length, digest if isinstance(digest, str) else None) if fits else None


def _digest_of(open_: Open, parts: Mapping[str, zipfile.ZipInfo], file: str, offset: int, length: int) -> str:
    [part] = [part for part in parts if part.rpartition("/")[2] == file][:1]
    stream = open_(part)
    stream.seek(offset)
    digest = hashlib.sha256()
    while length and (piece := stream.read(min(PIECE, length))):
        digest.update(piece)
        length -= len(piece)
    return "sha256:" + digest.hexdigest()
