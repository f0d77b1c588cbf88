"""Profiles from YAML: inheritance, errors a person can act on, and the form in which a run stores them."""

from __future__ import annotations

from pathlib import Path

import pytest

from profiles.load import BUILTIN, BadProfile, ProfileSet, builtin_names
from profiles.model import Profile
from profiles.page import Page

SITE = """\
name: bwc
inherits: vsb
cms: VSB
description: 保卫处
article:
  title: [.bt]
  labels:
    source: [供稿]
"""


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_a_sites_lists_come_before_its_cms_lists(tmp_path: Path, vsb: Profile) -> None:
    written(tmp_path, "bwc.yaml", SITE)
    site = ProfileSet.resolve("bwc", tmp_path).profiles[0]
    assert site.article.title == [".bt", *vsb.article.title]
    assert site.article.labels.source == ["供稿", *(word for word in vsb.article.labels.source if word != "供稿")]
    assert site.clicks == vsb.clicks
    assert site.description == "保卫处"


def test_recognition_is_not_inherited(tmp_path: Path, vsb: Profile) -> None:
    written(tmp_path, "bwc.yaml", SITE)
    site = ProfileSet.resolve("bwc", tmp_path).profiles[0]
    assert vsb.recognise.html
    assert site.recognise.html == []


def test_a_path_and_a_name_find_the_same_file(tmp_path: Path) -> None:
    written(tmp_path, "bwc.yaml", SITE)
    assert ProfileSet.resolve("bwc.yaml", tmp_path) == ProfileSet.resolve("bwc", tmp_path)


def test_a_sites_own_vsb_may_stand_on_the_builtin_one(tmp_path: Path, vsb: Profile) -> None:
    written(tmp_path, "vsb.yaml", SITE.replace("name: bwc", "name: vsb"))
    own = ProfileSet.resolve("vsb", tmp_path).profiles[0]
    assert own.article.title == [".bt", *vsb.article.title]


def test_auto_is_every_builtin_profile_and_generic_is_last(builtin: ProfileSet) -> None:
    assert {profile.name for profile in builtin.profiles} == set(builtin_names()) >= {"generic", "vsb"}
    assert builtin.profiles[-1].name == "generic"


@pytest.mark.parametrize("name", builtin_names())
def test_builtin_profiles_state_the_evidence_of_each_counter(name: str) -> None:
    for click in ProfileSet.resolve(name).profiles[0].clicks:
        assert len(click.evidence) > 20


def test_resolved_profiles_come_back_as_they_were(tmp_path: Path, builtin: ProfileSet) -> None:
    written(tmp_path, "bwc.yaml", SITE)
    for profiles in (builtin, ProfileSet.resolve("bwc", tmp_path)):
        stored = profiles.to_yaml()
        again = ProfileSet.from_yaml(stored.encode())
        assert again == profiles
        assert again.to_yaml() == stored


def test_recognise(builtin: ProfileSet) -> None:
    def name(html: str, url: str = "http://a.example/b.htm") -> str:
        return builtin.recognise(Page.parse(html.encode(), url)).name

    assert name("<p>普通网页</p>") == "generic"
    assert name("<!--Announced by Visual SiteBuilder 9--><p>x</p>") == "vsb"
    assert name("<p>x</p>", "http://a.example/content.jsp?urltype=news.NewsContentUrl&wbtreeid=1&wbnewsid=2") == "vsb"


def test_a_profile_that_was_named_reads_every_page() -> None:
    assert ProfileSet.resolve("vsb").recognise(Page.parse(b"<p>x</p>", "http://a.example/")).name == "vsb"


