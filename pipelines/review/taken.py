"""The decisions that an extraction takes in, and what becomes of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from pipelines.review.applying import NotApplied, with_decisions
from pipelines.review.decisions import BadLine, Decision, in_force, read_decisions
from pipelines.schema import Row


class Decisions:
    """The decisions of a file, or none. Raises OSError where the file cannot be read."""

    def __init__(self, path: Path | None) -> None:
        self.lines: list[Decision] = []
        self.bad: list[BadLine] = []
        if path is not None:
            self.lines, self.bad = read_decisions(path)
        self._documents, self._idle = in_force(self.lines)
        self._seen: set[str] = set()
        self._fit: set[tuple[str, str]] = set()
        self._unfit: list[NotApplied] = []

    def take_in(self, row: Row) -> Row:
        """The row with the decisions on it."""
        decisions = self._documents.get(row["id"])
        if not decisions:
            return row
        self._seen.add(row["id"])
        row, unfit = with_decisions(row, decisions)
        self._unfit += unfit
        failed = {one.decision.edit for one in unfit}
        self._fit |= {(row["id"], one.edit) for one in decisions if one.edit not in failed}
        return row

    @property
    def taken(self) -> int:
        """How many of those in force fitted a row."""
        return len(self._fit)

    def not_applied(self) -> Iterator[NotApplied]:
        """By document and version, once all rows have been seen."""
        yield from self._unfit
        for document, decisions in sorted(self._documents.items()):
            if document not in self._seen:
                yield from (NotApplied(one, "", "no such document") for one in decisions)
        yield from (NotApplied(one, "", "nothing to undo") for one in self._idle)

    def notices(self) -> list[str]:
        """What a person should know of them, a sentence each."""
        unreadable = [
            f"decisions, line {bad.line}: {'cut short' if bad.torn else 'unreadable'}: {bad.why}" for bad in self.bad
        ]
        return [*unreadable, *(f"document {one.decision.document}: {one.told}" for one in self.not_applied())]

    def report(self) -> dict[str, object]:
        """Their part of extract.json."""
        return {
            "lines": len(self.lines),
            "taken": self.taken,
            "not_applied": [
                {**asdict(one.decision), "version": one.version, "why": one.why} for one in self.not_applied()
            ],
            "unreadable": [asdict(bad) for bad in self.bad],
        }
