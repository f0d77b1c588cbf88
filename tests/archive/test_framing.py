"""A chunked body is its payload and its framing, nothing more and nothing less."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.framing import MAX_FRAMING, BadFraming, framing_of, reframe
from archive.http1_body import ChunkDecoder

CHUNKS = st.lists(st.binary(min_size=1, max_size=40), max_size=6)
SIZES = st.sampled_from(["{:x}", "{:X}", "{:08x}", '{:x};name="旧"', "{:x}  "])
ENDS = st.sampled_from([b"\r\n", b"\n"])
TRAILERS = st.lists(st.sampled_from([b"X-Sum: 1", b"Expires: 0"]), max_size=2)


@st.composite
def chunked(draw: st.DrawFn) -> bytes:
    end = draw(ENDS)
    body = b""
    for chunk in draw(CHUNKS):
        body += draw(SIZES).format(len(chunk)).encode() + end + chunk + end
    return body + b"0" + end + b"".join(line + end for line in draw(TRAILERS)) + end


@given(chunked(), st.integers(1, 50))
def test_a_body_is_made_again_from_payload_and_framing(body: bytes, step: int) -> None:
    pieces = [body[at : at + step] for at in range(0, len(body), step)]
    framing = framing_of(pieces)
    payload, used = ChunkDecoder().feed(body)
    assert used == len(body)
    assert framing is not None
    assert len(framing) + len(payload) == len(body)
    assert reframe(framing, payload) == body


@pytest.mark.parametrize(
    "body",
    [b"no size\r\n", b"4\r\nwi", b"4\r\nwiki", b"1\r\nx\r\n" * (MAX_FRAMING // 3), b"0\r\n\r\nmore"],
    ids=["broken", "cut in a chunk", "no last chunk", "more framing than payload", "bytes after the end"],
)
def test_a_body_that_cannot_be_taken_apart_is_to_be_stored_whole(body: bytes) -> None:
    assert framing_of([body]) is None


@pytest.mark.parametrize("payload", [b"wik", b"wikis", b""])
def test_another_payload_does_not_fit(payload: bytes) -> None:
    with pytest.raises(BadFraming):
        reframe(b"4\r\n\r\n0\r\n\r\n", payload)
