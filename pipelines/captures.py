"""Captures and the answers they hold.

A capture is a response record, or a revisit record whose original is among the same files: then its
payload is the original's, and its head its own or, where the server only said that nothing had changed,
the original's too (WARC/1.1, clause 6.7). Whoever reads an answer need not know which it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from archive.http1 import parse_response
from archive.http1_head import Header, header, header_values
from archive.reader import Record, parse_date, read_record_at, read_records


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands; `length` 0 means that it cannot be addressed: its file is read from the beginning."""

    record_id: str
    path: Path
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Head:
    """What reading an answer takes of its head. Values as on the wire, read as Latin-1; codings of several
    lines are joined by commas. `status` is None where no status line parses."""

    status: int | None
    content_type: str | None
    coding: str

    @classmethod
    def of(cls, status: int | None, headers: Iterable[Header]) -> Head:
        fields = tuple(headers)
        declared = header(fields, b"content-type")
        coding = b",".join(header_values(fields, b"content-encoding"))
        return cls(status, declared.decode("latin-1") if declared is not None else None, coding.decode("latin-1"))


@dataclass(frozen=True, slots=True)
class Capture:
    """One address at one time. `place` is the capture's own record, `payload` the response record that holds its
    payload, the same one unless the capture is a revisit.

    `date` is WARC-Date as written, `moment` the same in a form that sorts (empty where it is no date). `run` is
    empty for files of other software. `head` is None where it is that of the record at `payload`.
    """

    place: Place
    payload: Place
    url: str
    date: str
    moment: str
    run: str
    media_type: str | None
    head: Head | None

    @property
    def record_id(self) -> str:
        return self.place.record_id

    @property
    def file(self) -> str:
        """The final name of the file in which the capture's own record stands."""
        return self.place.path.name.removesuffix(".open")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server gave for `url`. `payload` has its transfer coding undone and its content coding kept;
    `complete` is False where some of it is missing."""

    url: str
    head: Head
    payload: bytes
    complete: bool
    payload_digest: str | None


def identity_of(record: Record) -> str:
    """The record's id, or where it stands if, against the standard, it has none."""
    return record.id or f"{record.file}:{record.offset}"


def record_at(place: Place) -> Record | None:
    """The response record at a place; None where the file no longer holds it there. Raises OSError."""
    if place.length:
        record = read_record_at(place.path, place.offset)
        return record if isinstance(record, Record) and identity_of(record) == place.record_id else None
    found = (record for record in read_records(place.path, types={"response"}) if isinstance(record, Record))
    return next((record for record in found if identity_of(record) == place.record_id), None)


def answer_of(capture: Capture, record: Record, max_bytes: int) -> Answer:
    """The capture's answer, from the record at its `payload`, of whose block `max_bytes` bytes are read.

    Raises OSError where the file can no longer be read."""
    response = parse_response(record.block(max_bytes))
    return Answer(
        url=capture.url,
        head=capture.head or Head.of(response.status, response.headers),
        payload=response.payload,
        complete=response.complete and record.truncated is None and record.block_length <= max_bytes,
        payload_digest=str(record.payload_digest) if record.payload_digest is not None else None,
    )


def seconds_between(one: str, other: str) -> float:
    """
    >>> seconds_between("2014-11-03T02:00:00Z", "2014-11-03T01:59:59.5Z")
    0.5
    """
    first, second = (moment.timestamp() if moment else 0.0 for moment in map(parse_date, (one, other)))
    return abs(first - second)
