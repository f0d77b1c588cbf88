"""Idle connections, kept for the next request to the same origin. How many run at once is the frontier's to say."""

from __future__ import annotations

import time
from collections import deque

from crawler.wire.connection import LINGER, WireConnection

Origin = tuple[str, str, int]
"""Scheme, host, port."""

MAX_IDLE = 256

QUIET = 0.5
"""Seconds of silence after an exchange before its connection is trusted with the next one: bytes that a server sends
late would otherwise be read as the answer to a request they have nothing to do with."""
MAX_RESTING = 32
"""Connections to one origin that may rest so; with more, the one that has rested longest is used all the same."""


class Pool:
    """Knows every open connection; hands out the idle ones, the longest rested first."""

    def __init__(self, idle_seconds: float, quiet: float = QUIET) -> None:
        self._idle_seconds, self._quiet = idle_seconds, quiet
        self._idle: dict[Origin, deque[WireConnection]] = {}
        self._since: dict[WireConnection, float] = {}
        self._open: set[WireConnection] = set()

    def add(self, connection: WireConnection) -> None:
        """A new connection, to be closed with the pool."""
        self._open.add(connection)

    def take(self, origin: Origin) -> WireConnection | None:
        """A connection to `origin` that was quiet long enough and that the peer has not closed, so far as is known."""
        waiting = self._idle.get(origin)
        while waiting:
            if len(waiting) <= MAX_RESTING and time.monotonic() - self._since[waiting[0]] < self._quiet:
                return None
            connection = waiting.popleft()
            del self._since[connection]
            if not waiting:
                del self._idle[origin]
            if not connection.closed:
                return connection
        return None

    def give(self, origin: Origin, connection: WireConnection) -> None:
        """Back after an exchange that left the connection fit for another."""
        if len(self._since) >= MAX_IDLE:
            self.dismiss(next(iter(self._since)))
        connection.rest(self._idle_seconds)
        self._idle.setdefault(origin, deque()).append(connection)
        self._since[connection] = time.monotonic()

    def dismiss(self, connection: WireConnection) -> None:
        """No further use: watched a moment for late bytes, then closed."""
        self._forget(connection)
        connection.rest(LINGER)

    def gone(self, connection: WireConnection) -> None:
        """The connection was lost or closed."""
        self._open.discard(connection)
        self._forget(connection)

    def close(self) -> None:
        for connection in list(self._open):
            connection.close()

    def _forget(self, connection: WireConnection) -> None:
        if self._since.pop(connection, None) is None:
            return
        for origin, waiting in self._idle.items():
            if connection in waiting:
                waiting.remove(connection)
                if not waiting:
                    del self._idle[origin]
                return
