"""Each rule's own examples and near misses."""

from __future__ import annotations

import pytest

from pipelines.edits import apply, revert
from pipelines.repair.rule import Rule, changed
from pipelines.repair.run import repair
from pipelines.repair.table import RULES

EXAMPLES = [(rule, before, after) for rule in RULES for before, after in rule.examples]
NEAR_MISSES = [(rule, text) for rule in RULES for text in rule.counter_examples]


@pytest.mark.parametrize(("rule", "before", "after"), EXAMPLES, ids=lambda value: getattr(value, "id", None))
def test_a_rule_makes_of_its_example_what_it_says(rule: Rule, before: str, after: str) -> None:
    assert changed(before, rule.find(before)) == after
    assert list(rule.find(after)) == []


@pytest.mark.parametrize(("rule", "before", "after"), EXAMPLES, ids=lambda value: getattr(value, "id", None))
def test_an_example_reverts(rule: Rule, before: str, after: str) -> None:
    edits = repair(before, "d", agent="test")
    assert rule.id in "+".join(edit.rule for edit in edits)
    assert revert(apply(before, edits), edits) == before


@pytest.mark.parametrize(("rule", "text"), NEAR_MISSES, ids=lambda value: getattr(value, "id", None))
def test_a_rule_leaves_its_near_misses(rule: Rule, text: str) -> None:
    assert list(rule.find(text)) == []


def test_rules_have_names_of_their_own_and_proofs_of_both_kinds() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert all(rule.examples and rule.counter_examples and "+" not in rule.id for rule in RULES)
