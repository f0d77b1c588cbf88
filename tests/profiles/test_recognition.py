"""Which profile reads a page: one pass over all, the best evidence first, pasted text not taken for a system."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from jiucang.samples import Expected
from profiles.load import COMMON, ProfileSet, builtin_names
from profiles.model import Profile
from profiles.outlinks import read_outlinks
from profiles.page import Page
from profiles.recognition import RECOGNISED_CHARS, evidence, recogniser
from profiles.strict_yaml import read_model

SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.yaml"))


def page_of(html: str, url: str = "http://a.example/b.htm") -> Page:
    return Page.parse(html.encode(), url)


def made(name: str, **recognise: list[str]) -> Profile:
    return Profile.model_validate({"name": name, "cms": name, "description": name, "recognise": recognise})


def first(profiles: list[Profile], page: Page) -> str | None:
    place = recogniser(tuple(profile.compiled for profile in profiles)).first(page)
    return None if place is None else profiles[place].name


def slowly(profiles: ProfileSet, page: Page) -> str:
    """The same decision by looking at all evidence of all profiles."""
    for kind in ("address", "source", "selector", "hint"):
        for profile in profiles.profiles[:-1]:
            if any(one.kind == kind for one in evidence(profile, page)):
                return profile.name
    return profiles.profiles[-1].name


@pytest.mark.parametrize("file", SAMPLES, ids=lambda file: file.stem)
def test_one_pass_decides_as_all_evidence_does(file: Path, builtin: ProfileSet) -> None:
    for sample in read_model(file, Expected).pages:
        page = Page.parse((sample.html or "").encode(sample.encoding), sample.url)
        assert builtin.recognise(page).name == slowly(builtin, page), sample.url


def test_one_pass_decides_so_on_saved_pages_too(saved_pages: list[Any], builtin: ProfileSet) -> None:
    for saved in saved_pages:
        assert builtin.recognise(saved.page).name == slowly(builtin, saved.page), saved.gold["file"]


def test_better_evidence_goes_before_an_earlier_profile() -> None:
    weak, strong = made("a", hints=["pasted_mark"]), made("b", html=["own_mark"])
    addressed = made("c", urls=["/c/"])
    selected = made("d", selectors=[".own"])
    text = '<p class="own">pasted_mark own_mark</p>'
    assert first([weak, strong], page_of(text)) == "b"
    assert first([weak, strong, addressed], page_of(text, "http://a.example/c/1")) == "c"
    assert first([weak, selected], page_of(text)) == "d"
    assert first([weak], page_of(text)) == "a"
    assert first([strong, made("e", html=["pasted_mark"])], page_of(text)) == "b"
    assert first([weak, strong], page_of("<p>none of them</p>")) is None


@pytest.mark.parametrize(
    ("mark", "text", "stands"),
    [
        ("wp_news", "xx wp_news", True),
        ("wp_news", "xp_news", False),
        ("_count", "a_count", True),
        ("/e/public/", "/e/publi/ /x/e/public/", True),
        (r"call\('page_div", "call('page_div')", True),
        (r"call\(\s*\d", "call( 4)", True),
        (r"call\(\s*\d", "call('4')", False),
        ("plain words", "some plain words", True),
        ("a_b", "a_b", True),
        ("short_", "short_", True),
        ("旧_藏品目录", "这是旧_藏品目录", True),
    ],
)
def test_a_mark_is_found_where_it_stands(mark: str, text: str, stands: bool) -> None:
    assert first([made("a", html=[mark])], page_of(text)) == ("a" if stands else None)


def test_marks_that_overlap_are_all_seen() -> None:
    profiles = [made("a", html=["/late/one_mark"]), made("b", html=["/early/late/"])]
    assert first(profiles, page_of("/early/late/one_mark")) == "a"


def test_marks_beyond_the_head_do_not_count() -> None:
    profile = made("a", html=["own_mark"])
    assert first([profile], page_of("x" * RECOGNISED_CHARS + "own_mark")) is None


def test_the_common_profiles_are_asked_first(builtin: ProfileSet) -> None:
    names = [profile.name for profile in builtin.profiles]
    assert tuple(names[: len(COMMON)]) == COMMON
    assert sorted(names) == builtin_names()


@pytest.mark.parametrize(
    "seed",
    [
        "<record><![CDATA[",
        "<nextgroup><![CDATA[ <a href='x",
        "createPageHTML( ",
        "createPageHTML('page_div',1,1,'",
        "/e/public/ViewClick/?classid=1&id=2",
        "stl/actions/add_content_hits/1/",
        "_visitcountdisplay?siteId=1&",
    ],
)
def test_a_page_of_beginnings_costs_little(seed: str, builtin: ProfileSet) -> None:
    html = "<html><body><script>" + seed * (1_000_000 // len(seed))
    for profile in builtin.profiles:
        page = page_of(html)
        begun = time.process_time()
        builtin.recognise(page)
        read_outlinks(page, profile)
        assert time.process_time() - begun < 5, profile.name
