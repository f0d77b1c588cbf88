"""A loopback server that plays scripts of exact bytes, one script per connection, and clients to ask it with."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
import uvloop

from crawler.wire.addresses import system_resolver
from crawler.wire.client import WireClient, WireSettings
from crawler.wire.exchange import Exchange

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))


Step = bytes | Literal["ask", "reset", "hold"] | asyncio.Event
"""Bytes to write; read one request; tear the connection down (RST); wait for the client to go; wait for the test."""


@dataclass
class Server:
    """Plays `scripts`, one per connection, in order; a script ends with the connection's close."""

    scripts: list[Sequence[Step]]
    port: int = 0
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a script was played to its end and its connection is closed."""

    on_step: Callable[[], None] = lambda: None
    """Called before each step."""
    _asked: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    async def asked(self, count: int = 1) -> None:
        """Waits until so many more requests have arrived."""
        for _ in range(count):
            await self._asked.acquire()

    def url(self, path: str = "/", host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    async def play(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        script = self.scripts.pop(0) if self.scripts else ()
        try:
            for step in script:
                self.on_step()
                await self._step(step, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()
            self.ended.set()

    async def _step(self, step: Step, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if isinstance(step, bytes):
            writer.write(step)
            await writer.drain()
        elif step == "ask":
            self.requests.append(await _request(reader))
            self._asked.release()
        elif step == "hold":
            await reader.read()
        elif step == "reset":
            raw: socket.socket = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        elif isinstance(step, asyncio.Event):
            await step.wait()


async def _request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b": ")
        if name.lower() == b"content-length":
            return head + await reader.readexactly(int(value))
    return head


@contextlib.asynccontextmanager
async def serving(
    *scripts: Sequence[Step], host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[Server]:
    server = Server(list(scripts))
    listening = await asyncio.start_server(server.play, host, 0, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()


@dataclass(frozen=True)
class World:
    """What a test gets: scripts to servers, settings to clients, coroutines to results."""

    folder: Path
    new_loop: Callable[[], asyncio.AbstractEventLoop]

    def run(self, coroutine: Coroutine[Any, Any, None]) -> None:
        with asyncio.Runner(loop_factory=self.new_loop) as runner:
            runner.run(asyncio.wait_for(coroutine, 20))

    serving = staticmethod(serving)

    @contextlib.asynccontextmanager
    async def client(self, **options: Any) -> AsyncIterator[WireClient]:
        outer = {key: options.pop(key) for key in ("resolver", "on_late_bytes") if key in options}
        options = {"allow": LOOPBACK, "first_byte": 5.0, "idle": 5.0, "total": 10.0, **options}
        client = WireClient(
            WireSettings(spool_dir=self.folder / "spool", **{"quiet": 0.0, **options}),
            **{"resolver": system_resolver, **outer},
        )
        try:
            yield client
        finally:
            await client.close()


@pytest.fixture(params=["uvloop", "asyncio"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    """Everything runs on both loops: a protocol's edges differ between them."""
    return World(tmp_path, uvloop.new_event_loop if request.param == "uvloop" else asyncio.new_event_loop)


@pytest.fixture(scope="session")
def received() -> Callable[[Exchange], bytes]:
    """The response's bytes, empty where none came."""
    return lambda exchange: exchange.response.read() if exchange.response is not None else b""
