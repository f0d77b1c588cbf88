"""The WACZ that ReplayWeb.page is given: one there is, or one made for the occasion.

Made as an access copy: a page that does not say what encoding it is in, the viewer would take for UTF-8
(docs/replay.md).
"""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import yaml

from archive.collection import Collection
from archive.indexing import write_index
from archive.writer import OPEN_SUFFIX
from crawler.job import load_job
from jiucang.codes import BAD_INPUT
from jiucang.packaged_pages import may_be_page
from jiucang.packaging import package_collection
from jiucang.titles import title_of
from jiucang.viewers.sources import NotReplayable, Source
from profiles.strict_yaml import BadFile

_COPY = 1024 * 1024


def wacz_of(source: Source, folder: Path) -> Path:
    """A WACZ of what *source* holds now and may be shown; made in *folder*, unless there is one that is up to date.

    Raises `NotReplayable` and what `UNREADABLE` names.
    """
    if source.wacz is not None:
        return source.wacz
    if (existing := _existing(source)) is not None:
        return existing
    size = sum(path.stat().st_size for path in source.files())
    if size > shutil.disk_usage(folder).free:
        raise NotReplayable(
            f"{folder.parent}: no room for a package of {size / 1e6:.0f} MB; name another folder in TMPDIR, "
            "make the package with `jiucang package --access`, or take --viewer pywb, which copies nothing"
        )
    staged = _staged(source, folder)
    out = folder / f"{source.name}.wacz"
    with contextlib.redirect_stdout(io.StringIO()):  # what was packaged is of no use after this run
        if package_collection(staged.root, out, access_copy=True) == BAD_INPUT:
            raise NotReplayable(f"{source.name}: no package could be made of it")
    return out


def _existing(source: Source) -> Path | None:
    """The collection's package, if nothing has changed since; with an access list, days count too."""
    collection = source.collection
    if collection is None or collection.left_open() or (source.access_list and source.access_list.exists()):
        return None
    try:
        package = collection.packages / f"{load_job(collection.job).name}-access.wacz"
        made = package.stat().st_mtime_ns
    except (BadFile, OSError):
        return None
    parts = [path for path in (*source.files(), collection.documents) if path.exists()]
    return package if all(path.stat().st_mtime_ns <= made for path in parts) else None


def _staged(source: Source, folder: Path) -> Collection:
    """A collection in *folder* that leads to the source's files; those still open are there as far as they count."""
    staged = Collection(folder / "staged")
    for made in (staged.archive, staged.index.parent, staged.documents.parent):
        made.mkdir(parents=True)
    committed = source.committed()
    for path in source.files():
        target = staged.archive / path.name.removesuffix(OPEN_SUFFIX)
        if path.suffix == OPEN_SUFFIX:
            _copy(path, target, committed.get(target.name))
        else:
            target.symlink_to(path)
    if source.collection is not None:
        _stage_papers(source.collection, staged)
    if not staged.job.exists():
        write_index(staged.warcs(), staged.index)
        job = {"name": "warc", "seeds": [_first_page(staged, source.name)]}
        staged.job.write_text(yaml.safe_dump(job), encoding="utf-8")
    return staged


def _stage_papers(collection: Collection, staged: Collection) -> None:
    for name in ("index.cdxj", "index.cdxj.covered"):
        known = collection.index.with_name(name)
        if known.exists():
            shutil.copy2(known, staged.index.with_name(name))
    for name in ("job.yaml", "access.yaml", "documents/documents.jsonl", "profiles"):
        if (collection.root / name).exists() or (collection.root / name).is_symlink():
            (staged.root / name).symlink_to(collection.root / name)


def _copy(path: Path, target: Path, length: int | None) -> None:
    """The first *length* bytes, or all; of a file that was sealed meanwhile as well."""
    if not path.exists():
        path = path.with_name(target.name)
    with path.open("rb") as file, target.open("wb") as copy:
        left = path.stat().st_size if length is None else length
        while left > 0 and (piece := file.read(min(left, _COPY))):
            copy.write(piece)
            left -= len(piece)


def _first_page(staged: Collection, name: str) -> str:
    """The page that was captured first. Raises `NotReplayable`, about *name*, where there is none."""
    for _, url, place in sorted(_answers(staged.index)):
        if title_of(staged.archive / place[0], place[1], url) is not None:
            return url
    raise NotReplayable(f"{name}: no page in it, and ReplayWeb.page opens pages; pywb finds the rest by address")


def _answers(index: Path) -> Iterator[tuple[str, str, tuple[str, int]]]:
    """Timestamp, address, file and offset of what may be a page."""
    with index.open(encoding="utf-8") as lines:
        for line in lines:
            _, timestamp, text = line.split(" ", 2)
            entry = json.loads(text)
            if may_be_page(entry) and entry["url"].startswith(("http:", "https:")):
                yield timestamp, entry["url"], (entry["filename"], int(entry["offset"]))
