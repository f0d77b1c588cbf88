"""One undisturbed crawl of the sample portal, for every test that looks at what came of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from crawls import Crawled, jiucang, scrapy_crawl

from jiucang.sample.job import write_job
from jiucang.sample.portal import SamplePortal
from jiucang.sample.serving import serving


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
