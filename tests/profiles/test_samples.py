"""Built-in profiles on pages of our own making: the markup of each CMS, what a reader sees, where it leads."""

from __future__ import annotations

from pathlib import Path

import pytest

from jiucang.samples import Expected, compare
from profiles.load import ProfileSet
from profiles.strict_yaml import read_model

FOLDER = Path(__file__).parent / "samples"
FILES = sorted(FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_profile_reads_its_samples(file: Path) -> None:
    auto = ProfileSet.resolve("auto")
    compared = compare(file, auto, auto)
    assert [problem.at(file) for problem in compared.problems] == []
    assert compared.values >= 3 * compared.pages


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_sample_is_of_the_profile_it_says(file: Path) -> None:
    pages = read_model(file, Expected).pages
    assert len(pages) >= 6
    assert {"article", "list"} <= {page.kind for page in pages}
    assert sum(page.profile == file.stem for page in pages) >= 5


def test_there_are_samples_of_every_cms() -> None:
    named = {profile.name for profile in ProfileSet.resolve("auto").profiles}
    assert {file.stem for file in FILES} == named - {"generic", "vsb"}  # whose pages are elsewhere
