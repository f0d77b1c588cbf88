"""The way in: a text's repairs and normalisations as edits."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from typing import NamedTuple

from pipelines.edits import CONTEXT, Edit, edit_id
from pipelines.repair.draft import Draft
from pipelines.repair.rule import Rule
from pipelines.repair.table import RULES

_ROUNDS = 16
"""Each round shortens the text or lowers its count of odd forms, so few are needed; nested mojibake,
the deepest chain, shrinks by a third a round. The bound is for texts made to be awkward."""


def repair(text: str, document_id: str, *, agent: str, normalise: bool = True) -> list[Edit]:
    """What the closed rules change in `text` (lines separated by `\\n`), sorted and disjoint.

    All edits are of confidence 1 and without a time; `agent` is the software's name and version. Applying
    rules run in the table's order, again until none finds anything, so that repairing the result finds
    nothing new; proposing rules look at `text` itself, and yield to what was applied. `normalise=False`
    leaves out the normalisations. Linear in the text's length.

    >>> from pipelines.edits import apply
    >>> text = "加强调查研究 and 督促检查。。"
    >>> edits = repair(text, "d1", agent="jiucang/0")
    >>> [(e.rule, e.start, e.end, e.before, e.after) for e in edits]
    [('function-word', 6, 11, ' and ', '和'), ('doubled-punctuation', 16, 17, '。', '')]
    >>> apply(text, edits)
    '加强调查研究和督促检查。'
    """
    rules = [rule for rule in RULES if normalise or rule.kind == "repair"]
    applying = [rule for rule in rules if rule.status == "applied"]
    draft = Draft(text)
    for _ in range(_ROUNDS):
        found = [rule.id for rule in applying if draft.run(rule)]
        if not found:
            break
    applied = [_Found(hunk.start, hunk.end, hunk.after, hunk.rules) for hunk in draft.hunks()]
    proposed = [
        _Found(change.start, change.end, change.after, (rule,))
        for rule in rules
        if rule.status == "proposed"
        for change in rule.find(text)
    ]
    seen: Counter[tuple[str, str, str, str]] = Counter()
    edits = sorted([*applied, *_apart(proposed, applied)], key=lambda found: found[:2])
    return [_edit(found, text, document_id, agent, seen) for found in edits]


class _Found(NamedTuple):
    start: int
    end: int
    after: str | None
    rules: tuple[Rule, ...]


def _apart(proposed: list[_Found], applied: list[_Found]) -> list[_Found]:
    """Those of the proposed ones that share nothing with each other or with the applied ones (sorted, disjoint)."""
    starts = [found.start for found in applied]
    kept: list[_Found] = []
    for found in sorted(proposed, key=lambda one: one[:2]):
        index = bisect_left(starts, found.end)
        behind = applied[index - 1].end if index else 0
        if found.start >= max(behind, kept[-1].end if kept else 0):
            kept.append(found)
    return kept


def _edit(found: _Found, text: str, document_id: str, agent: str, seen: Counter[tuple[str, str, str, str]]) -> Edit:
    name = "+".join(rule.id for rule in found.rules)
    before = text[found.start : found.end]
    prefix = text[max(0, found.start - CONTEXT) : found.start]
    suffix = text[found.end : found.end + CONTEXT]
    key = (name, before, prefix, suffix)
    seen[key] += 1
    return Edit(
        id=edit_id(document_id, name, before, prefix, suffix, seen[key] - 1),
        rule=name,
        rule_version="+".join(rule.version for rule in found.rules),
        kind="repair" if any(rule.kind == "repair" for rule in found.rules) else "normalisation",
        status=found.rules[0].status,
        start=found.start,
        end=found.end,
        before=before,
        after=found.after,
        prefix=prefix,
        suffix=suffix,
        confidence=1.0,
        evidence=tuple(rule.reason for rule in found.rules),
        agent=agent,
    )
