"""Reading does not hang on one portal's markup (`python -m benchmarks.robustness` has all forms and changes)."""

from __future__ import annotations

import pytest

from benchmarks.composed import at_random, one_at_a_time
from benchmarks.gold import GoldPage, synthetic
from benchmarks.robustness import CHANGES_OF, below, changed, read
from benchmarks.scoring import Reading, faults, score
from profiles.load import ProfileSet

PROFILES = ProfileSet.resolve()
FORMS = list(one_at_a_time())


@pytest.mark.parametrize("frame", ["side", "flat"])
@pytest.mark.parametrize("part", sorted({part for part, _ in FORMS}))
def test_every_form_of_a_part_is_read(frame: str, part: str) -> None:
    pages = [page for known, page in FORMS if known == part and page.name.startswith(frame)]
    readings = read(pages, PROFILES)
    wrong = {page.name: list(faults(page, readings.get(page.name, Reading({}, ())))) for page in pages}
    assert {name: fields for name, fields in wrong.items() if fields} == {}


def test_forms_that_chance_brings_together_are_read() -> None:
    pages = at_random(60, seed=11)
    figures = score(pages, read(pages, PROFILES))
    assert figures.found == len(pages)
    assert below("forms", "by chance", figures) == []


def test_the_same_seed_gives_the_same_pages() -> None:
    assert at_random(5, seed=1) == at_random(5, seed=1) != at_random(5, seed=2)


@pytest.mark.parametrize("change", ["no headings", "in a layout table", "<title> of the site"])
def test_a_page_is_read_as_well_after_a_change_of_its_markup(change: str, pages: list[GoldPage]) -> None:
    other = changed(pages, CHANGES_OF[change])
    assert [page.body for page in other] != [page.body for page in pages]
    assert below("synthetic", change, score(other, read(other, PROFILES))) == []


def test_without_the_names_that_profiles_know_nine_in_ten_are_read(pages: list[GoldPage]) -> None:
    other = changed(pages, CHANGES_OF["other names of classes"])
    figures = score(other, read(other, PROFILES))
    assert figures.paragraph_f1 >= 0.9
    assert all(field.recall >= 0.9 and field.invented <= 1 for field in figures.fields.values()), figures.fields


@pytest.fixture(scope="module")
def pages() -> list[GoldPage]:
    return [page for page in synthetic() if page.article]
