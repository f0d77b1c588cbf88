"""One attempt to fetch a URL: what was sent, what came back, how it ended. Every field is a fact of the wire.

Where an answer came, `response` holds it and `error` is None; where none came, `response` is None and `error`
says why. `truncated` says that the answer broke off, in the words of WARC-Truncated.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from archive.digests import Digest
from archive.http1 import Fault, Header, ResponseHead
from crawler.wire.spool import Spool


class ErrorCode(StrEnum):
    """Why no answer came. Closed: the run's log, the frontier and reports count by these."""

    BAD_URL = "bad_url"
    DNS = "dns"
    ADDRESS_FORBIDDEN = "address_forbidden"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    CONNECT_TIMEOUT = "connect_timeout"
    CONNECT_FAILED = "connect_failed"
    TLS = "tls"
    TLS_TIMEOUT = "tls_timeout"
    NO_REPLY = "no_reply"
    """The peer closed without a final answer."""
    RESET = "reset"
    READ_TIMEOUT = "read_timeout"
    INTERIM_FLOOD = "interim_flood"
    """1xx answers or blank lines without end, and no final answer."""
    SPOOL = "spool"
    """The disk did not take the answer."""


class Truncated(StrEnum):
    """Values of WARC-Truncated (WARC/1.1 clause 5.13)."""

    LENGTH = "length"
    TIME = "time"
    DISCONNECT = "disconnect"


@dataclass(frozen=True, slots=True)
class TlsFacts:
    """What a TLS handshake showed. Nothing is enforced: an archive keeps what a portal serves."""

    version: str
    """As OpenSSL names it: `TLSv1.2`."""
    cipher: str
    verified: bool
    """Whether the chain leads to a certificate authority of this system and names the host, now."""
    why: str | None
    """Why not, in OpenSSL's or service_identity's words; None where verified."""
    chain: tuple[bytes, ...]
    """Certificates as the server sent them, DER, its own first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One attempt. Whoever receives it calls `close` once its bytes are in the archive or not wanted."""

    url: str
    method: str
    started: datetime
    """UTC, microseconds: when the attempt began."""
    duration: float
    """Seconds from `started` to the end of the answer."""
    request: bytes = b""
    """The bytes sent; empty where no connection came about."""
    ip: str | None = None
    """The peer's address, checked before and after connecting."""
    port: int | None = None
    local: tuple[str, int] | None = None
    reused: bool = False
    """Whether the connection had carried an exchange before."""
    tls: TlsFacts | None = None
    response: Spool | None = None
    """From the final status line to the last byte of the message, as received."""
    before: bytes = b""
    """1xx answers and blank lines ahead of the response, as received."""
    after: bytes = b""
    """Bytes that arrived together with the response's end but do not belong to it, as received."""
    head: ResponseHead | None = None
    """None where no status line parses (or no response came)."""
    truncated: Truncated | None = None
    fault: Fault | None = None
    """What was irregular about the message, as far as that changes how it is read."""
    block_digest: Digest | None = None
    payload_digest: Digest | None = None
    """Of the transfer-decoded body; None where it is not whole or cannot be decoded."""
    payload_length: int | None = None
    """Bytes of the transfer-decoded body; None where the digest is."""
    error: ErrorCode | None = None
    detail: str | None = None
    """The operating system's or library's words on `error` or on what broke the answer off."""

    replaced: Exchange | None = None
    """What the same request came to on a kept connection, when that gave no answer and a fresh one was tried."""

    @property
    def parsed(self) -> bool:
        """Whether a final status line was read."""
        return self.head is not None

    @property
    def status(self) -> int | None:
        return None if self.head is None else self.head.status

    @property
    def headers(self) -> tuple[Header, ...]:
        return () if self.head is None else self.head.headers

    @property
    def body_offset(self) -> int:
        """Offset of the body in the response; 0 where no status line parses."""
        return 0 if self.head is None else self.head.size

    def close(self) -> None:
        """Frees the response's memory or file. May be called again."""
        if self.response is not None:
            self.response.close()
