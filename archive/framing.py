"""Chunk framing apart from the payload it frames, so that a payload stored once can be given its framing back.

A revisit leaves the payload out. What a chunked body held besides (size lines, extensions, line ends,
trailers) is the wire too: it is kept, and `reframe` makes the body from both, byte for byte.
"""

from __future__ import annotations

from collections.abc import Iterable

from archive.http1_body import ChunkDecoder

MAX_FRAMING = 64 * 1024
"""Bytes of framing worth keeping apart; a body that has more is stored whole."""


class BadFraming(ValueError):
    """Framing and payload that do not belong together."""


class _Keeper(ChunkDecoder):
    """Keeps what it takes off."""

    __slots__ = ("kept",)

    def __init__(self) -> None:
        super().__init__()
        self.kept = bytearray()

    def _feed_line(self, data: bytes, position: int) -> int:
        stop = super()._feed_line(data, position)
        self.kept += data[position:stop]
        return stop


def framing_of(body: Iterable[bytes]) -> bytes | None:
    r"""What a chunked body holds besides its payload; None where the framing is broken, unfinished or too long.

    >>> framing_of([b"4;name=x\r\nwi", b"ki\r\n0\r\n\r\n"])
    b'4;name=x\r\n\r\n0\r\n\r\n'
    """
    keeper = _Keeper()
    for piece in body:
        _, used = keeper.feed(piece)
        if keeper.broken or used < len(piece) or len(keeper.kept) > MAX_FRAMING:
            return None
    return bytes(keeper.kept) if keeper.data_done else None


def reframe(framing: bytes, payload: bytes) -> bytes:
    r"""The chunked body that `framing_of` and de-chunking came from. Raises `BadFraming`.

    >>> reframe(b"4;name=x\r\n\r\n0\r\n\r\n", b"wiki")
    b'4;name=x\r\nwiki\r\n0\r\n\r\n'
    """
    decoder = ChunkDecoder()
    pieces: list[bytes] = []
    at = given = 0
    while at < len(framing):
        newline = framing.find(b"\n", at) + 1 or len(framing)
        line = framing[at:newline]
        at = newline
        pieces.append(line)
        decoder.feed(line)
        if decoder.broken:
            raise BadFraming("no chunk framing")
        if decoder.left:
            piece = payload[given : given + decoder.left]
            given += len(piece)
            pieces.append(piece)
            decoder.feed(piece)
            if decoder.left:
                raise BadFraming("the framing is for a longer payload")
    if given != len(payload):
        raise BadFraming("the framing is for a shorter payload")
    return b"".join(pieces)
