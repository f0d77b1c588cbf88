"""Processes that help with long files."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def deaf_to_ctrl_c() -> Iterator[None]:
    """Processes begun in the block ignore SIGINT, which a terminal sends to them too: who began them ends them.

    A process inherits the signals that are ignored, and so it is deaf before its first line runs.
    """
    if threading.current_thread() is not threading.main_thread():
        # only the main thread may say so; a Ctrl-C then ends the helpers with a message of theirs
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
