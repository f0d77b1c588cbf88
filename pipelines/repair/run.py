"""The way in: a text's repairs and normalisations as edits."""

from __future__ import annotations

from collections import Counter

from pipelines.edits import CONTEXT, Edit, edit_id
from pipelines.repair.draft import Draft, Hunk
from pipelines.repair.table import RULES

_ROUNDS = 16
"""Each round shortens the text or lowers its count of odd forms, so few are needed; nested mojibake,
the deepest chain, shrinks by a third a round. The bound is for texts made to be awkward."""


def repair(text: str, document_id: str, *, agent: str, normalise: bool = True) -> list[Edit]:
    """What the closed rules change in `text` (lines separated by `\\n`), sorted and disjoint.

    All edits are applied ones of confidence 1 without a time; `agent` is the software's name and
    version. Rules run in the table's order, again until none finds anything, so that repairing the
    result finds nothing new. `normalise=False` leaves out the normalisations. Linear in the text's length.

    >>> from pipelines.edits import apply
    >>> text = "加强调查研究 and 督促检查。。"
    >>> edits = repair(text, "d1", agent="jiucang/0")
    >>> [(e.rule, e.start, e.end, e.before, e.after) for e in edits]
    [('function-word', 6, 11, ' and ', '和'), ('doubled-punctuation', 16, 17, '。', '')]
    >>> apply(text, edits)
    '加强调查研究和督促检查。'
    """
    rules = [rule for rule in RULES if normalise or rule.kind == "repair"]
    draft = Draft(text)
    for _ in range(_ROUNDS):
        found = [rule.id for rule in rules if draft.run(rule)]
        if not found:
            break
    seen: Counter[tuple[str, str, str, str]] = Counter()
    return [_edit(hunk, text, document_id, agent, seen) for hunk in draft.hunks()]


def _edit(hunk: Hunk, text: str, document_id: str, agent: str, seen: Counter[tuple[str, str, str, str]]) -> Edit:
    name = "+".join(rule.id for rule in hunk.rules)
    before = text[hunk.start : hunk.end]
    prefix = text[max(0, hunk.start - CONTEXT) : hunk.start]
    suffix = text[hunk.end : hunk.end + CONTEXT]
    key = (name, before, prefix, suffix)
    seen[key] += 1
    return Edit(
        id=edit_id(document_id, name, before, prefix, suffix, seen[key] - 1),
        rule=name,
        rule_version="+".join(rule.version for rule in hunk.rules),
        kind="repair" if any(rule.kind == "repair" for rule in hunk.rules) else "normalisation",
        status="applied",
        start=hunk.start,
        end=hunk.end,
        before=before,
        after=hunk.after,
        prefix=prefix,
        suffix=suffix,
        confidence=1.0,
        evidence=tuple(rule.reason for rule in hunk.rules),
        agent=agent,
    )
