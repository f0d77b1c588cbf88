"""HTTP/1.1 responses read from bytes: leniently, incrementally, without any I/O.

Every byte fed is given back as exactly one of: `before` (1xx answers and blank lines ahead of the final status
line), the message itself (from the final status line to its last byte) or `after`. The grammar is RFC 9112's,
widened by what old servers send: lines that end in LF alone, folded and nameless fields, NULs, no reason phrase,
`200OK`, `ICY 200`. Where no status line can be read, all bytes up to the close are the message.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from archive.http1_body import BadContent, ChunkDecoder, Fault, decode_content
from archive.http1_head import (
    ContentType,
    Framing,
    Header,
    ResponseHead,
    StatusLine,
    content_type,
    fields,
    header,
    header_values,
    is_interim,
    read_framing,
    read_status_line,
)

__all__ = [
    "MAX_HEAD",
    "MAX_STATUS_LINE",
    "BadContent",
    "ContentType",
    "Fault",
    "Fed",
    "Framing",
    "Header",
    "ParsedResponse",
    "ResponseHead",
    "ResponseParser",
    "content_type",
    "decode_content",
    "header",
    "header_values",
    "parse_response",
]

MAX_HEAD = 262_144
"""Bytes from the first one to the end of the final head, interim answers included."""

MAX_STATUS_LINE = 65_536


class Fed(NamedTuple):
    """What one `feed` gave: bytes of the message as received, and those of its body with transfer codings undone."""

    raw: bytes
    payload: bytes


@dataclass(frozen=True, slots=True)
class ParsedResponse:
    """A stored response block, read. `status` is None and all of the block is payload where no status line parses."""

    status: int | None
    reason: bytes
    headers: tuple[Header, ...]
    body_offset: int
    payload: bytes
    """The body with transfer codings undone and content codings kept."""
    complete: bool
    fault: Fault | None


class _State(Enum):
    HEAD = 0
    BODY = 1
    DONE = 2


_NOTHING = Fed(b"", b"")


class ResponseParser:
    r"""Finds the parts of one response to a request of `method` in bytes that arrive in pieces.

    Feed every piece, then call `eof()` when the peer closed in order, or `cut()` when reading ended otherwise
    (reset, timeout, limit). How the pieces are cut does not change the result.

    >>> parser = ResponseParser("GET")
    >>> parser.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi").payload
    b'hi'
    >>> parser.done, parser.complete, parser.head.status, parser.head.size
    (True, True, 200, 38)
    """

    def __init__(self, method: str) -> None:
        self.before = b""
        """1xx answers and blank lines ahead of the final status line, verbatim; known once the message begins."""
        self.after = b""
        """Bytes that were fed after the message's end, verbatim."""
        self.head: ResponseHead | None = None
        self.parsed: bool | None = None
        """Whether a final status line was read; None until that is known."""
        self.framing: Framing | None = None
        self.fault: Fault | None = None
        self.complete = False
        """Whether the whole message arrived, as far as its framing can say. Meaningful once `done`."""
        self._method = method.upper()
        self._state = _State.HEAD
        self._buffer = b""
        self._origin = 0
        self._line_start = 0
        self._scan = 0
        self._start: StatusLine | None = None
        self._lines: list[bytes] = []
        self._chunks: ChunkDecoder | None = None
        self._declared: tuple[int, ...] = ()
        self._left = 0
        self._received = 0

    @property
    def done(self) -> bool:
        """Whether the message has ended: further bytes go to `after`."""
        return self._state is _State.DONE

    @property
    def payload_known(self) -> bool:
        """Whether the payload given out is the whole transfer-decoded body of the message."""
        undecodable = (Fault.BAD_CHUNK, Fault.UNKNOWN_TRANSFER_CODING)
        return self.complete and bool(self.parsed) and self.fault not in undecodable

    @property
    def chunks_read(self) -> int:
        """Chunk-size lines read, 0 where the body is not chunked or its first line was no chunk size."""
        return self._chunks.chunks if self._chunks is not None else 0

    @property
    def reusable(self) -> bool:
        """Whether another request may follow on the connection (RFC 9112 §9.3), as far as this response says."""
        head = self.head
        if head is None or not self.complete or self.fault or self.after or self.framing is Framing.CLOSE:
            return False
        if head.status == 101 or (self._chunks and header(head.headers, b"content-length") is not None):
            return False
        options = b",".join(header_values(head.headers, b"connection")).lower()
        return head.version.upper() == b"HTTP/1.1" and b"close" not in options

    def feed(self, data: bytes) -> Fed:
        """The message's bytes in `data`, and the payload in them. Bytes of a head are given out when it is whole."""
        if self._state is _State.BODY:
            return self._feed_body(data)
        if self._state is _State.HEAD:
            return self._feed_head(data)
        self.after += data
        return _NOTHING

    def eof(self) -> Fed:
        """The peer closed in order: what was held back, if anything. Ends a body that has no other end."""
        if self._state is _State.BODY and (self.framing is Framing.CLOSE or self.fault is Fault.BAD_CHUNK):
            self._state = _State.DONE
            self.complete = self.framing is Framing.CLOSE
            return _NOTHING
        held = self.cut()
        if self.fault is Fault.NO_STATUS_LINE:
            self.complete = True
        return held

    def cut(self) -> Fed:
        """Reading ended before the message did: what was held back, if anything."""
        if self._state is _State.HEAD:
            return self._end_in_head(Fault.HEAD_CUT)
        if self._state is _State.BODY:
            self._state = _State.DONE
            if self._chunks is not None:
                self.complete = self._chunks.data_done and not self._chunks.in_trailer
            else:
                self.complete = self.framing is Framing.LENGTH and self._received in self._declared
            if not self.complete and self.fault is None:
                self.fault = Fault.BODY_CUT
        return _NOTHING

    def _feed_head(self, data: bytes) -> Fed:
        self._buffer = buffer = self._buffer + data if self._buffer else data
        while (newline := buffer.find(b"\n", self._scan)) >= 0 and newline < MAX_HEAD:
            line = buffer[self._line_start : newline].rstrip(b"\r")
            self._line_start = self._scan = newline + 1
            if self._start is None:
                if not line.strip(b" \t\r"):
                    self._origin = self._line_start
                elif not self._read_status_line(line):
                    return self._unparsed()
            elif line:
                self._lines.append(line)
            elif is_interim(self._start[1]):
                self._origin, self._start = self._line_start, None
                self._lines.clear()
            else:
                return self._open_message()
        self._scan = len(buffer)
        if self._start is None and len(buffer) - self._origin > MAX_STATUS_LINE < MAX_HEAD - self._origin:
            return self._unparsed()
        return self._end_in_head(Fault.HEAD_TOO_LARGE) if len(buffer) > MAX_HEAD else _NOTHING

    def _begin_message(self) -> bytes:
        """What is buffered from the final status line on; the rest stood before it."""
        buffer, self._buffer = self._buffer, b""
        self.before = buffer[: self._origin]
        return buffer[self._origin :] if self._origin else buffer

    def _read_status_line(self, line: bytes) -> bool:
        self._start = read_status_line(line) if len(line) <= MAX_STATUS_LINE else None
        return self._start is not None

    def _unparsed(self) -> Fed:
        self.parsed = False
        self.framing = Framing.CLOSE
        self.fault = Fault.NO_STATUS_LINE
        self._state = _State.BODY
        raw = self._begin_message()
        return Fed(raw, raw)

    def _end_in_head(self, fault: Fault) -> Fed:
        line = self._buffer[self._line_start : MAX_HEAD].rstrip(b"\r")
        self._buffer, self.after = self._buffer[:MAX_HEAD], self._buffer[MAX_HEAD:]
        self._state = _State.DONE
        self.fault = fault
        status_line_cut = self._start is None
        if status_line_cut and line.strip(b" \t\r") and not self._read_status_line(line):
            self.parsed = False
            self.framing = Framing.CLOSE
            self.fault = Fault.NO_STATUS_LINE if fault is Fault.HEAD_CUT else fault
            held = self._begin_message()
            return Fed(held, held)
        if self._start is None or is_interim(self._start[1]):
            self.before = self._buffer
            return _NOTHING
        held = self._begin_message()
        if line and not status_line_cut:
            self._lines.append(line)
        self.parsed = True
        self.head = ResponseHead(*self._start, headers=fields(self._lines), size=len(held))
        return Fed(held, b"")

    def _open_message(self) -> Fed:
        assert self._start is not None
        size = self._line_start - self._origin
        buffer = self._begin_message()
        head = ResponseHead(*self._start, headers=fields(self._lines), size=size)
        self.head, self.parsed, self._state = head, True, _State.BODY
        self.framing, self.fault, self._declared = read_framing(head, self._method)
        if self.framing is Framing.CHUNKED:
            self._chunks = ChunkDecoder()
        self._left = max(self._declared, default=0)
        if self.framing is Framing.NONE or (self.framing is Framing.LENGTH and not self._left):
            self._end()
        if len(buffer) == size:
            return Fed(buffer, b"")
        body = buffer[size:]
        raw, payload = self.feed(body)
        return Fed(buffer if len(raw) == len(body) else buffer[: size + len(raw)], payload)

    def _feed_body(self, data: bytes) -> Fed:
        if self._chunks is not None:
            payload, used = self._chunks.feed(data)
            if self._chunks.broken:
                self.fault = Fault.BAD_CHUNK
            elif self._chunks.done:
                self._end()
        elif self.framing is Framing.LENGTH:
            payload = data if len(data) <= self._left else data[: self._left]
            used = len(payload)
            self._left -= used
            self._received += used
            if not self._left:
                self._end()
        else:
            return Fed(data, data)
        if used < len(data):
            self.after += data[used:]
            data = data[:used]
        return Fed(data, payload)

    def _end(self) -> None:
        self._state = _State.DONE
        self.complete = True


def parse_response(block: bytes, method: str = "GET") -> ParsedResponse:
    """A response block of a WARC file, whoever wrote it. Never raises.

    Tools that store bodies with their chunk framing or content coding undone leave the header fields as they
    were. So a body whose first line is no chunk size, or which is longer than declared, is the payload as it stands.
    """
    parser = ResponseParser(method)
    payload = parser.feed(block).payload
    held = parser.eof().payload
    head = parser.head
    if head is None:
        whole = held or payload or block
        return ParsedResponse(None, b"", (), len(block) - len(whole), whole, parser.complete, parser.fault)
    offset = len(parser.before) + head.size
    fault, complete = parser.fault, parser.complete
    if fault is Fault.BAD_CHUNK and not parser.chunks_read:
        payload, fault, complete = block[offset:], Fault.NOT_CHUNKED, True
    elif parser.after and fault is not Fault.HEAD_TOO_LARGE:
        fault = Fault.BYTES_AFTER_END
        if parser.framing is not Framing.CHUNKED:
            payload = block[offset:]
    return ParsedResponse(head.status, head.reason, head.headers, offset, payload, complete, fault)
