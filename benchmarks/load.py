"""How fast the site alone is: sixteen bare connections that ask for the index again and again.

    python -m benchmarks.load http://127.0.0.1:PORT/ 20000

prints pages a second. The client parses nothing, so the figure is a floor under what the site can do.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import cast
from urllib.parse import urlsplit

import uvloop


class _Asker(asyncio.Protocol):
    """Asks, counts bytes until the answer is whole, asks again."""

    def __init__(self, request: bytes, answer_bytes: int, times: int) -> None:
        self._request, self._answer_bytes, self._left = request, answer_bytes, times
        self._missing = answer_bytes
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._missing -= len(data)
        if self._missing:
            return
        self._left -= 1
        if self._left:
            self._missing = self._answer_bytes
            self._transport.write(self._request)
        else:
            self.done.set_result(None)
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or ConnectionError("the site closed the connection"))


async def rate(url: str, requests: int, connections: int = 16) -> float:
    """Pages a second; raises ConnectionError where the site hangs up."""
    host, port = urlsplit(url).hostname or "127.0.0.1", urlsplit(url).port or 80
    request = b"GET /index.htm HTTP/1.1\r\nHost: %s:%d\r\n\r\n" % (host.encode(), port)
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    writer.close()
    loop = asyncio.get_running_loop()
    each = requests // connections
    started = time.monotonic()
    askers = [
        (await loop.create_connection(lambda: _Asker(request, len(head) + length, each), host, port))[1]
        for _ in range(connections)
    ]
    await asyncio.gather(*(asker.done for asker in askers))
    return each * connections / (time.monotonic() - started)


if __name__ == "__main__":
    print(round(uvloop.run(rate(sys.argv[1], int(sys.argv[2])))))
