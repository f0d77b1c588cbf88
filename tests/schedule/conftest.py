"""A folder of jobs under a clock the test puts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from schedules import Jobs


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[Jobs]:
    made = Jobs(tmp_path)
    yield made
    made.close()
