"""From WARC files to documents.jsonl: scan, read, join, order, write.

The result is a function of the set of files, their profiles and this software alone: pages are read by
any number of processes in any order, and put in order afterwards.
"""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from itertools import groupby
from pathlib import Path
from typing import IO

from archive.reader import parse_date
from pipelines.captures import Capture, CaptureIndex, warc_files
from pipelines.joining import join, ordered_versions
from pipelines.rows import NoDocument
from pipelines.schema import Row, serialise
from pipelines.workers import read_pages
from profiles.load import BadProfile, ProfileSet

PAGE_DEADLINE = 30.0
"""Seconds that one page may take; real ones take hundredths."""


@dataclass(frozen=True, slots=True)
class Progress:
    """`step` is `scan` (counting files) or `read` (counting pages)."""

    step: str
    done: int
    of: int


@dataclass(frozen=True, slots=True)
class Finding:
    """A file that cannot be read on, or a run's profiles that cannot be used."""

    code: str
    where: str
    detail: str


@dataclass(slots=True)
class ExtractReport:
    """What an extraction did. `pages` counts pages read by kind; those without a row stand in extract.json."""

    documents: int = 0
    rows: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    not_read: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def faulty(self) -> bool:
        """Whether a file could not be read to its end or a page not at all."""
        return bool(self.findings) or self.not_read > 0


def extract(
    sources: Sequence[Path],
    out: Path,
    *,
    workers: int | None = None,
    report: Path | None = None,
    progress: Callable[[Progress], None] | None = None,
    deadline: float = PAGE_DEADLINE,
) -> ExtractReport:
    """Writes the rows of every document in `sources` (WARC files, folders of them, collections) to `out`.

    `report` is where extract.json goes, if anywhere. `workers` is the number of processes; None is one per
    core. Both files appear whole or not at all. Raises `NoSource` and OSError.
    """
    tell = progress or (lambda _: None)
    files = warc_files(sources)
    out.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=".extract-", dir=out.parent)))
        index = CaptureIndex(folder / "captures.db")
        stack.callback(index.close)
        drafts = _Drafts(folder / "drafts.db")
        stack.callback(drafts.close)
        result = ExtractReport()
        done = Counter[str]()

        def scanned(_: Path) -> None:
            done["files"] += 1
            tell(Progress("scan", done["files"], len(files)))

        faults, stored = index.scan(files, scanned)
        result.findings = [Finding(fault.code, fault.where, fault.detail) for fault in faults]
        profiles = _usable(stored, result)
        software = software_version()
        total = index.count_pages()
        for read in read_pages(
            index.pages(), profiles, f"jiucang/{software}", workers=workers or os.cpu_count() or 1, deadline=deadline
        ):
            if isinstance(read.result, NoDocument):
                drafts.refuse(read.capture, read.result)
            else:
                drafts.add(read.capture, join(read.result, read.capture, index, software))
            done["pages"] += 1
            tell(Progress("read", done["pages"], total))
        _write_rows(out, drafts, result)
        _tally(drafts, result)
        if report is not None:
            _write_report(report, files, drafts, result)
    return result


def software_version() -> str:
    try:
        return version("jiucang")
    except PackageNotFoundError:
        return "unknown"


def _usable(stored: dict[str, bytes], result: ExtractReport) -> dict[str, bytes]:
    """The stored profiles that can be read; a run whose cannot is read with the built-in ones, and reported."""
    usable: dict[str, bytes] = {}
    for run, text in sorted(stored.items()):
        try:
            ProfileSet.from_yaml(text, f"profiles of run {run}")
        except BadProfile as error:
            result.findings.append(Finding("bad-profiles", f"run {run}", str(error)))
        else:
            usable[run] = text
    return usable


class _Drafts:
    """Rows not yet ordered and pages without one, in a SQLite file."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.executescript(
            """
            PRAGMA journal_mode = OFF;
            PRAGMA synchronous = OFF;
            CREATE TABLE rows (id TEXT, moment TEXT, record_id TEXT, row TEXT);
            CREATE TABLE refused (url TEXT, date TEXT, record_id TEXT, file TEXT, offset INTEGER, kind TEXT,
                reason TEXT);
            """
        )
        self._db.execute("BEGIN")

    def close(self) -> None:
        self._db.close()

    def add(self, capture: Capture, row: Row) -> None:
        moment = parse_date(capture.date)
        key = (row["id"], moment.isoformat(timespec="microseconds") if moment else "", capture.record_id)
        self._db.execute("INSERT INTO rows VALUES (?, ?, ?, ?)", (*key, json.dumps(row)))

    def refuse(self, capture: Capture, why: NoDocument) -> None:
        values = (capture.url, capture.date, capture.record_id, capture.path.name, capture.offset, why.kind, why.reason)
        self._db.execute("INSERT INTO refused VALUES (?, ?, ?, ?, ?, ?, ?)", values)

    def documents(self) -> Iterator[Iterator[Row]]:
        """The rows of each document's captures in the order of time; documents by id."""
        found = self._db.execute("SELECT id, row FROM rows ORDER BY id, moment, record_id")
        for _, group in groupby(found, key=lambda item: item[0]):
            yield (json.loads(row) for _, row in group)

    def refused(self) -> Iterator[dict[str, object]]:
        names = ("url", "date", "record_id", "file", "offset", "kind", "reason")
        found = self._db.execute(f"SELECT {', '.join(names)} FROM refused ORDER BY url, date, record_id")  # noqa: S608
        return (dict(zip(names, row, strict=True)) for row in found)

    def captures(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM rows").fetchone()[0])


def _write_rows(out: Path, drafts: _Drafts, result: ExtractReport) -> None:
    with _replacing(out) as file:
        for captures in drafts.documents():
            result.documents += 1
            for row in ordered_versions(captures):
                file.write(serialise(row) + "\n")
                result.rows += 1


def _tally(drafts: _Drafts, result: ExtractReport) -> None:
    kinds: Counter[str] = Counter()
    for refused in drafts.refused():
        kinds[str(refused["kind"]) or "unread"] += 1
        result.not_read += str(refused["reason"]).startswith("not read:")
    articles = drafts.captures()
    if articles:
        kinds["article"] += articles
    result.kinds = dict(sorted(kinds.items()))


def _write_report(path: Path, files: Sequence[Path], drafts: _Drafts, result: ExtractReport) -> None:
    """extract.json: counts, findings, and every page that gave no row with its reason, one a line."""
    head = {
        "files": [file.name for file in files],
        "documents": result.documents,
        "rows": result.rows,
        "kinds": result.kinds,
        "findings": [{"code": f.code, "where": f.where, "detail": f.detail} for f in result.findings],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with _replacing(path) as file:
        file.write(json.dumps(head, ensure_ascii=False, indent=1)[:-2] + ',\n "without_row": [')
        separator = "\n  "
        for refused in drafts.refused():
            file.write(separator + json.dumps(refused, ensure_ascii=False))
            separator = ",\n  "
        file.write("\n ]\n}\n")


@contextmanager
def _replacing(path: Path) -> Iterator[IO[str]]:
    """A text file that takes the place of `path` once it is whole and on disk."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8", newline="\n") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        temporary.unlink(missing_ok=True)
