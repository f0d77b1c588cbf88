"""Proposals on the seed and its twins, from witnesses, and never into the text by themselves."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.edits import from_json, revert
from pipelines.proposals.counts import Counts
from pipelines.proposals.finder import Finder, Suspect
from pipelines.proposals.language import language
from pipelines.run import extract

SEED = Path(__file__).parents[3] / "shared" / "seed"


def suspects_of(text: str) -> list[Suspect]:
    counts = Counts()
    counts.add(text)
    finder = Finder(language(), counts)
    return [one for line in text.split("\n") for one in finder.suspects(line)]


def readings(text: str) -> dict[str, str | None]:
    return {one.before: one.after for one in suspects_of(text)}


@pytest.fixture(scope="module")
def seed() -> str:
    if not SEED.is_dir():
        pytest.skip(f"the seed document is not here: no folder {SEED}")
    name = json.loads((SEED / "expected.json").read_text("utf-8"))["file"]
    return (SEED / name).read_text("utf-8")


def test_the_seed(seed: str) -> None:
    found = readings(seed)
    assert found["吧"] == "把"
    assert found["对任"] == "责任"
    assert found["不落"] is None
    assert len(found) <= 15


@pytest.mark.parametrize(
    ("right", "wrong", "before", "after"),
    [
        ("把更多的警力放到社区", "吧更多的警力放到社区", "吧", "把"),
        ("社会治安形势仍不容乐观", "社会治安行势仍不容乐观", "行势", "形势"),
        ("防止矛盾激化", "防止予盾激化", "予盾", "矛盾"),
        ("提高安全防范意识", "提高安全防犯意识", "防犯", "防范"),
    ],
)
def test_twins_of_them(seed: str, right: str, wrong: str, before: str, after: str) -> None:
    lines = seed if right in seed else seed + "\n" + right + "。"
    assert readings(lines.replace(right, wrong, 1)).get(before, "") == after


@pytest.mark.parametrize("lost", ["不落", "不失"])
def test_twins_of_what_is_garbled(seed: str, lost: str) -> None:
    assert readings(seed.replace("问题不落的", f"问题{lost}的")).get(lost, "") is None


RIGHT = "各部门要尽可能把隐患消除在萌芽状态，做到早发现早处理"
WRONG = RIGHT.replace("把", "吧")


@pytest.fixture
def rows(tmp_path: Path) -> Callable[..., list[dict]]:  # type: ignore[type-arg]
    def run(root: Path, workers: int = 1) -> list[dict]:  # type: ignore[type-arg]
        out = tmp_path / f"documents-{workers}.jsonl"
        extract([root], out, workers=workers, proposals=True)
        return [json.loads(line) for line in out.read_text("utf-8").splitlines()]

    return run


def test_a_witness_with_the_right_reading_is_named(collection: Callable[..., Path], rows: Callable[..., list]) -> None:  # type: ignore[type-arg]
    root = collection([WRONG + "。", "请遵照执行。"], [RIGHT + "。", "请各单位落实。"])
    wrong, right = sorted(rows(root), key=lambda row: "吧" not in row["text"])
    (edit,) = wrong["edits"]
    assert (edit["rule"], edit["status"], edit["before"], edit["after"]) == ("collation", "proposed", "吧", "把")
    assert right["provenance"]["record_id"] in edit["evidence"][0]
    assert "吧" in wrong["text"] and right["edits"] == []
    assert revert(wrong["text"], [from_json(one) for one in wrong["edits"]]) == wrong["text"]


def test_figures_and_negations_are_no_matter_of_witnesses(
    collection: Callable[..., Path],
    rows: Callable[..., list],  # type: ignore[type-arg]
) -> None:
    root = collection(
        ["全年共接处警二百余起，师生满意，不再另行通知。"], ["全年共接处警三百余起，师生满意，将再另行通知。"]
    )
    assert all(edit["rule"] != "collation" for row in rows(root) for edit in row["edits"])


def test_the_same_proposals_whatever_the_number_of_workers(
    collection: Callable[..., Path],
    rows: Callable[..., list],  # type: ignore[type-arg]
) -> None:
    root = collection(*([WRONG + f"，第{n}次。", RIGHT + "。"] for n in "甲乙丙丁戊"))
    assert rows(root, 1) == rows(root, 3)
