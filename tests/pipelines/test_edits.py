"""Edits: apply and revert, what does not fit, JSON, names."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.edits import Edit, EditError, apply, edit_id, from_json, revert, to_json


def edit(start: int, before: str, after: str | None, **others: object) -> Edit:
    values = {
        "id": f"e{start}",
        "rule": "rule",
        "rule_version": "1",
        "kind": "repair",
        "status": "applied",
        "start": start,
        "end": start + len(before),
        "before": before,
        "after": after,
        "prefix": "",
        "suffix": "",
        "confidence": 1.0,
        "evidence": ("why",),
        "agent": "test",
        **others,
    }
    return Edit(**values)  # type: ignore[arg-type]


TEXT = "加强调查研究 and 督促检查。"


def test_offsets_count_code_points_beyond_the_basic_plane() -> None:
    edits = [edit(2, "，，", "，"), edit(5, "𠮷", "")]
    assert apply("𠀀一，，二𠮷", edits) == "𠀀一，二"
    assert revert("𠀀一，二", edits) == "𠀀一，，二𠮷"


@pytest.mark.parametrize("status", ["proposed", "rejected"])
def test_what_does_not_stand_in_the_text_is_passed_over(status: str) -> None:
    edits = [edit(6, " and ", "和", status=status)]
    assert apply(TEXT, edits) == revert(TEXT, edits) == TEXT


def test_a_correction_stands_in_for_the_edit_it_replaces() -> None:
    first = edit(6, " and ", "和", status="rejected")
    second = replace(first, id="c", status="accepted", after="与", replaces="e6", time="2026-01-02T03:04:05Z")
    assert apply(TEXT, [first, second]) == "加强调查研究与督促检查。"
    assert revert("加强调查研究与督促检查。", [first, second]) == TEXT


@pytest.mark.parametrize(
    ("edits", "problem", "found"),
    [
        ([edit(0, "加强", "减"), edit(1, "强调", "")], "overlap", "1"),
        ([edit(2, "调查", ""), edit(0, "加强", "")], "out of order", "0"),
        ([edit(2, "", "一"), edit(2, "", "二")], "out of order", "2"),
        ([edit(0, "削弱", "加强")], "the original reads otherwise", "加强"),
        ([edit(11, "督促检查。完", "")], "the original reads otherwise", "督促检查。"),
    ],
)
def test_edits_that_do_not_fit_say_which(edits: list[Edit], problem: str, found: str) -> None:
    with pytest.raises(EditError) as caught:
        apply(TEXT, edits)
    assert (caught.value.problem, caught.value.found) == (problem, found)
    assert caught.value.edit == edits[-1].id


def test_reverting_a_text_that_the_edits_did_not_make_fails() -> None:
    with pytest.raises(EditError, match="the text reads otherwise"):
        revert("加强调查研究与督促检查。", [edit(6, " and ", "和")])


@pytest.mark.parametrize(
    "values",
    [{"after": None}, {"kind": "guess"}, {"status": "done"}, {"confidence": 1.5}, {"end": 9}, {"start": -1, "end": 4}],
)
def test_an_edit_validates_itself(values: dict[str, object]) -> None:
    with pytest.raises(EditError):
        replace(edit(6, " and ", "和"), **values)  # type: ignore[arg-type]


def test_a_proposal_may_be_without_a_correction() -> None:
    assert edit(0, "加强", None, status="proposed").after is None


def test_json_has_every_key_in_the_order_of_the_contract_and_comes_back() -> None:
    one = edit(6, " and ", "和", replaces="x", time="2026-01-02T03:04:05Z")
    names = (
        "id rule rule_version kind status start end before after prefix suffix confidence evidence agent time replaces"
    )
    assert " ".join(to_json(one)) == names
    assert from_json(to_json(one)) == one


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("start", "6"),
        ("start", True),
        ("after", 1),
        ("evidence", "why"),
        ("evidence", [1]),
        ("kind", "x"),
        ("extra", ""),
    ],
)
def test_json_of_another_shape_is_refused(key: str, value: object) -> None:
    with pytest.raises(EditError):
        from_json({**to_json(edit(6, " and ", "和")), key: value})


def test_json_without_a_key_is_refused_by_name() -> None:
    whole = to_json(edit(6, " and ", "和"))
    del whole["prefix"]
    with pytest.raises(EditError, match="prefix"):
        from_json(whole)


def test_an_id_depends_on_each_of_its_parts_and_on_where_they_end() -> None:
    parts = [("d", "r", "b", "p", "s", 0), ("D", "r", "b", "p", "s", 0), ("d", "R", "b", "p", "s", 0)]
    parts += [("d", "r", "B", "p", "s", 0), ("d", "r", "bp", "", "s", 0), ("d", "r", "b", "ps", "", 0)]
    parts += [("d", "r", "b", "p", "s", 1)]
    assert len({edit_id(*part) for part in parts}) == len(parts)


@given(st.lists(st.tuples(st.text(max_size=4), st.text(max_size=4), st.text(max_size=4)), max_size=8))
def test_apply_and_revert_undo_each_other(pieces: list[tuple[str, str, str]]) -> None:
    original = after = ""
    edits: list[Edit] = []
    for gap, before, new in pieces:
        original += "·" + gap
        after += "·" + gap
        edits.append(edit(len(original), before, new))
        original += before
        after += new
    assert apply(original, edits) == after
    assert revert(after, edits) == original
    assert [from_json(to_json(one)) for one in edits] == edits
