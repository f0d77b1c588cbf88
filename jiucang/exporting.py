"""documents.jsonl in other forms, beside it: Parquet, Web Annotations, PROV-JSON, TEI."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from jiucang.codes import BAD_INPUT, DONE, FAULTS
from pipelines.exports import parquet
from pipelines.exports.annotations import annotation_page
from pipelines.exports.prov import prov_document
from pipelines.exports.tei import file_name, tei_document
from pipelines.files import replacing, replacing_text
from pipelines.schema import Row


@dataclass(frozen=True, slots=True)
class Exports:
    """Where each form goes, None where it is not asked for; `tei` is a folder."""

    parquet: Path | None = None
    annotations: Path | None = None
    prov: Path | None = None
    tei: Path | None = None

    def write(self, documents: Path) -> Iterator[Path]:
        """Writes the forms asked for from the rows in *documents*; yields each when it is there. Raises OSError."""
        if self.parquet is not None:
            self.parquet.parent.mkdir(parents=True, exist_ok=True)
            with replacing(self.parquet) as temporary:
                parquet.write(_rows(documents), temporary)
            yield self.parquet
        for path, line_of in ((self.annotations, annotation_page), (self.prov, prov_document)):
            if path is not None:
                _write_lines(path, documents, line_of)
                yield path
        if self.tei is not None:
            _write_tei(self.tei, documents)
            yield self.tei


def extract_and_export(extraction: Callable[[], int], documents: Path, exports: Exports, *, quiet: bool) -> int:
    """Runs *extraction*, which writes *documents*, then the exports; returns the exit code. *quiet* names no files."""
    if exports.parquet is not None:
        try:
            parquet.parquet_schema()
        except parquet.NoPyArrow as error:
            print(f"jiucang: {error}", file=sys.stderr)
            return BAD_INPUT
    code = extraction()
    if code not in (DONE, FAULTS):
        return code
    try:
        for path in exports.write(documents):
            if not quiet:
                print(f"  {path}")
    except OSError as error:
        print(f"jiucang: {error.filename2 or error.filename}: {error.strerror}", file=sys.stderr)
        return BAD_INPUT
    return code


def _rows(documents: Path) -> Iterator[Row]:
    with documents.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _write_lines(path: Path, documents: Path, line_of: Callable[[Row], str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing_text(path) as file:
        for row in _rows(documents):
            file.write(line_of(row) + "\n")


def _write_tei(folder: Path, documents: Path) -> None:
    """A file a row. What is in the folder already stays, but for files of the same names."""
    folder.mkdir(parents=True, exist_ok=True)
    for row in _rows(documents):
        (folder / file_name(row)).write_text(tei_document(row), encoding="utf-8", newline="\n")
