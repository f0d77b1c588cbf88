"""How the tests are shared out among processes."""

from __future__ import annotations

from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None, None, None]:
    """A file's tests stay in one process, for the sake of its fixtures, and all files that look at the one crawl
    of the sample portal are a group, so that it is crawled once. That group is the longest and begins first.

    A wrapper, to be there before pytest-xdist reads the marks.
    """
    sharing = {item.path for item in items if "crawled" in getattr(item, "fixturenames", ())}
    items.sort(key=lambda item: item.path not in sharing)
    for item in items:
        item.add_marker(pytest.mark.xdist_group("crawled" if item.path in sharing else str(item.path)))
    return (yield)
