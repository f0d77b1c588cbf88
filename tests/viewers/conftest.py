"""One Chromium, and each viewer once over the crawled sample."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from browsing import REPLAYWEB, WAYBACK, Visit, chromium, replay_of, visit
from crawls import Crawled
from needed import needed
from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Playwright's event loop runs as long as this is open, and no other can: not one module longer."""
    with chromium() as found:
        yield found


@pytest.fixture(scope="session")
def replayweb(crawled: Crawled) -> Iterator[str]:
    needed(REPLAYWEB, "ReplayWeb.page (make viewers)")
    with replay_of(crawled.collection, "--viewer", "replayweb") as address:
        yield address


@pytest.fixture(scope="session")
def pywb(crawled: Crawled) -> Iterator[str]:
    needed(WAYBACK, "pywb (make .venv-peers/.installed)")
    with replay_of(crawled.collection, "--viewer", "pywb", "--pywb", WAYBACK) as address:
        # what is printed is the home page of the archive
        yield address.partition("/archive/")[0] + "/archive/"


@pytest.fixture(params=["pywb", "replayweb"])
def visiting(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Visit]:
    """A window on the archive in each viewer; nothing but the viewer may have been asked when it closes."""
    with ExitStack() as stack:
        address = request.getfixturevalue(request.param)
        yield stack.enter_context(visit(browser, request.param, address))
