"""One exchange as WARC records: request, response and metadata, and what came around the response. Pure.

The response block runs from the final status line to the message's last byte, exactly as received.
What came before it (1xx, blank lines) or after it stands verbatim in metadata records of its own.
Bytes in which no status line parses are a resource record of type application/octet-stream: a
response record would make every HTTP reader fail on it.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

from archive.digests import Digest
from archive.warc import NOT_MODIFIED, WARC_FIELDS, Block, RecordDraft, RecordType, RefersTo, Truncated, new_record_id
from archive.warcinfo import warc_fields
from crawler.claims import Claim
from crawler.wire.exchange import Exchange
from crawler.wire.spool import Spool
from profiles.links import Drop, Outlink
from profiles.outlinks import Pager

REQUEST = "application/http;msgtype=request"
RESPONSE = "application/http;msgtype=response"
OCTETS = "application/octet-stream"
#: The field that says what a metadata record of wire bytes was to the response: before, after or late; or what a
#: revisit leaves out besides the payload, framing or not-modified.
WIRE_PART = "Jiucang-Wire-Part"

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Reading:
    """What the spider made of an exchange; everything the frontier's rows can be made again from.

    `named`: frontier keys and roles of the articles that a list shows, or of the neighbours that an article names.
    """

    outcome: str
    reason: str | None = None
    kind: str | None = None
    profile: str | None = None
    note: str | None = None
    outlinks: tuple[str, ...] = ()
    drops: tuple[str, ...] = ()
    pager: Pager | None = None
    named: frozenset[tuple[bytes, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Revisit:
    """That an answer's payload is a committed capture's. `framing` is what a chunked body held besides it."""

    capture: int
    refers_to: RefersTo
    payload_length: int
    framing: bytes | None = None


def link_line(link: Outlink) -> str:
    """An outlink as the metadata record lists it, in Heritrix's order: URL, hop, context.

    >>> link_line(Outlink("http://a.example/b.htm", "L", "article"))
    'http://a.example/b.htm L article'
    """
    line = f"{link.url} {link.hop} {link.role}"
    return line if link.method == "GET" else f"{line} {link.method} {base64.b64encode(link.body).decode()}"


def drop_line(drop: Drop) -> str:
    """A link that was left out, as the metadata record lists it: with an address, as an outlink, and the reason."""
    return f"{link_line(drop.outlink) if drop.outlink is not None else drop.reference[:500]} {drop.reason}"


def exchange_records(
    exchange: Exchange, exchange_id: str, run: str, claim: Claim, reading: Reading, revisit: Revisit | None = None
) -> list[RecordDraft]:
    """The group that one commit appends: request and response (or revisit) where they exist, then metadata."""
    request_id, response_id, metadata_id = new_record_id(), new_record_id(), new_record_id()
    response = exchange.response if exchange.response is not None and exchange.response.length else None
    wire_ids = tuple(i for i, there in ((request_id, exchange.request), (response_id, response)) if there)
    fields = _metadata_fields(exchange, exchange_id, run, claim, reading)
    parts = [Part("metadata", WARC_FIELDS, warc_fields(fields), metadata_id, wire_ids)]
    if response is not None:
        others = tuple(i for i in wire_ids if i != response_id)
        parts.insert(0, _answer(exchange, response, response_id, others, revisit))
    if exchange.request:
        others = tuple(i for i in wire_ids if i != request_id)
        parts.insert(0, Part("request", REQUEST, exchange.request, request_id, others))
    around = [("before", exchange.before), ("after", exchange.after)]
    if revisit is not None and response is not None:
        unmodified = revisit.refers_to.profile == NOT_MODIFIED
        around.append(("not-modified", response.read()) if unmodified else ("framing", revisit.framing or b""))
    for name, data in around:
        if data:
            parts.append(Part("metadata", OCTETS, data, new_record_id(), wire_ids, wire_part=name))
    return [part.draft(exchange, claim.url, exchange_id) for part in parts]


def _answer(
    exchange: Exchange, response: Spool, record_id: str, others: tuple[str, ...], revisit: Revisit | None
) -> Part:
    if revisit is not None:
        if revisit.refers_to.profile == NOT_MODIFIED:
            # viewers would replay the 304 itself, which is an empty page: clause 6.7.3 lets the block be empty
            return Part("revisit", RESPONSE, b"", record_id, others, refers_to=revisit.refers_to)
        # WARC/1.1 clause 6.7.2: what is left out for its digest is a truncation for length
        head = response.read(0, exchange.body_offset)
        return Part("revisit", RESPONSE, head, record_id, others, "length", refers_to=revisit.refers_to)
    truncated: Truncated | None = exchange.truncated.value if exchange.truncated else None
    digests = (exchange.block_digest, exchange.payload_digest if exchange.parsed else None)
    kind: RecordType = "response" if exchange.parsed else "resource"
    return Part(kind, RESPONSE if exchange.parsed else OCTETS, response.block(), record_id, others, truncated, digests)


def wire_urn(exchange_id: str, part: str) -> str:
    """The Target-URI of bytes around a response: a name of their own, or viewers would replay them as the page.

    >>> wire_urn("0f3a", "before")
    'urn:jiucang:wire:0f3a:before'
    """
    return f"urn:jiucang:wire:{exchange_id}:{part}"


@dataclass(frozen=True, slots=True)
class Part:
    """What differs between the records of one exchange."""

    type: RecordType
    content_type: str
    block: Block
    record_id: str
    concurrent_to: tuple[str, ...]
    truncated: Truncated | None = None
    digests: tuple[Digest | None, Digest | None] = (None, None)
    wire_part: str | None = None
    refers_to: RefersTo | None = None

    def draft(self, exchange: Exchange, url: str, exchange_id: str) -> RecordDraft:
        return RecordDraft(
            type=self.type,
            date=exchange.started,
            block=self.block,
            content_type=self.content_type,
            target_uri=wire_urn(exchange_id, self.wire_part) if self.wire_part else url,
            record_id=self.record_id,
            concurrent_to=self.concurrent_to,
            ip_address=exchange.ip,
            truncated=self.truncated,
            block_digest=self.digests[0],
            payload_digest=self.digests[1],
            refers_to=self.refers_to,
            fields=((WIRE_PART, self.wire_part),) if self.wire_part else (),
        )


def _printable(text: str) -> str:
    """A page's or a certificate's own words as a field can hold them: what is no character there is escaped.

    >>> _printable("mail\\nto:旧")
    'mail\\\\x0ato:旧'
    """
    return _UNPRINTABLE.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def _metadata_fields(
    exchange: Exchange, exchange_id: str, run: str, claim: Claim, reading: Reading
) -> list[tuple[str, str]]:
    rows: list[tuple[str, str | None]] = [
        ("exchange", exchange_id),
        ("run", run),
        ("attempt", str(claim.tries + 1)),
        ("role", claim.role),
        ("via", claim.via),
        ("hopsFromSeed", claim.hops or None),
        ("fetchTimeMs", str(round(exchange.duration * 1000))),
        ("outcome", reading.outcome),
        ("reason", reading.reason),
        ("error", exchange.error),
        ("kind", reading.kind),
        ("profile", reading.profile),
        ("note", reading.note),
    ]
    if reading.pager is not None:
        counts = (reading.pager.items, reading.pager.pages, reading.pager.current)
        names = ("pagerItems", "pagerPages", "pagerPage")
        rows += [(name, str(count)) for name, count in zip(names, counts, strict=True) if count is not None]
    if exchange.tls is not None:
        tls = exchange.tls
        rows.append(("tls", f"{tls.version} {tls.cipher} {'verified' if tls.verified else 'not verified'}"))
        rows.append(("tlsWhy", _printable(tls.why) if tls.why else None))
        if not exchange.reused:
            rows += [("tlsCertificate", base64.b64encode(der).decode()) for der in tls.chain]
    rows += [("outlink", line) for line in reading.outlinks]
    rows += [("drop", _printable(line)) for line in reading.drops]
    return [(name, value) for name, value in rows if value]
