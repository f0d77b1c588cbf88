"""Repair as a whole: what comes back is sorted, disjoint, exact, and leaves nothing to do."""

from __future__ import annotations

import hashlib
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipelines.edits import CONTEXT, Edit, apply, revert
from pipelines.repair.run import repair
from pipelines.repair.table import RULES

PIECES = [text for rule in RULES for text in [*(before for before, _ in rule.examples), *rule.counter_examples]]
AWKWARD = [
    *"。，、；：？!()（）,;:\n\t \u3000\u00a0①②③𠮷中和的１Ａｚa5%",
    *"\u200b\ufeff\u00ad\u200d\ue004\uf0b7\u2f00\uf90a👨Ã¤ÖÐ€",
    " and ",
    "or",
    "of",
    "ａｎｄ",
    "绀句細娌诲畨",
    "ä¸­",
    *"○〇〓\ufffd\ue601\ue4c6\ue5e5二年月的",
    "锟斤拷",
    "&nbsp;",
    "&amp;",
    "<o:p>",
    "2014 年 6 月",
    "３．５",
]
texts = st.one_of(
    st.text(),
    st.lists(st.sampled_from([*PIECES, *AWKWARD]), max_size=12).map("".join),
    st.lists(st.sampled_from([*PIECES, *AWKWARD]), max_size=8).map("\n".join),
)


def run(text: str, *, normalise: bool = True) -> list[Edit]:
    return repair(text, "d1", agent="jiucang/test", normalise=normalise)


def applied(edits: list[Edit]) -> list[Edit]:
    return [edit for edit in edits if edit.status == "applied"]


@given(texts, st.booleans())
@example("一，\u200b，二", True)
@example("\u200b", True)
@example("一\n\ue004\n二", True)
@example("甲 ａｎ\u200bｄ 乙", True)
def test_edits_revert_are_sorted_and_leave_nothing_to_do(text: str, normalise: bool) -> None:
    edits = run(text, normalise=normalise)
    repaired = apply(text, edits)
    assert revert(repaired, edits) == text
    assert applied(run(repaired, normalise=normalise)) == []
    assert all(one.end < other.start for one, other in pairwise(applied(edits)))
    assert all(one.end <= other.start for one, other in pairwise(edits))
    assert len({edit.id for edit in edits}) == len(edits)
    for edit in edits:
        assert edit.before != edit.after
        assert edit.before == text[edit.start : edit.end]
        assert edit.prefix == text[max(0, edit.start - CONTEXT) : edit.start]
        assert edit.suffix == text[edit.end : edit.end + CONTEXT]
        assert (edit.after is None) <= (edit.status == "proposed")
        assert not (
            edit.before and edit.after and (edit.before[0] == edit.after[0] or edit.before[-1] == edit.after[-1])
        )


@given(texts)
def test_only_repairs_where_normalisation_is_off(text: str) -> None:
    assert {edit.kind for edit in run(text, normalise=False)} <= {"repair"}


@given(st.lists(st.sampled_from([*PIECES, *AWKWARD]), max_size=12))
def test_lines_stay_trimmed_and_none_becomes_empty(pieces: list[str]) -> None:
    lines = [line.strip() for line in "\n".join(pieces).split("\n")]
    text = "\n".join(line for line in lines if line)
    after = apply(text, run(text))
    assert all(line and line == line.strip() for line in after.split("\n")) or not after


@pytest.mark.parametrize(
    ("text", "rule", "before", "after", "kind"),
    [
        ("一，\u200b，二", "invisible-character+doubled-punctuation", "\u200b，", "", "repair"),
        ("研究ａｎｄ检查", "full-width+function-word", "ａｎｄ", "和", "repair"),
        ("研究 a\u200bnd 检查", "invisible-character+function-word", " a\u200bnd ", "和", "repair"),
        ("责任,，落实", "half-width-punctuation+doubled-punctuation", ",", "", "repair"),
        ("⼤\u200b会", "invisible-character+compatibility-form", "⼤\u200b", "大", "normalisation"),
    ],
)
def test_a_chain_of_rules_is_one_edit_over_the_original(
    text: str, rule: str, before: str, after: str, kind: str
) -> None:
    (edit,) = run(text)
    assert (edit.rule, edit.before, edit.after, edit.kind) == (rule, before, after, kind)
    versions = {one.id: one.version for one in RULES}
    assert edit.rule_version == "+".join(versions[name] for name in rule.split("+"))
    assert len(edit.evidence) == 2


def test_an_id_is_the_same_whatever_stands_elsewhere_and_tells_repetitions_apart() -> None:
    (alone,) = run("各部门要认真研究部署本年度工作。。请各单位遵照执行并报告。")
    line = "各部门要认真研究部署本年度工作。。请各单位遵照执行并报告。"
    first, second = run(f"另一段。\n{line}\n{line}")
    assert alone.id == first.id != second.id
    (other,) = repair(line, "d2", agent="jiucang/test")
    assert other.id != alone.id


def test_a_rule_edit_says_who_and_nothing_of_when() -> None:
    (edit,) = run("完毕。。")
    assert (edit.status, edit.confidence, edit.agent, edit.time, edit.replaces) == (
        "applied",
        1.0,
        "jiucang/test",
        None,
        None,
    )


@pytest.mark.parametrize(
    "unit",
    [
        "，，",
        " and 一",
        "中\u200b",
        "(一)",
        "绀句細娌诲畨",
        "Ö",
        "ä¸",
        "②\n",
        "“",
        "中(",
        "?",
        "\ue004",
        "&nbsp;",
        "<o:p>",
        "二○",
        "的的人",
        "2014 年",
        "１．",
        "\ufffd中",
        "\ue601\n",
        "Normal 0 ",
    ],
)
def test_time_grows_with_the_length_and_no_faster(unit: str) -> None:
    """A rule that looked back at all before each find would need minutes here."""
    text = unit * (60_000 // len(unit))
    edits = run(text)
    digest = hashlib.sha256(revert(apply(text, edits), edits).encode("utf-8", "surrogatepass")).hexdigest()
    assert digest == hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
