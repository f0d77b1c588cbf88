"""What is done with every row once all are known: by several processes, in the order of the rows."""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import cast

from pipelines.crew import Labour, Lost, work_off
from pipelines.schema import Row, Warn, serialise

RowPass = Callable[[Row], Row]
"""Picklable: each process gets a copy of its own, and calls it with one row after the other."""

_BATCH = 16


def passed(rows: Path, change: RowPass, spool: Path, *, failure: str, workers: int, deadline: float) -> Iterator[str]:
    """The lines of the file *rows* after *change*, in their order; *spool* is a file to hold them meanwhile.

    A row at which a process dies, hangs or raises stays as it is, with a warning of code *failure*. Memory holds
    eight bytes a row. Raises `pipelines.crew.NoProcesses` and OSError.
    """
    places = array("Q")
    end = 0
    with rows.open(encoding="utf-8", newline="\n") as lines, spool.open("w+b") as held:
        numbered = enumerate(lines)
        batches = iter(lambda: list(islice(numbered, _BATCH)), [])
        for (number, line), result in work_off(batches, _Changing(change), workers=workers, deadline=deadline):
            changed = (_warned(line, failure, result.why) if isinstance(result, Lost) else result).encode()
            places.extend([0] * (number + 1 - len(places)))
            places[number] = end
            end += held.write(changed)
        for place in places:
            held.seek(place)
            yield held.readline().decode()


@dataclass(frozen=True, slots=True)
class _Changing:
    change: RowPass

    def __call__(self) -> Labour[tuple[int, str], str | Lost]:
        def labour(batch: list[tuple[int, str]]) -> Iterator[str | Lost]:
            for _, line in batch:
                try:
                    yield serialise(self.change(cast(Row, json.loads(line)))) + "\n"
                except Exception as error:
                    # as with pages: a fault of ours on one row must not end the others
                    yield Lost(f"{type(error).__name__}: {error}")

        return labour


def _warned(line: str, code: str, why: str) -> str:
    row = cast(Row, json.loads(line))
    row["warnings"].append(Warn(code=code, detail=why))
    return serialise(row) + "\n"
