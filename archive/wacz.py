"""A WACZ package (https://specs.webrecorder.net/wacz/1.1.1/) written in one pass, the same bytes for the same parts.

WARC files and the compressed index are stored, not deflated, because viewers read pieces of them out of the
package. Nothing but these, the pages and what `papers` names is in it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
import threading
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, BinaryIO

from archive.files import OS_FILES
from archive.zipnum import DATA, IDX, IDX_HEAD, blocks

VERSION = "1.1.1"
_COPY = 4 * 1024 * 1024  # while another thread computes, each piece waits for it several times
#: Bytes from which on a part gets ZIP64 fields; with them in small ones ReplayWeb.page looks for parts in wrong places.
_LARGE = 1 << 31
_PAGES_HEAD = b'{"format": "json-pages-1.0", "id": "pages", "title": "Pages", "hasText": true}\n'
_HAN = re.compile(r"[㐀-鿿豈-﫿\U00020000-\U0003ffff]{2,}")
# Data Package: a resource's name is of these characters
_NO_NAME = re.compile(r"[^a-z0-9._-]")
#: Lengths of the pieces of Chinese text that can be searched for, and further ones of titles; who looks for more
#: puts blanks into it. Each length costs three bytes more a character than the one before.
_GRAMS = (2, 3, 4)
_TITLE_GRAMS = (5, 6, 7, 8)


@dataclass(frozen=True, slots=True)
class Page:
    """A page that a viewer lists: `ts` is its WARC-Date; `text` what can be searched, without line structure."""

    url: str
    ts: str
    title: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class About:
    """What the package says of itself. `created` is aware; it is also the date of every part."""

    title: str
    description: str
    created: datetime
    software: str
    main_page: str | None = None


def write_wacz(
    out: Path,
    about: About,
    warcs: Sequence[Path],
    index: Iterable[bytes],
    pages: Iterable[bytes],
    papers: Mapping[str, Path],
    progress: Callable[[int], None] = lambda _: None,
) -> None:
    """Writes the package to *out*, whole or not at all.

    *index* gives the lines of the CDXJ index of *warcs*, sorted, *pages* those that `page_line` makes; *papers* are
    further files by their path in the package, which must not be below archive/, indexes/ or pages/. *progress* is
    told how many bytes of WARC files were copied, piece by piece. Raises OSError.
    """
    temporary = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("xb") as file:
            with zipfile.ZipFile(file, "w", allowZip64=True) as package:
                parts = _Parts(package, about.created)
                with tempfile.TemporaryFile(dir=out.parent) as page_lines:
                    with _copying(parts, sorted(warcs, key=lambda path: path.name), progress):
                        page_lines.write(_PAGES_HEAD)
                        page_lines.writelines(pages)
                    idx = parts.index(index)
                    parts.write(f"indexes/{IDX}", idx)
                    page_lines.seek(0)
                    parts.write("pages/pages.jsonl", page_lines, deflated=True)
                for name, path in sorted(papers.items()):
                    parts.copy(name, path, lambda _: None, deflated=True)
                _describe(parts, about)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(out)
        OS_FILES.fsync_folder(out.parent)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def _copying(parts: _Parts, warcs: Sequence[Path], progress: Callable[[int], None]) -> Iterator[None]:
    """Copies the WARC files beside what the block does: that reads pages, while this waits for disks and digests."""
    stopped = threading.Event()

    def told(copied: int) -> None:
        if stopped.is_set():
            raise InterruptedError
        progress(copied)

    def copy() -> None:
        for warc in warcs:
            parts.copy(f"archive/{warc.name}", warc, told)

    with ThreadPoolExecutor(1) as thread:
        copied = thread.submit(copy)
        try:
            yield
            copied.result()
        except BaseException:
            stopped.set()
            raise


def page_line(page: Page) -> bytes:
    """The line of pages.jsonl."""
    name = hashlib.sha256(f"{page.ts} {page.url}".encode()).hexdigest()[:22]
    text = search_text(page.text, page.title)
    entry = {"id": name, "url": page.url, "ts": page.ts, "title": page.title, "text": text}
    return json.dumps(entry, ensure_ascii=False).encode() + b"\n"


def search_text(text: str, title: str = "") -> str:
    """Text, and between blanks every piece of Chinese that someone may search for, of the title too, each once.

    ReplayWeb.page finds whole words, for which it takes what stands between blanks and signs, and Chinese has none.

    >>> search_text("旧栏目 2014", "关于公告")
    '旧栏目 2014 关于 于公 公告 旧栏 栏目 关于公 于公告 旧栏目 关于公告'
    """
    grams: dict[str, None] = {}
    for sizes, runs in ((_GRAMS, _HAN.findall(f"{title} {text}")), (_TITLE_GRAMS, _HAN.findall(title))):
        for size in sizes:
            for run in runs:
                grams.update(dict.fromkeys([run[at : at + size] for at in range(len(run) - size + 1)]))
    return " ".join([*text.split(), *grams])


class _Parts:
    """The parts of a package as they are written, with what datapackage.json says of each."""

    def __init__(self, package: zipfile.ZipFile, date: datetime) -> None:
        self._package = package
        self._date = date.timetuple()[:6]
        self.resources: list[dict[str, object]] = []

    def copy(self, name: str, path: Path, progress: Callable[[int], None], *, deflated: bool = False) -> None:
        def pieces(file: BinaryIO) -> Iterator[bytes]:
            while piece := file.read(_COPY):
                yield piece
                progress(len(piece))

        with path.open("rb") as file:
            large = path.stat().st_size >= _LARGE
            self.write(name, pieces(file), deflated=deflated, large=large)

    def write(self, name: str, pieces: Iterable[bytes], *, deflated: bool = False, large: bool = False) -> None:
        sha256, size = hashlib.sha256(), 0
        with self._open(name, deflated, large) as part:
            for piece in pieces:
                sha256.update(piece)
                size += len(piece)
                part.write(piece)
        entry = {"name": _NO_NAME.sub("-", name.lower()), "path": name}
        self.resources.append({**entry, "hash": f"sha256:{sha256.hexdigest()}", "bytes": size})

    def plain(self, name: str, data: bytes) -> None:
        """A part that datapackage.json does not list."""
        with self._open(name, deflated=False, large=False) as part:
            part.write(data)

    def index(self, lines: Iterable[bytes]) -> list[bytes]:
        """Writes index.cdx.gz; the lines of index.idx."""
        idx = [IDX_HEAD]

        def members() -> Iterator[bytes]:
            for block in blocks(lines):
                idx.append(block.idx_line)
                yield block.data

        self.write(f"indexes/{DATA}", members())
        return idx

    @contextmanager
    def _open(self, name: str, deflated: bool, large: bool) -> Iterator[IO[bytes]]:
        info = zipfile.ZipInfo(name, self._date)
        info.compress_type = zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED
        info.create_system, info.external_attr = 3, 0o644 << 16
        with self._package.open(info, "w", force_zip64=large) as part:
            yield part


def _describe(parts: _Parts, about: About) -> None:
    package: dict[str, object] = {
        "profile": "data-package",
        "wacz_version": VERSION,
        "title": about.title,
        "description": about.description,
        "created": about.created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "software": about.software,
        "resources": parts.resources,
    }
    if about.main_page is not None:
        package["mainPageUrl"] = about.main_page
    text = json.dumps(package, ensure_ascii=False, indent=2).encode() + b"\n"
    digest = {"path": "datapackage.json", "hash": f"sha256:{hashlib.sha256(text).hexdigest()}"}
    parts.plain("datapackage.json", text)
    parts.plain("datapackage-digest.json", json.dumps(digest, indent=2).encode() + b"\n")
