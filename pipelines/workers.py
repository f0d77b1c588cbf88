"""Pages are read by several processes: captures in, drafts out."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from archive.reader import Record, read_record_at, read_records
from pipelines.captures import Answer, Capture, answer_of, identity_of
from pipelines.crew import Lost, work_off
from pipelines.drafts import NOT_READ, Packed
from pipelines.index import MAX_BLOCK
from pipelines.rows import Draft, NoDocument, read_document
from profiles.load import ProfileSet

_Profiles = Mapping[str, bytes]
Reader = Callable[[Answer, ProfileSet, str], Draft | NoDocument]


@dataclass(frozen=True, slots=True)
class Read:
    """What became of a capture's page."""

    capture: Capture
    result: Packed | NoDocument


def read_pages(
    captures: Iterable[Capture],
    profiles: _Profiles,
    agent: str,
    *,
    workers: int,
    deadline: float,
    batch: int = 32,
    reader: Reader = read_document,
) -> Iterator[Read]:
    """Reads the captures' pages in `workers` processes, each page within `deadline` seconds; in any order.

    `profiles` are stored profile sets by run; a run that has none is read with the built-in ones. `reader`
    stands in for `read_document`, and must be importable. Raises `pipelines.crew.NoProcesses`.
    """
    begin = _Reading(dict(profiles), agent, reader)
    for capture, result in work_off(_batches(captures, batch), begin, workers=workers, deadline=deadline):
        yield Read(capture, _not_read(result.why) if isinstance(result, Lost) else result)


def _batches(captures: Iterable[Capture], size: int) -> Iterator[list[Capture]]:
    """Batches of one file each; a file whose records cannot be addressed is read as a whole by one worker."""
    batch: list[Capture] = []
    for capture in captures:
        if batch and (batch[0].payload.path != capture.payload.path or (len(batch) >= size and capture.payload.length)):
            yield batch
            batch = []
        batch.append(capture)
    if batch:
        yield batch


def _not_read(why: object) -> NoDocument:
    return NoDocument(f"{NOT_READ} {why}")


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a process needs to read pages."""

    profiles: _Profiles
    agent: str
    reader: Reader

    def __call__(self) -> Callable[[list[Capture]], Iterator[Packed | NoDocument]]:
        sets = _ProfileSets(self.profiles)

        def labour(batch: list[Capture]) -> Iterator[Packed | NoDocument]:
            for capture, record in _records(batch):
                if isinstance(record, str):
                    yield _not_read(record)
                    continue
                try:
                    result = self.reader(answer_of(capture, record, MAX_BLOCK), sets.of(capture.run), self.agent)
                    yield result if isinstance(result, NoDocument) else Packed.of(result)
                except OSError as error:
                    yield _not_read(error)
                except Exception as error:
                    # A fault of ours on one page must not end the others' reading; the report names it.
                    yield _not_read(f"{type(error).__name__}: {error}")

        return labour


def _records(batch: list[Capture]) -> Iterator[tuple[Capture, Record | str]]:
    """The record that holds each capture's payload, or why it cannot be had."""
    if batch and batch[0].payload.length:
        for capture in batch:
            record = read_record_at(capture.payload.path, capture.payload.offset)
            yield capture, record if isinstance(record, Record) else record.detail
        return
    wanted = deque(batch)
    for record in read_records(batch[0].payload.path, types={"response"}):
        while wanted and isinstance(record, Record) and identity_of(record) == wanted[0].payload.record_id:
            yield wanted.popleft(), record
    for capture in wanted:
        yield capture, "the record is no longer in the file"


class _ProfileSets:
    """Profile sets by run; runs with the same profiles share one."""

    def __init__(self, stored: Mapping[str, bytes]) -> None:
        self._stored = stored
        self._sets: dict[bytes | None, ProfileSet] = {}

    def of(self, run: str) -> ProfileSet:
        stored = self._stored.get(run)
        if stored not in self._sets:
            named = f"profiles of run {run}"
            self._sets[stored] = ProfileSet.from_yaml(stored, named) if stored else ProfileSet.resolve()
        return self._sets[stored]
