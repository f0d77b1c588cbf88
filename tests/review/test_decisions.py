"""The file of decisions: what is written is read, what is damaged is told, two who write lose nothing."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from pipelines.edits import Edit
from pipelines.review.decisions import BadDecision, Decision, append_decisions, in_force, read_decisions

TEXT = "各单位要认真组织学习，切实吧工作做到实处，并将情况及时上报。"
EditAt = Callable[..., Edit]
Decided = Callable[..., Decision]


@pytest.fixture
def proposal(edit_at: EditAt) -> Edit:
    return edit_at(TEXT, "吧", "把")


def test_what_is_written_is_read(tmp_path: Path, proposal: Edit, decided: Decided) -> None:
    path = tmp_path / "new" / "decisions.jsonl"
    lines = [decided(proposal, "accept"), decided(proposal, "correct", after="将"), decided(proposal, "undo")]
    append_decisions(path, lines[:1])
    append_decisions(path, lines[1:])
    assert read_decisions(path) == (lines, [])
    assert path.read_bytes().count(b"\n") == 3


def test_a_line_cut_short_is_told_and_spoils_no_other(tmp_path: Path, proposal: Edit, decided: Decided) -> None:
    path = tmp_path / "decisions.jsonl"
    first, second = decided(proposal, "accept"), decided(proposal, "reject")
    append_decisions(path, [first, second])
    path.write_bytes(path.read_bytes()[:-30])
    decisions, [bad] = read_decisions(path)
    assert (decisions, bad.line, bad.torn) == ([first], 2, True)
    append_decisions(path, [second])
    decisions, [bad] = read_decisions(path)
    assert (decisions, bad.line, bad.torn) == ([first, second], 2, False)


def test_a_whole_last_line_counts_without_its_line_end(tmp_path: Path, proposal: Edit, decided: Decided) -> None:
    path = tmp_path / "decisions.jsonl"
    append_decisions(path, [decided(proposal, "accept")])
    path.write_bytes(path.read_bytes()[:-1])
    assert read_decisions(path) == ([decided(proposal, "accept")], [])


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"what": "delete"}, "what"),
        ({"who": " "}, "who"),
        ({"who": "a\nb"}, "who"),
        ({"when": "yesterday"}, "when"),
        ({"document": "x"}, "document"),
        ({"after": None}, "after"),
        ({"after": "吧"}, "after"),
        ({"after": "把\x00"}, "after"),
        ({"occurrence": -1}, "prefix, suffix, occurrence"),
        ({"kind": "guess"}, "kind"),
    ],
)
def test_what_is_no_decision_says_what_was_expected(
    proposal: Edit, decided: Decided, changes: dict[str, object], key: str
) -> None:
    with pytest.raises(BadDecision) as error:
        decided(proposal, "accept", **changes)
    assert error.value.key == key


@pytest.mark.parametrize(
    "line", [b"{", b"[]", b"{}", b'"\xff"', b"[" * 100_000, b'{"who": "\\ud800"}', b"x" * (2 << 20)]
)
def test_lines_of_any_content_are_told_by_number(tmp_path: Path, proposal: Edit, decided: Decided, line: bytes) -> None:
    path = tmp_path / "decisions.jsonl"
    append_decisions(path, [decided(proposal, "accept")])
    path.write_bytes(path.read_bytes() + line + b"\n")
    append_decisions(path, [decided(proposal, "reject")])
    decisions, [bad] = read_decisions(path)
    assert (len(decisions), bad.line) == (2, 2)


def _write(path: Path, decision: Decision, times: int) -> None:
    for _ in range(times):
        append_decisions(path, [decision])


def test_two_who_write_at_once_lose_no_line(tmp_path: Path, proposal: Edit, decided: Decided) -> None:
    path = tmp_path / "decisions.jsonl"
    context = multiprocessing.get_context("fork")
    people = [decided(proposal, "accept", who=f"编辑{name}" * 20) for name in "甲乙"]
    writers = [context.Process(target=_write, args=(path, person, 40)) for person in people]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    decisions, bad = read_decisions(path)
    assert not bad
    assert [decisions.count(person) for person in people] == [40, 40]


def test_the_last_on_an_edit_counts_and_undo_restores(proposal: Edit, decided: Decided, edit_at: EditAt) -> None:
    accept, reject, undo = (decided(proposal, what) for what in ("accept", "reject", "undo"))
    other = decided(edit_at(TEXT, "组织", "组识"), "reject")

    def force(*lines: Decision) -> list[str]:
        return [one.what for one in in_force(lines)[0].get(accept.document, []) if one.edit == proposal.id]

    assert force(accept, reject) == ["reject"]
    assert force(accept, other, reject, undo) == ["accept"]
    assert force(accept, reject, undo, undo) == []
    assert in_force([undo, accept]) == ({accept.document: [accept]}, [undo])
    assert asdict(accept)["what"] == "accept"
