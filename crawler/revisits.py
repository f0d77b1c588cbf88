"""What the collection holds already: payloads by digest, and what a 304 stands for.

A revisit refers to a committed record that holds the payload itself, never to another revisit. All of
this reads and writes state.db, on the writer's thread.
"""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass, replace
from pathlib import Path

from archive.digests import Digest
from archive.framing import framing_of
from archive.http1 import (
    BadContent,
    Framing,
    ResponseHead,
    ResponseParser,
    content_type,
    decode_content,
    header,
    header_values,
)
from archive.http1_head import read_framing
from archive.reader import Record, read_record_at
from archive.warc import IDENTICAL_PAYLOAD, NOT_MODIFIED, FileBlock, RefersTo
from archive.writer import OPEN_SUFFIX
from crawler.claims import Claim, Known
from crawler.records import Revisit
from crawler.wire.exchange import Exchange
from crawler.wire.text import TEXT_LIMIT, is_text_type

#: A shorter payload is not looked for under other addresses: a revisit of it would be no shorter.
MIN_SHARED = 1024
#: Kinds of page whose payload nothing may refer to.
NO_ORIGINALS = frozenset({"challenge", "captcha"})

_MAX_VALIDATOR = 1024
_VALIDATOR = re.compile(rb"[\t !-~\x80-\xff]+")
_COLUMNS = (
    "SELECT o.id, o.record, u.url, o.date, o.payload_digest, o.payload_length, o.url_id"
    " FROM captures o JOIN urls u ON u.id = o.url_id"
)


@dataclass(frozen=True, slots=True)
class Original:
    """A committed capture that holds its payload. `payload_digest` is the text of its record's field."""

    capture: int
    record_id: str
    url: str
    date: str
    payload_digest: str
    payload_length: int
    url_id: int

    def revisited(self, profile: str, framing: bytes | None = None) -> Revisit:
        reference = RefersTo(profile, self.record_id, self.url, self.date, self.payload_digest)
        return Revisit(self.capture, reference, self.payload_length, framing)


