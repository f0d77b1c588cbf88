"""What counts as a document on portals that no profile was written for: articles and columns of one page alone."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from profiles.kinds import kind_of
from profiles.load import ProfileSet
from profiles.page import Page

PAGES: list[dict[str, str]] = yaml.safe_load(Path(__file__).with_name("other_kinds.yaml").read_text("utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page["what"])
def test_a_page_is_of_the_kind_that_a_reader_would_say(page: dict[str, str]) -> None:
    read = Page.parse(page["html"].encode(), page["url"], "text/html; charset=utf-8")
    profile = ProfileSet.resolve().recognise(read)
    assert profile.name == "generic"
    assert kind_of(read, profile).kind.value == page["kind"]
