"""What a source is, and which checks it gets."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from archive.collection import WARC_NAMES, Collection
from archive.verify.bag import check_bag, is_bag
from archive.verify.captures import check_captures, check_committed
from archive.verify.catalogue import Catalogue, check_references
from archive.verify.findings import Findings
from archive.verify.index import check_index, check_unlisted
from archive.verify.lines import pieces
from archive.verify.seen import Walked
from archive.verify.wacz import LinesCheck, verify_wacz
from archive.verify.warcs import verify_warcs
from archive.writer import OPEN_SUFFIX
from jiucang.findings_told import Source
from jiucang.recorded import Recorded

_WARCS = (*WARC_NAMES, "*.warc.gz.open")


class NotVerifiable(ValueError):
    """A source that is nothing that can be checked; the message says why."""


@dataclass(frozen=True, slots=True)
class Examined:
    """A set of files that were checked as one. *walked* and *committed*, in bytes, are what mending goes by."""

    source: Source
    kind: str
    paths: tuple[Path, ...]
    walked: Mapping[Path, Walked]
    committed: Mapping[str, int]


def examine(sources: list[Path], found: Findings) -> list[Examined]:
    """Checks the sources; WARC files named together are one set. Raises `NotVerifiable` and OSError."""
    return [_CHECKS[kind](paths, found) for kind, paths in _sets(sources)]


def _sets(sources: list[Path]) -> list[tuple[str, list[Path]]]:
    """What is verified together, with its kind. Raises `NotVerifiable`."""
    sets: list[tuple[str, list[Path]]] = []
    files = [path for path in sources if path.is_file()]
    if warcs := [path for path in files if not _is_zip(path)]:
        sets.append(("warc", warcs))
    sets += [("wacz", [path]) for path in files if path not in warcs]
    for path in sources:
        if path.is_dir():
            sets.append((_kind_of_folder(path), [path]))
        elif not path.is_file():
            raise NotVerifiable(f"{path}: is no file and no folder")
    return sets


def _is_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"PK" or path.suffix == ".wacz"


def _kind_of_folder(path: Path) -> str:
    if is_bag(path):
        return "bag"
    if (path / "archive").is_dir():
        return "collection"
    if any(True for _ in _warcs_in(path)):
        return "folder"
    raise NotVerifiable(f"{path}: expected a collection, a bag or a folder of WARC files ({', '.join(WARC_NAMES)})")


def _warcs_in(folder: Path) -> Iterator[Path]:
    yield from sorted({path for pattern in _WARCS for path in folder.glob(pattern) if path.is_file()})


@contextmanager
def _catalogue() -> Iterator[Catalogue]:
    with tempfile.TemporaryDirectory(prefix="jiucang-verify-") as folder:
        catalogue = Catalogue(Path(folder) / "records.db")
        try:
            yield catalogue
        finally:
            catalogue.close()


def _check_warcs(paths: list[Path], found: Findings) -> Examined:
    with _catalogue() as catalogue:
        walked = verify_warcs(paths, catalogue, found)
        check_references(catalogue, found)
    return _examined(" ".join(map(str, paths)), "WARC", paths, walked)


def _examined(
    source: str, kind: str, paths: list[Path], walked: Mapping[Path, Walked], committed: Mapping[str, int] | None = None
) -> Examined:
    records = sum(each.records for each in walked.values())
    return Examined(Source(source, kind, len(walked), records), kind, tuple(paths), walked, committed or {})


def _check_folder(paths: list[Path], found: Findings) -> Examined:
    [folder] = paths
    return _named(_check_warcs(list(_warcs_in(folder)), found), folder, "folder")


def _named(examined: Examined, source: Path, kind: str) -> Examined:
    told = replace(examined.source, source=str(source), kind=kind)
    return replace(examined, source=told, kind=kind)


def _check_collection(paths: list[Path], found: Findings) -> Examined:
    collection = Collection(paths[0])
    state: Path | None = None
    try:
        state = collection.state
    except ValueError as error:
        found.add("state.unreadable", collection.state_path.name, str(error))
    return _check_held(collection, state, found)


def _check_held(collection: Collection, state: Path | None, found: Findings) -> Examined:
    """The collection's files against each other. A bag may say that state.db is elsewhere: *state* is what counts."""
    warcs = [*collection.warcs(), *collection.left_open()]
    with _catalogue() as catalogue, _recorded(state, found) as recorded:
        walked = verify_warcs(warcs, catalogue, found, recorded.committed if recorded else None)
        check_references(catalogue, found)
        if recorded is not None:
            _check_state(recorded, warcs, catalogue, found)
        check_files(collection, catalogue, found)
        committed = recorded.committed if recorded else None
    return _examined(str(collection.root), "collection", [collection.root], walked, committed)


