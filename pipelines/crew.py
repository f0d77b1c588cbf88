"""Processes that work batches off, watched: one that dies or hangs on an item costs that item alone.

The parent gives a process one batch at a time and hears of each item as it is done. Which process gets
which batch, and in which order answers come, is left to chance; nothing may depend on it.
"""

from __future__ import annotations

import gc
import multiprocessing
import resource
import signal
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Generic, TypeVar

from archive.processes import deaf_to_ctrl_c

MEMORY = 3 * 1024**3
"""Bytes of address space that a process may take; the largest page needs a third of them."""

_STARTING = 120.0
_STILLBORN = 3
_WAITING = 8
"""How many deadlines of the clock an item may take: a busy machine or a slow disk costs nobody an item."""
_PRELOADED = ["pipelines.rows"]
"""Imported once, by the process that all others are forked from."""

Item = TypeVar("Item")
Result = TypeVar("Result")
Labour = Callable[[list[Item]], Iterator[Result]]
"""Gives one result for each item of a batch, in order. An item it raises at is lost, and the process with it."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Why an item has no result."""

    why: str


class NoProcesses(OSError):
    """Processes end before they have begun to work, whatever they are given."""


@dataclass(slots=True, eq=False)
class _Hand(Generic[Item]):
    process: BaseProcess
    pipe: Connection
    batch: deque[Item] = field(default_factory=deque)
    since: float = 0.0
    ready: bool = False


def work_off(
    batches: Iterable[Iterable[Item]], begin: Callable[[], Labour[Item, Result]], *, workers: int, deadline: float
) -> Iterator[tuple[Item, Result | Lost]]:
    """Has *workers* processes work the batches off; gives the items, in any order, with what became of them.

    An item may take *deadline* seconds of computing, and eight times as many of the clock.

    *begin* is called once in each process and gives its labour; it must be picklable, as items and results are.
    Ending the iteration ends the processes. Raises NoProcesses.
    """
    crew = _Crew(iter(batches), begin, deadline)
    try:
        yield from crew.run(workers)
    finally:
        crew.stop()


class _Crew(Generic[Item, Result]):
    def __init__(
        self, batches: Iterator[Iterable[Item]], begin: Callable[[], Labour[Item, Result]], deadline: float
    ) -> None:
        self._batches = batches
        self._begin = begin
        self._deadline = deadline
        self._patience = deadline * _WAITING
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(_PRELOADED)
        self._crew: list[_Hand[Item]] = []
        self._stillborn = 0

    def run(self, workers: int) -> Iterator[tuple[Item, Result | Lost]]:
        for _ in range(max(1, workers)):
            self._start(self._next())
        while self._crew:
            soonest = min(hand.since + self._allowed(hand) for hand in self._crew)
            ready = set(wait([hand.pipe for hand in self._crew], timeout=max(0.0, soonest - time.monotonic())))
            for hand in list(self._crew):
                if hand.pipe in ready:
                    yield from self._hear(hand)
                elif time.monotonic() > hand.since + self._allowed(hand):
                    yield from self._replace(hand, f"no answer within {self._patience:g} s")

    def stop(self) -> None:
        """Ends the processes that still run."""
        for hand in list(self._crew):
            self._dismiss(hand, kill=True)

    def _next(self) -> deque[Item]:
        return deque(next(self._batches, ()))

    def _allowed(self, hand: _Hand[Item]) -> float:
        return self._patience if hand.ready else self._patience + _STARTING

    def _start(self, batch: deque[Item]) -> None:
        if not batch:
            return
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_live, args=(theirs, self._begin, self._deadline), daemon=True)
        with deaf_to_ctrl_c():
            process.start()
        theirs.close()
        hand = _Hand[Item](process, ours)
        self._crew.append(hand)
        self._give(hand, batch)

    def _give(self, hand: _Hand[Item], batch: deque[Item]) -> None:
        hand.batch = batch
        hand.since = time.monotonic()
        # if it died meanwhile, its pipe reads as ended, and the batch is given to another
        with suppress(OSError):
            hand.pipe.send(list(batch))

    def _hear(self, hand: _Hand[Item]) -> Iterator[tuple[Item, Result | Lost]]:
        try:
            message = hand.pipe.recv()
        except (EOFError, OSError):
            hand.process.join(5)
            yield from self._replace(hand, self._end_of(hand))
            return
        hand.since = time.monotonic()
        if message is None:
            hand.ready = True
            self._stillborn = 0
            return
        yield hand.batch.popleft(), message[0]
        if not hand.batch:
            batch = self._next()
            if batch:
                self._give(hand, batch)
            else:
                self._dismiss(hand)

    def _end_of(self, hand: _Hand[Item]) -> str:
        code = hand.process.exitcode
        if code == -signal.SIGPROF:
            return f"not done within {self._deadline:g} s of computing"
        return f"its process ended ({code})"

    def _replace(self, hand: _Hand[Item], why: str) -> Iterator[tuple[Item, Result | Lost]]:
        self._dismiss(hand, kill=True)
        if hand.ready:
            yield hand.batch.popleft(), Lost(why)
        else:
            # it was not yet at work: no item is to blame
            self._stillborn += 1
            if self._stillborn >= _STILLBORN:
                raise NoProcesses(0, f"processes end as soon as they start (exit code {hand.process.exitcode})")
        self._start(hand.batch or self._next())

    def _dismiss(self, hand: _Hand[Item], *, kill: bool = False) -> None:
        self._crew.remove(hand)
        if kill:
            hand.process.kill()
        hand.pipe.close()
        hand.process.join(10)


def _live(pipe: Connection, begin: Callable[[], Labour[Item, Result]], deadline: float) -> None:
    """A process's life: batches in, one message for each item out; ends when the parent closes the pipe."""
    # not every system has this limit
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
    labour = begin()
    # what is there now stays: looking through it again and again is a twentieth of the work
    gc.freeze()
    gc.set_threshold(20_000)
    try:
        pipe.send(None)
        while True:
            batch = pipe.recv()
            _limit(deadline)
            for result in labour(batch):
                pipe.send((result,))
                _limit(deadline)
            _limit(0)
    except (EOFError, OSError):
        return


def _limit(deadline: float) -> None:
    """From now on so many seconds of computing are left; 0 is no limit. The system ends a process that takes more,
    within a C function too, and also where nobody watches any more."""
    signal.setitimer(signal.ITIMER_PROF, deadline)
