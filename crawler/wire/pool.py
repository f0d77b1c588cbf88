"""Idle connections, kept for the next request to the same origin. How many run at once is the frontier's to say."""

from __future__ import annotations

from crawler.wire.connection import LINGER, WireConnection

Origin = tuple[str, str, int]
"""Scheme, host, port."""

MAX_IDLE = 256


class Pool:
    """Knows every open connection; hands out the idle ones, last used first."""

    def __init__(self, idle_seconds: float) -> None:
        self._idle_seconds = idle_seconds
        self._idle: dict[Origin, list[WireConnection]] = {}
        self._open: set[WireConnection] = set()

    def add(self, connection: WireConnection) -> None:
        """A new connection, to be closed with the pool."""
        self._open.add(connection)

    def take(self, origin: Origin) -> WireConnection | None:
        """An idle connection to `origin` that the peer has not closed, as far as that is known."""
        waiting = self._idle.get(origin)
        while waiting:
            connection = waiting.pop()
            if not waiting:
                del self._idle[origin]
            if not connection.closed:
                return connection
        return None

    def give(self, origin: Origin, connection: WireConnection) -> None:
        """Back after an exchange that left the connection fit for another."""
        if sum(map(len, self._idle.values())) >= MAX_IDLE:
            self.dismiss(next(iter(self._idle.values()))[0])
        connection.rest(self._idle_seconds)
        self._idle.setdefault(origin, []).append(connection)

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
        for origin, waiting in self._idle.items():
            if connection in waiting:
                waiting.remove(connection)
                if not waiting:
                    del self._idle[origin]
                return
