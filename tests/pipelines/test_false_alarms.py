"""The closed rules leave clean prose alone, and their figures are those of the rules as they are."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.false_alarms import BEGIN, END, GUIDE, MEASURED, Measured, Table, in_guide
from benchmarks.judging import digest, is_false
from benchmarks.prose import document, documents
from pipelines.edits import apply, revert
from pipelines.repair.rule import Change, Rule
from pipelines.repair.run import repair
from pipelines.repair.table import RULES

AT_MOST = 1.0
"""False alarms per million characters, of a rule that applies by itself."""
TABLE = Table.from_json(MEASURED.read_text("utf-8"))

ARTEFACTS = (
    "。。请", "，，并", "完成 and 检查", "２０１４年", "二○○九年", "消\u200b防", "⼤会", "的的确认无误", "落实,检查",
    "\ue004\ue004各", "&ldquo;安全&rdquo;", "<o:p></o:p>", "绀句細娌诲畨缁煎悎娌荤悊",
)  # fmt: skip


def unfit(rule: Rule, measured: Measured | None) -> str:
    """Why a rule may not be as it is; empty where it may."""
    if measured is None:
        return "never measured"
    if (rule.version, rule.kind, rule.status) != (measured.version, measured.kind, measured.status):
        return "changed since it was measured"
    worst = max(measured.per_million, measured.generated_per_million)
    return f"applies with {worst} per million" if rule.status == "applied" and worst > AT_MOST else ""


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_is_as_it_was_measured_and_applies_only_within_bounds(rule: Rule) -> None:
    assert not unfit(rule, TABLE.rules.get(rule.id))


def test_a_changed_unmeasured_or_worse_rule_would_be_told() -> None:
    rule = next(one for one in RULES if one.status == "applied")
    measured = TABLE.rules[rule.id]
    assert unfit(replace(rule, version="next"), measured)
    assert unfit(rule, None)
    assert unfit(rule, replace(measured, per_million=1.01))
    assert unfit(rule, replace(measured, generated_per_million=1.5))
    assert not unfit(replace(rule, status="proposed"), replace(measured, per_million=9, status="proposed"))


def test_the_table_is_of_these_rules_and_of_enough_text() -> None:
    assert list(TABLE.rules) == [rule.id for rule in RULES]
    assert sum(TABLE.packages.values()) >= 6_000_000
    assert TABLE.generated >= 2_000_000


def test_the_guide_shows_the_measured_table() -> None:
    guide = GUIDE.read_text("utf-8")
    assert BEGIN in guide
    assert END in guide
    assert in_guide(guide, TABLE) == guide
    assert in_guide(guide, replace(TABLE, generated=1)) != guide


def test_the_guide_names_every_rule() -> None:
    guide = GUIDE.read_text("utf-8").partition(BEGIN)[0]
    assert [rule.id for rule in RULES if f"`{rule.id}`" not in guide] == []


@given(st.integers(min_value=0))
def test_generated_prose_stays_as_it_is(seed: int) -> None:
    assert repair(document(Random(seed)), "d", agent="test") == []


@given(
    st.integers(min_value=0), st.lists(st.tuples(st.sampled_from(ARTEFACTS), st.floats(0, 1)), min_size=1, max_size=6)
)
def test_artefacts_in_generated_prose_are_undone_once_and_revert(seed: int, planted: list[tuple[str, float]]) -> None:
    text = document(Random(seed))
    for artefact, where in planted:
        at = int(where * len(text))
        text = text[:at] + artefact + text[at:]
    edits = repair(text, "d", agent="test")
    repaired = apply(text, edits)
    assert revert(repaired, edits) == text
    assert [edit for edit in repair(repaired, "d", agent="test") if edit.status == "applied"] == []


def test_the_same_seed_gives_the_same_prose() -> None:
    assert list(documents(7, 5000)) == list(documents(7, 5000)) != list(documents(8, 5000))


def named(name: str) -> Rule:
    return next(rule for rule in RULES if rule.id == name)


@pytest.mark.parametrize(
    ("name", "text", "change", "false"),
    [
        ("full-width", "增长２％", Change(2, 3, "2"), False),
        ("full-width", "增长２％", Change(2, 3, "3"), True),
        ("full-width", "全角数字２", Change(4, 5, "2"), True),
        ("half-width-punctuation", "领导,落实", Change(2, 3, "，"), False),
        ("half-width-punctuation", "格式为时:分:秒", Change(4, 5, "："), True),
        ("half-width-punctuation", "用SUM(单价,数量)", Change(7, 8, "，"), True),
        ("invisible-character", "消\u200b防", Change(1, 2, ""), False),
        ("invisible-character", "👨\u200d👩", Change(1, 2, ""), True),
        ("split-date", "于2014 年", Change(1, 7, "2014年"), False),
        ("split-date", "于 2014 年", Change(2, 8, "2014年"), True),
        ("doubled-de", "目的的活动", Change(2, 3, ""), True),
    ],
)
def test_what_is_false(name: str, text: str, change: Change, false: bool) -> None:
    assert is_false(named(name), text, change, generated=False, read={}) is false
    assert is_false(named(name), text, change, generated=True, read={})


def test_what_was_read_overrules() -> None:
    rule, text, change = named("doubled-de"), "著名的的程序", Change(3, 4, "")
    read = {digest(rule, text, change): {"verdict": "right", "why": "written twice"}}
    assert is_false(rule, text, change, generated=False, read={})
    assert not is_false(rule, text, change, generated=False, read=read)
