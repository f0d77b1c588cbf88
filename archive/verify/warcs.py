"""A set of WARC files verified: each walked once, long ones by several processes, then all records among each other."""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from archive.processes import deaf_to_ctrl_c
from archive.verify.catalogue import Catalogue
from archive.verify.findings import Findings, printable
from archive.verify.parts import PART, Part, split, walk_apart, walk_part
from archive.verify.seen import Walked
from archive.writer import OPEN_SUFFIX

_MAX_PROCESSES = 4


@dataclass(frozen=True, slots=True)
class _Begun:
    """A part in another process's hands, and where its records go."""

    result: Future[tuple[Walked, Findings] | None]
    records: Path


def verify_warcs(
    paths: Iterable[Path],
    catalogue: Catalogue,
    found: Findings,
    committed: Mapping[str, int] | None = None,
    part_bytes: int = PART,
) -> dict[Path, Walked]:
    """Walks the files into *catalogue*, which is then closed for entry; what each came to.

    A file is known by its name without `.open`: that is how records, indexes and state.db speak of it. One that is
    still open is read as far as *committed* says: behind that, a crawl may be writing. Findings and records come in
    the order of the files, however many processes read them.
    """
    files = [_parts(path, committed, found, part_bytes) for path in paths]
    walked: dict[Path, Walked] = {}
    with _begun(files, part_bytes) as begun:
        for parts, apart in zip(files, begun, strict=True):
            one = _joined(apart, found, catalogue) or _as_one(parts, found, catalogue)
            if one is not None:
                walked[parts[0].path] = one
    catalogue.close_entry()
    return walked


def _parts(path: Path, committed: Mapping[str, int] | None, found: Findings, part_bytes: int) -> list[Part]:
    """The file's parts; none where it cannot be read."""
    name = printable(path.name).removesuffix(OPEN_SUFFIX)
    try:
        size = path.stat().st_size
        if path.name.endswith(OPEN_SUFFIX):
            found.add("file.open", name, "ends in .open")
            size = size if committed is None else min(size, committed.get(name, 0))
        return split(path, name, size, part_bytes)
    except OSError as error:
        found.add("file.unreadable", name, error.strerror or str(error))
        return []


@contextmanager
def _begun(files: list[list[Part]], part_bytes: int) -> Iterator[list[list[_Begun]]]:
    """Every part of every file in the hands of some process; nothing is begun where one process is as fast."""
    sizes = [part.end - part.start for parts in files for part in parts]
    processes = min(len(os.sched_getaffinity(0)), _MAX_PROCESSES, len(sizes))
    if processes < 2 or sum(sizes) < 2 * part_bytes:
        yield [[] for _ in files]
        return
    with tempfile.TemporaryDirectory(prefix="jiucang-verify-") as folder:
        pool = ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"))

        def begin(part: Part, number: int) -> _Begun:
            records = Path(folder) / f"{number}.db"
            return _Begun(pool.submit(walk_apart, part, records), records)

        try:
            numbers = iter(range(len(sizes)))
            with deaf_to_ctrl_c():
                begun = [[begin(part, next(numbers)) for part in parts] for parts in files]
            yield begun
        finally:
            pool.shutdown(cancel_futures=True)


def _joined(apart: list[_Begun], found: Findings, catalogue: Catalogue) -> Walked | None:
    """What the parts of a file came to; None where they do not make up the whole."""
    try:
        results = [each.result.result() for each in apart]
    except BrokenProcessPool:
        return None
    if not results or None in results:
        return None
    records = 0
    for each, result in zip(apart, results, strict=True):
        assert result is not None, "looked at above"
        walked, theirs = result
        found.absorb(theirs)
        catalogue.absorb(each.records)
        each.records.unlink()
        records += walked.records
    return Walked(records, walked.good_end)


def _as_one(parts: list[Part], found: Findings, catalogue: Catalogue) -> Walked | None:
    """The whole file, walked here; None where it cannot be read."""
    if not parts:
        return None
    first, last = parts[0], parts[-1]
    if not last.end and first.path.name.endswith(OPEN_SUFFIX):
        # begun, and nothing committed yet: no fault of the file
        return Walked(0, 0)
    try:
        return walk_part(Part(first.path, first.name, first.start, last.end), found, catalogue)
    except OSError as error:
        found.add("file.unreadable", first.name, error.strerror or str(error))
        return None
