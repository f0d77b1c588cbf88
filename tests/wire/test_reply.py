"""A reply keeps every byte it is fed, or a prefix where the limit says so."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.wire.exchange import Truncated
from crawler.wire.reply import Ending, Reply
from crawler.wire.spool import Spool

LINES = [
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 100 Continue\r\n",
    b"HTTP/1.0 200\n",
    b"Content-Length: 4\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"\r\n",
    b"\n",
    b"4\r\nbody\r\n",
    b"0\r\n\r\n",
    b"body",
    b"\0\xff",
]
WIRES = st.lists(st.one_of(st.sampled_from(LINES), st.binary(max_size=6)), max_size=12)
ENDINGS = st.sampled_from([Ending.EOF, Ending.RESET, Ending.TIME])


@given(pieces=WIRES, ending=ENDINGS, limit=st.integers(0, 30), method=st.sampled_from(["GET", "HEAD"]))
@settings(max_examples=300, deadline=None)
def test_nothing_is_lost_below_the_limit(
    pieces: list[bytes], ending: Ending, limit: int, method: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    reply = Reply(method, Spool(tmp_path_factory.getbasetemp()), limit)
    fed = b""
    for piece in pieces:
        fed += piece
        if reply.feed(piece):
            ending = Ending.DONE
            break
    reply.end(ending)
    kept = reply.spool.read()
    whole = reply.parser.before + kept + reply.after
    if reply.truncated is Truncated.LENGTH:
        head = reply.parser.head
        assert fed.startswith(whole)
        assert len(kept) == limit + (head.size if head else 0)
    else:
        assert whole == fed
    assert str(reply.block_digest()) == "sha256:" + sha256(kept).hexdigest()
    assert (reply.error is None) is bool(kept)
    if reply.truncated:
        assert reply.payload_digest() is None