class Originals:
    """The payloads of the collection, through one connection to state.db."""

    def __init__(self, db: sqlite3.Connection, archive: Path, run: int, *, dedup: bool) -> None:
        """*archive* is the folder of the WARC files; without *dedup* every payload that is sent is stored.

        What *run* itself stored is no original yet: each run's first sight of a payload stands whole in it.
        """
        self._db, self._archive, self._run, self._dedup = db, archive, run, dedup

    def revisit(self, claim: Claim, exchange: Exchange, kind: str | None) -> Revisit | None:
        """What the exchange can be recorded as a revisit of; None where it is to be stored whole."""
        if exchange.status == 304 and claim.known is not None:
            original = self._of(claim.known.capture)
            return original.revisited(NOT_MODIFIED) if original else None
        if not self._dedup or not holds_payload(exchange, kind):
            return None
        original = self._same(claim, exchange)
        return _identical(original, exchange) if original is not None else None

    def _holder(self, capture: int) -> int | None:
        """The capture that holds the payload of *capture*: itself, or what it refers to."""
        row = self._db.execute("SELECT coalesce(original, id) FROM captures WHERE id = ?", (capture,)).fetchone()
        return row[0] if row else None

    def _of(self, capture: int) -> Original | None:
        row = self._db.execute(_COLUMNS + " WHERE o.id = ?", (self._holder(capture),)).fetchone()
        return Original(*row) if row else None

    def _same(self, claim: Claim, exchange: Exchange) -> Original | None:
        """The address's own last payload if it is the same, else that of whatever address had it first."""
        assert exchange.payload_digest is not None
        digest, length = str(exchange.payload_digest), exchange.payload_length or 0
        row = self._db.execute("SELECT last FROM urls WHERE id = ?", (claim.id,)).fetchone()
        own = self._of(row[0]) if row is not None and row[0] is not None else None
        if own is not None and (own.payload_digest, own.payload_length) == (digest, length):
            return own
        found = self.find(exchange.payload_digest, length)
        return found if found is not None and (length >= MIN_SHARED or found.url_id == claim.id) else None

    def find(self, digest: Digest, length: int) -> Original | None:
        """The capture of an earlier run that holds a payload (sha256, bytes), whatever its address."""
        row = self._db.execute(
            "SELECT p.capture FROM payloads p JOIN captures c ON c.id = p.capture"
            " WHERE p.digest = ? AND p.length = ? AND c.run < ?",
            (_raw(digest), length, self._run),
        ).fetchone()
        return self._of(row[0]) if row else None

    def add(self, capture: int, exchange: Exchange, kind: str | None) -> None:
        """Makes a capture that was stored whole an original, unless its payload has one."""
        if holds_payload(exchange, kind) and exchange.payload_digest is not None:
            self._db.execute(
                "INSERT OR IGNORE INTO payloads VALUES(?, ?, ?)",
                (_raw(exchange.payload_digest), exchange.payload_length, capture),
            )

    def forget(self, capture: int) -> None:
        """The payload that a capture shows cannot be read: when it is sent again, it is stored again."""
        self._db.execute("DELETE FROM payloads WHERE capture = ?", (self._holder(capture),))

    def recall(self, known: Known, exchange: Exchange) -> tuple[Exchange, bytes | None] | None:
        """A 304 as if the page had been sent: the exchange with the earlier head, and the decoded text.

        None where the archive cannot give the earlier capture. Raises sqlite3.Error, OSError.
        """
        block = self.block(known.capture)
        if block is None:
            return None
        parser = ResponseParser(exchange.method)
        payload = parser.feed(block).payload
        if parser.head is None:
            return None
        return replace(exchange, head=parser.head), _text(parser.head, payload)

    def block(self, capture: int) -> bytes | None:
        """The response that holds the payload of a capture, up to the length of a text; None where it is not there.

        Raises sqlite3.Error, OSError.
        """
        row = self._db.execute(
            "SELECT f.name, o.offset, o.length, o.record FROM captures o JOIN files f ON f.id = o.file WHERE o.id = ?",
            (self._holder(capture),),
        ).fetchone()
        return self._block(*row) if row else None

    def _block(self, name: str, offset: int, length: int, record_id: str) -> bytes | None:
        """The block of the response among the records of a group; None where it is not there."""
        path = self._archive / name
        path = path if path.exists() else self._archive / (name + OPEN_SUFFIX)
        end = offset + length
        while offset < end:
            record = read_record_at(path, offset)
            if not isinstance(record, Record) or not record.length:
                return None
            if record.id == record_id:
                return record.block(TEXT_LIMIT)
            offset += record.length
        return None


def holds_payload(exchange: Exchange, kind: str | None) -> bool:
    """Whether a revisit may refer to this answer: whole, status 200, of a page that is what it says."""
    return (
        exchange.status == 200
        and exchange.payload_digest is not None
        and bool(exchange.payload_length)
        and exchange.truncated is None
        and kind not in NO_ORIGINALS
    )


def validator(exchange: Exchange, name: bytes) -> bytes | None:
    """A header's value as it can be sent back in a conditional request; None where it is missing or odd."""
    value = header(exchange.headers, name)
    return value if value and len(value) <= _MAX_VALIDATOR and _VALIDATOR.fullmatch(value) else None


def _identical(original: Original, exchange: Exchange) -> Revisit | None:
    """None where the wire could not be made again from the original's payload."""
    assert exchange.head is not None
    assert exchange.response is not None
    if read_framing(exchange.head, exchange.method)[0] is not Framing.CHUNKED:
        return original.revisited(IDENTICAL_PAYLOAD)
    block = exchange.response.block()
    if isinstance(block, bytes):
        framing = framing_of([block[exchange.body_offset :]])
    else:
        body = FileBlock(block.file, block.length - exchange.body_offset, exchange.body_offset)
        framing = framing_of(body.chunks())
    return original.revisited(IDENTICAL_PAYLOAD, framing) if framing is not None else None


def _text(head: ResponseHead, payload: bytes) -> bytes | None:
    """The payload's text with its codings undone; None where it is none."""
    media = content_type(head.headers).media_type
    if media is not None and not is_text_type(media):
        return None
    try:
        return decode_content(payload, header_values(head.headers, b"content-encoding"), TEXT_LIMIT)
    except BadContent:
        return None


def _raw(digest: Digest) -> bytes:
    return bytes.fromhex(digest.value)
