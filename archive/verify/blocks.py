"""A block's digests, taken while it passes by (WARC/1.1 clauses 5.8, 5.9 and 6.3.2). Pure.

The payload of an HTTP message is its body without transfer coding. Tools that hash the body with its chunk framing
are common; a digest of that reading is told from a wrong one. Content codings are never undone: no payload needs it.
"""

from __future__ import annotations

import hashlib
import re
from functools import cached_property
from typing import Protocol

from archive.digests import Digest
from archive.http1 import Framing, ResponseParser
from archive.verify.findings import Problem
from archive.verify.heads import Head
from archive.verify.rules import read_digest

_HASHES = {
    "md5": hashlib.md5,
    "sha1": hashlib.sha1,
    "sha224": hashlib.sha224,
    "sha256": hashlib.sha256,
    "sha384": hashlib.sha384,
    "sha512": hashlib.sha512,
}
#: Types whose block holds their payload; a revisit's stands elsewhere.
_PAYLOADS = ("response", "request", "resource", "conversion")
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_EXCHANGE = re.compile(rb"exchange: (\S{1,200})\r?\n")
_PLAIN = re.compile(rb"HTTP/1\.[01] (?![23]04)[2-5]\d\d(?: [^\r\n]*)?\r\n")
_LENGTH = re.compile(rb"\ncontent-length[ \t]*:[ \t]*(\d{1,18})[ \t]*\r\n")
_START = 256
_MAX_HEAD = 256 * 1024


class _Hash(Protocol):
    def update(self, data: bytes | memoryview, /) -> None: ...
    def hexdigest(self) -> str: ...
    def copy(self) -> _Hash: ...


class _Body(Protocol):
    """What a payload is made of; `readings` are the digests it may have, the right one first."""

    def feed(self, piece: bytes) -> None: ...
    def readings(self) -> tuple[str, ...]: ...


class BlockCheck:
    """Takes a record's block in pieces; `problems` says afterwards which digests do not hold."""

    def __init__(self, head: Head, length: int) -> None:
        """*length* is that of the block, in bytes."""
        self._type = head.get("warc-type") or ""
        self._length = length
        self._http = (head.get("content-type") or "").lower().startswith("application/http")
        self._block, self._hash = self._stated(head, "warc-block-digest")
        self._payload, payload_hash = self._stated(head, "warc-payload-digest")
        segmented = "warc-segment-number" in head.fields
        self._body: _Body | None = None
        self._unchecked = segmented and self._payload is not None
        if payload_hash is not None and not segmented and self._type in _PAYLOADS:
            self._body = self._make_body(payload_hash)
        self._response = _ResponseBody(None, length) if self._wants_response() else None
        self._start = b""

    @property
    def exchange(self) -> str:
        """What a metadata record of our own says of itself: the exchange it belongs to. Empty for any other."""
        found = _EXCHANGE.match(self._start) if self._start else None
        return found[1].decode("utf-8", "replace") if found else ""

    @staticmethod
    def _stated(head: Head, name: str) -> tuple[Digest | None, _Hash | None]:
        value = head.get(name)
        digest = read_digest(value) if value else None
        if digest is None or digest.algorithm not in _HASHES:
            return digest, None
        return digest, _HASHES[digest.algorithm](usedforsecurity=False)

    def _make_body(self, hash_: _Hash) -> _Body:
        if self._http and self._type == "response":
            return _ResponseBody(hash_, self._length)
        return _RequestBody(hash_) if self._http and self._type == "request" else _WholeBody(hash_)

    def _wants_response(self) -> bool:
        return self._http and self._type == "response" and not isinstance(self._body, _ResponseBody)

    def feed(self, piece: bytes) -> None:
        if self._hash is not None:
            self._hash.update(piece)
        if self._body is not None:
            self._body.feed(piece)
        elif self._response is not None:
            self._response.feed(piece)
        if self._type == "metadata" and len(self._start) < _START:
            self._start += piece[:_START]

    def problems(self) -> list[Problem]:
        """To be asked once, after the whole block was fed."""
        problems: list[Problem] = []
        if self._hash is not None and self._block is not None:
            found = self._hash.hexdigest()
            if found != self._block.value:
                problems.append(Problem("digest.block", f"found {self._block.algorithm}:{found}, stated {self._block}"))
        problems += self._payload_problems()
        for digest in (self._block, self._payload):
            if digest is not None and digest.algorithm not in _HASHES:
                problems.append(Problem("digest.unchecked", f"algorithm {digest.algorithm}"))
        if self._unchecked:
            problems.append(Problem("digest.unchecked", "payload of a record in segments"))
        response = self._body if isinstance(self._body, _ResponseBody) else self._response
        if response is not None and not response.parsed:
            problems.append(Problem("http.response", "no status line"))
        return problems

    def _payload_problems(self) -> list[Problem]:
        if self._body is None or self._payload is None:
            return []
        readings = self._body.readings()
        if self._payload.value == readings[0]:
            return []
        if self._payload.value in readings[1:]:
            return [Problem("digest.payload-framed", f"without the chunks: {self._payload.algorithm}:{readings[0]}")]
        return [Problem("digest.payload", f"found {self._payload.algorithm}:{readings[0]}, stated {self._payload}")]


