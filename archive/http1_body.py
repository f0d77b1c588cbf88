"""Bodies of HTTP/1.1 messages: how they end, chunk framing taken off, content codings undone.

Pure and lenient: bytes in, bytes out, faults as data. Framing follows RFC 9112 §6 and §7; where
real servers break it, the reading that loses the fewest bytes is taken and a `Fault` says so.
"""

from __future__ import annotations

import importlib
import re
import zlib
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Protocol, cast

MAX_CHUNK_LINE = 16_384
"""Bytes of one chunk-size or trailer line, its line end included."""

MAX_CODINGS = 4
"""Content codings that are undone one after the other; more are refused."""

_CHUNK_SIZE_BEGUN = re.compile(rb"[ \t]*[0-9A-Fa-f]{0,16}[ \t\r]*(?:;.*)?", re.DOTALL)
_CHUNK_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,16})[ \t]*(?:;.*)?", re.DOTALL)


class Fault(StrEnum):
    """What keeps a message from being a whole and regular one."""

    NO_STATUS_LINE = "no_status_line"
    HEAD_TOO_LARGE = "head_too_large"
    HEAD_CUT = "head_cut"
    BODY_CUT = "body_cut"
    BAD_LENGTH = "bad_length"
    CONFLICTING_LENGTHS = "conflicting_lengths"
    BAD_CHUNK = "bad_chunk"
    NOT_CHUNKED = "not_chunked"
    UNKNOWN_TRANSFER_CODING = "unknown_transfer_coding"
    BYTES_AFTER_END = "bytes_after_end"


class BadContent(Exception):
    """A content coding that cannot be undone: its name and why (`unknown`, `damaged`, `too_many`, `limit`)."""

    def __init__(self, coding: str, reason: str) -> None:
        super().__init__(f"content coding {coding!r}: {reason}")
        self.coding = coding
        self.reason = reason


class ChunkDecoder:
    r"""Takes chunk framing off, piece by piece, however the pieces are cut.

    Extensions and trailers are passed over; lines may end in LF alone; chunk sizes may be padded with blanks.
    `data_done` is true once the zero-sized chunk was read, which is where RFC 9112 §8 calls a body complete;
    `done` once the trailer section has ended too.

    >>> decoder = ChunkDecoder()
    >>> decoder.feed(b"4;name=x\r\nwiki\r\n0\r\n\r\nnext")
    (b'wiki', 21)
    >>> decoder.done, decoder.broken
    (True, False)
    """

    __slots__ = ("_expect", "_line", "broken", "chunks", "data_done", "done", "left")

    def __init__(self) -> None:
        self.chunks = 0
        """Chunk-size lines read so far."""
        self.data_done = False
        self.done = False
        self.broken = False
        self.left = 0
        """Bytes of the chunk under way that are still to come."""
        self._expect = "size"
        self._line = b""

    @property
    def in_trailer(self) -> bool:
        """Whether a part of the trailer section has arrived but not its end."""
        return self.data_done and not self.done and (self._expect == "more trailer" or bool(self._line))

    def feed(self, data: bytes) -> tuple[bytes, int]:
        """Payload in `data`, and how many of its bytes belong to the message.

        After the framing broke (`broken`) every byte belongs to the message and none is payload.
        """
        pieces: list[bytes] = []
        position, end = 0, len(data)
        while position < end and not self.done:
            if self.broken:
                return b"".join(pieces), end
            if self.left:
                piece = data[position : position + self.left]
                pieces.append(piece)
                position += len(piece)
                self.left -= len(piece)
            else:
                position = self._feed_line(data, position)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces), position

    def _feed_line(self, data: bytes, position: int) -> int:
        newline = data.find(b"\n", position, position + MAX_CHUNK_LINE)
        stop = newline + 1 if newline >= 0 else len(data)
        line = self._line + data[position:stop]
        if len(line) > MAX_CHUNK_LINE:
            self.broken = True
        elif newline < 0:
            # a page without chunks may hold no line end at all
            self.broken = self._expect == "size" and _CHUNK_SIZE_BEGUN.fullmatch(line) is None
            self._line = line
        else:
            self._line = b""
            self._read_line(line.rstrip(b"\r\n"))
        return stop

    def _read_line(self, line: bytes) -> None:
        if self._expect == "size":
            match = _CHUNK_SIZE.fullmatch(line)
            if match is None:
                self.broken = True
                return
            self.chunks += 1
            self.left = int(match[1], 16)
            self.data_done = self.left == 0
            self._expect = "trailer" if self.data_done else "end of chunk"
        elif self._expect == "end of chunk":
            self.broken = bool(line)
            self._expect = "size"
        elif line:
            self._expect = "more trailer"
        else:
            self.done = True


