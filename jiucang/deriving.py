"""`jiucang extract` and `jiucang index`: what is derived from WARC files."""

from __future__ import annotations

import sys
from pathlib import Path

from archive.cdxj import write_index
from archive.collection import Collection
from jiucang.cli import BAD_INPUT, DONE, FAULTS


def index_collection(root: Path) -> int:
    """Writes the index of the collection at *root*; returns the exit code."""
    collection = Collection(root)
    if not collection.archive.is_dir():
        print(f"jiucang: {root}: is no collection (it has no archive folder)", file=sys.stderr)
        return BAD_INPUT
    write_index([*collection.warcs(), *collection.left_open()], collection.index)
    return DONE


def extract_sources(
    sources: list[Path], output: Path, *, decisions: Path | None, workers: int, as_json: bool
) -> int:
    """Derives the rows of *sources* into *output*; returns the exit code."""
    from pipelines.run import extract

    report = extract(sources, output, decisions=decisions, workers=workers)
    return DONE if not report.faults else FAULTS
