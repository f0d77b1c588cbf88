"""What a rule is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from pipelines.schema import Kind

UNREADABLE = "〓"
"""What stands in an example's outcome for a passage without a sure reading: the printers' mark for a missing type."""


@dataclass(frozen=True, slots=True)
class Change:
    """Code points `start` to `end` of the text a rule looked at become `after`; null where no reading is sure."""

    start: int
    end: int
    after: str | None


@dataclass(frozen=True, slots=True)
class Rule:
    """A closed rule with its own proof.

    `find` yields changes in order, disjoint, each of which alters the text and none of which makes it
    find the same again. `examples` are pairs of a whole text and what the rule makes of it;
    `counter_examples` are near misses, texts that it must leave as they are. `version` changes with
    what the rule finds: its measured false alarms are those of that version. `reason` becomes the
    evidence of its edits. An `applied` rule changes the text, a `proposed` one asks a person; only the
    latter may yield changes without a reading.
    """

    id: str
    version: str
    kind: Kind
    reason: str
    examples: tuple[tuple[str, str], ...]
    counter_examples: tuple[str, ...]
    find: Callable[[str], Iterable[Change]]
    status: Literal["applied", "proposed"] = "applied"


def changed(text: str, changes: Iterable[Change]) -> str:
    """The text after these changes, which are in order and disjoint.

    >>> changed("一二三", [Change(0, 1, "甲"), Change(2, 3, "")])
    '甲二'
    >>> changed("锟斤拷三", [Change(0, 3, None)])
    '〓三'
    """
    out: list[str] = []
    at = 0
    for change in changes:
        out += (text[at : change.start], UNREADABLE if change.after is None else change.after)
        at = change.end
    return "".join(out) + text[at:]