class _WholeBody:
    """The payload is the block: resource, conversion (6.4, 6.8), and what is not HTTP."""

    def __init__(self, hash_: _Hash) -> None:
        self._hash = hash_

    def feed(self, piece: bytes) -> None:
        self._hash.update(piece)

    def readings(self) -> tuple[str, ...]:
        return (self._hash.hexdigest(),)


class _RequestBody:
    """The payload is what follows the head's empty line."""

    def __init__(self, hash_: _Hash) -> None:
        self._hash = hash_
        self._head: bytes | None = b""

    def feed(self, piece: bytes) -> None:
        if self._head is None:
            self._hash.update(piece)
            return
        self._head += piece
        if found := _BLANK_LINE.search(self._head):
            self._hash.update(self._head[found.end() :])
            self._head = None
        elif len(self._head) > _MAX_HEAD:
            self._head = None

    def readings(self) -> tuple[str, ...]:
        return (self._hash.hexdigest(),)


class _ResponseBody:
    """The body of an HTTP response: without its framing, and as it stands after the head.

    What stands behind a body that is longer than declared counts in the second reading only. Where the head
    says chunked but the body holds no chunk, a tool has taken the framing off, and both readings are one.
    """

    def __init__(self, hash_: _Hash | None, length: int) -> None:
        self._length = length
        self._standing = hash_
        self._decoded: _Hash | None = None
        self._done = False
        self._in_body = self._begun = self._plain = False

    @cached_property
    def _parser(self) -> ResponseParser:
        """Few answers need it."""
        return ResponseParser("GET")

    @property
    def parsed(self) -> bool:
        if self._plain:
            return True
        if self._parser.parsed is None:
            self._parser.eof()
        return bool(self._parser.parsed)

    def feed(self, piece: bytes) -> None:
        if self._in_body and (self._done or self._standing is None):
            if self._standing is not None:
                self._standing.update(piece)
            return
        if not self._begun:
            self._begun = True
            offset = _plain_body(piece, self._length)
            if offset is not None:
                self._plain = self._done = self._in_body = True
                if self._standing is not None:
                    self._standing.update(memoryview(piece)[offset:])
                return
        raw, payload = self._parser.feed(piece)
        if self._in_body:
            self._take(piece, payload)
        elif self._parser.parsed is not None or self._parser.done:
            self._in_body = True
            head = self._parser.head
            raw += self._parser.after
            self._take(raw[head.size :] if head is not None else raw, payload)

    def _take(self, body: bytes, payload: bytes) -> None:
        """*body* is what stands in the block, *payload* what the framing makes of it."""
        if self._standing is None:
            return
        if self._parser.framing is Framing.CHUNKED:
            if self._decoded is None:
                self._decoded = self._standing.copy()
            self._decoded.update(payload)
            self._standing.update(body)
        elif len(payload) == len(body):
            self._standing.update(body)
        else:
            self._standing.update(payload)
            self._decoded = self._standing.copy()
            self._standing.update(body[len(payload) :])
        self._done = self._parser.done

    def readings(self) -> tuple[str, ...]:
        if self._standing is None:
            return ()
        if self._plain:
            return (self._standing.hexdigest(),)
        if self._parser.parsed is None:
            # a head that never ended has no body; what is no head at all is all payload
            self._standing.update(self._parser.eof().payload)
        standing = self._standing.hexdigest()
        unframed = self._parser.framing is Framing.CHUNKED and not self._parser.chunks_read
        return (standing,) if self._decoded is None or unframed else (self._decoded.hexdigest(), standing)


def _plain_body(piece: bytes, length: int) -> int | None:
    """Where the body begins if that can be seen at a glance: a regular head, no transfer coding, and a body that ends
    with the block. None leaves the matter to the parser. *piece* is the block's first, *length* the whole block's.
    """
    end = piece.find(b"\r\n\r\n")
    if end < 0 or not _PLAIN.match(piece):
        return None
    head = piece[: end + 4].lower()
    if head.count(b"\n") != head.count(b"\r\n") or b"transfer-encoding" in head:
        return None
    lengths = head.count(b"content-length")
    if lengths:
        stated = _LENGTH.search(head)
        if lengths > 1 or not stated or int(stated[1]) != length - end - 4:
            return None
    return end + 4
