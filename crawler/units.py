"""What a WARC file of ours holds, unit by unit: the group of an attempt, or a paper of a run.

Reading goes on after damage, at the next record that can be read. A group counts where all its records
are there; `whole_to` is where the last unit ends, and what stands beyond it is a tail that no unit needs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from archive.http1 import MAX_HEAD, Framing, ResponseParser
from archive.reader import Fault, Record
from archive.resync import read_past_damage
from archive.run_records import read_run_urn
from archive.warc import OCTETS, WARC_FIELDS
from archive.writer import OPEN_SUFFIX
from crawler.metadata import Told, read_metadata
from crawler.records import WIRE_PART, wire_urn

#: Records looked at to see whose file it is.
_LOOKS = 200
#: Records that may wait for the metadata of their attempt; a group has fewer.
_MAX_PARTS = 16
_UNMODIFIED = "not-modified"
_ANSWERS = frozenset({"response", "revisit", "resource"})


@dataclass(frozen=True, slots=True)
class Group:
    """The records of one attempt. `answer` is the response, the revisit in its place, or the bytes of no HTTP.

    `head` is the record whose block begins with the head of the answer: mostly the same, but beside the empty
    revisit of a 304 the one of wire bytes.
    """

    file: str
    offset: int
    length: int
    told: Told
    request: Record
    answer: Record | None
    head: Record | None
    metadata_id: str


@dataclass(frozen=True, slots=True)
class Paper:
    """A run's job, profiles, log or report."""

    run: str
    part: str
    record: Record


def records(path: Path) -> Iterator[Record | Fault]:
    """All records that can be read; a `Fault` wherever some cannot. Raises OSError where the disk fails."""
    for found in read_past_damage(path):
        if isinstance(found, Fault) and found.code == "unreadable":
            raise OSError(f"{found.where}: {found.detail}")
        yield found


def is_own(path: Path) -> bool:
    """Whether this software wrote the file: it says so, or holds the metadata of an attempt, near its beginning.

    Raises OSError.
    """
    if path.name.endswith(OPEN_SUFFIX):
        return True
    for number, record in enumerate(records(path)):
        if number >= _LOOKS:
            break
        if isinstance(record, Record) and _shows_us(record):
            return True
    return False


def _shows_us(record: Record) -> bool:
    if record.content_type != WARC_FIELDS:
        return False
    if record.type == "warcinfo":
        return record.block(4096).startswith(b"software: jiucang/")
    return record.type == "metadata" and read_metadata(record.block()) is not None


class Unaddressable(ValueError):
    """Several records of a file share a gzip member or frame, so that none can be found again by its place."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path}: its records share a gzip member or frame, so none has an address of its own;"
            f" make a file with one member a record: warcio recompress {path.name} NEW.warc.gz"
        )


class Units:
    """Iterate once; then `whole_to`, `faults` and `orphans` tell what the file is like."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._parts: list[Record] = []
        self._told: Told | None = None
        self.whole_to = 0
        """Bytes up to the end of the last unit."""
        self.faults: list[Fault] = []
        self.orphans = 0
        """Records of attempts that are not whole, `whole_to` or not."""

    def __iter__(self) -> Iterator[Group | Paper]:
        """Raises OSError, `Unaddressable`."""
        for found in records(self._path):
            if isinstance(found, Record) and not found.length:
                raise Unaddressable(self._path)
            if isinstance(found, Fault):
                self.faults.append(found)
                yield from self._closed()
                self._forget()
                continue
            if self._told is not None and not _belongs(found, self._told):
                yield from self._closed()
            yield from self._take(found)
        yield from self._closed()
        self._forget()

    def _take(self, record: Record) -> Iterator[Paper]:
        if self._told is not None:
            self._parts.append(record)
        elif record.type == "metadata" and record.content_type == WARC_FIELDS:
            self._told = read_metadata(record.block())
            self._parts.append(record)
            if self._told is None or not _is_whole(self._parts):
                self._forget()
        elif record.type == "request" or (record.type in _ANSWERS and read_run_urn(record.target_uri or "") is None):
            if record.type == "request" or len(self._parts) >= _MAX_PARTS:
                self._forget()
            self._parts.append(record)
        else:
            self._forget()
            self.whole_to = record.offset + record.length
            named = read_run_urn(record.target_uri or "") if record.type == "resource" else None
            if named is not None:
                yield Paper(*named, record)

    def _forget(self) -> None:
        self.orphans += len(self._parts)
        self._parts, self._told = [], None

    def _closed(self) -> Iterator[Group]:
        """The group that has been read, now that what follows does not belong to it."""
        if self._told is None:
            return
        parts, told = self._parts, self._told
        self._parts, self._told = [], None
        start, end = parts[0].offset, parts[-1].offset + parts[-1].length
        request = next(part for part in parts if part.type == "request")
        answer = next((part for part in parts if part.type in _ANSWERS), None)
        around = {part.fields.get(WIRE_PART): part for part in parts}
        if answer is not None and answer.type == "revisit" and _completed_by(answer) not in around:
            self.orphans += len(parts)
            return
        head = around.get(_UNMODIFIED, answer)
        self.whole_to = end
        metadata = next(part for part in parts if part.content_type == WARC_FIELDS)
        file = parts[0].file.removesuffix(OPEN_SUFFIX)
        yield Group(file, start, end - start, told, request, answer, head, metadata.id)


def _is_whole(parts: list[Record]) -> bool:
    """Whether a group, its metadata last, begins with the request and has every record that it names."""
    names = {part.id for part in parts}
    return parts[0].type == "request" and len(parts) <= 3 and names.issuperset(parts[-1].concurrent_to)


def _completed_by(revisit: Record) -> str | None:
    """The wire part without which a revisit is torn: the 304 itself, or what its chunks held besides the payload."""
    if not revisit.block_length:
        return _UNMODIFIED
    parser = ResponseParser("GET")
    parser.feed(revisit.block(MAX_HEAD))
    return "framing" if parser.framing is Framing.CHUNKED else None


def _belongs(record: Record, told: Told) -> bool:
    """Whether the record holds bytes that came around the answer of the attempt before it."""
    part = record.fields.get(WIRE_PART)
    if record.type != "metadata" or record.content_type != OCTETS or part is None or part == "late":
        return False
    return record.target_uri == wire_urn(told.exchange, part)
