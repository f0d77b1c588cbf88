"""Long WARC files in parts that begin at a record, so that several processes can walk one file.

A part that does not end exactly with a record of its own (damage, or a boundary that was none) says so: then nobody
can tell what a walk over the whole would have found, and the file is to be walked again as one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from archive.members import GZIP_MAGIC
from archive.resync import next_member
from archive.verify.catalogue import Catalogue
from archive.verify.findings import Findings
from archive.verify.seen import Walked
from archive.verify.walk import walk
from archive.verify.window import window

PART = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes `start` to `end` of a file, which is called `name` in findings."""

    path: Path
    name: str
    start: int
    end: int


def split(path: Path, name: str, size: int, part_bytes: int = PART) -> list[Part]:
    """The first *size* bytes in parts of about *part_bytes*; a plain file, or a short one, in one. Raises OSError."""
    starts = [0]
    with path.open("rb") as stream:
        if stream.read(2) == GZIP_MAGIC:
            while (at := starts[-1] + part_bytes) + part_bytes // 2 < size:
                start = next_member(stream, at)
                if start is None or start >= size:
                    break
                starts.append(start)
    return [Part(path, name, start, end) for start, end in zip(starts, [*starts[1:], size], strict=True)]


def walk_part(part: Part, found: Findings, catalogue: Catalogue) -> Walked:
    """Walks one part; `good_end` counts from the file's first byte. Raises OSError."""
    with part.path.open("rb") as stream:
        length = part.end - part.start
        inside = window(stream, part.start, length)
        walked = walk(inside, part.name, length, found, catalogue.add, base=part.start)
    return replace(walked, good_end=walked.good_end and part.start + walked.good_end)


def walk_apart(part: Part, records: Path) -> tuple[Walked, Findings] | None:
    """`walk_part` with a catalogue of its own, for another process; None where the part does not end with a record."""
    found, catalogue = Findings(), Catalogue(records)
    try:
        walked = walk_part(part, found, catalogue)
    except OSError:
        return None
    finally:
        catalogue.save()
    return (walked, found) if walked.good_end == part.end else None
