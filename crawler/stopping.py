"""Ctrl-C and SIGTERM: what is under way is given up after a moment, and asked for again by the next start."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable
from types import FrameType

from crawler.wire.client import WireClient
from crawler.wire.exchange import Exchange

#: Seconds that what is under way may take to end by itself.
GRACE = 2.0


class GivenUp(Exception):
    """The crawl was stopped while this attempt was under way; nothing of it is kept."""


class Attempts:
    """The wire, with what is under way on it in hand."""

    def __init__(self, client: WireClient) -> None:
        self._client = client
        self._tasks: set[asyncio.Task[object]] = set()
        self._over = asyncio.Event()

    async def fetch(self, url: str, method: str, headers: list[tuple[bytes, bytes]], body: bytes) -> Exchange:
        """As `WireClient.fetch`. Raises `GivenUp` once the crawl has stopped."""
        if self._over.is_set():
            raise GivenUp(url)
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            return await self._client.fetch(url, method, headers, body)
        except asyncio.CancelledError:
            if not self._over.is_set():
                raise
            task.uncancel()
            raise GivenUp(url) from None
        finally:
            self._tasks.discard(task)

    def give_up(self) -> None:
        self._over.set()
        for task in self._tasks:
            task.cancel()

    async def close(self) -> None:
        await self._client.close()


def on_stop_signal(call: Callable[[], None]) -> None:
    """Has *call* called on the running loop at SIGINT or SIGTERM, ahead of the handler that is there (Scrapy's)."""
    if threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        before = signal.getsignal(number)
        if callable(before):
            signal.signal(number, _handler(loop, call, before))


def _handler(
    loop: asyncio.AbstractEventLoop, call: Callable[[], None], before: Callable[[int, FrameType | None], object]
) -> Callable[[int, FrameType | None], None]:
    def handle(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(call)
        before(number, frame)

    return handle
