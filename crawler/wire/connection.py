"""One connection: sends a request, tees what comes back into a `Reply`, and watches over the time between.

Bytes that arrive while no answer is awaited belong after the last one, whose record is written already: they are
handed to `on_late_bytes` and the connection is closed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from crawler.wire.exchange import TlsFacts
from crawler.wire.reply import Ending, Reply

LateBytes = Callable[[str, bytes], None]
"""Called with the URL of the exchange the bytes came after, and the bytes."""

STORE_AT = 524_288
"""Pending bytes at which reading pauses until the spool's file has taken them."""

LINGER = 0.5
"""Seconds a connection that will not be used again is watched for late bytes, unless the peer closes before."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Both ends of a connection and what its TLS handshake showed."""

    ip: str
    port: int
    local: tuple[str, int]
    tls: TlsFacts | None = None


class WireConnection(asyncio.Protocol):
    """Carries exchanges one after the other."""

    def __init__(self, on_late_bytes: LateBytes, on_gone: Callable[[WireConnection], None]) -> None:
        self.peer: Peer | None = None
        self.used = False
        """Whether an exchange was carried already."""
        self.sent = b""
        """The request of the exchange that runs or ran last; empty where the connection was gone before."""
        self.detail: str | None = None
        """The system's words on how the connection ended."""
        self._on_late_bytes = on_late_bytes
        self._on_gone = on_gone
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self.previous_url = ""
        """The URL of the exchange before the one that runs or ran last."""
        self._url = ""
        self._reply: Reply | None = None
        self._ended: asyncio.Future[Ending] | None = None
        self._storing: asyncio.Future[None] | None = None
        self._store_error: BaseException | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._last_heard = 0.0
        self._deadline = 0.0
        self._first_byte = 0.0
        self._idle = 0.0

    @property
    def closed(self) -> bool:
        return self._transport is None or self._transport.is_closing()

    async def exchange(self, url: str, request: bytes, reply: Reply, patience: tuple[float, float, float]) -> Ending:
        """Sends `request` and reads into `reply` until it has ended.

        `patience`: seconds until the first byte, between two bytes, and the loop time at which all must be over.
        On cancellation the connection is closed.
        """
        self._first_byte, self._idle, self._deadline = patience
        self._stop_timer()
        self.previous_url, self._url, self._reply = self._url, url, reply
        self._ended = self._loop.create_future()
        self.sent = b""
        self._last_heard = self._loop.time()
        try:
            if self._transport is None or self._transport.is_closing():
                self._finish(Ending.EOF)
            else:
                self._transport.write(request)
                self.sent = request
                self._watch()
            ending = await self._ended
            if self._storing is not None:
                await asyncio.wait([self._storing])
            if self._store_error is not None:
                self.detail, ending = str(self._store_error), Ending.SPOOL
        except asyncio.CancelledError:
            self._reply = None
            self.close()
            raise
        self.used = True
        return ending

    def rest(self, seconds: float) -> None:
        """Waits for the next exchange at most so long, then closes."""
        self._stop_timer()
        self._timer = self._loop.call_later(seconds, self.close)

    def close(self) -> None:
        """Closes at once. Nothing of ours is unsent when an answer has ended, and TLS goodbyes are not waited for."""
        self._stop_timer()
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        reply = self._reply
        if reply is None:
            self._on_late_bytes(self._url, data)
            self.close()
            return
        self._last_heard = self._loop.time()
        first = not reply.heard
        done = reply.feed(data)
        if self.used and reply.parser.parsed is False and self._idle > LINGER:
            # no answer to this request: one moment to see whether the peer has more of it, or closes
            self._idle, first = LINGER, True
        if done:
            self._finish(Ending.DONE)
        elif reply.spool.pending >= STORE_AT and self._storing is None:
            self._store(reply)
        elif first:
            self._watch_anew()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self.detail = str(exc) if exc is not None else None
        if self._reply is not None:
            self._finish(Ending.EOF if exc is None else Ending.RESET)
        self._stop_timer()
        self._on_gone(self)

    def _finish(self, ending: Ending) -> None:
        self._stop_timer()
        self._reply = None
        if self._ended is not None and not self._ended.done():
            self._ended.set_result(ending)

    def _watch(self) -> None:
        """Ends the exchange when its time is over; otherwise looks again when it could be."""
        reply = self._reply
        assert reply is not None
        now = self._loop.time()
        quiet = self._idle if reply.heard else self._first_byte
        due = min(self._deadline, self._last_heard + quiet) if self._storing is None else self._deadline
        if now < due:
            self._timer = self._loop.call_at(due, self._watch)
            return
        self.detail = "total time limit" if due == self._deadline else f"nothing arrived for {quiet:g} s"
        self._finish(Ending.TIME)

    def _watch_anew(self) -> None:
        self._stop_timer()
        self._watch()

    def _store(self, reply: Reply) -> None:
        assert self._transport is not None
        self._transport.pause_reading()
        self._storing = self._loop.run_in_executor(None, reply.spool.store, reply.spool.take())
        self._storing.add_done_callback(self._stored)

    def _stored(self, done: asyncio.Future[None]) -> None:
        self._storing = None
        self._store_error = None if done.cancelled() else done.exception()
        if self._reply is None:
            return
        if self._store_error is not None:
            self._finish(Ending.SPOOL)
        elif self._transport is not None:
            self._last_heard = self._loop.time()
            self._transport.resume_reading()
            self._watch_anew()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
