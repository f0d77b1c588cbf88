"""Decisions in rows: whatever is decided, the original comes back, and nothing is applied blindly."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.edits import CONTEXT, Edit, from_json, revert
from pipelines.review.applying import STALE, with_decisions, with_edits
from pipelines.review.decisions import Decision, append_decisions
from pipelines.run import extract
from pipelines.schema import Row, sha256

LINE = "各单位要认真组织学习 and 宣传，切实吧工作做到实处，并将情况及时上报。"
EditAt = Callable[..., Edit]
Decided = Callable[..., Decision]
Collection = Callable[..., Path]


def row_of(text: str, *edits: Edit) -> Row:
    """As much of a row as decisions look at."""
    bare = {"id": "0" * 31 + "1", "version": "v", "text": text, "text_sha256": sha256(text), "edits": []}
    return with_edits({**bare, "sections": [], "warnings": []}, text, sorted(edits, key=lambda e: e.start))  # type: ignore[typeddict-item]


def original_of(row: Row) -> str:
    return revert(row["text"], [from_json(edit) for edit in row["edits"]])


def test_accepted_stands_rejected_does_not(edit_at: EditAt, decided: Decided) -> None:
    typo, stray = edit_at(LINE, "吧", "把"), edit_at(LINE, " and ", "和", status="applied")
    row, unfit = with_decisions(row_of(LINE, typo, stray), [decided(typo, "accept"), decided(stray, "reject")])
    assert row["text"] == LINE.replace("吧", "把") and not unfit
    assert [(e["status"], e["agent"], e["time"]) for e in row["edits"]] == [
        ("rejected", "王编辑", "2024-05-06T07:08:09Z"),
        ("accepted", "王编辑", "2024-05-06T07:08:09Z"),
    ]
    assert original_of(row) == LINE and row["text_sha256"] == sha256(row["text"])


def test_a_correction_is_an_edit_that_replaces(edit_at: EditAt, decided: Decided) -> None:
    typo = edit_at(LINE, "吧", None)
    row, _ = with_decisions(row_of(LINE, typo), [decided(typo, "correct", after="将")])
    mine, theirs = sorted(row["edits"], key=lambda edit: edit["status"])
    assert (mine["status"], mine["after"], mine["replaces"]) == ("accepted", "将", typo.id)
    assert (theirs["id"], theirs["status"]) == (typo.id, "rejected")
    assert row["text"] == LINE.replace("吧", "将") and original_of(row) == LINE


def test_a_flag_that_is_rejected_says_that_the_text_is_right(edit_at: EditAt, decided: Decided) -> None:
    flag = edit_at(LINE, "实处", None)
    row, unfit = with_decisions(row_of(LINE, flag), [decided(flag, "reject")])
    assert [(e["status"], e["after"]) for e in row["edits"]] == [("rejected", "实处")]
    assert row["text"] == LINE and not unfit


def test_one_that_is_added(edit_at: EditAt, decided: Decided) -> None:
    place = edit_at(LINE, "上报", "报告")
    decision = decided(place, "add", rule="review")
    decision = replace(decision, edit=decision.made)
    row, _ = with_decisions(row_of(LINE), [decision])
    (edit,) = row["edits"]
    assert (edit["id"], edit["rule"], edit["status"]) == (decision.made, "review", "accepted")
    assert row["text"] == LINE.replace("上报", "报告")


def test_an_accepted_reading_stands_where_it_is_no_longer_proposed(edit_at: EditAt, decided: Decided) -> None:
    typo = edit_at(LINE, "吧", "把")
    row, unfit = with_decisions(row_of(LINE), [decided(typo, "accept")])
    assert row["text"] == LINE.replace("吧", "把") and not unfit
    assert row["edits"][0]["id"] == typo.id


def test_a_changed_text_is_not_edited_blindly(edit_at: EditAt, decided: Decided) -> None:
    decision = decided(edit_at(LINE, "吧", "把"), "accept")
    changed = LINE.replace("切实", "切切实实")
    again = edit_at(changed, "吧", "把")
    row, unfit = with_decisions(row_of(changed, again), [decision])
    assert row["text"] == changed
    assert [edit["status"] for edit in row["edits"]] == ["proposed"]
    assert [one.decision for one in unfit] == [decision]
    assert [(w["code"], "王编辑" in w["detail"]) for w in row["warnings"]] == [(STALE, True)]


def test_another_reading_than_the_rejected_one_is_shown_again(edit_at: EditAt, decided: Decided) -> None:
    typo = edit_at(LINE, "吧", "把")
    row, unfit = with_decisions(row_of(LINE, replace(typo, after="将")), [decided(typo, "reject")])
    assert [(e["status"], e["after"]) for e in row["edits"]] == [("proposed", "将")]
    assert len(unfit) == 1


def test_of_two_over_one_passage_the_later_stands(edit_at: EditAt, decided: Decided) -> None:
    whole, part = edit_at(LINE, "切实吧工作", "切实把工作"), edit_at(LINE, "吧", "将")
    first, second = decided(whole, "accept"), decided(part, "accept")
    for one, other, text in ((first, second, "切实将工作"), (second, first, "切实把工作")):
        row, _ = with_decisions(row_of(LINE, whole, part), [one, other])
        assert text in row["text"] and original_of(row) == LINE


def test_what_a_rule_applied_gives_way_to_a_person(edit_at: EditAt, decided: Decided) -> None:
    stray = edit_at(LINE, " and ", "和", status="applied")
    decision = decided(edit_at(LINE, "学习 and 宣传", "学习、宣传"), "add", rule="review")
    row, _ = with_decisions(row_of(LINE, stray), [replace(decision, edit=decision.made)])
    assert "组织学习、宣传，" in row["text"] and original_of(row) == LINE
    assert {edit["id"]: edit["status"] for edit in row["edits"]}[stray.id] == "rejected"


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_original_always_comes_back(data: st.DataObject) -> None:
    text = data.draw(st.text("甲乙丙，\n", min_size=1, max_size=20))
    decisions = []
    for number in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 3)))
        before, after = text[start:end], data.draw(st.text("甲乙丁", max_size=3))
        if before == after:
            continue
        where = {"prefix": text[max(0, start - CONTEXT) : start], "suffix": text[end : end + CONTEXT], "occurrence": 0}
        decision = Decision(
            who=f"p{number}", when="2024-01-01T00:00:00Z", what="add", document="0" * 31 + "1", edit="0" * 32,
            rule="review", rule_version="1", kind="repair", before=before, after=after, **where,  # type: ignore[arg-type]
        )  # fmt: skip
        decisions.append(replace(decision, edit=decision.made))
    row, _ = with_decisions(row_of(text), decisions)
    assert original_of(row) == text
    if decisions:
        assert any(edit["status"] == "accepted" for edit in row["edits"])


@pytest.fixture
def extracted(tmp_path: Path) -> Callable[..., tuple[list[Row], dict]]:
    def run(root: Path, decisions: Path | None = None) -> tuple[list[Row], dict]:
        out, report = tmp_path / "documents.jsonl", tmp_path / "extract.json"
        extract([root], out, workers=1, report=report, decisions=decisions)
        rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
        return rows, json.loads(report.read_text("utf-8"))

    return run


def test_an_extraction_takes_decisions_in(
    collection: Collection, extracted: Callable[..., tuple[list[Row], dict]]
) -> None:
    root = collection(["一、学习要求", LINE, "二、工作要求", "请遵照执行。。"])
    [plain], report = extracted(root)
    assert report["decisions"] == {"lines": 0, "taken": 0, "not_applied": [], "unreadable": []}
    path = root / "documents" / "decisions.jsonl"
    decisions = []
    for edit in plain["edits"]:
        if edit["status"] == "applied":
            decisions.append(_on(plain["id"], edit, "reject"))
    decisions.append(_on("f" * 32, plain["edits"][0], "reject"))
    append_decisions(path, decisions)
    with path.open("ab") as file:
        file.write(b'{"who":"')
    [row], report = extracted(root, path)
    assert row["text"] == original_of(plain) == original_of(row)
    assert row["sections"] != plain["sections"]
    assert (report["decisions"]["lines"], report["decisions"]["taken"]) == (3, 2)
    assert [one["why"] for one in report["decisions"]["not_applied"]] == ["no such document"]
    assert [one["torn"] for one in report["decisions"]["unreadable"]] == [True]


def test_lines_on_different_edits_may_stand_in_any_order(
    collection: Collection, extracted: Callable[..., tuple[list[Row], dict]], tmp_path: Path
) -> None:
    root = collection([LINE, "请遵照执行。。", "宣传 or 教育"])
    [plain], _ = extracted(root)
    decisions = [_on(plain["id"], edit, "reject") for edit in plain["edits"] if edit["status"] == "applied"]
    assert len(decisions) == 3
    seen = set()
    for number, order in enumerate(permutations(decisions)):
        path = tmp_path / f"decisions-{number}.jsonl"
        append_decisions(path, order)
        seen.add(json.dumps(extracted(root, path)[0], ensure_ascii=False))
    assert len(seen) == 1


def _on(document: str, edit: dict, what: str) -> Decision:  # type: ignore[type-arg]
    names = ("rule", "rule_version", "kind", "before", "after", "prefix", "suffix")
    values = {name: edit[name] for name in names}
    return Decision(
        who="王编辑", when="2024-05-06T07:08:09Z", what=what, document=document, edit=edit["id"], occurrence=0, **values
    )  # type: ignore[arg-type]
