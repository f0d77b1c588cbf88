"""A set of WARC files verified: each walked once, long ones by several processes, then all records among each other."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from archive.parts import PART, Part, split
from archive.processes import spread
from archive.verify.catalogue import Catalogue
from archive.verify.findings import Findings, printable
from archive.verify.seen import Walked
from archive.verify.walk import walk
from archive.verify.window import window
from archive.writer import OPEN_SUFFIX


@dataclass(frozen=True, slots=True)
class _Task:
    """A part to be walked; its records go to a catalogue of its own, the file *records*."""

    part: Part
    records: Path


_Result = tuple[Walked, Findings] | None


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
    with tempfile.TemporaryDirectory(prefix="jiucang-verify-") as folder:
        for parts, apart in zip(files, _walked_apart(files, Path(folder), part_bytes), strict=True):
            one = _joined(apart, found, catalogue) or _as_one(parts, found, catalogue)
            if one is not None:
                walked[parts[0].path] = one
    catalogue.close_entry()
    return walked


def _name(path: Path) -> str:
    return printable(path.name).removesuffix(OPEN_SUFFIX)


def _parts(path: Path, committed: Mapping[str, int] | None, found: Findings, part_bytes: int) -> list[Part]:
    """The file's parts; none where it cannot be read."""
    name = _name(path)
    try:
        size = path.stat().st_size
        if path.name.endswith(OPEN_SUFFIX):
            found.add("file.open", name, "ends in .open")
            size = size if committed is None else min(size, committed.get(name, 0))
        return split(path, size, part_bytes)
    except OSError as error:
        found.add("file.unreadable", name, error.strerror or str(error))
        return []


def _walked_apart(
    files: Sequence[Sequence[Part]], folder: Path, part_bytes: int
) -> Iterator[list[tuple[_Task, _Result]]]:
    """For each file what its parts came to; nothing where one process is as fast."""
    parts = [part for parts in files for part in parts]
    if sum(part.size for part in parts) < 2 * part_bytes:
        yield from ([] for _ in files)
        return
    tasks = [_Task(part, folder / f"{number}.db") for number, part in enumerate(parts)]
    done = iter(zip(tasks, spread(_walk_apart, tasks), strict=True))
    for each in files:
        yield [next(done) for _ in each]


def _walk_apart(task: _Task) -> _Result:
    """None where the part does not end with a record."""
    found, catalogue = Findings(), Catalogue(task.records)
    try:
        walked = _walk_part(task.part, found, catalogue)
    except OSError:
        return None
    finally:
        catalogue.save()
    return (walked, found) if walked.good_end == task.part.end else None


def _walk_part(part: Part, found: Findings, catalogue: Catalogue) -> Walked:
    """`good_end` counts from the file's first byte. Raises OSError."""
    with part.path.open("rb") as stream:
        inside = window(stream, part.start, part.size)
        walked = walk(inside, _name(part.path), part.size, found, catalogue.add, base=part.start)
    return replace(walked, good_end=walked.good_end and part.start + walked.good_end)


def _joined(apart: Sequence[tuple[_Task, _Result]], found: Findings, catalogue: Catalogue) -> Walked | None:
    """What the parts of a file came to; None where they do not make up the whole."""
    whole = [(task, result) for task, result in apart if result is not None]
    if not whole or len(whole) < len(apart):
        return None
    records = 0
    for task, (walked, theirs) in whole:
        found.absorb(theirs)
        catalogue.absorb(task.records)
        task.records.unlink()
        records += walked.records
    return Walked(records, whole[-1][1][0].good_end)


def _as_one(parts: list[Part], found: Findings, catalogue: Catalogue) -> Walked | None:
    """The whole file, walked here; None where it cannot be read."""
    if not parts:
        return None
    whole = Part(parts[0].path, 0, parts[-1].end)
    if not whole.end and whole.path.name.endswith(OPEN_SUFFIX):
        # begun, and nothing committed yet: no fault of the file
        return Walked(0, 0)
    try:
        return _walk_part(whole, found, catalogue)
    except OSError as error:
        found.add("file.unreadable", _name(whole.path), error.strerror or str(error))
        return None
