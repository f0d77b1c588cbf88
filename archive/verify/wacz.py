"""A WACZ file checked: its parts, their digests, and that WARC files, index and pages fit each other.

Rules are those of WACZ 1.1.1 (https://specs.webrecorder.net/wacz/1.1.1/), read strictly; see docs/verify.md for what
other validators let pass.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from archive.input import PIECE
from archive.reader import parse_date
from archive.verify.catalogue import Catalogue, check_references
from archive.verify.findings import Findings
from archive.verify.index import check_unlisted
from archive.verify.lines import bounded_lines, json_object, pieces
from archive.verify.wacz_index import check_indexes
from archive.verify.walk import walk
from archive.verify.zips import DAMAGE, open_part, opened, safe_parts

MAX_JSON = 16 * 1024 * 1024
MAX_PAGE = 16 * 1024 * 1024

PACKAGE, DIGEST, PAGES = "datapackage.json", "datapackage-digest.json", "pages/pages.jsonl"
_WARCS = (".warc", ".warc.gz")
_INDEXES = (".cdx", ".cdx.gz", ".cdxj", ".cdxj.gz", ".idx")
_BELONGS = {"archive/": _WARCS, "indexes/": _INDEXES, "pages/": (".jsonl",)}

#: Checks the lines of a part, given in pieces, by its name in findings, against the records of the catalogue.
LinesCheck = Callable[[Iterable[bytes], str, Catalogue, Findings], int]


@dataclass(frozen=True, slots=True)
class Resource:
    """What datapackage.json says of a part."""

    path: str
    hash: str
    bytes: int


def verify_wacz(
    path: Path, catalogue: Catalogue, found: Findings, more: Mapping[str, LinesCheck] | None = None
) -> tuple[int, int]:
    """Checks the package; how many WARC files and records it holds. *more* are checks for parts of those file names."""
    name = path.name
    with opened(path, name, found) as package:
        if package is None:
            return 0, 0
        file, archive = package
        return _Wacz(file, archive, name, catalogue, found).check(path.stat().st_size, more or {})


class _Wacz:
    def __init__(
        self, file: BinaryIO, archive: zipfile.ZipFile, name: str, catalogue: Catalogue, found: Findings
    ) -> None:
        self._file, self._archive, self._name = file, archive, name
        self._catalogue, self._found = catalogue, found
        self._parts: dict[str, zipfile.ZipInfo] = {}

    def check(self, size: int, more: Mapping[str, LinesCheck]) -> tuple[int, int]:
        self._parts = safe_parts(self._archive, self._name, size, self._found)
        self._check_layout()
        self._check_package()
        warcs = [part for part in self._parts if part.startswith("archive/") and part.endswith(_WARCS)]
        catalogue = self._catalogue
        records = sum(self._use(part, partial(self._walk, part)) for part in warcs)
        catalogue.close_entry()
        check_references(catalogue, self._found)
        indexes = [part for part in self._parts if part.startswith("indexes/") and part.endswith(_INDEXES)]
        if check_indexes({part: self._parts[part] for part in indexes}, self._open, self._name, catalogue, self._found):
            check_unlisted(catalogue, self._found)
        self._check_pages()
        for part in self._parts:
            check = more.get(part.rpartition("/")[2])
            if check is not None:
                self._use(part, partial(self._check_lines, check))
        return len(warcs), records

    def _check_lines(self, check: LinesCheck, stream: BinaryIO, where: str) -> int:
        return check(pieces(stream), where, self._catalogue, self._found)

    def _where(self, part: str) -> str:
        return f"{self._name}/{part}"

    def _open(self, part: str) -> BinaryIO:
        return open_part(self._file, self._archive, self._parts[part])

    def _use(self, part: str, use: Callable[[BinaryIO, str], int]) -> int:
        """What *use* makes of the part's bytes and of its name in findings; 0 where they cannot be read."""
        try:
            return use(self._open(part), self._where(part))
        except (*DAMAGE, OSError) as error:
            self._found.add("package.unreadable", self._where(part), str(error))
            return 0

    # -- parts ---------------------------------------------------------------------------------------

    def _check_layout(self) -> None:
        for wanted in (PACKAGE, PAGES):
            if wanted not in self._parts:
                self._found.add("wacz.part", self._name, wanted)
        for folder, endings in _BELONGS.items():
            inside = [part for part in self._parts if part.startswith(folder)]
            if folder != "pages/" and not any(part.endswith(endings) for part in inside):
                self._found.add("wacz.part", self._name, f"{folder} with a {' or '.join(endings)}")
            for part in inside:
                if not part.endswith(endings):
                    self._found.add("wacz.stray", self._where(part), f"expected {', '.join(endings)}")
        for part, info in self._parts.items():
            # what is read at an offset, or is compressed already
            addressed = part.startswith("archive/") and part.endswith(_WARCS)
            if (addressed or part.endswith(".gz")) and info.compress_type != zipfile.ZIP_STORED:
                self._found.add("wacz.deflated", self._where(part), "")

    def _check_package(self) -> None:
        if PACKAGE not in self._parts:
            return
        raw = self._json_bytes(PACKAGE)
        if raw is None:
            return
        resources = self._resources(raw)
        for part in self._parts:
            if part not in (PACKAGE, DIGEST) and part not in resources:
                self._found.add("wacz.unlisted", self._where(part), "")
        for path, resource in resources.items():
            if path not in self._parts:
                self._found.add("wacz.resource", self._name, path)
            else:
                self._use(path, partial(self._check_digest, resource))
        if DIGEST in self._parts:
            self._check_signature(raw)

    def _json_bytes(self, part: str) -> bytes | None:
        info = self._parts[part]
        if info.file_size > MAX_JSON:
            self._found.add("package.too-large", self._where(part), f"{info.file_size} bytes")
            return None
        try:
            return self._open(part).read(MAX_JSON)
        except (*DAMAGE, OSError) as error:
            self._found.add("package.unreadable", self._where(part), str(error))
            return None

    def _resources(self, raw: bytes) -> dict[str, Resource]:
        where = self._where(PACKAGE)
        package = json_object(raw)
        if package is None:
            self._found.add("wacz.datapackage", where, "no JSON object")
            return {}
        if package.get("profile") != "data-package":
            self._found.add("wacz.datapackage", where, f"profile is {package.get('profile')!r}")
        if not isinstance(package.get("wacz_version"), str):
            self._found.add("wacz.datapackage", where, f"wacz_version is {package.get('wacz_version')!r}")
        listed = package.get("resources")
        if not isinstance(listed, list) or not listed:
            self._found.add("wacz.datapackage", where, "resources is no list, or empty")
            return {}
        resources: dict[str, Resource] = {}
        for number, item in enumerate(listed):
            resource = _resource(item)
            if resource is None:
                self._found.add("wacz.datapackage", where, f"resource {number} lacks path, hash or bytes")
            elif resource.path in resources:
                self._found.add("wacz.datapackage", where, f"{resource.path!r} is listed twice")
            else:
                resources[resource.path] = resource
        return resources

    def _check_digest(self, resource: Resource, stream: BinaryIO, where: str) -> int:
        """How many bytes the part has."""
        algorithm, _, stated = resource.hash.partition(":")
        if algorithm not in ("md5", "sha1", "sha256", "sha512"):
            self._found.add("wacz.datapackage", where, f"hash {resource.hash!r}, expected sha256:…")
            return 0
        digest, size = hashlib.new(algorithm, usedforsecurity=False), 0
        while piece := stream.read(PIECE):
            digest.update(piece)
            size += len(piece)
        if size != resource.bytes:
            self._found.add("wacz.digest", where, f"{size} bytes, stated {resource.bytes}")
        elif digest.hexdigest() != stated.lower():
            self._found.add("wacz.digest", where, f"found {algorithm}:{digest.hexdigest()}, stated {resource.hash}")
        return size

    def _check_signature(self, package: bytes) -> None:
        raw = self._json_bytes(DIGEST)
        if raw is None:
            return
        stated = json_object(raw) or {}
        found = "sha256:" + hashlib.sha256(package).hexdigest()
        if stated.get("path") != PACKAGE or stated.get("hash") != found:
            self._found.add("wacz.signature", self._where(DIGEST), f"found {found}, stated {stated.get('hash')!r}")

    # -- what is in them -----------------------------------------------------------------------------

    def _walk(self, part: str, stream: BinaryIO, _where: str) -> int:
        info = self._parts[part]
        # records, index and pages speak of a file by the name it has below archive/
        name = part.removeprefix("archive/")
        nested = info.compress_size if info.compress_type != zipfile.ZIP_STORED else None
        return walk(stream, name, info.file_size, self._found, self._catalogue.add, nested).records

    def _check_pages(self) -> None:
        for part in self._parts:
            if part.startswith("pages/") and part.endswith(".jsonl"):
                pages = self._use(part, self._check_page_lines)
                if part == PAGES and not pages:
                    self._found.add("wacz.no-pages", self._where(part), "")

    def _check_page_lines(self, stream: BinaryIO, where: str) -> int:
        pages = 0
        for number, line in enumerate(bounded_lines(pieces(stream), MAX_PAGE), 1):
            page = json_object(line) if line is not None else None
            place = f"{where}:{number}"
            if page is None:
                self._found.add("wacz.pages", place, "no JSON object")
            elif number == 1:
                if page.get("format") != "json-pages-1.0":
                    self._found.add("wacz.pages", place, f"format is {page.get('format')!r}")
            else:
                pages += 1
                self._check_page(page, place)
        return pages

    def _check_page(self, page: Mapping[str, object], where: str) -> None:
        url, moment = page.get("url"), page.get("ts")
        if not isinstance(url, str) or not isinstance(moment, str) or parse_date(moment) is None:
            self._found.add("wacz.pages", where, f"url {url!r}, ts {moment!r}")
        elif next(self._catalogue.of_uri(url), None) is None:
            self._found.add("wacz.page", where, url)


def _resource(item: object) -> Resource | None:
    if not isinstance(item, dict):
        return None
    path, digest, size = item.get("path"), item.get("hash"), item.get("bytes")
    if not isinstance(path, str) or not isinstance(digest, str) or not isinstance(size, int):
        return None
    return Resource(path, digest, size)
