"""`jiucang rebuild`: state.db made again from the WARC files, and foreign files taken in."""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from dataclasses import asdict
from pathlib import Path

from archive.collection import Collection
from crawler.guard import CollectionBusy
from crawler.importing import BadImport, import_files
from crawler.rebuild import NothingToRebuild, Rebuilt, rebuild
from crawler.runs import NoJob
from crawler.state import StateError
from crawler.units import Unaddressable
from jiucang.codes import BAD_INPUT, DONE, FAULTS


def rebuild_collection(root: Path, imports: list[Path], *, as_json: bool) -> int:
    """Copies *imports* into the collection at *root*, then rebuilds its state.db; returns the exit code.

    Faults go to stderr; what was done, to stdout.
    """
    collection = Collection(root)
    if not collection.archive.is_dir() and not imports:
        print(f"jiucang: {root}: is no collection (it has no archive folder)", file=sys.stderr)
        return BAD_INPUT
    progress = _Progress()
    try:
        copied = import_files(collection, imports)
        done = rebuild(collection, progress)
    except (BadImport, CollectionBusy, NoJob, NothingToRebuild, StateError, Unaddressable) as error:
        print(f"jiucang: {error}", file=sys.stderr)
        return BAD_INPUT
    except sqlite3.Error as error:
        print(f"jiucang: {collection.state}: {error}; the old one stands as it was", file=sys.stderr)
        return BAD_INPUT
    except OSError as error:
        print(f"jiucang: {error.filename or collection.archive}: {error.strerror or error}", file=sys.stderr)
        return BAD_INPUT
    finally:
        progress.end()
    done.told[:0] = copied
    for fault in done.faults:
        print(f"{fault.where}: {fault.code}: {fault.detail}", file=sys.stderr)
    print(json.dumps(asdict(done), ensure_ascii=False) if as_json else _describe(done, collection))
    return FAULTS if done.faults else DONE


def _describe(done: Rebuilt, collection: Collection) -> str:
    rate = done.bytes / 1e6 / max(done.seconds, 1e-3)
    lines = [
        f"rebuilt from {done.files} files, {done.bytes / 1e6:.1f} MB in {done.seconds:.1f} s ({rate:.1f} MB/s)",
        f"  {done.captures} captures of {done.runs} runs; {done.urls} addresses, {done.captured} captured,"
        f" {done.open} still to be asked for",
        *(f"  {line}" for line in done.told),
    ]
    if done.aside is not None:
        lines.append(f"  the old state is kept as {done.aside}")
    return "\n".join([*lines, f"  {collection.state}"])


class _Progress:
    """Which file is being read, one line rewritten on a terminal."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._last = 0.0

    def __call__(self, name: str, done: int, of: int) -> None:
        now = time.monotonic()
        if self._terminal and now - self._last > 0.3:
            self._last = now
            line = f"{done / 1e6:.0f} of {of / 1e6:.0f} MB: {name}"
            sys.stderr.write(f"\r{line:<79.79}")
            sys.stderr.flush()

    def end(self) -> None:
        if self._terminal:
            sys.stderr.write("\r" + " " * 79 + "\r")
