"""Proposals on the seed and on errors of its kinds, from witnesses, and never into the text by themselves."""

from __future__ import annotations

import json
import pickle
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipelines.edits import from_json, revert
from pipelines.proposals.compounds import compounds
from pipelines.proposals.counts import Counts
from pipelines.proposals.finder import Finder, Suspect
from pipelines.proposals.garbled import garbled
from pipelines.proposals.language import language
from pipelines.proposals.likelihood import Likelihood
from pipelines.proposals.propose import Proposals
from pipelines.proposals.witnesses import differences
from pipelines.run import extract
from pipelines.schema import sha256

SEED = Path(__file__).parents[3] / "shared" / "seed"
HERE = Path(__file__).parent
Suspects = Callable[[str], list[Suspect]]


@pytest.fixture
def suspects(tmp_path: Path) -> Suspects:
    """What is suspected in a text that is the whole collection."""

    def find(text: str) -> list[Suspect]:
        counts = Counts(tmp_path / "counts", language())
        counts.add(text)
        counts.settle()
        likelihood = Likelihood(language(), counts)
        return [*Finder(likelihood).suspects(text), *compounds(text, likelihood), *garbled(text, likelihood)]

    return find


@pytest.fixture(scope="module")
def seed() -> str:
    if not SEED.is_dir():
        pytest.skip(f"the seed document is not here: no folder {SEED}")
    name = json.loads((SEED / "expected.json").read_text("utf-8"))["file"]
    return (SEED / name).read_text("utf-8")


def test_the_seed(seed: str, suspects: Suspects) -> None:
    found = {one.before: one.after for one in suspects(seed)}
    assert found.pop("吧") == "把"
    assert found.pop("对任") == "责任"
    assert found.pop("不落") is None
    assert len(found) <= 1, found


def twins() -> Iterator[tuple[str, str, str, int, str]]:
    """Kind, the sentence with the error, the error, where it stands, the sentence as it should be."""
    for line in (HERE / "twins.tsv").read_text("utf-8").splitlines():
        kind, marked = line.split("\t")
        mark = re.search(r"\[(.*)→(.*)\]", marked)
        assert mark is not None
        head, tail = marked[: mark.start()], marked[mark.end() :]
        yield kind, head + mark[1] + tail, mark[1], len(head), head + mark[2] + tail


def test_errors_of_the_same_kinds(suspects: Suspects) -> None:
    """Each sentence is a collection by itself, so nothing but the language tells."""
    found: Counter[str] = Counter()
    all_of: Counter[str] = Counter()
    false = []
    for kind, wrong, error, at, right in twins():
        all_of[kind] += 1
        for one in suspects(wrong):
            if one.end <= at or one.start >= at + len(error):
                false.append((wrong, one))
            elif kind == "garbled":
                found[kind] += one.after is None
            else:
                found[kind] += wrong[: one.start] + (one.after or "") + wrong[one.end :] == right
    assert sum(all_of.values()) >= 60
    shares = {kind: found[kind] / count for kind, count in all_of.items()}
    assert shares["function"] >= FUNCTION and shares["compound"] >= COMPOUND and shares["garbled"] >= GARBLED, shares
    assert len(false) <= 1, false


FUNCTION, COMPOUND, GARBLED = 0.35, 0.5, 0.6
"""What is found at least; most of the rest is found where the collection uses the right words itself."""


def test_sentences_that_look_risky_stay_untouched(suspects: Suspects) -> None:
    sentences = (HERE / "near_misses.txt").read_text("utf-8").splitlines()
    assert len(sentences) >= 60
    false = [(sentence, found) for sentence in sentences for found in suspects(sentence)]
    assert len(false) <= 1, false


def test_titles_are_quoted_as_they_are(suspects: Suspects) -> None:
    wrong = "各单位要认真组织学习安全防犯工作条例，切实提高师生员工的安全防犯意识。"
    assert {one.before for one in suspects(wrong)} == {"防犯"}
    assert suspects("各单位要认真组织学习《安全防犯工作条例》。") == []


def test_numerals_and_negations_are_neither_doubted_nor_proposed(suspects: Suspects) -> None:
    for sentence in ("全年共接处警二白余起，抓获违法犯罪嫌疑人三十佘人。", "未经批准布得擅自占用消防通道。"):
        for one in suspects(sentence):
            assert not set(one.before + (one.after or "")) & set("一二三四五六七八九十百千不没未")


RIGHT = "各部门要尽可能把隐患消除在萌芽状态，做到早发现早处理"
WRONG = RIGHT.replace("把", "吧")


@pytest.fixture
def rows(tmp_path: Path) -> Callable[..., list[dict]]:  # type: ignore[type-arg]
    def run(root: Path, workers: int = 1, **options: bool) -> list[dict]:  # type: ignore[type-arg]
        out = tmp_path / f"documents-{workers}.jsonl"
        extract([root], out, workers=workers, **options)  # type: ignore[arg-type]
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
    assert all(row["edits"] == [] for row in rows(root, proposals=False))


