"""A text under repair: rules see the text as it stands, every change is carried back to the original.

The draft is a list of hunks, each a span of the original with what stands there now. A change that
overlaps or touches hunks joins them into one, which then bears every rule that took part, so that what
comes out is sorted and disjoint over the original, and a chain of rules is one hunk that is taken back
as one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pipelines.repair.rule import Change, Rule, changed


@dataclass(frozen=True, slots=True)
class Hunk:
    """Code points `start` to `end` of the original read `after` by the work of `rules`, in order of firing."""

    start: int
    end: int
    after: str
    rules: tuple[Rule, ...]

    @property
    def growth(self) -> int:
        return len(self.after) - (self.end - self.start)


_Item = tuple[int, int, Hunk | Change]
"""Where a hunk or a change lies in the working text, and itself."""


class Draft:
    """The original, the text as it stands, and the hunks between the two."""

    def __init__(self, original: str) -> None:
        self.original = original
        self.text = original
        self._hunks: list[Hunk] = []

    def run(self, rule: Rule) -> bool:
        """Let a rule work on the text as it stands; whether it changed anything."""
        changes = list(rule.find(self.text))
        if changes:
            self._hunks = self._merged(changes, rule)
            self.text = changed(self.text, changes)
        return bool(changes)

    def hunks(self) -> list[Hunk]:
        """The hunks, each cut down to what differs; one that came back to the original is gone."""
        trimmed = (_trimmed(self.original, hunk) for hunk in self._hunks)
        return [hunk for hunk in trimmed if hunk.start < hunk.end or hunk.after]

    def _merged(self, changes: Iterable[Change], rule: Rule) -> list[Hunk]:
        """One sweep from left to right over the old hunks and the new changes.

        A group is a stretch of the working text in which every member touches the one before it.
        """
        items: list[_Item] = [(change.start, change.end, change) for change in changes]
        shift = 0
        for hunk in self._hunks:
            items.append((hunk.start + shift, hunk.start + shift + len(hunk.after), hunk))
            shift += hunk.growth
        items.sort(key=lambda item: item[:2])
        groups: list[list[_Item]] = []
        reach = -1
        for item in items:
            if item[0] > reach:
                groups.append([])
            groups[-1].append(item)
            reach = max(reach, item[1])
        merged: list[Hunk] = []
        shift = 0
        for group in groups:
            hunk, shift = self._joined(group, rule, shift)
            merged.append(hunk)
        return merged

    def _joined(self, group: list[_Item], rule: Rule, shift: int) -> tuple[Hunk, int]:
        """One hunk of a group, and the shift (working minus original offset) that holds behind it."""
        start = group[0][0]
        end = max(item[1] for item in group)
        hunks = [item[2] for item in group if isinstance(item[2], Hunk)]
        changes = [item[2] for item in group if isinstance(item[2], Change)]
        behind = shift + sum(hunk.growth for hunk in hunks)
        inside = [Change(change.start - start, change.end - start, change.after) for change in changes]
        after = changed(self.text[start:end], inside)
        rules = tuple(dict.fromkeys([*(r for hunk in hunks for r in hunk.rules), *([rule] if changes else [])]))
        return Hunk(start - shift, end - behind, after, rules), behind


def _trimmed(original: str, hunk: Hunk) -> Hunk:
    before = original[hunk.start : hunk.end]
    head = _common(before, hunk.after)
    tail = _common(before[head:][::-1], hunk.after[head:][::-1])
    return Hunk(hunk.start + head, hunk.end - tail, hunk.after[head : len(hunk.after) - tail], hunk.rules)


def _common(one: str, other: str) -> int:
    """How many code points both begin with."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
