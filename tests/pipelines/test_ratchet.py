"""The quality of the extraction may rise and not fall (`python -m benchmarks.ratchet`)."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import ratchet
from benchmarks.gold import REAL, GoldPage, paragraph_hash, synthetic
from benchmarks.ratchet import agreed, read_by_jiucang
from benchmarks.scoring import Figures, Reading, fallen, faults, score
from profiles.load import ProfileSet
from profiles.page import Page

REAL_PAGES = pytest.mark.skipif(
    not (REAL / "score.py").is_file(), reason="no ../shared/portal-pages beside the project"
)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> tuple[Figures, Path]:
    """The figures of the real pages, and the rows they come from."""
    folder = tmp_path_factory.mktemp("real")
    pages = ratchet.page_sets()["portal-pages"]
    return score(pages, read_by_jiucang(pages, folder)), folder / "documents.jsonl"


def test_the_figures_of_the_synthetic_pages_have_not_fallen(tmp_path: Path) -> None:
    pages = synthetic()
    assert fallen(agreed()["synthetic"], score(pages, read_by_jiucang(pages, tmp_path))) == []


@REAL_PAGES
def test_the_figures_of_the_real_pages_have_not_fallen(real: tuple[Figures, Path]) -> None:
    assert fallen(agreed()["portal-pages"], real[0]) == []


@REAL_PAGES
def test_the_scorer_agrees_with_the_one_that_comes_with_the_real_pages(real: tuple[Figures, Path]) -> None:
    ours, documents = real
    command = [sys.executable, str(REAL / "score.py"), str(documents)]
    theirs = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert (ours.articles, ours.found, ours.spurious) == (theirs["articles"], theirs["found"], theirs["spurious"])
    assert abs(ours.paragraph_f1 - theirs["paragraph_f1"]) < 0.001
    for name, field in ours.fields.items():
        assert (round(field.recall, 3), field.of, field.invented) == tuple(theirs[name].values()), name


def test_there_are_sixty_synthetic_pages_of_eight_systems() -> None:
    pages, profiles = synthetic(), ProfileSet.resolve()
    systems = {profiles.recognise(Page.parse(page.body, page.url)).cms for page in pages if page.article}
    assert len(pages) >= 60
    assert len({page.name for page in pages}) == len(pages)
    assert len(systems - {"", "generic"}) >= 8, systems


PAGE = GoldPage(
    name="a",
    url="http://a.example/1.htm",
    body=b"",
    article=True,
    wanted={"title": "通知", "author": None, "published_at": "2014-11-03", "images": []},
    paragraphs=(paragraph_hash("甲乙丙丁。"), paragraph_hash("戊己。")),
    text="甲乙丙丁。戊己。",
)
LIST = replace(PAGE, name="b", article=False)
RIGHT = Reading(
    {"title": "通知", "author": None, "published_at": "2014-11-03T08:05", "images": []}, ["甲乙丙丁。", "", "戊 己。"]
)


def _score(reading: Reading | None = None, **others: Reading) -> Figures:
    return score([PAGE, LIST], {**({"a": reading} if reading is not None else {}), **others})


def test_a_right_reading_has_nothing_wrong() -> None:
    figures = _score(RIGHT)
    assert (figures.paragraph_f1, figures.text_f1, figures.found, figures.spurious) == (1.0, 1.0, 1, 0)
    assert figures.fields.keys() == {"title", "published_at"}
    assert list(faults(PAGE, RIGHT)) == []
    assert fallen(figures, figures) == []


@pytest.mark.parametrize(
    ("reading", "others", "named"),
    [
        (None, {}, ["found", "paragraph_f1", "text_f1", "published_at", "title"]),
        (replace(RIGHT, lines=["甲乙丙丁。"]), {}, ["paragraph_f1", "text_f1"]),
        (replace(RIGHT, lines=["甲乙丙丁。戊己。"]), {}, ["paragraph_f1"]),
        (replace(RIGHT, lines=[*RIGHT.lines, "上一条：没有了"]), {}, ["paragraph_f1", "text_f1"]),
        (replace(RIGHT, values={**RIGHT.values, "title": "通知-某大学"}), {}, ["title"]),
        (replace(RIGHT, values={**RIGHT.values, "published_at": "2014-11"}), {}, ["published_at"]),
        (RIGHT, {"b": RIGHT}, ["spurious"]),
    ],
    ids="lost paragraph merged chain title date list".split(),
)
def test_every_fault_lowers_a_figure(reading: Reading | None, others: dict[str, Reading], named: list[str]) -> None:
    worse = fallen(_score(RIGHT), _score(reading, **others))
    assert [line.partition(":")[0] for line in worse] == named


def test_an_invented_value_counts_even_in_a_field_that_no_page_has() -> None:
    invented = replace(RIGHT, values={**RIGHT.values, "author": "张某"})
    assert [line.partition(":")[0] for line in fallen(_score(RIGHT), _score(invented))] == ["author"]


def test_figures_are_written_and_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ratchet, "FIGURES", tmp_path / "figures.json")
    first, second = _score(RIGHT), _score(None)
    ratchet.write({"one": first, "two": first})
    ratchet.write({"two": second})
    assert ratchet.agreed() == {"one": first, "two": second}
