"""Decisions taken into a row: what people accepted stands in the text, what they rejected does not.

A decision is carried out only where the passage is the one that was decided on. Otherwise the row keeps what
the software says of it, undecided, and a warning says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipelines.edits import CONTEXT, Edit, apply, from_json, revert, to_json
from pipelines.review.decisions import REVIEW_RULE, Decision
from pipelines.schema import Row, SectionRow, Warn, sha256
from pipelines.sections import sections

STALE = "decision-not-applied"
"""The warning's code."""


@dataclass(frozen=True, slots=True)
class NotApplied:
    """A decision that a row could not take in. `version` is the row's, empty where the document has no row."""

    decision: Decision
    version: str
    why: str

    @property
    def told(self) -> str:
        one = self.decision
        change = f"{one.before!r}" + (f" → {one.after!r}" if one.after is not None else "")
        return f"{one.what} {change} by {one.who} of {one.when}, edit {one.edit}: {self.why}"


def with_decisions(row: Row, decisions: Sequence[Decision]) -> tuple[Row, list[NotApplied]]:
    """The row with the decisions on its document (those in force, in order) taken in, and those that do not fit.

    Whatever is decided, `revert` of the new text and edits is the same original. Raises EditError where the
    row's own edits do not fit its text.
    """
    edits = [from_json(edit) for edit in row["edits"]]
    original = revert(row["text"], edits)
    desk = _Desk(original, edits, row["version"])
    for decision in decisions:
        desk.decide(decision)
    return with_edits(row, original, desk.result(), desk.unfit), desk.unfit


def with_edits(row: Row, original: str, edits: Sequence[Edit], unfit: Sequence[NotApplied] = ()) -> Row:
    """The row with these edits instead of its own: text, digest and sections follow."""
    changed = row.copy()
    changed["edits"] = [to_json(edit) for edit in edits]
    text = apply(original, edits)
    if text != row["text"]:
        changed["text"], changed["text_sha256"] = text, sha256(text)
        changed["sections"] = [
            SectionRow(level=s.level, number=s.number, heading=s.heading, start=s.start, end=s.end)
            for s in sections(text)
        ]
    changed["warnings"] = [*row["warnings"], *(Warn(code=STALE, detail=one.told) for one in unfit)]
    return changed


def in_order(edits: Sequence[Edit]) -> list[Edit]:
    """As they stand in a row."""
    return sorted(edits, key=lambda edit: (edit.start, edit.end, edit.id))


class _Desk:
    """A row's edits while decisions are carried out, by id."""

    def __init__(self, original: str, edits: Sequence[Edit], version: str) -> None:
        self._original = original
        self._version = version
        self._edits = {edit.id: edit for edit in edits}
        self._proposed = dict(self._edits)
        self.unfit: list[NotApplied] = []

    def decide(self, decision: Decision) -> None:
        target = self._edits.get(decision.edit)
        place = target.start if target is not None else self._place(decision)
        if place is None:
            self._refuse(decision, "the passage is no longer there, or reads otherwise now")
        elif decision.what == "reject":
            self._reject(decision, target)
        elif decision.what == "accept":
            self._stand(self._accepted(decision, target, place), decision)
        else:
            self._stand(self._made(decision, place), decision)
            if target is not None and target.id != decision.made:
                self._edits[target.id] = _rejected(target, decision)

    def result(self) -> list[Edit]:
        """All edits in a row's order; what is only proposed where a person's edit stands is gone."""
        decided = [edit for edit in self._edits.values() if edit.status == "accepted"]
        kept = [
            edit
            for edit in self._edits.values()
            if edit.status != "proposed" or not any(_overlap(edit, other) for other in decided)
        ]
        return in_order(kept)

    def _refuse(self, decision: Decision, why: str) -> None:
        self.unfit.append(NotApplied(decision, self._version, why))

    def _reject(self, decision: Decision, target: Edit | None) -> None:
        if target is None:
            return
        if target.after != decision.after:
            self._refuse(decision, f"the software now reads {target.after!r} there")
        else:
            self._edits[target.id] = _rejected(target, decision)

    def _accepted(self, decision: Decision, target: Edit | None, place: int) -> Edit:
        known = target or self._fresh(decision, place, decision.edit, decision.rule, decision.rule_version)
        return replace(known, status="accepted", after=decision.after, agent=decision.who, time=decision.when)

    def _made(self, decision: Decision, place: int) -> Edit:
        replaces = decision.edit if decision.edit != decision.made else None
        return replace(self._fresh(decision, place, decision.made, REVIEW_RULE, "1"), replaces=replaces)

    def _fresh(self, decision: Decision, place: int, identity: str, rule: str, version: str) -> Edit:
        return Edit(
            id=identity,
            rule=rule,
            rule_version=version,
            kind=decision.kind,
            status="accepted",
            start=place,
            end=place + len(decision.before),
            before=decision.before,
            after=decision.after,
            prefix=decision.prefix,
            suffix=decision.suffix,
            confidence=1.0,
            evidence=(f"read so by {decision.who}",),
            agent=decision.who,
            time=decision.when,
        )

    def _stand(self, edit: Edit, decision: Decision) -> None:
        """Puts an edit into the text; what stood in its place gives way."""
        for other in list(self._edits.values()):
            if other.id != edit.id and other.status in ("applied", "accepted") and _overlap(edit, other):
                self._give_way(other, edit, decision)
        self._edits[edit.id] = edit

    def _give_way(self, other: Edit, edit: Edit, decision: Decision) -> None:
        undecided = self._proposed.get(other.id)
        if other.status == "accepted" and undecided is not None and undecided.status == "proposed":
            self._edits[other.id] = undecided
        else:
            why = f"gives way to edit {edit.id}"
            self._edits[other.id] = replace(_rejected(other, decision), evidence=(*other.evidence, why))

    def _place(self, decision: Decision) -> int | None:
        return place_of(self._original, decision.before, decision.prefix, decision.suffix, decision.occurrence)


def places(original: str, before: str, prefix: str, suffix: str) -> list[int]:
    """Where `before` stands in the text between exactly this `prefix` and `suffix`; a prefix or suffix shorter
    than an edit keeps is that of the text's beginning or end.

    >>> places("甲乙甲", "甲", "", "乙甲"), places("甲乙甲", "甲", "甲乙", ""), places("甲乙甲", "甲", "乙", "")
    ([0], [2], [])
    """
    found: list[int] = []
    passage = prefix + before + suffix
    at = original.find(passage)
    while at >= 0:
        start = at + len(prefix)
        end = start + len(before)
        if original[max(0, start - CONTEXT) : start] == prefix and original[end : end + CONTEXT] == suffix:
            found.append(start)
        at = original.find(passage, at + 1)
    return found


def place_of(original: str, before: str, prefix: str, suffix: str, occurrence: int) -> int | None:
    """The start of the passage that is meant, None where it is not there."""
    found = places(original, before, prefix, suffix)
    return found[occurrence] if occurrence < len(found) else None


def _rejected(edit: Edit, decision: Decision) -> Edit:
    """A flag without a reading that is rejected says that the text is right as it stands."""
    after = edit.before if edit.after is None else edit.after
    return replace(edit, status="rejected", after=after, agent=decision.who, time=decision.when)


def _overlap(one: Edit, other: Edit) -> bool:
    first, second = sorted((one, other), key=lambda edit: (edit.start, edit.end))
    return second.start < first.end or second.start == first.start
