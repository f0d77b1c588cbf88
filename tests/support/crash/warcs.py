"""WARC files read by others' code: zlib for the framing, warcio for the records."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator


@dataclass(frozen=True, slots=True)
class Member:
    """One gzip member and the record in it. `exchange` is what a metadata record of an exchange calls itself."""

    file: str
    offset: int
    length: int
    type: str
    uri: str
    exchange: str | None


class Damaged(Exception):
    """A file that does not parse to its end."""


def members(path: Path) -> Iterator[Member]:
    """Every member of a file, each holding exactly one record. Raises `Damaged`."""
    data, offset = path.read_bytes(), 0
    if not data:
        raise Damaged(f"{path.name}: is empty")
    while offset < len(data):
        inflate = zlib.decompressobj(31)
        try:
            record = inflate.decompress(data[offset:])
        except zlib.error as error:
            raise Damaged(f"{path.name}: {offset}: {error}") from None
        if not inflate.eof:
            raise Damaged(f"{path.name}: {offset}: the last member does not end")
        length = len(data) - offset - len(inflate.unused_data)
        yield _member(path.name, offset, length, record)
        offset += length


def _member(file: str, offset: int, length: int, data: bytes) -> Member:
    found = []
    for record in ArchiveIterator(BytesIO(data), no_record_parse=True):
        block = record.content_stream().read()
        if len(block) != int(record.rec_headers.get_header("Content-Length")):
            raise Damaged(f"{file}: {offset}: a block is shorter than it says")
        words = block.partition(b"\r\n")[0].decode("utf-8", "replace")
        exchange = words.removeprefix("exchange: ") if words.startswith("exchange: ") else None
        uri = record.rec_headers.get_header("WARC-Target-URI") or ""
        own = exchange if record.rec_type == "metadata" else None
        found.append(Member(file, offset, length, record.rec_type, uri, own))
    if len(found) != 1:
        raise Damaged(f"{file}: {offset}: {len(found)} records in a member")
    return found[0]
