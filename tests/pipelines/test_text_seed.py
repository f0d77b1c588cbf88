"""The seed document, where it is at hand: repairs, sections, number, date, issuers as its key says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines.edits import apply, revert
from pipelines.notation import document_number, issuers, signature_date
from pipelines.repair.run import repair
from pipelines.sections import sections

SEED = Path(__file__).parents[3] / "shared" / "seed"
pytestmark = pytest.mark.skipif(not SEED.is_dir(), reason=f"the seed document is not here: no folder {SEED}")


@pytest.fixture(scope="module")
def expected() -> dict[str, object]:
    return dict(json.loads((SEED / "expected.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def lines(expected: dict[str, object]) -> list[str]:
    """The article's paragraphs: what stands between the meta line and the chain."""
    page = [line.strip() for line in (SEED / str(expected["file"])).read_text(encoding="utf-8").splitlines()]
    page = [line for line in page if line]
    first = next(index for index, line in enumerate(page) if line.startswith("来源:"))
    last = next(index for index, line in enumerate(page) if line.startswith("上一篇:"))
    return page[first + 1 : last]


def test_one_edit_in_clause_six(lines: list[str], expected: dict[str, object]) -> None:
    text = "\n".join(lines)
    (edit,) = repair(text, "seed", agent="test")
    repaired = apply(text, [edit])
    (wanted,) = expected["applied"]  # type: ignore[misc,attr-defined]
    assert (edit.rule, edit.before, edit.after) == ("function-word", " and ", "和")
    assert repaired == text.replace(wanted["before"], wanted["after"])  # type: ignore[index]
    clause = next(one for one in sections(text) if one.level == 2 and one.number == str(wanted["clause"]))  # type: ignore[index]
    assert clause.start < edit.start < clause.end
    assert all(phrase in repaired for phrase in expected["must_not_change"])  # type: ignore[attr-defined]
    assert revert(repaired, [edit]) == text


def test_nothing_else_is_edited_in_the_page_but_its_icons(expected: dict[str, object]) -> None:
    page = (SEED / str(expected["file"])).read_text(encoding="utf-8")
    edits = repair(page, "seed", agent="test")
    assert [edit.rule for edit in edits if edit.rule != "circled-bullet"] == ["function-word"]


def test_chapters_and_clauses(lines: list[str], expected: dict[str, object]) -> None:
    found = sections("\n".join(lines))
    assert [one.number for one in found if one.level == 1] == expected["chapters"]
    assert [one.number for one in found if one.level == 2] == [str(n + 1) for n in range(int(str(expected["clauses"])))]
    assert len({one.level for one in found}) == 2


def test_number_date_and_issuers(lines: list[str], expected: dict[str, object]) -> None:
    assert document_number(lines, str(expected["title"])) == expected["document_number"]
    assert signature_date(lines) == expected["document_date"]
    assert issuers(lines) == expected["issuers"]
