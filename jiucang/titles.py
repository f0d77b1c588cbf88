"""The title of a captured page: by the beginning of its record where that suffices, or by all of it."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

from archive.http1 import BadContent, decode_content, header, header_values, parse_response
from archive.reader import Record, read_record_at
from archive.skim import beginning
from profiles.decoding import decode

#: The most characters of a title, and bytes of a page that is read for one.
_LENGTH = 500
_PAGE_LIMIT = 10 * 1_048_576
_CODED = re.compile(rb"^(?:transfer|content)-encoding:", re.IGNORECASE | re.MULTILINE)
_CONTENT_TYPE = re.compile(rb"^content-type:[ \t]*([^\r\n]*)", re.IGNORECASE | re.MULTILINE)
# the title, or what may hold a <title> that is none
_FIRST = re.compile(rb"<(title|!--|!\[|svg|script|style|noscript|template|textarea|xmp|iframe)", re.IGNORECASE)
# what answers to scripts lack, though servers call them HTML: counters, pieces of lists, JSON
_DOCUMENT = re.compile(rb"<(?:!doctype|html|head|body|frameset|title)[\s/>]", re.IGNORECASE)
_TITLE = re.compile(r"<title(?:\s[^>]*)?>([^<]*)</title\s*>", re.IGNORECASE)


def title_of(warc: Path, offset: int, url: str) -> str | None:
    """The <title>, in one line, of the page of that address whose response begins there; empty where it has none or
    cannot be read, None where the answer is no page, but a script's. Raises OSError."""
    found = title_at_once(beginning(warc, offset))
    return found if found is not None else title_of_whole(warc, offset, url)


def title_at_once(record: bytes) -> str | None:
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


def title_of_whole(warc: Path, offset: int, url: str) -> str | None:
    """As `title_of`, with the page parsed."""
    # a parser that few pages need, in processes that live for seconds
    from profiles.page import Page

    record = read_record_at(warc, offset)
    if not isinstance(record, Record):
        return ""
    response = parse_response(record.block(_PAGE_LIMIT))
    try:
        body = decode_content(response.payload, header_values(response.headers, b"content-encoding"), _PAGE_LIMIT)
    except BadContent:
        return ""
    if _DOCUMENT.search(body.replace(b"\0", b"")) is None:  # without the NULs, UTF-16 reads as any other
        return None
    declared = header(response.headers, b"content-type")
    page = Page.parse(body, url, declared.decode("latin-1") if declared else None)
    node = page.tree.css_first("title")
    return " ".join(node.text().split())[:_LENGTH] if node is not None else ""
