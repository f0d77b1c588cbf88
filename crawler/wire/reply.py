"""Everything that arrives in answer to one request: kept first, then understood. No I/O but the spool's."""

from __future__ import annotations

from enum import Enum

from archive.digests import Digest, Digester
from archive.http1 import Fault, Fed, ResponseParser
from crawler.wire.exchange import ErrorCode, Truncated
from crawler.wire.spool import Spool


class Ending(Enum):
    """How reading an answer ended."""

    DONE = "the message ended, or the limit was reached"
    EOF = "the peer closed in order"
    RESET = "the connection broke"
    TIME = "a time limit passed"
    SPOOL = "the disk did not take the bytes"


_ERRORS = {
    Ending.DONE: ErrorCode.INTERIM_FLOOD,
    Ending.EOF: ErrorCode.NO_REPLY,
    Ending.RESET: ErrorCode.RESET,
    Ending.TIME: ErrorCode.READ_TIMEOUT,
    Ending.SPOOL: ErrorCode.SPOOL,
}


class Reply:
    """Feeds parser, spool and digests with the same bytes, and stops at the body limit."""

    def __init__(self, method: str, spool: Spool, body_limit: int) -> None:
        self.parser = ResponseParser(method)
        self.spool = spool
        self.heard = False
        """Whether any byte arrived."""
        self.truncated: Truncated | None = None
        self.error: ErrorCode | None = None
        """Set by `end` where no answer came."""
        self.payload_length = 0
        self._body_limit = body_limit
        self._block = Digester()
        self._payload = Digester()

    def feed(self, data: bytes) -> bool:
        """Takes what arrived; whether no more is wanted."""
        self.heard = True
        fed = self.parser.feed(data)
        if fed.raw:
            self._keep(fed)
        return self.truncated is not None or self.parser.done

    def end(self, ending: Ending) -> None:
        """Settles what the answer is, once. Call it before reading any of the results below."""
        parser = self.parser
        held = parser.eof() if ending is Ending.EOF else parser.cut()
        if held.raw:
            self._keep(held)
        if self.spool.length == 0 or ending is Ending.SPOOL:
            self.error = _ERRORS[ending]
        elif self.truncated is None and not parser.complete:
            if parser.fault is Fault.HEAD_TOO_LARGE:
                self.truncated = Truncated.LENGTH
            elif ending is Ending.TIME:
                self.truncated = Truncated.TIME
            elif ending is Ending.RESET or parser.fault is not Fault.BAD_CHUNK:
                # after broken chunk framing nothing but the close says where the message ends
                self.truncated = Truncated.DISCONNECT

    @property
    def after(self) -> bytes:
        """Leftover bytes; none where reading stopped inside the message."""
        return b"" if self.truncated or self.error else self.parser.after

    def block_digest(self) -> Digest:
        return self._block.digest()

    def payload_digest(self) -> Digest | None:
        """None where the body was cut or its framing cannot be undone."""
        return self._payload.digest() if self.parser.payload_known and not self.truncated else None

    def _keep(self, fed: Fed) -> None:
        raw, payload = fed
        head = self.parser.head
        room = self._body_limit + (head.size if head else 0) - self.spool.length
        if len(raw) > room:
            raw = raw[:room]
            self.truncated = Truncated.LENGTH
            self.parser.cut()
        self.spool.write(raw)
        self._block.update(raw)
        if payload:
            self._payload.update(payload)
            self.payload_length += len(payload)
