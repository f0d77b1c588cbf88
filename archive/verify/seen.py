"""What a walk over a WARC file passes on: each record, and what the file came to."""

from __future__ import annotations

from dataclasses import dataclass

from archive.verify.heads import Head


@dataclass(frozen=True, slots=True)
class Seen:
    """A record that was passed. `length` is 0 where it cannot be addressed; `head` None where it could not be read.

    `exchange` is what a metadata record of ours says it belongs to, or empty. `sound` is false where the record's
    own bytes are damaged, so that whatever refers to it is not to blame.
    """

    file: str
    offset: int
    length: int
    head: Head | None
    exchange: str
    sound: bool


@dataclass(frozen=True, slots=True)
class Walked:
    """`good_end` is the file's byte after the last record that is whole: where a damaged tail may be cut."""

    records: int
    good_end: int
