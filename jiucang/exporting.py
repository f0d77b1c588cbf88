"""documents.jsonl in other forms, to be handed on: Parquet, Web Annotations, PROV-JSON, TEI.

What a collection's access list withholds on the day is in none of them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archive.collection import Collection
from archive.copying import NotCopied
from jiucang.access import ACCESS_LIST, AccessList
from jiucang.codes import BAD_INPUT, DONE, FAULTS
from jiucang.withholding import Sieve
from pipelines.exports import parquet
from pipelines.exports.annotations import annotation_page
from pipelines.exports.prov import prov_document
from pipelines.exports.tei import file_name, tei_document
from pipelines.files import replacing, replacing_text
from pipelines.schema import Row
from profiles.strict_yaml import BadFile


@dataclass(frozen=True, slots=True)
class Exports:
    """Where each form goes, None where it is not asked for; `tei` is a folder. `sources`: what was extracted."""

    parquet: Path | None = None
    annotations: Path | None = None
    prov: Path | None = None
    tei: Path | None = None
    sources: tuple[Path, ...] = ()

    def write(self, documents: Path) -> Iterator[Path]:
        """Writes the forms asked for from the rows in *documents*; yields each when it is there.

        Raises OSError, `BadFile` for an access list, `NotCopied` where damage hides what one withholds.
        """
        if not (self.parquet or self.annotations or self.prov or self.tei):
            return
        rows = _Rows(documents, self._sieves(documents))
        if self.parquet is not None:
            self.parquet.parent.mkdir(parents=True, exist_ok=True)
            with replacing(self.parquet) as temporary:
                parquet.write(rows, temporary)
            yield self.parquet
        for path, line_of in ((self.annotations, annotation_page), (self.prov, prov_document)):
            if path is not None:
                _write_lines(path, rows, line_of)
                yield path
        if self.tei is not None:
            _write_tei(self.tei, rows)
            yield self.tei

    def _sieves(self, documents: Path) -> tuple[Sieve, ...]:
        today = datetime.now().astimezone().date()
        lists = ((Collection(source), AccessList.load(source / ACCESS_LIST).on(today)) for source in self.sources)
        sieves = []
        for collection, withholding in lists:
            if withholding:
                sieve = Sieve(withholding)
                sieve.look(collection.warcs())
                sieve.note_documents(documents)
                sieves.append(sieve)
        return tuple(sieves)


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
    except (BadFile, NotCopied) as error:
        print(
            f"{error}\njiucang: what is withheld cannot be told, so nothing but {documents} was written",
            file=sys.stderr,
        )
        return BAD_INPUT
    except OSError as error:
        print(f"jiucang: {error.filename2 or error.filename}: {error.strerror}", file=sys.stderr)
        return BAD_INPUT
    return code


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows in *documents* that may be handed on."""

    documents: Path
    sieves: tuple[Sieve, ...]

    def __iter__(self) -> Iterator[Row]:
        with self.documents.open(encoding="utf-8") as lines:
            for line in lines:
                row: Row = json.loads(line)
                if not any(sieve.document_goes(row["id"]) for sieve in self.sieves):
                    yield row


def _write_lines(path: Path, rows: _Rows, line_of: Callable[[Row], str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing_text(path) as file:
        for row in rows:
            file.write(line_of(row) + "\n")


def _write_tei(folder: Path, rows: _Rows) -> None:
    """A file a row. What is in the folder already stays, but for files of the same names."""
    folder.mkdir(parents=True, exist_ok=True)
    for row in rows:
        (folder / file_name(row)).write_text(tei_document(row), encoding="utf-8", newline="\n")
