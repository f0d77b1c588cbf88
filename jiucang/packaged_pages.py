"""The pages that a viewer lists: every document with its text, and the titles of all other pages.

Long lists are made by several processes, each of which takes pieces of documents.jsonl and of the index.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO

from archive.processes import spread
from archive.wacz import Page, page_line
from jiucang.titles import title_of

_HTML = ("text/html", "application/xhtml+xml")
#: Bytes of a piece: some tenths of a second's work.
_ROWS, _LINES = 1_000_000, 300_000
_DIGEST = 8


@dataclass(frozen=True, slots=True)
class _Piece:
    """Bytes `start` to `end` of `source`, which are whole lines; their pages go to `out`.

    `warcs`, by name, are the files that the lines of an index tell of; for rows it is None. `documents` holds the
    digests of the addresses that have rows.
    """

    source: Path
    start: int
    end: int
    out: Path
    documents: Path
    warcs: Mapping[str, Path] | None


@dataclass(frozen=True, slots=True)
class _Line:
    """An index line, read."""

    surt: str
    timestamp: str
    entry: dict[str, Any]


def page_lines(rows: Path | None, index: Path, warcs: Mapping[str, Path], work: Path) -> Iterator[bytes]:
    """Lines of pages.jsonl: the documents, each version with its text; then every other page that came as HTML and is
    no script's answer, as it was last. *work* is a folder for what is needed on the way. Raises OSError.
    """
    documents = work / "documents.digests"
    pieces = []
    with documents.open("xb") as digests:
        if rows is not None:
            with rows.open("rb") as file:
                for row in file:
                    digests.write(_digest(json.loads(row)["url"]))
            spans = _spans(rows, _ROWS, grouped=False)
            pieces += [_Piece(rows, *span, work / f"rows.{span[0]}", documents, None) for span in spans]
    spans = _spans(index, _LINES, grouped=True)
    pieces += [_Piece(index, *span, work / f"index.{span[0]}", documents, warcs) for span in spans]
    for piece, done in zip(pieces, spread(_write, pieces), strict=True):
        with (done or _write(piece)).open("rb") as lines:
            yield from lines
        piece.out.unlink()


def _spans(path: Path, size: int, *, grouped: bool) -> list[tuple[int, int]]:
    """Pieces of about *size* bytes; *grouped*, lines that begin with the same word stay together."""
    spans = []
    with path.open("rb") as file:
        end = path.stat().st_size
        start = 0
        while start < end:
            file.seek(start + size)
            file.readline()
            stop = min(_behind_group(file) if grouped else file.tell(), end)
            spans.append((start, stop))
            start = stop
    return spans


def _behind_group(file: BinaryIO) -> int:
    """Where the lines end that begin with the same word as the next one, or the file does."""
    word = None
    while True:
        at, line = file.tell(), file.readline()
        if not line or word not in (None, line.partition(b" ")[0]):
            return at
        word = line.partition(b" ")[0]


def _write(piece: _Piece) -> Path:
    """Makes the lines of one piece; the file that holds them."""
    with piece.out.open("wb") as out:
        for page in _documents(piece) if piece.warcs is None else _other_pages(piece, piece.warcs):
            out.write(page_line(page))
    return piece.out


def _lines(piece: _Piece) -> Iterator[bytes]:
    with piece.source.open("rb") as file:
        file.seek(piece.start)
        while file.tell() < piece.end:
            yield file.readline()


def _documents(piece: _Piece) -> Iterator[Page]:
    for row in map(json.loads, _lines(piece)):
        yield Page(row["url"], row["captured_at"], row["title"] or row["url"], row["text"])


def _other_pages(piece: _Piece, warcs: Mapping[str, Path]) -> Iterator[Page]:
    documents = _digests(piece.documents)
    for _, lines in groupby(map(_read_line, _lines(piece)), key=lambda line: line.surt):
        latest = {line.entry["url"]: line for line in lines if may_be_page(line.entry)}
        for url, line in latest.items():
            if _digest(url) not in documents:
                title = title_of(warcs[line.entry["filename"]], int(line.entry["offset"]), url)
                if title is not None:
                    yield Page(url, _moment(line.timestamp), title or url)


def _read_line(line: bytes) -> _Line:
    surt, timestamp, entry = line.decode("utf-8").split(" ", 2)
    return _Line(surt, timestamp, json.loads(entry))


def may_be_page(entry: Mapping[str, Any]) -> bool:
    """Whether a reader might open the capture of an index line: by its title more is known (`jiucang.titles`)."""
    html = entry.get("status") == "200" and entry.get("mime", "").lower() in _HTML
    # servers that lack it send a page that says so
    return html and not entry["url"].endswith("/robots.txt")


def _moment(timestamp: str) -> str:
    """
    >>> _moment("20141103020000")
    '2014-11-03T02:00:00Z'
    """
    day = f"{timestamp[:4]}-{timestamp[4:6]}-{timestamp[6:8]}"
    return f"{day}T{timestamp[8:10]}:{timestamp[10:12]}:{timestamp[12:14]}Z"


def _digest(url: str) -> bytes:
    return hashlib.blake2b(url.encode(), digest_size=_DIGEST).digest()


@lru_cache(maxsize=1)
def _digests(path: Path) -> frozenset[bytes]:
    """Read once in a process, which takes several pieces."""
    data = path.read_bytes()
    return frozenset(data[at : at + _DIGEST] for at in range(0, len(data), _DIGEST))
