"""Repaired copies: WARC files without their damaged tails and under their final names, and what goes with them."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

from archive.collection import Collection
from archive.indexing import write_index
from archive.verify.mend import Mended, mend_warc
from archive.writer import OPEN_SUFFIX
from jiucang.examining import Examined


class NotMendable(ValueError):
    """Something of which no repaired copy can be made; the message says why."""


def mend(examined: list[Examined], into: Path) -> list[str]:
    """Writes repaired copies into the new folder *into*; what was done, a line each. Raises `NotMendable`, OSError.

    Only tails are cut: what is damaged in the middle of a file is copied as it is, and stays among the findings.
    """
    if len(examined) != 1 or examined[0].kind not in ("WARC", "folder", "collection"):
        raise NotMendable("--mend takes one collection, one folder of WARC files, or WARC files")
    if into.exists():
        raise NotMendable(f"{into}: exists already; repaired copies go into a new folder")
    [one] = examined
    if one.kind == "collection":
        return _mend_collection(one, Collection(one.paths[0]), Collection(into))
    into.mkdir(parents=True)
    mended, done = _mend_files(one, into)
    index = into / "index.cdxj"
    indexed = write_index([each.copy for each in mended], index)
    return [*done, f"{index.name}: {indexed.lines} lines"]


def _mend_files(one: Examined, folder: Path) -> tuple[list[Mended], list[str]]:
    mended, done = [], []
    for path, walked in one.walked.items():
        committed = one.committed.get(path.name.removesuffix(OPEN_SUFFIX))
        # whole groups only: what stands behind them was never committed
        end = walked.good_end if committed is None else min(walked.good_end, committed)
        result = mend_warc(path, folder, end)
        if result is None:
            done.append(f"{path.name}: left out, no record of it is whole")
            continue
        mended.append(result)
        if result.cut:
            done.append(f"{path.name}: cut to {end} bytes; the {result.cut} left out have sha256 {result.sha256}")
        if result.closed:
            done.append(f"{result.copy.name}: closed, it was left open")
    return mended, done


def _mend_collection(one: Examined, source: Collection, target: Collection) -> list[str]:
    target.create()
    mended, done = _mend_files(one, target.archive)
    kept = {each.copy.name: each.copy.stat().st_size for each in mended}
    whole = all(kept.get(name) == length for name, length in one.committed.items())
    _copy(source.job, target.job)
    _copy(source.decisions, target.decisions)
    if source.reports.is_dir():
        # the manifest of fixity speaks of the originals
        shutil.copytree(source.reports, target.reports, dirs_exist_ok=True, ignore=shutil.ignore_patterns("fixity"))
    if whole:
        for old, new in ((source.documents, target.documents), (source.clicks, target.clicks)):
            _copy(old, new)
        _copy_state(source.state, target.state)
    else:
        done.append("state.db, documents: left out, they speak of what was cut; make them anew")
    indexed = write_index(target.warcs(), target.index)
    return [*done, f"index.cdxj: {indexed.lines} lines"]


def _copy(old: Path, new: Path) -> None:
    if old.is_file():
        shutil.copyfile(old, new)


def _copy_state(old: Path, new: Path) -> None:
    """As it stood at one moment, with what its log of changes holds."""
    if not old.exists():
        return
    source, target = sqlite3.connect(f"file:{old.resolve()}?mode=ro", uri=True), sqlite3.connect(new)
    try:
        source.backup(target)
    finally:
        source.close()
        target.close()
