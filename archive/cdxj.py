"""CDXJ: one line per capture, `surt timestamp {json}`, in byte order.

Lines are those of `cdxj-indexer --sort`, key for key, so that pywb and its kin take either index for the
other. That includes one peculiarity: a capture without WARC-Payload-Digest gets a SHA-1 of its body as it
stands in the record, because look-ups expect the key; it says nothing about the transfer-decoded payload.
Where cdxj-indexer takes a word for a status that is none (`200OK`, the second word of a page without any
head), ours is the code alone or no status: replay tools read it as a number.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from archive.files import OS_FILES
from archive.http1 import MAX_HEAD, ResponseHead, ResponseParser, header
from archive.reader import Fault, Record, read_records
from archive.surt import surt
from archive.warc import WARC_FIELDS

CAPTURES = frozenset({"response", "revisit", "resource", "metadata"})
"""Record types that are indexed; a metadata or resource record only when it is not a list of WARC fields."""

_HTTP = frozenset({"response", "revisit"})
_HEAD_STEP = 2048  # few heads are longer, and the body need not be parsed
_MIME_END = re.compile(r"[;\s]")


@dataclass(frozen=True, slots=True)
class Indexed:
    """What `write_index` did: lines in the file, and what stood in the way."""

    lines: int
    faults: tuple[Fault, ...]


def index_warc(path: Path) -> Iterator[str | Fault]:
    """Index lines (without line end) of one WARC file, in the file's order; faults where records cannot be indexed."""
    for record in read_records(path, types=CAPTURES):
        if isinstance(record, Fault):
            yield record
        elif not (record.type in ("resource", "metadata") and record.content_type == WARC_FIELDS):
            yield _line(record)


def write_index(warcs: Iterable[Path], out: Path) -> Indexed:
    """Writes the sorted index of `warcs` to `out`, which is replaced only by a whole new file. Raises OSError."""
    lines: set[bytes] = set()
    faults: list[Fault] = []
    for path in warcs:
        for found in index_warc(path):
            if isinstance(found, Fault):
                faults.append(found)
            else:
                lines.add(found.encode() + b"\n")
    temporary = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            file.writelines(sorted(lines))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(out)
    finally:
        temporary.unlink(missing_ok=True)
    OS_FILES.fsync_folder(out.parent)
    return Indexed(len(lines), tuple(faults))


def _line(record: Record) -> str | Fault:
    uri, moment = record.target_uri, record.moment
    if uri is None or moment is None:
        what = "WARC-Target-URI is missing" if uri is None else f"WARC-Date is {record.date[:40]!r}"
        return Fault("bad-field", record.file, record.offset, what)
    if not record.length:
        return Fault("bad-field", record.file, record.offset, "shares its gzip member, so it has no address")
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
