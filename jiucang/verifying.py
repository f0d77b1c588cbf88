"""`jiucang verify`: what a source is, which checks it gets, and how their findings are told."""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from archive.collection import Collection
from archive.verify.bag import check_bag, is_bag
from archive.verify.captures import check_captures, check_committed
from archive.verify.catalogue import Catalogue, check_references
from archive.verify.findings import Findings
from archive.verify.index import check_index, check_unlisted
from archive.verify.lines import pieces
from archive.verify.wacz import LinesCheck, verify_wacz
from archive.verify.warcs import verify_warcs
from archive.writer import OPEN_SUFFIX
from jiucang.codes import BAD_INPUT, DONE, FAULTS
from jiucang.findings_told import Source, tell, tell_json
from jiucang.recorded import Recorded
from pipelines.check import check_clicks, check_documents

_WARCS = ("*.warc.gz", "*.warc.gz.open", "*.warc")


class NotVerifiable(ValueError):
    """A source that is nothing that can be checked; the message says why."""


def verify_sources(sources: list[Path], *, as_json: bool = False, headings: bool = False) -> int:
    """Checks the sources, prints what was found, returns the exit code. WARC files named together are one set."""
    found = Findings()
    checked: list[Source] = []
    try:
        for kind, paths in _sets(sources):
            checked.append(_CHECKS[kind](paths, found))
    except NotVerifiable as error:
        print(f"jiucang: {error}", file=sys.stderr)
        return BAD_INPUT
    except OSError as error:
        print(f"jiucang: {error.filename}: {error.strerror}", file=sys.stderr)
        return BAD_INPUT
    if as_json:
        tell_json(checked, found)
    else:
        tell(checked, found, headings=headings)
    return FAULTS if found.count("error") else DONE


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
            raise NotVerifiable(f"{path}: does not exist")
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
    raise NotVerifiable(f"{path}: expected a collection, a bag or a folder of WARC files (*.warc.gz, *.warc)")


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


def _check_warcs(paths: list[Path], found: Findings) -> Source:
    with _catalogue() as catalogue:
        walked = verify_warcs(paths, catalogue, found)
        check_references(catalogue, found)
    records = sum(each.records for each in walked.values())
    return Source(" ".join(map(str, paths)), "WARC", len(paths), records)


def _check_folder(paths: list[Path], found: Findings) -> Source:
    [folder] = paths
    checked = _check_warcs(list(_warcs_in(folder)), found)
    return Source(str(folder), "folder", checked.files, checked.records)


def _check_collection(paths: list[Path], found: Findings) -> Source:
    collection = Collection(paths[0])
    warcs = [*collection.warcs(), *collection.left_open()]
    with _catalogue() as catalogue, _recorded(collection.state, found) as recorded:
        walked = verify_warcs(warcs, catalogue, found, recorded.committed if recorded else None)
        check_references(catalogue, found)
        if recorded is not None:
            _check_state(recorded, warcs, catalogue, found)
        check_files(collection, catalogue, found)
    return Source(str(paths[0]), "collection", len(warcs), sum(each.records for each in walked.values()))


@contextmanager
def _recorded(path: Path, found: Findings) -> Iterator[Recorded | None]:
    """What state.db says; None where there is none, or none that can be read."""
    recorded = None
    if path.exists():
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
    for path, check in ((collection.documents, check_documents), (collection.clicks, check_clicks)):
        if path.exists():
            _check_lines(check, path, root, catalogue, found)


def _check_lines(check: LinesCheck, path: Path, root: Path, catalogue: Catalogue, found: Findings) -> None:
    name = path.relative_to(root).as_posix()
    try:
        with path.open("rb") as stream:
            check(pieces(stream), name, catalogue, found)
    except OSError as error:
        found.add("file.unreadable", name, error.strerror or str(error))


def _check_wacz(paths: list[Path], found: Findings) -> Source:
    [path] = paths
    more = {"documents.jsonl": check_documents, "clicks.jsonl": check_clicks}
    with _catalogue() as catalogue:
        files, records = verify_wacz(path, catalogue, found, more)
    return Source(str(path), "WACZ", files, records)


def _check_bag(paths: list[Path], found: Findings) -> Source:
    """The bag as such, then what it holds: a collection, or WARC files somewhere in it."""
    [root] = paths
    check_bag(root, found)
    if found.counts["package.link"]:
        # what lies behind a link is none of the bag's, and the checks below would follow it
        return Source(str(root), "bag", 0, 0)
    data = root / "data"
    inside = [folder for folder in (data, *sorted(data.glob("*/"))) if (folder / "archive").is_dir()]
    if inside:
        held = [_check_collection([folder], found) for folder in inside]
        return Source(str(root), "bag", sum(each.files for each in held), sum(each.records for each in held))
    warcs = sorted({path for pattern in _WARCS for path in data.rglob(pattern) if path.is_file()})
    return replace(_check_warcs(warcs, found), source=str(root), kind="bag")


_CHECKS = {
    "wacz": _check_wacz,
    "bag": _check_bag,
    "warc": _check_warcs,
    "folder": _check_folder,
    "collection": _check_collection,
}