def test_witnesses_that_disagree_are_all_shown(collection: Callable[..., Path], rows: Callable[..., list]) -> None:  # type: ignore[type-arg]
    third = RIGHT.replace("把", "巴")
    found = rows(collection([WRONG + "。"], [RIGHT + "。"], [third + "。"]))
    edits = {row["text"]: row["edits"] for row in found}
    [edit] = edits[WRONG + "。"]
    assert edit["after"] == "把"
    assert any(one.startswith("'巴' in ") for one in edit["evidence"])
    assert "the witnesses disagree: 2 readings beside this one" in edit["evidence"]
    assert edits[RIGHT + "。"] == []


def test_sentences_that_differ_may_both_be_right(collection: Callable[..., Path], rows: Callable[..., list]) -> None:  # type: ignore[type-arg]
    one = "请各学院于本月底前将安全检查情况书面报送保卫处"
    root = collection([one + "。"], [one.replace("学院", "单位") + "。"], [one.replace("书面", "及时") + "。"])
    assert all(row["edits"] == [] for row in rows(root))


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
    root = collection([WRONG + "。"], *([RIGHT + f"，第{n}次。"] for n in "甲乙丙丁戊"))
    assert rows(root, 1) == rows(root, 3)
    assert any(row["edits"] for row in rows(root))


def row_of(number: int, text: str) -> dict:  # type: ignore[type-arg]
    known = {"id": f"{number:032x}", "version": "v", "provenance": {"record_id": f"<urn:{number}>"}, "edits": []}
    return {**known, "text": text, "text_sha256": sha256(text), "sections": [], "warnings": []}


def test_another_process_proposes_the_same(tmp_path: Path) -> None:
    proposals = Proposals(tmp_path, "test")
    texts = [row_of(1, WRONG), row_of(2, RIGHT), row_of(3, "各单位要切实提高师生员工的安全防犯意识。")]
    for row in texts:
        proposals.take(row)  # type: ignore[arg-type]
    other = pickle.loads(pickle.dumps(proposals))
    here = [proposals.propose(row) for row in texts]  # type: ignore[arg-type]
    assert here == [other.propose(row) for row in texts]
    assert any(row["edits"] for row in here)
    other.close()
    proposals.close()


HAN = "".join(chr(point) for point in range(0x4E00, 0x9FA0, 3))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("".join(random.Random(1).choices(HAN, k=100_000)), id="Han at random"),
        pytest.param("吧" * 100_000, id="one character"),
        pytest.param("\n".join(["各单位要吧思想政治工作抓紧抓好。"] * 5_000), id="one line"),
        pytest.param("\n".join(RIGHT[:n] + "甲" + RIGHT[n:] for n in range(27)) * 20, id="lines much alike"),
        pytest.param("ཀྲུང་ཧྭ་𠀀🀄" * 10_000, id="other scripts"),
    ],
)
def test_hostile_texts_take_bounded_time(text: str, tmp_path: Path) -> None:
    """Whatever a row holds besides, its deadline bounds it: a row that takes longer stays as it is."""
    proposals = Proposals(tmp_path, "test")
    row = row_of(1, text)
    began = time.process_time()
    proposals.take(row)  # type: ignore[arg-type]
    proposed = proposals.propose(row)  # type: ignore[arg-type]
    assert time.process_time() - began < 10
    assert len(proposed["edits"]) <= 200
    proposals.close()


def test_counts_take_no_more_room_for_more_text(tmp_path: Path) -> None:
    counts = Counts(tmp_path / "counts", language())
    size = (tmp_path / "counts").stat().st_size
    draw = random.Random(2)
    for _ in range(20):
        counts.add("".join(draw.choices(HAN[:2000], k=20_000)))
    assert (tmp_path / "counts").stat().st_size == size < 64 * 1024**2


def test_what_fills_the_counts_is_no_evidence(tmp_path: Path) -> None:
    """Of very many kinds, places are shared; what never stood there must not seem to."""
    draw = random.Random(3)
    counts = Counts(tmp_path / "counts", language())
    for _ in range(12):
        counts.add("".join(draw.choices(HAN, k=500_000)))
    counts.settle()
    numbers = language().numbers("".join(draw.choices(HAN, k=20_000)))
    numbers = numbers[numbers > 1]
    seen = counts.triples(numbers[:-2], numbers[1:-1], numbers[2:])
    assert (seen > 0).mean() < 0.03


def test_two_differences_are_told_three_are_another_sentence() -> None:
    assert differences("甲要吧工作抓好并落买到位", "甲要把工作抓好并落实到位") == [(2, 3, "把"), (9, 10, "实")]
    assert differences("加强安全管理工作制度", "完善消防监督检查规定") == []
