"""The pages that a viewer lists: every document with its text, and the titles of all other pages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from itertools import groupby
from pathlib import Path
from typing import Any

from archive.http1 import BadContent, decode_content, header, header_values, parse_response
from archive.reader import Record, read_record_at
from archive.skim import beginning
from archive.wacz import Page
from crawler.wire.text import TEXT_LIMIT
from jiucang.contents import Contents
from profiles.decoding import decode
from profiles.page import Page as ReadPage

_HTML = ("text/html", "application/xhtml+xml")
#: The most characters of a title.
_LENGTH = 500
_CODED = re.compile(rb"^(?:transfer|content)-encoding:", re.IGNORECASE | re.MULTILINE)
_CONTENT_TYPE = re.compile(rb"^content-type:[ \t]*([^\r\n]*)", re.IGNORECASE | re.MULTILINE)
# the title, or what may hold a <title> that is none
_FIRST = re.compile(rb"<(title|!--|!\[|svg|script|style|noscript|template|textarea|xmp|iframe)", re.IGNORECASE)
_TITLE = re.compile(r"<title(?:\s[^>]*)?>([^<]*)</title\s*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Line:
    """An index line, read."""

    surt: str
    timestamp: str
    entry: dict[str, Any]


def pages(contents: Contents) -> Iterator[Page]:
    """The documents, each version with its text; then every other page that came as HTML, as it was last."""
    documents = set()
    if contents.rows is not None:
        with contents.rows.open(encoding="utf-8") as rows:
            for row in map(json.loads, rows):
                documents.add(hash(row["url"]))
                yield Page(row["url"], row["captured_at"], row["title"] or row["url"], row["text"])
    files = {path.name: path for path in contents.warcs}
    for _, lines in groupby(_lines(contents.index), key=lambda line: line.surt):
        latest = {line.entry["url"]: line for line in lines if _is_page(line.entry)}
        for url, line in latest.items():
            if hash(url) not in documents:
                yield Page(url, _moment(line.timestamp), _title(files[line.entry["filename"]], line) or url)


def _lines(index: Path) -> Iterator[_Line]:
    with index.open(encoding="utf-8") as lines:
        for line in lines:
            surt, timestamp, entry = line.split(" ", 2)
            yield _Line(surt, timestamp, json.loads(entry))


def _is_page(entry: dict[str, Any]) -> bool:
    return entry.get("status") == "200" and entry.get("mime", "").lower() in _HTML


def _moment(timestamp: str) -> str:
    return "{}{}-{}-{}T{}:{}:{}Z".format(*(timestamp[at : at + 2] for at in range(0, 14, 2)))


def _title(warc: Path, line: _Line) -> str:
    """The page's <title> in one line; empty where it has none or cannot be read."""
    found = _title_at_once(beginning(warc, int(line.entry["offset"])))
    return found if found is not None else _title_of_whole(warc, line)


def _title_at_once(record: bytes) -> str | None:
    """The title of a page as nearly all are, by the beginning of its record; None where that does not suffice."""
    _, _, block = record.partition(b"\r\n\r\n")
    head, _, body = block.partition(b"\r\n\r\n")
    first = _FIRST.search(body)
    if _CODED.search(head) or first is None or first[1].lower() != b"title":
        return None
    declared = _CONTENT_TYPE.search(head)
    text = decode(body, declared[1].decode("latin-1") if declared is not None else None, complete=False).text
    title = _TITLE.search(text)
    return " ".join(unescape(title[1]).split())[:_LENGTH] if title is not None else None


def _title_of_whole(warc: Path, line: _Line) -> str:
    record = read_record_at(warc, int(line.entry["offset"]))
    if not isinstance(record, Record):
        return ""
    response = parse_response(record.block(TEXT_LIMIT))
    try:
        body = decode_content(response.payload, header_values(response.headers, b"content-encoding"), TEXT_LIMIT)
    except BadContent:
        return ""
    declared = header(response.headers, b"content-type")
    page = ReadPage.parse(body, line.entry["url"], declared.decode("latin-1") if declared else None)
    node = page.tree.css_first("title")
    return " ".join(node.text().split())[:_LENGTH] if node is not None else ""
