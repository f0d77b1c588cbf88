"""Promise 2: a crawl killed at any moment, and unplugged, loses nothing and doubles nothing.

`make test-crash` is the same with more seeds.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from crash.rig import Rig, Zygote
from crash.storm import steady_crawl, weather

from jiucang.sample.portal import SamplePortal
from jiucang.sample.serving import serving


@pytest.fixture(scope="module")
def portal() -> Iterator[SamplePortal]:
    with serving(SamplePortal(patience=10.0)) as running:
        yield running


@pytest.fixture(scope="module")
def steady(forks: Zygote, portal: SamplePortal, tmp_path_factory: pytest.TempPathFactory) -> Rig:
    return steady_crawl(forks, portal, tmp_path_factory.mktemp("steady") / "steady")


@pytest.mark.parametrize("seed", [20141103])
def test_25_kills_over_one_crawl(seed: int, forks: Zygote, portal: SamplePortal, steady: Rig, tmp_path: Path) -> None:
    storm = weather(forks, portal, steady, tmp_path / str(seed), seed, kills=28)
    assert not storm.findings, "\n".join([str(storm), *map(str, storm.findings[:20]), *storm.damage])
    assert storm.kills >= 25 and storm.damage, storm
