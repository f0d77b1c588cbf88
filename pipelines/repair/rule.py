"""What a rule is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pipelines.schema import Kind


@dataclass(frozen=True, slots=True)
class Change:
    """Code points `start` to `end` of the text a rule looked at become `after`."""

    start: int
    end: int
    after: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A closed rule with its own proof.

    `find` yields changes in order, disjoint, each of which alters the text and none of which makes it
    find the same again. `examples` are pairs of a whole text and what the rule makes of it;
    `counter_examples` are near misses, texts that it must leave as they are. `version` changes with
    what the rule finds. `reason` becomes the evidence of its edits.
    """

    id: str
    version: str
    kind: Kind
    reason: str
    examples: tuple[tuple[str, str], ...]
    counter_examples: tuple[str, ...]
    find: Callable[[str], Iterable[Change]]


def changed(text: str, changes: Iterable[Change]) -> str:
    """The text after these changes, which are in order and disjoint.

    >>> changed("一二三", [Change(0, 1, "甲"), Change(2, 3, "")])
    '甲二'
    """
    out: list[str] = []
    at = 0
    for change in changes:
        out += (text[at : change.start], change.after)
        at = change.end
    return "".join(out) + text[at:]
