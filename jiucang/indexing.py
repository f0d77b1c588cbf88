"""`jiucang index`: the index of a collection's WARC files, or of any others."""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path
from typing import TextIO

from archive.collection import Collection
from archive.indexing import Indexed, write_index
from archive.writer import OPEN_SUFFIX
from archive.zipnum import LINES, write_compressed
from jiucang.codes import BAD_INPUT, DONE, FAULTS
from pipelines.sources import NoSource, warc_files


def index_sources(sources: list[Path], output: Path | None = None, *, compress: bool = False) -> int:
    """The index of one collection, in its own place, or of any WARC files in *output*; returns the exit code."""
    if output is None and len(sources) == 1 and not sources[0].is_file():
        return index_collection(sources[0], compress=compress)
    if output is None:
        return _refused(f"{sources[0]}: only a collection has a place for its index; name a file with -o FILE")
    if compress:
        return _refused("--compress is for a collection, whose compressed index has a place of its own")
    try:
        warcs = warc_files(sources)
    except NoSource as error:
        return _refused(str(error))
    if output.resolve() in warcs:
        return _refused(f"{output}: is one of the WARC files")
    if twice := next((b for a, b in pairwise(warcs) if a.name == b.name), None):
        return _refused(f"{twice}: another of the files has that name too, by which an index tells them apart")
    try:
        indexed = write_index(warcs, output)
    except OSError as error:
        return _refused(f"{error.filename or output}: {error.strerror}")
    return _tell(indexed, output, None)


def index_collection(root: Path, said: TextIO | None = None, *, compress: bool = False) -> int:
    """Brings the index of the collection at *root* up to date, and its compressed form where there is to be one.

    Returns the exit code. Findings go to stderr; what was done, to *said*, or to stdout.
    """
    collection = Collection(root)
    if not collection.archive.is_dir():
        return _refused(f"{root}: is no collection (it has no archive folder)")
    compress = compress or collection.compressed_index.is_dir()
    try:
        indexed = write_index([*collection.warcs(), *collection.left_open()], collection.index)
        members = write_compressed(collection.index, collection.compressed_index) if compress else 0
    except OSError as error:
        return _refused(f"{collection.index}: {error.strerror}")
    code = _tell(indexed, collection.index, said)
    if compress:
        print(f"compressed: {members} gzip members of {LINES} lines\n  {collection.compressed_index}", file=said)
    return code


def _tell(indexed: Indexed, out: Path, said: TextIO | None) -> int:
    # a file that a crawl is writing ends where its last write ended
    faults = [fault for fault in indexed.faults if not fault.file.endswith(OPEN_SUFFIX)]
    for fault in faults:
        print(f"{fault.where}: {fault.code}: {fault.detail}", file=sys.stderr)
    print(f"index: {indexed.lines} lines; files read: {indexed.read}\n  {out}", file=said)
    return FAULTS if faults else DONE


def _refused(why: str) -> int:
    print(f"jiucang: {why}", file=sys.stderr)
    return BAD_INPUT
