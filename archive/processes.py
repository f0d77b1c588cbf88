"""Processes that help with long files."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TypeVar

_MAX_PROCESSES = 4
_Task = TypeVar("_Task")
_Result = TypeVar("_Result")


def spread(work: Callable[[_Task], _Result], tasks: Sequence[_Task]) -> list[_Result | None]:
    """What *work*, a function of a module, comes to for each task, in their order; None where its process died.

    Other processes begin with the first task, this one with the last, until they meet.
    """
    processes = min(len(os.sched_getaffinity(0)), _MAX_PROCESSES, len(tasks))
    if processes < 2:
        return [work(task) for task in tasks]
    pool = ProcessPoolExecutor(processes - 1, multiprocessing.get_context("spawn"), _collect_rarely)
    before = gc.get_threshold()
    _collect_rarely()
    given: list[Future[_Result]] = []
    own: list[_Result] = []
    broken = False
    try:
        while len(given) + len(own) < len(tasks):
            # one in hand and one ready for each; what was given cannot be taken back safely
            if broken or sum(not future.done() for future in given) >= 2 * (processes - 1):
                own.append(work(tasks[-1 - len(own)]))
                continue
            try:
                with deaf_to_ctrl_c():
                    given.append(pool.submit(work, tasks[len(given)]))
            except BrokenProcessPool:
                broken = True
        return [*map(_result, given), *reversed(own)]
    finally:
        gc.set_threshold(*before)
        pool.shutdown(cancel_futures=True)


def _collect_rarely() -> None:
    """The tasks make many objects and no circles among them: to look for circles costs a tenth of the time."""
    gc.set_threshold(50_000)


def _result(future: Future[_Result]) -> _Result | None:
    try:
        return future.result()
    except BrokenProcessPool:
        return None


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
