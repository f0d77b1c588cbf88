"""Repaired copies of WARC files: a damaged tail is left out, what was open is closed. Originals are only read."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from archive.input import PIECE
from archive.writer import OPEN_SUFFIX


@dataclass(frozen=True, slots=True)
class Mended:
    """What became of one file. `cut` bytes at its end were left out; `sha256` is theirs, empty where there are none."""

    source: Path
    copy: Path
    cut: int
    sha256: str

    @property
    def closed(self) -> bool:
        """Whether the copy has its final name, and the original had not."""
        return self.source.name.endswith(OPEN_SUFFIX)


def mend_warc(source: Path, folder: Path, good_end: int) -> Mended | None:
    """Copies the file's first *good_end* bytes into *folder*, under its final name; None where nothing is good.

    The copy is on disk for good when this returns. Raises FileExistsError where there is such a file, and OSError.
    """
    if not good_end:
        return None
    copy = folder / source.name.removesuffix(OPEN_SUFFIX)
    digest, cut, left = hashlib.sha256(), 0, good_end
    with source.open("rb") as original, copy.open("xb") as target:
        while piece := original.read(min(PIECE, left) if left else PIECE):
            if left:
                target.write(piece)
                left -= len(piece)
            else:
                digest.update(piece)
                cut += len(piece)
        target.flush()
        os.fsync(target.fileno())
    return Mended(source, copy, cut, digest.hexdigest() if cut else "")
