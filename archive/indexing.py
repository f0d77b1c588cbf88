"""indexes/index.cdxj kept up to date: only files that are new are read, and nothing is held in memory as a whole.

Beside the index stands `index.cdxj.covered`, which says of which files it holds the lines, and which of their captures
were asked for by POST. Without it, or where it does not fit the index, everything is read anew. Long files are read by
several processes, each a part that begins at a record; where something is amiss in a part, the file is read again as a
whole, so the lines are the same.
"""

from __future__ import annotations

import heapq
import json
import os
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import BinaryIO

from archive.cdxj import index_warc
from archive.files import OS_FILES
from archive.parts import PART, Part, split
from archive.posts import Posted
from archive.processes import spread
from archive.reader import Fault
from archive.writer import OPEN_SUFFIX

#: Bytes of lines that are sorted in memory at a time.
MAX_SORTED = 32 * 1024 * 1024
#: Files of sorted lines from which on they are made one, because all are open while they are merged.
_MAX_RUNS = 100
_FILENAME = b'"filename": '


@dataclass(frozen=True, slots=True)
class Indexed:
    """What `write_index` did: lines in the index, files read for it, and what stood in the way."""

    lines: int
    read: int
    faults: tuple[Fault, ...]


def write_index(warcs: Iterable[Path], out: Path, *, max_sorted: int = MAX_SORTED, part_bytes: int = PART) -> Indexed:
    """Makes *out* the sorted index of *warcs*; it is replaced only by a whole new one. Raises OSError.

    A file that was read before, is sealed, had no fault and has the length and the date of change that it had is
    not read again. Lines of files that are not among *warcs* any more go.
    """
    warcs = list(warcs)
    stamps = {path.name: _stamp(path) for path in warcs}
    old = _covered(out)
    kept = {name for name, stamp in old.files.items() if stamps.get(name) == stamp}
    posts = {name: there for name, there in old.posts.items() if name in kept}
    fresh = [path for path in warcs if path.name not in kept]
    out.parent.mkdir(parents=True, exist_ok=True)
    faults: list[Fault] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=".index-", dir=out.parent)))
        runs: list[Iterable[bytes]] = [
            stack.enter_context(path.open("rb"))
            for path in _sorted_runs(fresh, folder, faults, posts, max_sorted, part_bytes)
        ]
        if kept:
            runs.append(_lines_of(kept, stack.enter_context(out.open("rb"))))
        whole = folder / out.name
        count = _merge(runs, whole)
        faulty = {fault.file for fault in faults}
        done = {name: stamp for name, stamp in stamps.items() if not name.endswith(OPEN_SUFFIX)}
        _say_covered(out, None)
        whole.replace(out)
        OS_FILES.fsync_folder(out.parent)
        files = {name: stamp for name, stamp in done.items() if name not in faulty}
        _say_covered(out, _Covered(files, posts))
    return Indexed(count, len(fresh), tuple(faults))


def _sorted_runs(
    warcs: Sequence[Path],
    folder: Path,
    faults: list[Fault],
    posts: dict[str, list[Posted]],
    max_sorted: int,
    part_bytes: int,
) -> list[Path]:
    """Files of sorted lines, a bounded number; what cannot be indexed goes to *faults*, what was posted to *posts*."""
    files = [_parts(path, part_bytes) for path in warcs]
    tasks = [
        _Task(part, len(parts) == 1, folder / f"{parts[0].path.name}.{number}", max_sorted)
        for parts in files
        for number, part in enumerate(parts)
    ]
    worthwhile = sum(task.part.size for task in tasks) >= 2 * part_bytes
    results = iter(spread(_read, tasks) if worthwhile else map(_read, tasks))
    runs: list[Path] = []
    for parts in files:
        read = [next(results) for _ in parts]
        if any(each is None or (each.faults and len(parts) > 1) for each in read):
            whole = Part(parts[0].path, 0, parts[-1].end)
            read = [_read(_Task(whole, True, folder / f"{whole.path.name}.whole", max_sorted))]
        for each in filter(None, read):
            runs += each.runs
            faults += each.faults
            if each.posts:
                posts.setdefault(parts[0].path.name, []).extend(each.posts)
        if len(runs) > _MAX_RUNS:
            joined = folder / f"joined-{len(tasks)}-{runs[-1].name}"
            with ExitStack() as stack:
                _merge([stack.enter_context(path.open("rb")) for path in runs], joined)
            runs = [joined]
    return runs


@dataclass(frozen=True, slots=True)
class _Task:
    """A part to be read, or a *whole* file; `runs` begins the names of the files that its lines go to."""

    part: Part
    whole: bool
    runs: Path
    max_sorted: int


