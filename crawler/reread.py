"""Records of a WARC file as the exchange they were made from, as far as state.db asks for it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from archive.digests import Digest, Digester, digest_of
from archive.http1 import MAX_HEAD, Fault, Framing, ResponseHead, ResponseParser, parse_response
from archive.reader import Record
from crawler.units import Group
from crawler.wire.exchange import Exchange, Truncated
from crawler.wire.spool import MEMORY_LIMIT, Spool
from crawler.wire.text import TEXT_LIMIT

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_REQUEST_LINE = re.compile(rb"\s*([A-Za-z]{1,20}) ")
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
#: Bytes of a request that are read: those of the forms and questions that a crawl sends are short.
MAX_REQUEST = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Asked:
    """How a request asked: its method in capitals, and its body."""

    method: str = "GET"
    body: bytes = b""


def read_request(record: Record) -> Asked:
    """Raises OSError."""
    block = record.block(MAX_REQUEST)
    found = _REQUEST_LINE.match(block)
    method = found[1].decode("ascii").upper() if found is not None else "GET"
    if method == "GET":
        return Asked()
    blank = _BLANK_LINE.search(block)
    return Asked(method, block[blank.end() :] if blank is not None else b"")


def read_exchange(url: str, asked: Asked, group: Group, *, with_body: bool) -> Exchange:
    """An attempt recorded by us. The response's bytes are read *with_body*, up to a mebibyte. Raises OSError."""
    started, answer = group.request.moment or _EPOCH, group.answer
    if answer is None or group.head is None:
        return Exchange(url=url, method=asked.method, started=started, duration=0.0)
    response = None
    if with_body:
        response = Spool(Path(), MEMORY_LIMIT)
        response.write(answer.block(MEMORY_LIMIT))
    if answer.type == "resource":
        return Exchange(
            url=url,
            method=asked.method,
            started=started,
            duration=0.0,
            response=response,
            truncated=truncation(answer.truncated),
        )
    head, framing = _read_head(group.head, asked.method)
    digest = answer.payload_digest
    revisit = answer.type == "revisit"
    length = None if digest is None or head is None or revisit else _payload_length(answer, asked.method, head, framing)
    return Exchange(
        url=url,
        method=asked.method,
        started=started,
        duration=0.0,
        response=response,
        head=head,
        # what a revisit leaves out is no truncation of the answer
        truncated=None if revisit else truncation(answer.truncated),
        payload_digest=digest,
        payload_length=length,
    )


def truncation(text: str | None) -> Truncated | None:
    """A value of WARC-Truncated; what is not one of ours still says that something is missing."""
    if text is None:
        return None
    return Truncated(text) if text in Truncated.__members__.values() else Truncated.LENGTH


def _read_head(record: Record, method: str) -> tuple[ResponseHead | None, Framing | None]:
    parser = ResponseParser(method)
    for piece in record.chunks(MAX_HEAD):
        parser.feed(piece)
        if parser.head is not None:
            return parser.head, parser.framing
    parser.cut()
    return parser.head, parser.framing


def _payload_length(record: Record, method: str, head: ResponseHead, framing: Framing | None) -> int:
    if framing is not Framing.CHUNKED:
        return record.block_length - head.size
    parser = ResponseParser(method)
    return sum(len(parser.feed(piece).payload) for piece in record.chunks())


@dataclass(frozen=True, slots=True)
class Payload:
    """The body of an answer that other software recorded, transfer coding undone as far as it is there.

    `digest` is sha256, None where the body is not whole; `content` is the body itself, None where it is long.
    """

    head: ResponseHead | None
    length: int
    digest: Digest | None
    content: bytes | None


def read_payload(record: Record, method: str) -> Payload:
    """As `archive.http1.parse_response` reads a block, of any length. Raises OSError."""
    head = _read_head(record, method)[0]
    if record.block_length <= TEXT_LIMIT:
        response = parse_response(record.block(TEXT_LIMIT), method)
        payload = response.payload
        return Payload(head, len(payload), digest_of(payload) if response.complete else None, payload)
    if head is None:
        return Payload(None, 0, None, None)
    length, digest = _long_payload(record, method)
    return Payload(head, length, digest, None)


def _long_payload(record: Record, method: str) -> tuple[int, Digest | None]:
    parser = ResponseParser(method)
    undone, as_it_stands = _Counted(), _Counted()
    held, beyond = b"", False
    for piece in record.chunks():
        if parser.done:
            # more than was declared; the parser would keep it
            beyond = True
            as_it_stands.update(piece)
            continue
        waiting = parser.head is None
        undone.update(parser.feed(piece).payload)
        held = held + piece if waiting else b""
        if parser.head is not None:
            as_it_stands.update(held[len(parser.before) + parser.head.size :] if waiting else piece)
    parser.eof()
    not_chunked = parser.fault is Fault.BAD_CHUNK and not parser.chunks_read
    if not_chunked or ((beyond or parser.after) and parser.framing is not Framing.CHUNKED):
        return as_it_stands.length, as_it_stands.digester.digest()
    return undone.length, undone.digester.digest() if parser.complete else None


@dataclass(slots=True)
class _Counted:
    digester: Digester = field(default_factory=Digester)
    length: int = 0

    def update(self, data: bytes) -> None:
        self.digester.update(data)
        self.length += len(data)
