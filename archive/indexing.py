"""indexes/index.cdxj kept up to date: only files that are new are read, and nothing is held in memory as a whole.

Beside the index stands `index.cdxj.covered`, which says of which files it holds the lines. Without it, or where
it does not fit the index, everything is read anew.
"""

from __future__ import annotations

import heapq
import json
import os
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from archive.cdxj import index_warc
from archive.files import OS_FILES
from archive.reader import Fault
from archive.writer import OPEN_SUFFIX

#: Bytes of lines that are sorted in memory at a time.
MAX_SORTED = 32 * 1024 * 1024
_FILENAME = b'"filename": '


@dataclass(frozen=True, slots=True)
class Indexed:
    """What `write_index` did: lines in the index, files read for it, and what stood in the way."""

    lines: int
    read: int
    faults: tuple[Fault, ...]


def write_index(warcs: Iterable[Path], out: Path, *, max_sorted: int = MAX_SORTED) -> Indexed:
    """Makes *out* the sorted index of *warcs*; it is replaced only by a whole new one. Raises OSError.

    A file that was read before, is sealed, had no fault and is as long as it was is not read again. Lines
    of files that are not among *warcs* any more go.
    """
    warcs = list(warcs)
    lengths = {path.name: path.stat().st_size for path in warcs}
    old = _covered(out)
    kept = {name for name, length in old.items() if lengths.get(name) == length}
    fresh = [path for path in warcs if path.name not in kept]
    out.parent.mkdir(parents=True, exist_ok=True)
    faults: list[Fault] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=".index-", dir=out.parent)))
        runs: list[Iterable[bytes]] = [
            stack.enter_context(path.open("rb")) for path in _sorted_runs(fresh, folder, faults, max_sorted)
        ]
        if kept:
            runs.append(_lines_of(kept, stack.enter_context(out.open("rb"))))
        whole = folder / out.name
        count = _merge(runs, whole)
        faulty = {fault.file for fault in faults}
        done = {name: length for name, length in lengths.items() if not name.endswith(OPEN_SUFFIX)}
        _say_covered(out, None)
        whole.replace(out)
        OS_FILES.fsync_folder(out.parent)
        _say_covered(out, {name: length for name, length in done.items() if name not in faulty})
    return Indexed(count, len(fresh), tuple(faults))


def _sorted_runs(warcs: Iterable[Path], folder: Path, faults: list[Fault], most: int) -> Iterator[Path]:
    """Files of sorted lines; what cannot be indexed goes to *faults*."""
    lines: list[bytes] = []
    size = number = 0
    for path in warcs:
        for found in index_warc(path):
            if isinstance(found, Fault):
                faults.append(found)
                continue
            line = found.encode() + b"\n"
            lines.append(line)
            size += len(line)
            if size > most:
                yield _write_run(folder / str(number), lines)
                lines, size, number = [], 0, number + 1
    yield _write_run(folder / str(number), lines)


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


def _covered(index: Path) -> dict[str, int]:
    """Length by name of the files whose lines *index* holds; empty where that is not certain."""
    try:
        said = json.loads((_beside(index)).read_bytes())
        status = index.stat()
        if (said["length"], said["changed"]) != (status.st_size, status.st_mtime_ns):
            return {}
        return {str(name): int(length) for name, length in said["files"].items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def _beside(index: Path) -> Path:
    return index.with_name(index.name + ".covered")


def _say_covered(index: Path, files: Mapping[str, int] | None) -> None:
    """None: nothing is certain any more."""
    path = _beside(index)
    if files is None:
        path.unlink(missing_ok=True)
        return
    status = index.stat()
    said = {"length": status.st_size, "changed": status.st_mtime_ns, "files": dict(sorted(files.items()))}
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    temporary.replace(path)