@dataclass(frozen=True, slots=True)
class _Read:
    runs: list[Path]
    faults: list[Fault]
    posts: list[Posted]


def _parts(path: Path, part_bytes: int) -> list[Part]:
    """The file's parts; one, without an end, where it cannot be opened: whoever reads it says why."""
    try:
        return split(path, path.stat().st_size, part_bytes)
    except OSError:
        return [Part(path, 0, 0)]


def _read(task: _Task) -> _Read:
    """Writes the lines of a part into files, sorted, of at most about `max_sorted` bytes. Raises OSError."""
    read = _Read([], [], [])
    lines: list[bytes] = []
    size = 0

    def write() -> None:
        path = task.runs.with_name(f"{task.runs.name}.{len(read.runs)}")
        read.runs.append(_write_run(path, lines))

    end = None if task.whole else task.part.end
    for found in index_warc(task.part.path, task.part.start, end, read.posts):
        if isinstance(found, Fault):
            read.faults.append(found)
            continue
        line = found.encode() + b"\n"
        lines.append(line)
        size += len(line)
        if size > task.max_sorted:
            write()
            lines, size = [], 0
    if lines:
        write()
    return read


def _write_run(path: Path, lines: list[bytes]) -> Path:
    with path.open("wb") as file:
        file.writelines(sorted(lines))
    return path


def _merge(runs: Iterable[Iterable[bytes]], out: Path) -> int:
    """Writes every line once, in byte order; how many."""
    last, count = b"", 0
    with out.open("wb") as file:
        for line in heapq.merge(*runs):
            if line != last:
                file.write(line)
                last, count = line, count + 1
        file.flush()
        os.fsync(file.fileno())
    return count


def _lines_of(files: Collection[str], index: BinaryIO) -> Iterator[bytes]:
    """The lines of an index of ours, where a line ends with the file's name, that are of these files."""
    names = {json.dumps(name).encode() for name in files}
    return (line for line in index if line[line.rfind(_FILENAME) + len(_FILENAME) : -2] in names)


@dataclass(frozen=True, slots=True)
class _Covered:
    """Of the files whose lines an index holds, length and date of change by name; and the captures that were posted."""

    files: Mapping[str, tuple[int, int]]
    posts: Mapping[str, list[Posted]]


def lines_for_viewers(index: Path) -> Iterator[bytes]:
    """The lines of an index that `write_index` has just written, posted captures under the names that viewers look for.

    They are those of `cdxj-indexer --sort --post-append`. A few hundred bytes are held for each such capture.
    """
    posts = {(name, post.offset): post for name, there in _covered(index).posts.items() for post in there}
    if not posts:
        with index.open("rb") as lines:
            yield from lines
        return
    with index.open("rb") as lines, index.open("rb") as again:
        renamed = (_renamed(line, posts) for line in lines if _place(line) in posts)
        yield from heapq.merge((line for line in again if _place(line) not in posts), sorted(renamed))


def _place(line: bytes) -> tuple[str, int]:
    entry = json.loads(line.split(b" ", 2)[2])
    return entry["filename"], int(entry["offset"])


def _renamed(line: bytes, posts: Mapping[tuple[str, int], Posted]) -> bytes:
    _, time, text = line.split(b" ", 2)
    post = posts[_place(line)]
    entry = json.loads(text) | {"requestBody": post.body, "method": post.method}
    return b" ".join((post.key.encode(), time, json.dumps(entry).encode())) + b"\n"


def _covered(index: Path) -> _Covered:
    """Empty where nothing is certain."""
    try:
        said = json.loads((_beside(index)).read_bytes())
        if tuple(said["index"]) != _stamp(index):
            return _Covered({}, {})
        files = {str(name): (int(length), int(changed)) for name, (length, changed) in said["files"].items()}
        return _Covered(files, {str(name): [Posted(*post) for post in there] for name, there in said["posts"].items()})
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return _Covered({}, {})


def _stamp(path: Path) -> tuple[int, int]:
    """Length in bytes and date of change in nanoseconds."""
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _beside(index: Path) -> Path:
    return index.with_name(index.name + ".covered")


def _say_covered(index: Path, covered: _Covered | None) -> None:
    """None: nothing is certain any more."""
    path = _beside(index)
    if covered is None:
        path.unlink(missing_ok=True)
        return
    said = {
        "index": _stamp(index),
        "files": dict(sorted(covered.files.items())),
        "posts": {name: [astuple(post) for post in there] for name, there in sorted(covered.posts.items())},
    }
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    temporary.replace(path)
