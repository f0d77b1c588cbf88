"""CDXJ: one line per capture, `surt timestamp {json}`, in byte order.

Lines are those of `cdxj-indexer --sort`, key for key, so that pywb and its kin take either index for the
other. That includes one peculiarity: a capture without WARC-Payload-Digest gets a SHA-1 of its body as it
stands in the record, because look-ups expect the key; it says nothing about the transfer-decoded payload.
Where cdxj-indexer takes a word for a status that is none (`200OK`, the second word of a page without any
head), ours is the code alone or no status: replay tools read it as a number.
Damage inside a block does not keep a record out of the index; `jiucang verify` looks for it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

from archive.http1 import MAX_HEAD, ResponseHead, ResponseParser, header
from archive.posts import MAX_BODY, Posted, posted
from archive.reader import Fault, Record, read_record_at
from archive.skim import Skimmed, skim
from archive.surt import surt
from archive.warc import WARC_FIELDS

CAPTURES = frozenset({"response", "revisit", "resource", "metadata"})
"""Record types that are indexed; a metadata or resource record only when it is not a list of WARC fields."""

_HTTP = frozenset({"response", "revisit"})
_HEAD_STEP = 2048  # few heads are longer, and the body need not be parsed
_MIME_END = re.compile(r"[;\s]")

_KINDS = frozenset(kind.encode("ascii") for kind in (*CAPTURES, "request"))
_POSTS = (b"POST ", b"PUT ")
_WARC_FIELDS = WARC_FIELDS.encode("ascii")
# What nearly every record looks like; whatever looks otherwise is read by the book
_FIELD = re.compile(rb"^([A-Za-z-]+):[ \t]*([!-~](?:[ -~]*[!-~])?)[ \t]*\r$", re.MULTILINE)
_NOT_INDEXED = re.compile(rb"WARC/1\.[01]\r\nWARC-Type: (?:metadata|resource)\r\n")
_DATE = re.compile(rb"(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.\d+)?Z")
_PLAIN_URI = re.compile(rb"https?://[!-~]+")
_PLAIN_HEAD = re.compile(rb"HTTP/1\.[01] ([2-5]\d\d)(?: [ -~]*)?\r\n(?:[A-Za-z0-9-]+:[ \t]*[ -~]*\r\n)*\r\n")
_CONTENT_TYPE = re.compile(rb"^Content-Type:[ \t]*([ -~]*)\r$", re.MULTILINE | re.IGNORECASE)


def index_warc(
    path: Path, start: int = 0, stop: int | None = None, posts: list[Posted] | None = None
) -> Iterator[str | Fault]:
    """Index lines (without line end) of one WARC file, in the file's order; faults where records cannot be indexed.

    *start* and *stop* as `skim` has them. Captures whose request was a POST or PUT are added to *posts*.
    """
    before: Skimmed | Record | None = None
    for found in skim(path, _KINDS, start, stop):
        if isinstance(found, Fault):
            before = None
            yield found
            continue
        if posts is not None and before is not None:
            posts.extend(_posted(path, before, found))
        before = found
        if (found.kind == b"request") if isinstance(found, Skimmed) else (found.type == "request"):
            continue
        line: str | Fault | None = _skimmed_line(path.name, found) if isinstance(found, Skimmed) else None
        if line is None:
            record = read_record_at(path, found.offset) if isinstance(found, Skimmed) else found
            line = _line(record) if isinstance(record, Record) else record
        if line:
            yield line
    if posts is not None and before is not None and stop is not None:
        following = read_record_at(path, stop)
        posts.extend(_posted(path, before, following) if isinstance(following, Record) else ())


def _posted(path: Path, one: Skimmed | Record, other: Skimmed | Record) -> Iterator[Posted]:
    """The capture of two records of which one is the request of the other, and a POST."""
    for request, answer in ((one, other), (other, one)):
        if isinstance(request, Skimmed) and not request.start.startswith(_POSTS):
            continue
        records = [
            read_record_at(path, each.offset) if isinstance(each, Skimmed) else each for each in (request, answer)
        ]
        if all(isinstance(each, Record) for each in records):
            asked, answered = (each for each in records if isinstance(each, Record))
            uri = asked.target_uri
            joined = asked.id in answered.concurrent_to or answered.id in asked.concurrent_to
            if asked.type == "request" and answered.type in _HTTP and joined and uri == answered.target_uri and uri:
                found = posted(answer.offset, uri, asked.block(MAX_BODY + MAX_HEAD))
                if found is not None:
                    yield found


def _skimmed_line(file: str, record: Skimmed) -> str | None:
    """The line of a record as nearly all are, empty where it is not indexed; None where `_line` is to decide."""
    if _NOT_INDEXED.match(record.head) and b"\r\nContent-Type: application/warc-fields\r\n" in record.head:
        return ""
    fields = _FIELD.findall(record.head)
    values = {name.lower(): value for name, value in reversed(fields)}
    content_type = values.get(b"content-type", b"")
    kind, digest = values[b"warc-type"], values.get(b"warc-payload-digest")
    date, uri = _DATE.fullmatch(values.get(b"warc-date", b"")), values.get(b"warc-target-uri", b"")
    if kind in (b"resource", b"metadata") and content_type == _WARC_FIELDS:
        return ""
    if kind != b"response" or not digest or date is None or not _PLAIN_URI.fullmatch(uri) or b"\n " in record.head:
        return None
    head = _PLAIN_HEAD.match(record.start)
    media_type = _CONTENT_TYPE.search(record.start, 0, head.end()) if head is not None else None
    if head is None or (media_type is not None and not media_type[1].strip()):
        return None
    entry = {"url": uri.decode("ascii")}
    if media_type is not None:
        entry["mime"] = _MIME_END.split(media_type[1].decode("ascii"), maxsplit=1)[0]
    entry |= {
        "status": head[1].decode("ascii"),
        "digest": digest.decode("ascii"),
        "length": str(record.length),
        "offset": str(record.offset),
        "filename": file,
    }
    return f"{surt(entry['url'])} {b''.join(date.groups()).decode('ascii')} {json.dumps(entry)}"


def payload_digest(record: Record) -> str | None:
    """The text by which look-ups find the payload of a response or revisit: the record's own, or as an index has it."""
    head = _http_head(record)
    return _digest(record, head.size if head else 0)


