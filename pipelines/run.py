"""From WARC files to documents.jsonl: scan, read, join, order, write.

The result is a function of the set of files, their profiles and this software alone: pages are read by
any number of processes in any order, and put in order afterwards.
"""

from __future__ import annotations

import errno
import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import IO, cast

from pipelines.clicks import ClickCounts
from pipelines.drafts import Drafts
from pipelines.files import replacing_text, working_folder
from pipelines.index import CaptureIndex
from pipelines.passes import passed
from pipelines.proposals.propose import Proposals
from pipelines.review.taken import Decisions
from pipelines.rows import NoDocument
from pipelines.schema import Row, serialise
from pipelines.sources import warc_files
from pipelines.versions import Versions
from pipelines.workers import read_pages
from profiles.load import BadProfile, ProfileSet

PAGE_DEADLINE = 30.0
"""Seconds that one page may take; real ones take hundredths."""


@dataclass(frozen=True, slots=True)
class Progress:
    """`step` is `scan` (counting files), `read` (pages) or `join` (documents)."""

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
    """What an extraction did.

    `kinds` counts captures of pages by kind; those without a row stand in extract.json. `pages_read` is smaller:
    captures of one address that gave the same bytes are read once. `clicks` counts the lines of clicks.jsonl,
    `decisions` the decisions that fitted a row; `notices` say which did not, and which lines are none.
    """

    documents: int = 0
    rows: int = 0
    clicks: int = 0
    pages_read: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    not_read: int = 0
    decisions: int = 0
    notices: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def faulty(self) -> bool:
        """Whether a file could not be read to its end or a page not at all."""
        return bool(self.findings) or self.not_read > 0


def extract(  # noqa: PLR0913 - choices, all by name
    sources: Sequence[Path],
    out: Path,
    *,
    clicks: Path | None = None,
    decisions: Path | None = None,
    proposals: bool = True,
    workers: int | None = None,
    report: Path | None = None,
    progress: Callable[[Progress], None] | None = None,
    deadline: float = PAGE_DEADLINE,
) -> ExtractReport:
    """Writes the rows of every document in `sources` (WARC files, folders of them, collections) to `out`.

    `clicks` and `report` are where clicks.jsonl and extract.json go, if anywhere. `decisions` is the file of
    decisions that are taken in. With `proposals`, edits that a person is to decide on stand in the rows as well;
    they go by the whole set, so a row may get others when a later run adds pages. `workers` is the number of
    processes; None is one per core. Each file appears whole or not at all. Raises `NoSource` and OSError.
    """
    files = warc_files(sources)
    written = [path for path in (out, clicks, report) if path is not None]
    for path in written:
        _check_output(path, files)
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(working_folder(out.parent, ".extract-"))
            run = _Run(folder, progress or (lambda _: None), Decisions(decisions), proposals=proposals)
            stack.callback(run.close)
            profiles = run.scan(files)
            run.read(profiles, workers or cores(), deadline)
            # none takes its place before all are written
            rows, *others = (stack.enter_context(replacing_text(path)) for path in written)
            run.write(rows, workers or cores(), deadline)
            if clicks is not None:
                run.write_clicks(others[0])
            if report is not None:
                _write_report(others[-1], files, run.drafts, run.result, run.decisions)
        except sqlite3.OperationalError as error:
            # a full disk, as SQLite words it
            raise OSError(errno.ENOSPC, str(error), str(out.parent)) from error
    return run.result


