"""The sample portal served from a thread, and crawls of it by the real command in processes of their own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from jiucang.sample.job import write_job

from jiucang.sample.portal import SamplePortal
from jiucang.sample.serving import serving


def jiucang(*arguments: str | Path, timeout: float = 240) -> subprocess.CompletedProcess[str]:
    """The real command."""
    command = [sys.executable, "-m", "jiucang", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)


@dataclass(frozen=True)
class Crawled:
    """A finished crawl of the sample portal, undisturbed."""

    portal: SamplePortal
    collection: Path
    job: Path
    done: subprocess.CompletedProcess[str]


@pytest.fixture(scope="session")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    """One undisturbed crawl of all sites of the sample; the portal goes on serving."""
    folder = tmp_path_factory.mktemp("crawled")
    with serving(SamplePortal(patience=10.0)) as portal:
        job = write_job(folder, portal)
        done = jiucang("crawl", job)
        [collection] = [path.parent for path in folder.glob("*/*/state.db")]
        yield Crawled(portal, collection, job, done)
