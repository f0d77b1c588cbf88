"""Processes that read pages, watched: one that dies or hangs on a page costs that page alone.

The parent gives a worker one batch of captures at a time and hears of each page as it is done. Which
worker reads which batch, and in which order answers come, is left to chance; nothing may depend on it.
"""

from __future__ import annotations

import multiprocessing
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING

from archive.reader import Record, read_record_at, read_records
from pipelines.captures import Answer, Capture, answer_of, identity_of
from pipelines.index import MAX_BLOCK

if TYPE_CHECKING:
    from pipelines.rows import Draft, NoDocument
    from profiles.load import ProfileSet

_STARTING = 120.0
_Profiles = Mapping[str, bytes]
Reader = Callable[[Answer, "ProfileSet", str], "Draft | NoDocument"]


@dataclass(frozen=True, slots=True)
class Read:
    """What became of a capture's page."""

    capture: Capture
    result: Draft | NoDocument


@dataclass(slots=True, eq=False)
class _Worker:
    process: BaseProcess
    pipe: Connection
    batch: deque[Capture] = field(default_factory=deque)
    since: float = 0.0
    ready: bool = False


def read_pages(
    captures: Iterable[Capture],
    profiles: _Profiles,
    agent: str,
    *,
    workers: int,
    deadline: float,
    batch: int = 32,
    reader: Reader | None = None,
) -> Iterator[Read]:
    """Reads the captures' pages in `workers` processes, each page within `deadline` seconds.

    `profiles` are stored profile sets by run; a run that has none is read with the built-in ones. `reader`
    stands in for `read_document`, and must be importable.
    """
    crew = _Crew(profiles, agent, deadline, reader)
    batches = _batches(captures, batch)
    try:
        yield from crew.run(batches, workers)
    finally:
        crew.stop()


def _batches(captures: Iterable[Capture], size: int) -> Iterator[deque[Capture]]:
    """Batches of one file each; a file whose records cannot be addressed is read as a whole by one worker."""
    batch: deque[Capture] = deque()
    for capture in captures:
        if batch and (batch[0].payload.path != capture.payload.path or (len(batch) >= size and capture.payload.length)):
            yield batch
            batch = deque()
        batch.append(capture)
    if batch:
        yield batch


class _Crew:
    def __init__(self, profiles: _Profiles, agent: str, deadline: float, reader: Reader | None) -> None:
        self._arguments = (dict(profiles), agent, reader)
        self._deadline = deadline
        self._context = multiprocessing.get_context("spawn")
        self._crew: list[_Worker] = []

    def run(self, batches: Iterator[deque[Capture]], workers: int) -> Iterator[Read]:
        for _ in range(max(1, workers)):
            batch = next(batches, None)
            if batch is not None:
                self._start(batch)
        while self._crew:
            busy = [worker.pipe for worker in self._crew]
            soonest = min(worker.since + self._allowed(worker) for worker in self._crew)
            ready = set(wait(busy, timeout=max(0.0, soonest - time.monotonic())))
            for worker in list(self._crew):
                if worker.pipe in ready:
                    yield from self._hear(worker, batches)
                elif time.monotonic() > worker.since + self._allowed(worker):
                    yield from self._replace(worker, batches, f"no answer within {self._deadline:g} s")

    def _allowed(self, worker: _Worker) -> float:
        return self._deadline if worker.ready else self._deadline + _STARTING

    def _start(self, batch: deque[Capture]) -> None:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_work, args=(theirs, *self._arguments), daemon=True)
        process.start()
        theirs.close()
        worker = _Worker(process, ours, since=time.monotonic())
        self._crew.append(worker)
        self._give(worker, batch)

    def _give(self, worker: _Worker, batch: deque[Capture]) -> None:
        worker.batch = batch
        worker.since = time.monotonic()
        try:
            worker.pipe.send(list(batch))
        except OSError:
            return  # it died meanwhile: its pipe reads as ended, and the batch is given to another

    def _hear(self, worker: _Worker, batches: Iterator[deque[Capture]]) -> Iterator[Read]:
        from pipelines.rows import NoDocument

        try:
            message = worker.pipe.recv()
        except (EOFError, OSError):
            worker.process.join(5)
            yield from self._replace(worker, batches, f"the reading process ended ({worker.process.exitcode})")
            return
        worker.since = time.monotonic()
        if message is None:
            worker.ready = True
            return
        capture = worker.batch.popleft()
        yield Read(capture, message if not isinstance(message, str) else NoDocument(message))
        if not worker.batch:
            batch = next(batches, None)
            if batch is None:
                self._dismiss(worker)
            else:
                self._give(worker, batch)

    def _replace(self, worker: _Worker, batches: Iterator[deque[Capture]], why: str) -> Iterator[Read]:
        from pipelines.rows import NoDocument

        self._dismiss(worker, kill=True)
        batch = worker.batch
        if batch:
            yield Read(batch.popleft(), NoDocument(f"not read: {why}"))
        following = batch if batch else next(batches, None)
        if following:
            self._start(following)

    def _dismiss(self, worker: _Worker, *, kill: bool = False) -> None:
        self._crew.remove(worker)
        if kill:
            worker.process.kill()
        worker.pipe.close()
        worker.process.join(10)

    def stop(self) -> None:
        """Ends the processes that still run."""
        for worker in list(self._crew):
            self._dismiss(worker, kill=True)


def _work(pipe: Connection, profiles: dict[str, bytes], agent: str, reader: Reader | None) -> None:
    """A worker's life: batches in, one message per page out; ends when the parent closes the pipe."""
    from pipelines.rows import read_document

    sets = _ProfileSets(profiles)
    read = reader or read_document
    pipe.send(None)
    try:
        while True:
            for capture, record in _records(pipe.recv()):
                if isinstance(record, str):
                    pipe.send(record)
                    continue
                try:
                    result = read(answer_of(capture, record, MAX_BLOCK), sets.of(capture.run), agent)
                except OSError as error:
                    pipe.send(f"not read: {error}")
                except Exception as error:
                    # A fault of ours on one page must not end the others' reading; the report names it.
                    pipe.send(f"not read: {type(error).__name__}: {error}")
                else:
                    pipe.send(result)
    except (EOFError, OSError):
        return


def _records(batch: list[Capture]) -> Iterator[tuple[Capture, Record | str]]:
    """The record that holds each capture's payload, or why it cannot be had."""
    if batch and batch[0].payload.length:
        for capture in batch:
            record = read_record_at(capture.payload.path, capture.payload.offset)
            yield capture, record if isinstance(record, Record) else f"not read: {record.detail}"
        return
    wanted = deque(batch)
    for record in read_records(batch[0].payload.path, types={"response"}):
        while wanted and isinstance(record, Record) and identity_of(record) == wanted[0].payload.record_id:
            yield wanted.popleft(), record
    for capture in wanted:
        yield capture, "not read: the record is no longer in the file"


class _ProfileSets:
    """Profile sets by run, parsed once."""

    def __init__(self, stored: Mapping[str, bytes]) -> None:
        self._stored = stored
        self._sets: dict[str, ProfileSet] = {}

    def of(self, run: str) -> ProfileSet:
        from profiles.load import ProfileSet

        if run not in self._sets:
            stored = self._stored.get(run)
            self._sets[run] = ProfileSet.from_yaml(stored, f"profiles of run {run}") if stored else ProfileSet.resolve()
        return self._sets[run]