def _check_output(path: Path, files: Sequence[Path]) -> None:
    """Raises OSError where a file cannot stand, or must not: before work is put into it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.resolve() in files:
        raise FileExistsError(errno.EEXIST, "is one of the WARC files to be read", str(path))
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "is no file that can be replaced", str(path))


class _Run:
    """One extraction under way; its databases stand in `folder`."""

    def __init__(
        self, folder: Path, tell: Callable[[Progress], None], decisions: Decisions, *, proposals: bool
    ) -> None:
        self._tell = tell
        self._index = CaptureIndex(folder / "captures.db")
        self._folder = folder
        self.decisions = decisions
        self._proposals = Proposals(folder, f"jiucang/{software_version()}") if proposals else None
        self.drafts = Drafts(folder / "drafts.db")
        self._clicks = ClickCounts(self.drafts.db, self._index)
        self.result = ExtractReport()

    def close(self) -> None:
        self._index.close()
        self.drafts.close()
        if self._proposals is not None:
            self._proposals.close()

    def scan(self, files: Sequence[Path]) -> dict[str, bytes]:
        """Takes in what the files hold; returns the profiles of the runs."""
        scanned = 0

        def tell(_: Path) -> None:
            nonlocal scanned
            scanned += 1
            self._tell(Progress("scan", scanned, len(files)))

        faults, stored = self._index.scan(files, tell)
        self.result.findings = [Finding(fault.code, fault.where, fault.detail) for fault in faults]
        for capture, why in self._index.astray():
            self.drafts.refuse(NoDocument(why), [capture])
        return _usable(stored, self.result)

    def read(self, profiles: dict[str, bytes], workers: int, deadline: float) -> None:
        agent = f"jiucang/{software_version()}"
        total = self._index.count_pages()
        found = read_pages(self._index.pages(), profiles, agent, workers=workers, deadline=deadline)
        for read in found:
            page, draft = read.capture, read.result
            captures = list(self._index.same_as(page))
            if isinstance(draft, NoDocument):
                self.drafts.refuse(draft, captures)
            else:
                self._clicks.take(draft, captures)
                self.drafts.add(draft, page, captures)
            self.result.pages_read += 1
            self._tell(Progress("read", self.result.pages_read, total))

    def write(self, file: IO[str], workers: int, deadline: float) -> None:
        result = self.result
        lines = self._joined() if self._proposals is None else self._proposed(self._proposals, workers, deadline)
        for line in lines:
            if self.decisions.lines:
                line = serialise(self.decisions.take_in(cast(Row, json.loads(line)))) + "\n"
            file.write(line)
            result.rows += 1
        result.kinds, result.not_read = self.drafts.kinds(), self.drafts.not_read()
        result.decisions, result.notices = self.decisions.taken, self.decisions.notices()

    def write_clicks(self, file: IO[str]) -> None:
        for count in self._clicks.rows():
            file.write(serialise(count) + "\n")
            self.result.clicks += 1

    def _joined(self) -> Iterator[str]:
        """The rows' lines, as far as each can be told by itself."""
        versions = Versions(self.drafts, self._index, self._clicks, software_version())
        total = self.drafts.count_documents()
        for sightings in self.drafts.documents():
            self.result.documents += 1
            self._tell(Progress("join", self.result.documents, total))
            for row in versions.rows(sightings):
                if self._proposals is not None:
                    self._proposals.take(row)
                yield serialise(row) + "\n"

    def _proposed(self, proposals: Proposals, workers: int, deadline: float) -> Iterator[str]:
        """The same with proposals; what is proposed for the first row depends on the last."""
        held = self._folder / "rows.jsonl"
        with held.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(self._joined())
        yield from passed(
            held,
            proposals.propose,
            self._folder / "proposed.jsonl",
            failure="no-proposals",
            workers=workers,
            deadline=deadline,
        )


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def software_version() -> str:
    try:
        return version("jiucang")
    except PackageNotFoundError:
        return "unknown"


def _usable(stored: dict[str, bytes], result: ExtractReport) -> dict[str, bytes]:
    """The stored profiles that can be read; a run whose cannot is read with the built-in ones, and reported."""
    usable: dict[str, bytes] = {}
    known: set[bytes] = set()
    for run, text in sorted(stored.items()):
        try:
            if text not in known:
                ProfileSet.from_yaml(text, f"profiles of run {run}")
        except BadProfile as error:
            result.findings.append(Finding("bad-profiles", f"run {run}", str(error)))
        else:
            known.add(text)
            usable[run] = text
    return usable


def _write_report(
    file: IO[str], files: Sequence[Path], drafts: Drafts, result: ExtractReport, decisions: Decisions
) -> None:
    """extract.json: counts, findings, and every page that gave no row with its reason, one a line."""
    head = {
        "files": [path.name for path in files],
        "documents": result.documents,
        "rows": result.rows,
        "pages_read": result.pages_read,
        "kinds": result.kinds,
        "decisions": decisions.report(),
        "findings": [{"code": f.code, "where": f.where, "detail": f.detail} for f in result.findings],
    }
    file.write(json.dumps(head, ensure_ascii=False, indent=1)[:-2] + ',\n "without_row": [')
    separator = "\n  "
    for refused in drafts.refused():
        file.write(separator + json.dumps(refused, ensure_ascii=False))
        separator = ",\n  "
    file.write("\n ]\n}\n")