ERRORS = [
    # what is written, line, what the message says
    (SITE + "artcle: {}\n", 9, ["artcle", "article"]),
    (SITE.replace("  title:", "  titel:"), 6, ["article.titel", "title"]),
    (SITE.replace("[.bt]", ".bt"), 6, ["article.title", "list"]),
    (SITE.replace("[.bt]", "['div[']"), 6, ["article.title[0]", "CSS selector"]),
    (SITE + "beacons: ['(a']\n", 9, ["beacons[0]", "regular expression"]),
    (SITE + "beacons:\n- 'a'\n- '(b)\\1'\n", 11, ["beacons[1]", "back-references"]),
    (SITE + "beacons: ['(?i)a|b', 'x(?i)y']\n", 9, ["beacons[", "regular expression"]),
    (SITE + "listing: {total: ['共(\\d+)条']}\n", 9, ["listing.total[0]", "(?P<items>"]),
    (SITE + "requisites: {scripts: ['open']}\n", 9, ["(?P<url>"]),
    (SITE + "clicks:\n- {pattern: a, url: '/x?{', effect: reads, evidence: x}\n", 10, ["clicks[0].url", "{name}"]),
    (SITE + "clicks:\n- {pattern: a, url: '/x', effect: harmless, evidence: x}\n", 10, ["effect", "harmless", "reads"]),
    (
        SITE + "clicks:\n- {pattern: '(?P<id>a)', url: '/{owner}', effect: reads, evidence: x}\n",
        10,
        ["{owner}", "of: id"],
    ),
    (SITE + "identity: {parts: ['/(?P<id>a)']}\n", 9, ["identity.parts[0]", "(?P<page>"]),
    (SITE + "listing: {embedded: ['<li>']}\n", 9, ["listing.embedded[0]", "(?P<html>"]),
    (SITE + "listing:\n  scripted:\n  - {pattern: '(?P<pages>a)', url: x}\n", 11, ["scripted[0]", "(?P<current>"]),
    (
        SITE + "listing:\n  scripted:\n  - {pattern: '(?P<pages>a)(?P<current>b)', url: '{nam}_{page}'}\n",
        11,
        ["{nam}", "current, page, pages"],
    ),
    (SITE + "recognise: {hint: [a]}\n", 9, ["recognise.hint", "hints"]),
    (SITE.replace("name: bwc", "name: ../x"), 1, ["name"]),
    (SITE.replace("description: 保卫处\n", ""), 1, ["description", "missing"]),
    (SITE.replace("inherits: vsb", "inherits: vbs"), 2, ["inherits", "vbs", "vsb"]),
    (SITE.replace("inherits: vsb", "inherits: bwc"), 2, ["inherits", "circle"]),
    ("- a\n", 1, ["list"]),
    ("name: [\n", 2, ["not YAML"]),
]


@pytest.mark.parametrize(("text", "line", "said"), ERRORS)
def test_errors_name_file_line_key_found_and_expected(tmp_path: Path, text: str, line: int, said: list[str]) -> None:
    path = written(tmp_path, "bwc.yaml", text)
    if "inherits: bwc" in text:
        written(tmp_path, "other.yaml", SITE)
        path.write_text(text.replace("inherits: bwc", "inherits: other"), "utf-8")
        written(tmp_path, "other.yaml", SITE.replace("inherits: vsb", "inherits: bwc"))
    with pytest.raises(BadProfile) as caught:
        ProfileSet.resolve("bwc", tmp_path)
    message = str(caught.value)
    assert caught.value.problems[0].line == line
    assert all(word in message for word in said), message
    assert ".yaml:" in message


@pytest.mark.parametrize("name", ["nowhere", "../vsb", "a/b", ".", ""])
def test_an_unknown_profile_is_an_error_that_names_the_known_ones(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadProfile, match="vsb"):
        ProfileSet.resolve(name, tmp_path)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BadProfile, match="does not exist; expected auto"):
        ProfileSet.resolve("nowhere.yaml", tmp_path)


@pytest.mark.parametrize(
    "text", ["profiles: []\n", "profiles: x\n", "profile: []\n", "\x00", "profiles:\n- {name: a}\n"]
)
def test_a_stored_set_that_cannot_be_used_is_an_error(text: str) -> None:
    with pytest.raises(BadProfile):
        ProfileSet.from_yaml(text)


def test_a_stored_set_inherits_nothing() -> None:
    with pytest.raises(BadProfile, match="resolved"):
        ProfileSet.from_yaml("profiles: [{name: a, cms: b, description: c, inherits: vsb}]\n")


def test_builtin_files_are_named_as_their_profiles() -> None:
    for path in BUILTIN.glob("*.yaml"):
        assert ProfileSet.resolve(path.stem).profiles[0].name == path.stem
