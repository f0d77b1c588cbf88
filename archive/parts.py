"""Long WARC files in parts that begin at a record, so that several processes can read one file.

Where a part begins is a guess: inside a stored block may stand what looks like a record. Who reads a part has to see
whether it ends exactly with a record of its own; if not, nobody can tell what a look at the whole would have found, and
the file is to be read again as one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from archive.members import GZIP_MAGIC
from archive.resync import next_member

PART = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes `start` to `end` of a file."""

    path: Path
    start: int
    end: int

    @property
    def size(self) -> int:
        return self.end - self.start


def split(path: Path, size: int, part_bytes: int = PART) -> list[Part]:
    """The first *size* bytes in parts of about *part_bytes*; a plain file, or a short one, in one. Raises OSError."""
    starts = [0]
    with path.open("rb") as stream:
        if stream.read(2) == GZIP_MAGIC:
            while (at := starts[-1] + part_bytes) + part_bytes // 2 < size:
                start = next_member(stream, at)
                if start is None or start >= size:
                    break
                starts.append(start)
    return [Part(path, start, end) for start, end in zip(starts, [*starts[1:], size], strict=True)]
