"""An index in gzip members of some lines each, and where each begins: read without unpacking the whole of it.

The members stand one behind the other in `index.cdx.gz`. Where they begin is written in two forms, since readers
disagree: `index.idx`, as WACZ 1.1.1 and cdxj-indexer have it, and `index.summary` with `index.loc`, as ZipNum has it,
which is what pywb reads.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from isal import igzip_lib

from archive.files import OS_FILES

#: Lines of the index in a member, each of which has a line in index.idx.
LINES = 1024
DATA, IDX, SUMMARY, LOC = "index.cdx.gz", "index.idx", "index.summary", "index.loc"
IDX_HEAD = b'!meta 0 {"format": "cdxj-gzip-1.0", "filename": "%s"}\n' % DATA.encode()
_LEVEL = 2


@dataclass(frozen=True, slots=True)
class Block:
    """A gzip member of `DATA` that begins at byte `offset`; `key` is that of its first line, with the time."""

    key: bytes
    offset: int
    data: bytes

    @property
    def idx_line(self) -> bytes:
        """The block's line in `IDX`."""
        digest = f"sha256:{hashlib.sha256(self.data).hexdigest()}"
        where = {"offset": self.offset, "length": len(self.data), "digest": digest, "filename": DATA}
        return self.key + b" " + json.dumps(where).encode() + b"\n"


def blocks(lines: Iterable[bytes]) -> Iterator[Block]:
    """Sorted lines of an index, each with its line end, as gzip members."""
    offset, rest = 0, iter(lines)
    while block := list(islice(rest, LINES)):
        data = igzip_lib.compress(b"".join(block), _LEVEL, igzip_lib.COMP_GZIP)
        yield Block(block[0].partition(b" {")[0], offset, data)
        offset += len(data)


def write_compressed(index: Path, folder: Path) -> int:
    """Writes the four files of the compressed form of *index* into *folder*; how many members. Raises OSError.

    While they change, there is none that says where members begin: a reader finds the whole old form, or the whole
    new one, or no index.
    """
    folder.mkdir(exist_ok=True)
    temporary = {name: folder / f".{name}.tmp" for name in (DATA, IDX, SUMMARY, LOC)}
    count = 0
    with (
        index.open("rb") as lines,
        temporary[DATA].open("wb") as data,
        temporary[IDX].open("wb") as idx,
        temporary[SUMMARY].open("wb") as summary,
    ):
        idx.write(IDX_HEAD)
        for count, block in enumerate(blocks(lines), 1):
            data.write(block.data)
            idx.write(block.idx_line)
            summary.write(b"%s\tindex\t%d\t%d\t%d\n" % (block.key, block.offset, len(block.data), count))
        data.flush()
        os.fsync(data.fileno())
    temporary[LOC].write_text(f"index\t{DATA}\n")
    for name in (IDX, SUMMARY):
        (folder / name).unlink(missing_ok=True)
    for name, path in temporary.items():
        path.replace(folder / name)
    OS_FILES.fsync_folder(folder)
    return count
