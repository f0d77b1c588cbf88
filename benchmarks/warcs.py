"""WARC files to measure on: exchanges of a VSB portal, as the crawler records them, until a size is reached."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive.digests import digest_of
from archive.warc import HTTP_REQUEST, HTTP_RESPONSE, WARC_FIELDS, RecordDraft, new_record_id
from archive.warcinfo import Warcinfo, warc_fields
from archive.writer import WarcWriter
from benchmarks.portal import BLOCK, Portal

BEGUN = datetime(2014, 11, 3, 2, 0, 0, tzinfo=UTC)
_PAGES = 500
_OK = b"HTTP/1.1 200 OK\r\nServer: VWebServer/6.0.0\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n"


def make(folder: Path, size: int) -> list[Path]:
    """Sealed files in *folder* of *size* bytes or a little more: three pages to a picture that does not compress."""
    writer = WarcWriter(folder, "bench", "bench", lambda: BEGUN, Warcinfo(software="benchmarks").fields())
    written = 0
    for drafts in _exchanges():
        written += sum(place.length for place in writer.append_group(drafts))
        if written >= size:
            break
    writer.seal()
    return sorted(folder.glob("*.warc.gz"))


def _exchanges() -> Iterator[list[RecordDraft]]:
    portal = Portal(_PAGES)
    pages = [portal.render(number) for number in range(_PAGES)]
    dice = random.Random(3)
    number = 0
    while True:
        number += 1
        page = number % _PAGES
        # one page in twenty is a list of the others
        folder = f"info/{1000 + number % 97}" if page and (page - 1) % BLOCK else "xwdt"
        url = f"http://www.example.edu.cn/{folder}/{number}"
        if number % 4:
            yield _exchange(number, url + ".htm", b"text/html; charset=UTF-8", pages[page])
        else:
            yield _exchange(number, url + ".jpg", b"image/jpeg", dice.randbytes(30_000))


def _exchange(number: int, url: str, media_type: bytes, body: bytes) -> list[RecordDraft]:
    date = BEGUN + timedelta(milliseconds=137 * number)
    request, response = new_record_id(), new_record_id()
    path = url.partition("example.edu.cn")[2]
    asked = f"GET {path} HTTP/1.1\r\nHost: www.example.edu.cn\r\nUser-Agent: jiucang\r\n\r\n".encode()
    answer = _OK % (media_type, len(body)) + body
    facts = warc_fields([("exchange", f"{number:032x}"), ("fetchTimeMs", "12"), ("outcome", "captured")])
    return [
        RecordDraft(
            type="request",
            date=date,
            block=asked,
            content_type=HTTP_REQUEST,
            target_uri=url,
            record_id=request,
            concurrent_to=(response,),
        ),
        RecordDraft(
            type="response",
            date=date,
            block=answer,
            content_type=HTTP_RESPONSE,
            target_uri=url,
            record_id=response,
            concurrent_to=(request,),
            payload_digest=digest_of(body),
        ),
        RecordDraft(
            type="metadata",
            date=date,
            block=facts,
            content_type=WARC_FIELDS,
            target_uri=url,
            concurrent_to=(request, response),
        ),
    ]