class _Decompressor(Protocol):
    """What `zlib.decompressobj` makes, and zstd's decompressor in its place."""

    @property
    def unused_data(self) -> bytes: ...
    @property
    def eof(self) -> bool: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


def decode_content(payload: bytes, content_encoding: bytes | Iterable[bytes] | None, limit: int) -> bytes:
    """`payload` with its content codings undone, last one first.

    `content_encoding` is the value of the header field or of each of its lines. A stream that breaks off or is
    damaged gives what came before the break; a payload that does not start as its coding would is returned as it
    is (other tools store bodies decoded and keep the header). Known: gzip, deflate (zlib or raw), br and zstd where
    their libraries are installed, identity.

    Raises `BadContent` for any other coding, for a stream whose very start is damaged, for more than four codings
    and where the result would be longer than `limit` bytes.

    >>> decode_content(zlib.compress(b"text"), b"deflate", limit=100)
    b'text'
    """
    lines = [content_encoding] if isinstance(content_encoding, bytes) else list(content_encoding or ())
    names = [name.strip().lower().decode("latin-1") for line in lines for name in line.split(b",")]
    codings = [name for name in names if name not in ("", "identity")]
    if len(codings) > MAX_CODINGS:
        raise BadContent(", ".join(codings[: MAX_CODINGS + 1]), "too_many")
    for coding in reversed(codings):
        payload = _undo(payload, coding, limit)
    return payload


def _undo(payload: bytes, coding: str, limit: int) -> bytes:
    if not payload:
        return payload
    if coding in ("gzip", "x-gzip"):
        if not payload.startswith(b"\x1f\x8b"):
            return payload
        return _inflate_members(payload, coding, limit, lambda: zlib.decompressobj(31), b"\x1f\x8b")
    if coding == "deflate":
        # RFC 9110 §8.4.1.2 says zlib; many servers send the bare stream
        header = payload[:2]
        is_zlib = len(header) == 2 and header[0] & 0x0F == 8 and int.from_bytes(header, "big") % 31 == 0
        wbits = 15 if is_zlib else -15
        return _inflate_members(payload, coding, limit, lambda: zlib.decompressobj(wbits), None)
    if coding == "br":
        return _unbrotli(payload, limit)
    if coding == "zstd":
        if not payload.startswith(b"\x28\xb5\x2f\xfd"):
            return payload
        module = _library(coding, "compression.zstd", "backports.zstd")
        return _inflate_members(payload, coding, limit, module.ZstdDecompressor, b"\x28\xb5\x2f\xfd")
    raise BadContent(coding, "unknown")


def _inflate_members(
    payload: bytes, coding: str, limit: int, start: Callable[[], object], magic: bytes | None
) -> bytes:
    pieces: list[bytes] = []
    size = 0
    rest = payload
    while rest:
        stream = cast(_Decompressor, start())
        try:
            piece = stream.decompress(rest, limit + 1 - size)
        except Exception as error:  # each library raises its own type
            salvaged = _salvage(cast(_Decompressor, start()), rest, limit + 1 - size)
            if not pieces and not salvaged:
                raise BadContent(coding, "damaged") from error
            pieces.append(salvaged)
            size += len(salvaged)
            break
        pieces.append(piece)
        size += len(piece)
        rest = stream.unused_data if magic and stream.eof and stream.unused_data.startswith(magic) else b""
        if size > limit:
            break
    if size > limit:
        raise BadContent(coding, "limit")
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _salvage(stream: _Decompressor, data: bytes, limit: int) -> bytes:
    """What a damaged stream gives before the damage, fed in small steps."""
    pieces: list[bytes] = []
    size = 0
    view = memoryview(data)
    try:
        for start in range(0, len(data), 256):
            piece = stream.decompress(bytes(view[start : start + 256]), limit - size)
            pieces.append(piece)
            size += len(piece)
            if size >= limit:
                break
    except Exception:  # noqa: S110 - the damage that was reported before; what came out so far is the result
        pass
    return b"".join(pieces)


def _unbrotli(payload: bytes, limit: int) -> bytes:
    module = _library("br", "brotli", "brotlicffi")
    stream = module.Decompressor()
    view = memoryview(payload)
    pieces: list[bytes] = []
    size = 0
    # without a bound on the output of one call, small input steps bound it
    for start in range(0, len(payload), 4096):
        try:
            piece = stream.process(bytes(view[start : start + 4096]))
        except Exception as error:  # each library raises its own type
            if not pieces:
                raise BadContent("br", "damaged") from error
            break
        pieces.append(piece)
        size += len(piece)
        if size > limit:
            raise BadContent("br", "limit")
    return b"".join(pieces)


def _library(coding: str, *names: str):  # type: ignore[no-untyped-def]  # whichever module is installed
    for name in names:
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    raise BadContent(coding, "unknown")
