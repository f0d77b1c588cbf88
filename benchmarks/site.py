"""Serves the synthetic portal on loopback, fast enough not to be what is measured, and counts.

Every answer is rendered before the first request. `GET /-/counts` says what was asked since the last
`GET /-/reset`. The page `/bigsite.htm`, linked from nowhere, leads to `/big`, a body of any length.

    python -m benchmarks.site --pages 5000 --latency 20

prints the site's address on one line, and serves until it is terminated.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import cast

import uvloop

from benchmarks.portal import Portal

_BLOCK = random.Random(0).randbytes(1 << 18)
_FIXED = (
    b"Date: Mon, 03 Nov 2014 02:00:00 GMT\r\nServer: Server\r\nX-Frame-Options: SAMEORIGIN\r\n"
    b"Last-Modified: Mon, 22 Sep 2014 08:12:31 GMT\r\nAccept-Ranges: bytes\r\nCache-Control: max-age=600\r\n"
)
_BIG_PAGE = (
    '<!DOCTYPE html><html><head><meta charset="UTF-8"><title>大文件</title></head>'
    '<body><p>附件：<a href="big">安全教育录像</a></p></body></html>'
).encode()


def answer(status: str, media_type: str, body: bytes) -> bytes:
    """A whole response message."""
    return _head(status, media_type, len(body)) + body


def _head(status: str, media_type: str, length: int) -> bytes:
    return b"HTTP/1.1 %b\r\n%bContent-Type: %b\r\nContent-Length: %d\r\n\r\n" % (
        status.encode(),
        _FIXED,
        media_type.encode(),
        length,
    )


@dataclass(slots=True)
class Ledger:
    """What was asked since the last reset; times are of the first and last page asked for, monotonic."""

    pages: Counter[bytes] = field(default_factory=Counter)
    others: Counter[str] = field(default_factory=Counter)
    first: float = 0.0
    last: float = 0.0

    def page(self, path: bytes) -> None:
        self.last = time.monotonic()
        self.first = self.first or self.last
        self.pages[path] += 1

    def as_json(self) -> bytes:
        counts = {
            "pages": self.pages.total(),
            "distinct": len(self.pages),
            "others": self.others,
            "span": self.last - self.first,
        }
        return json.dumps(counts).encode()


@dataclass(slots=True)
class Site:
    """The rendered site: whole responses by path."""

    answers: dict[bytes, bytes]
    big_bytes: int
    latency: float
    ledger: Ledger = field(default_factory=Ledger)

    def reply(self, method: bytes, path: bytes) -> bytes | None:
        """The whole response, or None where it is the big body's turn."""
        if method != b"GET":
            self.ledger.others[f"405 {path.decode('latin-1')}"] += 1
            return answer("405 Method Not Allowed", "text/html", b"")
        if page := self.answers.get(path):
            self.ledger.page(path)
            return page
        if path == b"/-/counts":
            return answer("200 OK", "application/json", self.ledger.as_json())
        if path == b"/-/reset":
            self.ledger = Ledger()
            return answer("200 OK", "application/json", b"{}")
        known = path in (b"/big", b"/bigsite.htm")
        self.ledger.others[f"{200 if known else 404} {path.decode('latin-1')}"] += 1
        if path == b"/big":
            return None
        if known:
            return answer("200 OK", "text/html", _BIG_PAGE)
        return answer("404 Not Found", "text/html", b"<html><body><h1>404 Not Found</h1></body></html>")


class Connection(asyncio.Protocol):
    """One client: requests are answered in order, each after the site's latency."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._buffer = b""
        self._big_left = 0
        self._writable = True
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head, self._buffer = self._buffer[:end], self._buffer[end + 4 :]
            if self._site.latency and b" /-/" not in head:
                self._loop.call_later(self._site.latency, self._respond, head)
            else:
                self._respond(head)

    def _respond(self, head: bytes) -> None:
        if self._transport.is_closing():
            return
        method, path, _ = head.split(b" ", 2)
        reply = self._site.reply(method, path)
        if reply is None:
            self._big_left = self._site.big_bytes
            self._transport.write(_head("200 OK", "application/octet-stream", self._big_left))
            self._pour()
        else:
            self._transport.write(reply)
        if b"connection: close" in head.lower() and not self._big_left:
            self._transport.close()

    def _pour(self) -> None:
        while self._big_left and self._writable and not self._transport.is_closing():
            piece = _BLOCK[: self._big_left]
            self._transport.write(piece)
            self._big_left -= len(piece)

    def pause_writing(self) -> None:
        self._writable = False

    def resume_writing(self) -> None:
        self._writable = True
        self._pour()


def render(pages: int, big_bytes: int, latency: float) -> Site:
    """The whole site; latency in seconds. About 25 KB of memory for each page."""
    portal = Portal(pages)
    answers = {portal.path(n).encode(): answer("200 OK", "text/html", portal.render(n)) for n in range(pages)}
    return Site(answers, big_bytes, latency)


async def serve(site: Site, port: int) -> None:
    """Prints the address, serves until cancelled or terminated."""
    server = await asyncio.get_running_loop().create_server(lambda: Connection(site), "127.0.0.1", port)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", flush=True)
    await server.serve_forever()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--pages", type=int, default=5000)
    options.add_argument("--latency", type=float, default=0.0, help="milliseconds before each answer")
    options.add_argument("--big", type=int, default=1 << 30, help="length of /big in bytes")
    options.add_argument("--port", type=int, default=0)
    chosen = options.parse_args()
    site = render(chosen.pages, chosen.big, chosen.latency / 1000)
    gc.freeze()
    uvloop.run(serve(site, chosen.port))


if __name__ == "__main__":
    main()
