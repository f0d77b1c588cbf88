"""Where bytes wait: memory, file, and how little of a large body stays in memory."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.warc import FileBlock
from crawler.wire.exchange import ErrorCode, Exchange
from crawler.wire.spool import Spool, SpoolClosed, empty_folder


@given(pieces=st.lists(st.binary(max_size=12), max_size=12), flushes=st.sets(st.integers(0, 12)))
def test_what_goes_in_comes_out(
    pieces: list[bytes], flushes: set[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    spool = Spool(tmp_path_factory.getbasetemp(), memory_limit=20)
    for number, piece in enumerate(pieces):
        spool.write(piece)
        if number in flushes:
            spool.flush()
    whole = b"".join(pieces)
    block = spool.block()
    kept = block if isinstance(block, bytes) else b"".join(block.chunks())
    assert kept == whole
    assert isinstance(block, bytes) is (len(whole) <= 20)
    assert (spool.length, spool.read(3, 5), spool.read(2)) == (len(whole), whole[3:8], whole[2:])
    spool.close()


def test_the_file_has_no_name(tmp_path: Path) -> None:
    spool = Spool(tmp_path, memory_limit=4)
    spool.write(b"too long")
    assert spool.pending == 8
    spool.flush()
    assert (spool.pending, list(tmp_path.iterdir())) == (0, [])
    spool.close()


def test_a_closed_spool_says_so(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.write(b"x")
    spool.close()
    spool.close()
    with pytest.raises(SpoolClosed):
        spool.read()


def test_the_folder_is_emptied_at_the_start(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    empty_folder(folder)
    (folder / "left").write_bytes(b"x")
    (folder / "sub").mkdir()
    empty_folder(folder)
    assert [path.name for path in folder.iterdir()] == ["sub"]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_large_body_stays_out_of_memory(world: Any) -> None:
    size, piece = 64 * 1_048_576, b"\0\r\nabc\xff\xfe" * 16_384
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size
    digest = sha256()
    for _ in range(size // len(piece)):
        digest.update(piece)

    async def ask() -> None:
        async with world.serving(["ask", head, *[piece] * (size // len(piece))]) as server, world.client() as client:
            before = _resident()
            highest = _Highest()
            server.on_step = highest
            exchange = await client.fetch(server.url())
            assert highest.resident - before < 24 * 1_048_576
            assert str(exchange.payload_digest) == "sha256:" + digest.hexdigest()
            block = exchange.response.block()
            assert isinstance(block, FileBlock)
            assert block.length == len(head) + size
            assert next(block.chunks()).startswith(head)
            exchange.close()
            assert block.file.closed

    world.run(ask())


class _Highest:
    def __init__(self) -> None:
        self.resident = 0

    def __call__(self) -> None:
        self.resident = max(self.resident, _resident())


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_a_chunked_body_in_a_file(world: Any, received: Callable[[Exchange], bytes]) -> None:
    chunk = b"10000\r\n" + b"z" * 65_536 + b"\r\n"
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk * 40 + b"0\r\n\r\n"

    async def ask() -> None:
        async with world.serving(["ask", answer, "hold"]) as server, world.client(memory_limit=1000) as client:
            exchange = await client.fetch(server.url())
            assert received(exchange) == answer
            assert exchange.payload_length == 40 * 65_536
            assert str(exchange.payload_digest) == "sha256:" + sha256(b"z" * 40 * 65_536).hexdigest()

    world.run(ask())


def test_a_spool_that_cannot_be_written(world: Any) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + b"z" * 5000

    async def ask() -> None:
        async with world.serving(["ask", answer, "hold"]) as server, world.client(memory_limit=1000) as client:
            (world.folder / "spool").rmdir()
            exchange = await client.fetch(server.url())
            assert (exchange.error, exchange.response) == (ErrorCode.SPOOL, None)

    world.run(ask())