@contextmanager
def _recorded(path: Path | None, found: Findings) -> Iterator[Recorded | None]:
    """What state.db says; None where there is none, or none that can be read."""
    recorded = None
    if path is not None and path.exists():
        try:
            recorded = Recorded(path)
        except sqlite3.Error as error:
            found.add("state.unreadable", path.name, str(error))
    try:
        yield recorded
    finally:
        if recorded is not None:
            recorded.close()


def _check_state(recorded: Recorded, warcs: list[Path], catalogue: Catalogue, found: Findings) -> None:
    sizes = {path.name.removesuffix(OPEN_SUFFIX): path.stat().st_size for path in warcs}
    check_committed(recorded.committed, sizes, "state.db", found)
    try:
        check_captures(recorded.captures(), recorded.committed, catalogue, "state.db", found)
    except (sqlite3.Error, TypeError, OverflowError) as error:  # a column of SQLite may hold any type
        found.add("state.unreadable", "state.db", str(error))


def check_files(collection: Collection, catalogue: Catalogue, found: Findings) -> None:
    """What was derived from the WARC files whose records the catalogue holds: index, documents, clicks."""
    root = collection.root
    if collection.index.exists():
        _check_lines(check_index, collection.index, root, catalogue, found)
        check_unlisted(catalogue, found)
    else:
        found.add("index.missing", collection.index.relative_to(root).as_posix(), "`jiucang index` makes it")
    for path in (collection.documents, collection.clicks):
        if path.exists():
            _check_lines(_row_checks()[path.name], path, root, catalogue, found)


def _check_lines(check: LinesCheck, path: Path, root: Path, catalogue: Catalogue, found: Findings) -> None:
    name = path.relative_to(root).as_posix()
    try:
        with path.open("rb") as stream:
            check(pieces(stream), name, catalogue, found)
    except OSError as error:
        found.add("file.unreadable", name, error.strerror or str(error))


def _row_checks() -> dict[str, LinesCheck]:
    """Checks of rows, by file name. Imported here: what reads rows costs half a second, and WARC files have none."""
    from pipelines.check import check_clicks, check_documents

    return {"documents.jsonl": check_documents, "clicks.jsonl": check_clicks}


def _check_wacz(paths: list[Path], found: Findings) -> Examined:
    [path] = paths
    with _catalogue() as catalogue:
        files, records = verify_wacz(path, catalogue, found, _row_checks())
    return Examined(Source(str(path), "WACZ", files, records), "WACZ", (path,), {}, {})


def _check_bag(paths: list[Path], found: Findings) -> Examined:
    """The bag as such, then what it holds: a collection, or WARC files somewhere in it."""
    [root] = paths
    check_bag(root, found)
    if found.counts["package.link"]:
        # what lies behind a link is none of the bag's, and the checks below would follow it
        return Examined(Source(str(root), "bag", 0, 0), "bag", (root,), {}, {})
    data = root / "data"
    inside = [folder for folder in (data, *sorted(data.glob("*/"))) if (folder / "archive").is_dir()]
    if inside:
        held = [_check_held(Collection(folder), folder / "state.db", found) for folder in inside]
        return _examined(str(root), "bag", [root], {path: w for each in held for path, w in each.walked.items()})
    warcs = sorted({path for pattern in _WARCS for path in data.rglob(pattern) if path.is_file()})
    return _named(_check_warcs(warcs, found), root, "bag")


_CHECKS = {
    "wacz": _check_wacz,
    "bag": _check_bag,
    "warc": _check_warcs,
    "folder": _check_folder,
    "collection": _check_collection,
}
