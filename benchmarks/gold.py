"""Pages and what a person reads on them: the project's synthetic ones, and real ones where they are beside the project.

Synthetic are the sample pages of the profiles (`tests/profiles/samples`) and those of portals that no profile was
written for (`tests/pipelines/portals`): markup of real systems, invented texts. `portal-pages` is a folder with
`gold.jsonl` and saved pages.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import yaml

from benchmarks.host import ROOT
from jiucang.samples import Expected, ExpectedPage
from profiles.strict_yaml import read_model

SAMPLES = ROOT / "tests" / "profiles" / "samples"
PORTALS = ROOT / "tests" / "pipelines" / "portals"
REAL = ROOT.parent / "shared" / "portal-pages"

Value = str | int | list[str] | None
_BLANK = re.compile(r"[\s\u200b-\u200f\ufeff]+")
_TEXTS = ("title", "source", "author", "published_at", "document_number")


@dataclass(frozen=True, slots=True)
class GoldPage:
    """A page as a server sends it, and what a reader finds there.

    `wanted` has the fields that the gold tells, empty ones included; texts are folded, addresses absolute.
    `paragraphs` are hashes of folded paragraphs, None where the gold does not tell them; `text` is all of them in
    one, None where the gold has hashes alone.
    """

    name: str
    url: str
    body: bytes
    article: bool
    wanted: Mapping[str, Value]
    paragraphs: tuple[str, ...] | None
    text: str | None

    @property
    def record_id(self) -> str:
        """The WARC-Record-ID under which the page is packed."""
        return f"<{uuid.uuid5(uuid.NAMESPACE_URL, self.name).urn}>"


def fold(text: str | None) -> str:
    """Without white space and zero-width characters, which no value is compared by.

    >>> fold("　一、总 则\\u200b")
    '一、总则'
    """
    return _BLANK.sub("", text or "")


def paragraph_hash(text: str) -> str:
    """SHA-1 over the folded paragraph: gold files with texts of others hold no more than that."""
    return hashlib.sha1(fold(text).encode(), usedforsecurity=False).hexdigest()


def synthetic() -> list[GoldPage]:
    """The project's own pages. Left out are those whose kind is not told, and further pages of an article
    (`77_2.html`): they have no row of their own."""
    pages = []
    for path in sorted(SAMPLES.glob("*.yaml")):
        for number, page in enumerate(read_model(path, Expected).pages):
            if page.html is not None and page.kind is not None and page.part is None:
                pages.append(_sample(f"{path.stem}-{number:02}", page, page.html))
    portals: list[dict[str, Any]] = yaml.safe_load((PORTALS / "expected.yaml").read_text("utf-8"))
    return pages + [_portal(page) for page in portals]


def real(folder: Path = REAL) -> list[GoldPage]:
    """The pages of `folder`. Raises OSError where it is not there."""
    lines = (folder / "gold.jsonl").read_text("utf-8").splitlines()
    return [_gold(json.loads(line), folder / "pages") for line in lines]


def pack(pages: Iterable[GoldPage], path: Path) -> None:
    """One WARC file of the pages: HTML without a charset, as many legacy portals send it."""
    path.write_bytes(b"".join(gzip.compress(_record(page), mtime=0) for page in pages))


def _record(page: GoldPage) -> bytes:
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%b" % (len(page.body), page.body)
    head = (
        f"WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: {page.record_id}\r\n"
        f"WARC-Date: 2014-11-03T02:00:00Z\r\nWARC-Target-URI: {page.url}\r\n"
        f"Content-Type: application/http;msgtype=response\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


def _sample(name: str, page: ExpectedPage, html: str) -> GoldPage:
    said = page.model_dump(include=page.model_fields_set)
    wanted = dict(_wanted(said, page.url, said.keys()))
    lines = [line.replace("|", "\t") for line in page.lines] if "lines" in said else None
    return _page(name, page.url, html.encode(page.encoding), page.kind == "article", wanted, lines)


def _portal(page: Mapping[str, Any]) -> GoldPage:
    body = (PORTALS / page["file"]).read_text("utf-8").encode(page.get("encoding", "utf-8"))
    names = {*_TEXTS, "clicks", "breadcrumb", "previous", "next", "attachments", "images"}
    wanted = dict(_wanted(page, page["url"], names))
    lines = [line.replace("|", "\t") for line in page.get("paragraphs", [])]
    return _page(page["file"], page["url"], body, True, wanted, lines)


def _gold(page: Mapping[str, Any], folder: Path) -> GoldPage:
    def link(value: Mapping[str, str] | None) -> list[str | None] | None:
        return ["", value["href"]] if value and value.get("href") else None

    linked = {name: link(page[name]) for name in ("previous", "next")}
    attachments = [pair for item in page["attachments"] if (pair := link(item))]
    wanted = dict(_wanted({**page, **linked, "attachments": attachments}, page["url"], [*_ALL]))
    body, article = (folder / page["file"]).read_bytes(), page["kind"] == "article"
    if "paragraphs" in page:
        return _page(page["file"], page["url"], body, article, wanted, page["paragraphs"])
    hashes = tuple(digest for digest, _ in page["paragraph_hashes"])
    return GoldPage(page["file"], page["url"], body, article, wanted, hashes, None)


def _page(
    name: str, url: str, body: bytes, article: bool, wanted: Mapping[str, Value], lines: Sequence[str] | None
) -> GoldPage:
    if lines is None:
        return GoldPage(name, url, body, article, wanted, None, None)
    paragraphs = tuple(paragraph_hash(line) for line in lines if fold(line))
    return GoldPage(name, url, body, article, wanted, paragraphs, fold("".join(lines)))


_ALL = (*_TEXTS, "clicks", "breadcrumb", "previous", "next", "attachments", "images")


def _wanted(said: Mapping[str, Any], base: str, names: Iterable[str]) -> Iterator[tuple[str, Value]]:
    for name in names:
        value = said.get(name)
        if name in _TEXTS:
            yield name, fold(value) or None
        elif name == "clicks":
            yield name, value
        elif name == "breadcrumb":
            yield name, [fold(label) for label in value or []]
        elif name in ("previous", "next"):
            yield name, urljoin(base, value[1]) if value else None
        elif name == "attachments":
            yield name, sorted(urljoin(base, pair[1]) for pair in value or [])
        elif name == "images":
            yield name, sorted(urljoin(base, reference) for reference in value or [])
