"""Edits: how a row's `text` differs from the text as extracted, and the way back.

An edit replaces code points `start` to `end` of the original text (Python's own string offsets, no
bytes, no UTF-16 units) by `after`. Applied and accepted edits stand in `text`; proposed and rejected
ones are on record only. Those in the text are sorted and disjoint, so that `revert` is exact: it needs
nothing but the text and the edits. Fields and their names are the row's contract.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import cast, get_args

from pipelines.schema import EditRow, Kind, Status

CONTEXT = 12
"""Code points of the original kept on either side of an edit, so that a reader can find it again."""

STANDING: tuple[Status, ...] = ("applied", "accepted")
"""Statuses of the edits that are in `text`."""

_ID_DIGITS = 32


class EditError(ValueError):
    """Edits that do not fit each other or the text they are for.

    `problem` names the promise broken, `edit` and `other` the ids concerned (`other` is empty where
    one edit is at fault by itself), `found` and `expected` what stands there and what should.
    """

    def __init__(self, problem: str, edit: str, *, other: str = "", found: str = "", expected: str = "") -> None:
        self.problem, self.edit, self.other, self.found, self.expected = problem, edit, other, found, expected
        where = f"edit {edit}" + (f" and edit {other}" if other else "")
        detail = f": found {found!r}, expected {expected!r}" if found or expected else ""
        super().__init__(f"{where}: {problem}{detail}")


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of a document's text, applied or only considered.

    `start` and `end` count code points of the original text, of which `before` is the slice and `prefix`
    and `suffix` the surroundings. `after` is null only while the edit is proposed: flagged, no sure
    reading. `confidence` lies between 0 and 1, closed rules say 1. `evidence` holds short sentences,
    `agent` the software or person, `time` (UTC, ISO 8601 with Z) the moment of a person's decision
    and null for a rule. `replaces` is the id of the edit that a correction stands in for.
    """

    id: str
    rule: str
    rule_version: str
    kind: Kind
    status: Status
    start: int
    end: int
    before: str
    after: str | None
    prefix: str
    suffix: str
    confidence: float
    evidence: tuple[str, ...]
    agent: str
    time: str | None = None
    replaces: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise EditError("unknown kind", self.id, found=str(self.kind), expected=" | ".join(get_args(Kind)))
        if self.status not in get_args(Status):
            raise EditError("unknown status", self.id, found=str(self.status), expected=" | ".join(get_args(Status)))
        if self.start < 0 or self.end - self.start != len(self.before):
            expected = f"{len(self.before)} code points"
            raise EditError("span and `before` disagree", self.id, found=f"{self.start}..{self.end}", expected=expected)
        if self.after is None and self.status != "proposed":
            raise EditError("`after` may be null only while proposed", self.id, found=self.status, expected="proposed")
        if not 0 <= self.confidence <= 1:
            raise EditError("confidence out of range", self.id, found=str(self.confidence), expected="0 to 1")


def edit_id(document_id: str, rule: str, before: str, prefix: str, suffix: str, occurrence: int) -> str:
    """A name that stays the same when text elsewhere in the document, or the rule's version, changes.

    `occurrence` counts from 0 among the edits of one document that agree in all else. 32 hex digits.

    >>> edit_id("d1", "doubled-punctuation", "。", "到此为止。", "", 0)
    '594be5318aad9bb01d4be31f2464e0d9'
    """
    parts = json.dumps([document_id, rule, before, prefix, suffix, occurrence])
    return hashlib.sha256(parts.encode("ascii")).hexdigest()[:_ID_DIGITS]


def apply(original: str, edits: Iterable[Edit]) -> str:
    """The text that the applied and accepted ones among `edits` make of `original`.

    Raises EditError where those are not sorted and disjoint or one's `before` is not what stands there.
    """
    out: list[str] = []
    at = 0
    for edit, after in _standing(edits):
        found = original[edit.start : edit.end]
        if found != edit.before or edit.end > len(original):
            raise EditError("the original reads otherwise", edit.id, found=found, expected=edit.before)
        out += (original[at : edit.start], after)
        at = edit.end
    return "".join(out) + original[at:]


def revert(text: str, edits: Iterable[Edit]) -> str:
    """The original text of which `apply(original, edits)` made `text`; exact.

    Raises EditError where the edits are not sorted and disjoint or `text` does not hold an `after`.
    """
    out: list[str] = []
    at = shift = 0
    for edit, after in _standing(edits):
        start = edit.start + shift
        end = start + len(after)
        if text[start:end] != after or end > len(text):
            raise EditError("the text reads otherwise", edit.id, found=text[start:end], expected=after)
        out += (text[at:start], edit.before)
        at = end
        shift += len(after) - len(edit.before)
    return "".join(out) + text[at:]


def _standing(edits: Iterable[Edit]) -> list[tuple[Edit, str]]:
    standing: list[tuple[Edit, str]] = []
    for edit in edits:
        if edit.status not in STANDING or edit.after is None:
            continue
        if standing:
            last = standing[-1][0]
            if edit.start < last.end or edit.start == last.start:
                problem = "overlap" if edit.end > last.start else "out of order"
                raise EditError(problem, edit.id, other=last.id, found=str(edit.start), expected=f"≥ {last.end}")
        standing.append((edit, edit.after))
    return standing


def to_json(edit: Edit) -> EditRow:
    """The edit as an object of a row: every key, in the contract's order."""
    values: dict[str, object] = {name: getattr(edit, name) for name in _NAMES}
    values["evidence"] = list(edit.evidence)
    return cast(EditRow, values)


_NAMES = tuple(field.name for field in fields(Edit))


_TYPES: dict[str, tuple[type, ...]] = {
    "start": (int,),
    "end": (int,),
    "after": (str, type(None)),
    "confidence": (float, int),
    "evidence": (list, tuple),
    "time": (str, type(None)),
    "replaces": (str, type(None)),
}


def from_json(value: Mapping[str, object]) -> Edit:
    """The edit that `to_json` wrote.

    Raises EditError where a key is missing or unknown or a value is of the wrong type.
    """
    names = set(_NAMES)
    name = str(value.get("id"))
    if names != value.keys():
        found, expected = ", ".join(sorted(value.keys() - names)), ", ".join(sorted(names - value.keys()))
        raise EditError("keys unknown (found) or missing (expected)", name, found=found, expected=expected)
    for key, item in value.items():
        types = _TYPES.get(key, (str,))
        if not isinstance(item, types) or isinstance(item, bool):
            expected = " | ".join(t.__name__ for t in types)
            raise EditError(f"`{key}` is of the wrong type", name, found=type(item).__name__, expected=expected)
    evidence = cast("list[object]", value["evidence"])
    if not all(isinstance(item, str) for item in evidence):
        raise EditError("`evidence` is of the wrong type", name, found="other items", expected="list of str")
    return Edit(**{**value, "evidence": tuple(evidence)})  # type: ignore[arg-type]
