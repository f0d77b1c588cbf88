"""What is replayed: one collection, one WACZ file, or WARC files, as they stand at the moment."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archive.bag import TAR
from archive.collection import Collection
from archive.members import GZIP_MAGIC
from archive.writer import OPEN_SUFFIX
from crawler.job import load_job
from jiucang.access import ACCESS_LIST, AccessList, Withholding
from jiucang.packaging import UNREAD_BY_VIEWERS
from jiucang.recorded import Recorded
from pipelines.sources import NoSource, warc_files
from profiles.strict_yaml import BadFile

_MAX_DATAPACKAGE = 16 * 1024 * 1024


class NotReplayable(ValueError):
    """What cannot be replayed, or not with this viewer; the message says why, and what helps."""


@dataclass(frozen=True, slots=True)
class Source:
    """One of a collection, a WACZ file, and WARC files; what is None or empty, it is not."""

    collection: Collection | None = None
    wacz: Path | None = None
    warcs: tuple[Path, ...] = ()

    @classmethod
    def find(cls, paths: Sequence[Path]) -> Source:
        """What *paths* name together; of a bag, the collection that it holds. Raises `NotReplayable`."""
        roots = [_collection_in(path) for path in paths]
        if len(paths) == 1 and roots[0] is not None:
            return cls(collection=Collection(roots[0].resolve()))._for_viewers()
        if len(paths) == 1 and paths[0].is_file() and _is_zip(paths[0]):
            _require_wacz(paths[0])
            return cls(wacz=paths[0].resolve())
        for path, root in zip(paths, roots, strict=True):
            if root is not None or (path.is_file() and _is_zip(path)):
                raise NotReplayable(f"{path}: a collection, a bag or a WACZ is replayed alone, WARC files together")
            if path.is_file() and not _may_be_warc(path):
                hint = "; unpack it and replay the folder" if path.suffix == TAR else ""
                raise NotReplayable(f"{path}: expected a collection, a bag's folder, a WACZ or WARC files{hint}")
        try:
            found = warc_files(paths)
        except NoSource as error:
            raise NotReplayable(str(error)) from None
        twice = [name for name, count in Counter(path.name for path in found).items() if count > 1]
        if twice:
            # viewers look files up by name
            raise NotReplayable(f"{twice[0]}: two files of this name; replay them one after the other")
        return cls(warcs=tuple(found))._for_viewers()

    def _for_viewers(self) -> Source:
        for path in self.files():
            if path.suffix == ".zst":
                raise NotReplayable(f"{path}: {UNREAD_BY_VIEWERS}")
        return self

    @property
    def name(self) -> str:
        named = self.collection.root if self.collection else self.wacz or self.warcs[0]
        return named.parent.name if self.collection and _is_bagged(named) else named.name

    def files(self) -> list[Path]:
        """The WARC files of a collection, or those named; none of a WACZ."""
        if self.collection is not None:
            return [*self.collection.warcs(), *self.collection.left_open()]
        return list(self.warcs)

    def committed(self) -> dict[str, int]:
        """How much of a file counts, in bytes, by its sealed name; only of files that a crawl has begun and not sealed.

        Raises sqlite3.Error.
        """
        still_open = {path.name.removesuffix(OPEN_SUFFIX) for path in self.files() if path.suffix == OPEN_SUFFIX}
        if self.collection is None or not still_open or not self.collection.state.exists():
            return {}
        recorded = Recorded(self.collection.state)
        try:
            return {name: recorded.committed.get(name, 0) for name in still_open}
        finally:
            recorded.close()

    @property
    def access_list(self) -> Path | None:
        """Where a list may stand of what is not to be shown."""
        return self.collection.root / ACCESS_LIST if self.collection is not None else None

    def withheld(self) -> Withholding:
        """What is not to be shown today. Raises `BadFile`."""
        known = AccessList.load(self.access_list) if self.access_list is not None else AccessList()
        return known.on(datetime.now().astimezone().date())

    def main_page(self) -> str | None:
        """Where the archive says that a visit begins."""
        try:
            if self.collection is not None:
                return load_job(self.collection.job).seeds[0]
            if self.wacz is not None:
                with zipfile.ZipFile(self.wacz) as package, package.open("datapackage.json") as file:
                    return str(json.loads(file.read(_MAX_DATAPACKAGE))["mainPageUrl"])
        except (BadFile, OSError, zipfile.BadZipFile, KeyError, ValueError, TypeError):
            pass  # a search page will do
        return None


#: What looking at a source that changes, or is damaged, may raise.
UNREADABLE = (OSError, sqlite3.Error, BadFile, zipfile.BadZipFile)


def _collection_in(path: Path) -> Path | None:
    """The collection's folder that *path* is, or holds as a bag does; None where it is neither."""
    return next((root for root in (path, path / "data") if (root / "archive").is_dir()), None)


def _is_bagged(root: Path) -> bool:
    return root.name == "data" and (root.parent / "bagit.txt").is_file()


def _is_zip(path: Path) -> bool:
    return _start(path)[:2] == b"PK" or path.suffix == ".wacz"


def _may_be_warc(path: Path) -> bool:
    start = _start(path)
    return not start or start.startswith((GZIP_MAGIC, b"WARC/")) or path.suffix == ".zst"


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(5)


def _require_wacz(path: Path) -> None:
    """Viewers say too little of what is none, or say it in the browser."""
    try:
        with zipfile.ZipFile(path) as package:
            if any(name.startswith("archive/") for name in package.namelist()):
                return
    except zipfile.BadZipFile as error:
        raise NotReplayable(f"{path}: is cut off, damaged or no WACZ: {error}") from None
    raise NotReplayable(f"{path}: is no WACZ: there is no archive/ in it")
