"""`jiucang index`: the index of a collection's WARC files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TextIO

from archive.collection import Collection
from archive.indexing import write_index
from archive.writer import OPEN_SUFFIX
from archive.zipnum import LINES, write_compressed
from jiucang.codes import BAD_INPUT, DONE, FAULTS


def index_collection(root: Path, said: TextIO | None = None, *, compress: bool = False) -> int:
    """Brings the index of the collection at *root* up to date, and its compressed form where there is to be one.

    Returns the exit code. Findings go to stderr; what was done, to *said*, or to stdout.
    """
    collection = Collection(root)
    if not collection.archive.is_dir():
        print(f"jiucang: {root}: is no collection (it has no archive folder)", file=sys.stderr)
        return BAD_INPUT
    compress = compress or collection.compressed_index.is_dir()
    try:
        indexed = write_index([*collection.warcs(), *collection.left_open()], collection.index)
        members = write_compressed(collection.index, collection.compressed_index) if compress else 0
    except OSError as error:
        print(f"jiucang: {collection.index}: {error.strerror}", file=sys.stderr)
        return BAD_INPUT
    # a file that a crawl is writing ends where its last write ended
    faults = [fault for fault in indexed.faults if not fault.file.endswith(OPEN_SUFFIX)]
    for fault in faults:
        print(f"{fault.where}: {fault.code}: {fault.detail}", file=sys.stderr)
    print(f"index: {indexed.lines} lines; files read: {indexed.read}\n  {collection.index}", file=said)
    if compress:
        print(f"compressed: {members} gzip members of {LINES} lines\n  {collection.compressed_index}", file=said)
    return FAULTS if faults else DONE