def _line(record: Record) -> str | Fault:
    if record.type in ("resource", "metadata") and record.content_type == WARC_FIELDS:
        return ""
    uri, moment = record.target_uri, record.moment
    if uri is None or moment is None:
        what = "WARC-Target-URI is missing" if uri is None else f"WARC-Date is {record.date[:40]!r}"
        return Fault("bad-field", record.file, record.offset, what)
    if not record.length:
        return Fault("bad-field", record.file, record.offset, "shares its gzip member or frame, so it has no address")
    uri = uri.replace(" ", "%20")
    head = _http_head(record) if record.type in _HTTP and uri.startswith(("http:", "https:")) else None
    values = {
        "url": uri,
        "mime": _mime(record, head),
        "status": str(head.status) if head else None,
        "digest": _digest(record, head.size if head else 0),
        "length": str(record.length),
        "offset": str(record.offset),
        "filename": record.file,
    }
    entry = json.dumps({key: value for key, value in values.items() if value is not None})
    return f"{surt(uri)} {moment:%Y%m%d%H%M%S} {entry}"


def _http_head(record: Record) -> ResponseHead | None:
    parser = ResponseParser("GET")
    start = record.block(MAX_HEAD)
    for at in range(0, len(start), _HEAD_STEP):
        parser.feed(start[at : at + _HEAD_STEP])
        if parser.head:
            return parser.head
    parser.eof()
    return parser.head


def _mime(record: Record, head: ResponseHead | None) -> str | None:
    if record.type == "revisit":
        return "warc/revisit"
    if record.type != "response":
        value = record.content_type
    else:
        raw = header(head.headers, b"content-type") if head else None
        value = _text(raw) if raw is not None else None
    return _MIME_END.split(value, maxsplit=1)[0] if value else value


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _digest(record: Record, body_offset: int) -> str | None:
    written = record.fields.get("WARC-Payload-Digest")
    if written or record.type == "revisit":
        return written
    sha1 = hashlib.sha1(usedforsecurity=False)
    for piece in record.chunks():
        sha1.update(piece[body_offset:])
        body_offset = max(0, body_offset - len(piece))
    return "sha1:" + base64.b32encode(sha1.digest()).decode("ascii")
