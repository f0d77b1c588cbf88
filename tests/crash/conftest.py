"""The process that forks the crawls under test, one for a test file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from crash.rig import Zygote, zygote


@pytest.fixture(scope="module")
def forks() -> Iterator[Zygote]:
    with zygote() as running:
        yield running
