"""The sample's HTTP server: reads requests exactly, writes the bytes of a script, keeps the ledger.

It frames nothing itself: whatever a site answers is written as it stands. Limits: a request head of
64 KiB, a request body of 1 MiB; what is longer ends the connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import socket
import struct
import termios
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from jiucang.sample.ledger import Ending, Ledger, LedgerEntry
from jiucang.sample.replies import Close, Late, Pause, Reply, Request, Reset, Stall, parse_request

MAX_HEAD = 64 * 1024
MAX_BODY = 1024 * 1024
WRITE = 64 * 1024
"""Bytes handed to the network at once: what a client that leaves may have missed is at most some of these."""

Answer = Callable[[Request], Reply]

_ENDINGS: dict[type, Ending] = {Close: "closed", Reset: "reset", Stall: "stalled"}


@dataclass(slots=True)
class _Turn:
    """One request being answered."""

    seq: int
    connection: int
    request: bytes
    sent: bytearray = field(default_factory=bytearray)


class SiteServer:
    """One site on one port, on an IPv4 loopback address and, where there is one, on ::1."""

    def __init__(self, site: str, answer: Answer, ledger: Ledger, *, patience: float = 30.0) -> None:
        """`patience`: seconds the server stalls at most when a script says so."""
        self.site = site
        self.port = 0
        self.ipv6 = False
        self._answer = answer
        self._ledger = ledger
        self._patience = patience
        self._servers: list[asyncio.Server] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, host: str, port: int = 0) -> None:
        """Listen; raises OSError where the IPv4 address or port cannot be had."""
        server = await asyncio.start_server(self._connected, host, port, limit=MAX_HEAD)
        self._servers.append(server)
        self.port = server.sockets[0].getsockname()[1]
        with contextlib.suppress(OSError):
            self._servers.append(await asyncio.start_server(self._connected, "::1", self.port, limit=MAX_HEAD))
            self.ipv6 = True

    async def stop(self) -> None:
        for server in self._servers:
            server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for server in self._servers:
            await server.wait_closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        connection = self._ledger.next_connection()
        try:
            while await self._exchange(connection, reader, writer):
                pass
        except (ConnectionError, asyncio.LimitOverrunError):
            pass
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            writer.close()

    async def _exchange(self, connection: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer; True while the connection may carry another."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as broken:
            if broken.partial:
                self._record(_Turn(self._ledger.next_seq(), connection, broken.partial), "aborted", None)
            return False
        length = parse_request(head).header(b"content-length")
        body = b""
        if length.isdigit() and int(length) <= MAX_BODY:
            body = await reader.readexactly(int(length))
        request = replace(parse_request(head, body), raw=head + body)
        reply = self._answer(request)
        turn = _Turn(self._ledger.next_seq(), connection, request.raw)
        try:
            ending = await self._play(reply, turn, reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            self._record(turn, "aborted", reply.case)
            raise
        return ending == "kept"

    async def _play(
        self, reply: Reply, turn: _Turn, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Ending:
        """Write the script. The entry is recorded in the same step as its last write, so whoever has
        received an answer in this process finds it in the ledger."""
        events = [piece for piece in reply.pieces if not isinstance(piece, Late)]
        ending = _ENDINGS.get(type(events[-1]), "kept") if events else "kept"
        for number, piece in enumerate(events):
            if isinstance(piece, bytes):
                final = not any(isinstance(later, bytes) for later in events[number + 1 :])
                await self._write(piece, turn, writer, (ending, reply.case) if final else None)
            elif isinstance(piece, Pause):
                await asyncio.sleep(piece.seconds)
        if not turn.sent:
            self._record(turn, ending, reply.case)
        if ending == "stalled":
            await self._wait_for_leave(reader)
        elif ending == "reset":
            await self._tear_down(writer)
        for late in reply.pieces:
            if isinstance(late, Late):
                await self._send_late(late, turn, reply, ending, writer)
        return ending

    async def _write(
        self, data: bytes, turn: _Turn, writer: asyncio.StreamWriter, final: tuple[Ending, str | None] | None
    ) -> None:
        for at in range(0, len(data), WRITE):
            part = data[at : at + WRITE]
            turn.sent += part
            writer.write(part)
            if final and at + WRITE >= len(data):
                self._record(turn, *final)
            await writer.drain()

    async def _send_late(
        self, late: Late, turn: _Turn, reply: Reply, ending: Ending, writer: asyncio.StreamWriter
    ) -> None:
        await asyncio.sleep(late.seconds)
        if writer.transport.is_closing():
            return
        writer.write(late.data)
        self._record(turn, ending, reply.case, late.data)
        await writer.drain()

    async def _wait_for_leave(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(self._patience):
                while await reader.read(WRITE):
                    pass

    async def _tear_down(self, writer: asyncio.StreamWriter) -> None:
        """RST: an abrupt close would also throw away what the kernel has not delivered yet."""
        await writer.drain()
        sock: socket.socket = writer.get_extra_info("socket")
        async with asyncio.timeout(self._patience):
            while _undelivered(sock):  # noqa: ASYNC110 - the kernel tells nobody when its queue is empty
                await asyncio.sleep(0.002)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    def _record(self, turn: _Turn, ending: Ending, case: str | None, late: bytes = b"") -> None:
        self._ledger.record(
            LedgerEntry(
                turn.seq, self.site, turn.connection, turn.request, bytes(turn.sent), ending, case=case, late=late
            )
        )


def _undelivered(sock: socket.socket) -> int:
    """Bytes in the socket's send queue that the other side has not acknowledged (Linux SIOCOUTQ)."""
    answer = fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, struct.pack("i", 0))
    return int(struct.unpack("i", answer)[0])
