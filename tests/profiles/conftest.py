"""Pages built in place, and the saved portal pages where the folder with them stands beside the project."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from profiles.load import ProfileSet
from profiles.model import Profile
from profiles.outlinks import PageLinks, read_outlinks
from profiles.page import Page

PORTAL_PAGES = Path(__file__).resolve().parents[3] / "shared" / "portal-pages"
HERE = "http://bwc.example.edu.cn/info/1018/1740.htm"

Read = Callable[..., PageLinks]


@dataclass(frozen=True)
class SavedPage:
    page: Page
    gold: dict[str, Any]


@pytest.fixture(scope="session")
def builtin() -> ProfileSet:
    return ProfileSet.resolve("auto")


@pytest.fixture(scope="session")
def vsb(builtin: ProfileSet) -> Profile:
    found = builtin.named("vsb")
    assert found is not None
    return found


@pytest.fixture(scope="session")
def generic(builtin: ProfileSet) -> Profile:
    return builtin.profiles[-1]


@pytest.fixture
def read(vsb: Profile) -> Read:
    """Reads a page given as HTML; `url`, `content_type` and `profile` may be given."""

    def of(
        html: str | bytes, url: str = HERE, profile: Profile = vsb, content_type: str | None = "text/html;charset=utf-8"
    ) -> PageLinks:
        payload = html.encode() if isinstance(html, str) else html
        return read_outlinks(Page.parse(payload, url, content_type), profile)

    return of


@pytest.fixture(scope="session")
def saved_pages() -> list[SavedPage]:
    gold_file = PORTAL_PAGES / "gold.jsonl"
    if not gold_file.is_file():
        pytest.skip(f"the saved portal pages are not there: {PORTAL_PAGES}")
    lines = map(json.loads, gold_file.read_text("utf-8").splitlines())
    return [
        SavedPage(Page.parse((PORTAL_PAGES / "pages" / gold["file"]).read_bytes(), gold["url"]), gold) for gold in lines
    ]
