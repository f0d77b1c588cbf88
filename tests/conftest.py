"""How the tests are shared out among processes, and the one crawl of the sample portal that many of them look at.

A file's tests stay in one process, for the sake of its fixtures, and all files that look at the one crawl of
the sample portal stay together, so that it is crawled once. pytest-xdist's own groups would say the same, but
version 3.8 writes them to a field that pytest 9.2 no longer has.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from crawls import Crawled, jiucang, scrapy_crawl
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from jiucang.sample.job import write_job
from jiucang.sample.portal import SamplePortal
from jiucang.sample.serving import serving

# how long an example takes says more of the machine's other work than of the code
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

SHARED = "the crawl of the sample"


@cache
def shares_the_crawl(path: Path) -> bool:
    """Whether a test file takes the `crawled` fixture."""
    return path.parent.name in ("e2e", "viewers") and "crawled: Crawled" in path.read_text(encoding="utf-8")


class ByFile(LoadScopeScheduling):
    """Hands out whole files, those that share the crawl as one."""

    def _split_scope(self, nodeid: str) -> str:
        name = nodeid.partition("::")[0]
        return SHARED if shares_the_crawl(self.config.rootpath / name) else name


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    config.option.loadscopereorder = False
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first."""
    items.sort(key=lambda item: not shares_the_crawl(item.path))


@pytest.fixture(scope="session")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    """One undisturbed crawl of all sites of the sample; the portal goes on serving."""
    folder = tmp_path_factory.mktemp("crawled")
    with serving(SamplePortal(patience=10.0)) as portal:
        job = write_job(folder, portal)
        done = scrapy_crawl(job)
        [collection] = [path.parent for path in folder.glob("*/*/state.db")]
        documents = collection / "documents" / "documents.jsonl"
        assert jiucang("index", collection).returncode == 0
        assert jiucang("extract", collection, "-o", documents).returncode == 0
        yield Crawled(portal, collection, job, done)
