"""A server beside a program that is not asyncio's: its own loop, on its own thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import TypeVar

T = TypeVar("T")


@contextmanager
def serving(server: AbstractAsyncContextManager[T]) -> Iterator[T]:
    """What *server* gives on entering, entered and left on a loop of its own. Raises what entering raises."""
    ready: Future[tuple[T, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def serve() -> None:
        done = asyncio.Event()
        try:
            async with server as given:
                ready.set_result((given, asyncio.get_running_loop(), done))
                await done.wait()
        except Exception as error:
            if ready.done():
                raise
            ready.set_exception(error)

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="sample", daemon=True)
    thread.start()
    given, loop, done = ready.result()
    try:
        yield given
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join(60)
