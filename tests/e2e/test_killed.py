"""Promise 2: a crawl killed with SIGKILL and resumed loses nothing and doubles nothing."""

from __future__ import annotations

import gzip
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from crawls import PROJECT, Crawled, scrapy_crawl
from warcio.archiveiterator import ArchiveIterator

from crawler.state import CAPTURED, STATE_NAMES
from jiucang.sample.job import write_job
from jiucang.sample.portal import SamplePortal
from jiucang.sample.serving import serving


def kill_after(job: Path, portal: SamplePortal, requests: int) -> int:
    """Starts the crawl and kills it once the portal has received so many requests more."""
    goal = len(portal.ledger.entries) + requests
    process = subprocess.Popen(
        [sys.executable, "-m", "scrapy", "crawl", "portal", "-a", f"job={job}", "-s", "DOWNLOAD_TIMEOUT=2"],
        cwd=PROJECT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while len(portal.ledger.entries) < goal and process.poll() is None:
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    return process.wait()


def exchange_ids(collection: Path) -> Counter[str]:
    """The exchange id of every metadata record in the sealed files; each file is read to its end."""
    found: Counter[str] = Counter()
    for path in sorted(collection.glob("archive/*.warc.gz")):
        with gzip.open(path) as whole:
            while whole.read(1 << 20):
                pass
        with path.open("rb") as stream:
            for record in ArchiveIterator(stream, no_record_parse=True):
                block = record.content_stream().read()
                if record.rec_type == "metadata" and block.startswith(b"exchange: "):
                    found[block.split(b"\r\n")[0].decode().partition(": ")[2]] += 1
    return found


def outcomes(collection: Path, portal: SamplePortal) -> dict[str, tuple[str, str | None]]:
    """What became of every key, with the portal's ports taken out."""
    db = sqlite3.connect(collection / "state.db")
    found: dict[str, tuple[str, str | None]] = {}
    for url, role, state, reason in db.execute("SELECT url, role, state, reason FROM urls"):
        for site in ("main", "gbk", "shelf", "other"):
            url = url.replace(portal.origins.of(site), f"http://{site}")
        found[f"{'gate ' if role == 'robots' else ''}{url}"] = (STATE_NAMES[state], reason)
    return found


@pytest.fixture(scope="module")
def resumed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SamplePortal, list[int]]:
    folder = tmp_path_factory.mktemp("killed")
    with serving(SamplePortal(patience=10.0)) as portal:
        job = write_job(folder, portal)
        deaths = [kill_after(job, portal, requests) for requests in (5, 60, 110, 30, 90)]
        done = scrapy_crawl(job)
        assert "was interrupted and is resumed" in done.stderr
        [collection] = [path.parent for path in folder.glob("*/*/state.db")]
        return collection, portal, deaths


def test_it_was_killed(resumed: tuple[Path, SamplePortal, list[int]]) -> None:
    assert resumed[2] == [-signal.SIGKILL] * 5


def test_every_committed_exchange_stands_exactly_once(resumed: tuple[Path, SamplePortal, list[int]]) -> None:
    collection = resumed[0]
    committed = {row[0] for row in sqlite3.connect(collection / "state.db").execute("SELECT exchange FROM captures")}
    assert exchange_ids(collection) == dict.fromkeys(committed, 1)


def test_every_key_has_one_final_outcome_as_if_undisturbed(
    resumed: tuple[Path, SamplePortal, list[int]], crawled: Crawled
) -> None:
    killed = outcomes(resumed[0], resumed[1])
    assert {state for state, _ in killed.values()} <= {"captured", "failed", "dropped"}
    assert killed == outcomes(crawled.collection, crawled.portal)


def test_nothing_is_left_open(resumed: tuple[Path, SamplePortal, list[int]]) -> None:
    collection = resumed[0]
    assert not list(collection.glob("archive/*.open"))
    db = sqlite3.connect(collection / "state.db")
    for name, committed in db.execute("SELECT name, committed FROM files"):
        assert (collection / "archive" / name).stat().st_size == committed
    captured = db.execute("SELECT count(*) FROM urls WHERE state = ?", (CAPTURED,)).fetchone()[0]
    assert db.execute("SELECT count(DISTINCT url_id) FROM captures").fetchone()[0] >= captured
