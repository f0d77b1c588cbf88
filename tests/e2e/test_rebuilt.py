"""Promise 6: a state.db that is lost or damaged is made again from the WARC files, and the crawl goes on."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from crawls import PROJECT, Crawled, jiucang, scrapy_crawl

from archive.reader import Fault, read_records
from crawler.metadata import read_metadata
from crawler.state import STATE_NAMES
from jiucang.sample.job import write_job
from jiucang.sample.portal import SamplePortal
from jiucang.sample.serving import serving
from jiucang.sample.site import SITES

#: All that state.db says, with names in the place of ids. Left out are what no file holds: the time until which a
#: retry waits, how often a page killed the process, how long processes ran (urls.not_before, deaths, runs.spent), and
#: what keeps crawl.log whole while it is written (runs.logged, the table log).
PROJECTION = {
    "runs": "SELECT name, started, ended, how, plan, yield FROM runs",
    "files": "SELECT name, committed, sealed FROM files",
    "origins": "SELECT o.origin, r.name, o.robots, o.robots_text FROM origins o JOIN runs r ON r.id = o.run",
    "urls": "SELECT u.key, r.name, u.state, u.reason, o.origin, u.priority, u.url, u.method, u.body, u.role, u.hops,"
    " u.via, g.origin, u.tries, c.exchange FROM urls u JOIN runs r ON r.id = u.run JOIN origins o ON o.id = u.origin"
    " LEFT JOIN origins g ON g.id = u.gates LEFT JOIN captures c ON c.id = u.last",
    "series": "SELECT key, count FROM series",
    "captures": "SELECT c.exchange, u.key, r.name, c.attempt, f.name, c.offset, c.length, c.record, c.date, c.status,"
    " c.media_type, c.kind, c.truncated, c.payload_digest, c.payload_length, c.etag, c.last_modified, o.exchange"
    " FROM captures c JOIN urls u ON u.id = c.url_id JOIN runs r ON r.id = c.run JOIN files f ON f.id = c.file"
    " LEFT JOIN captures o ON o.id = c.original",
    "payloads": "SELECT p.digest, p.length, c.exchange FROM payloads p JOIN captures c ON c.id = p.capture",
    "pagers": "SELECT u.key, r.name, p.items, p.pages, p.page FROM pagers p JOIN urls u ON u.id = p.url_id"
    " JOIN runs r ON r.id = p.run",
    "links": "SELECT u.key, l.key, l.role FROM links l JOIN urls u ON u.id = l.source",
}


def projected(state: Path) -> dict[str, Counter[tuple[object, ...]]]:
    db = sqlite3.connect(f"file:{state}?mode=ro", uri=True)
    try:
        return {table: Counter(db.execute(query)) for table, query in PROJECTION.items()}
    finally:
        db.close()


def columns(state: Path) -> dict[str, set[str]]:
    db = sqlite3.connect(state)
    tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {table: {row[1] for row in db.execute(f"PRAGMA table_info({table})")} for table in tables}


@pytest.fixture
def copied(crawled: Crawled, tmp_path: Path) -> Path:
    """A copy of the sample's collection, to be taken apart."""
    return Path(shutil.copytree(crawled.collection, tmp_path / crawled.collection.name))


def test_the_comparison_leaves_nothing_out(crawled: Crawled) -> None:
    """A column that is added to state.db must be restored too, or stand among those that cannot be."""
    ids = {"id", "url_id", "run", "file", "origin", "gates", "last", "original", "capture", "source"}
    lost = {"runs": {"logged", "spent"}, "urls": {"not_before", "deaths"}, "log": {"line"}}
    for table, names in columns(crawled.collection / "state.db").items():
        query = PROJECTION.get(table, "")
        left = {name for name in names - ids - lost.get(table, set()) if name not in query}
        assert not left, table


def test_a_lost_state_is_rebuilt_as_it_was(crawled: Crawled, copied: Path) -> None:
    before = projected(crawled.collection / "state.db")
    (copied / "state.db").unlink()
    refused = jiucang("crawl", copied / "job.yaml")
    assert refused.returncode == 2 and f"jiucang rebuild {copied}" in refused.stderr
    done = jiucang("rebuild", copied, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["captures"] == before["captures"].total() > 500
    after = projected(copied / "state.db")
    for table in PROJECTION:
        assert after[table] == before[table], table


def test_without_reports_the_papers_in_the_archive_serve(crawled: Crawled, copied: Path) -> None:
    shutil.rmtree(copied / "reports")
    assert jiucang("rebuild", copied).returncode == 0
    assert projected(copied / "state.db") == projected(crawled.collection / "state.db")


@pytest.mark.parametrize("damage", ["middle", "beginning"])
def test_a_damaged_state_is_refused_and_kept_aside(crawled: Crawled, copied: Path, damage: str) -> None:
    state = copied / "state.db"
    with state.open("r+b") as file:
        pages = 40 if damage == "middle" else 1
        file.seek(4096 if damage == "middle" else 0)
        file.write(b"\xa5" * 4096 * pages)
    spoilt = state.read_bytes()
    refused = jiucang("crawl", copied / "job.yaml")
    assert refused.returncode == 2, refused.stderr
    assert "jiucang rebuild" in refused.stderr and "Traceback" not in refused.stderr
    assert jiucang("rebuild", copied).returncode == 0
    [aside] = [path for path in copied.iterdir() if path.name.endswith(".bak")]
    assert aside.read_bytes() == spoilt
    assert projected(state) == projected(crawled.collection / "state.db")


@dataclass(frozen=True)
class Resumed:
    """A crawl that was killed, lost its state.db, had it rebuilt and was resumed. `known` was captured before."""

    collection: Path
    portal: SamplePortal
    known: set[tuple[str, str]]
    asked: list[tuple[str, str]]


def captured(collection: Path) -> set[tuple[str, str]]:
    """Method and address of what has a final capture, as the WARC files tell it."""
    found: set[tuple[str, str]] = set()
    for path in sorted(collection.glob("archive/*.warc.gz*")):
        method = ""
        for record in read_records(path):
            if isinstance(record, Fault):
                break
            if record.type == "request":
                method = record.block(20).partition(b" ")[0].decode()
            told = read_metadata(record.block()) if record.content_type == "application/warc-fields" else None
            if told is not None and told.outcome == "captured":
                found.add((method, record.target_uri or ""))
    return found


def kill_when(job: Path, portal: SamplePortal, enough: Callable[[], bool]) -> None:
    command = [sys.executable, "-m", "scrapy", "crawl", "portal", "-a", f"job={job}", "-s", "DOWNLOAD_TIMEOUT=2"]
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not enough():
        assert process.poll() is None, "the crawl ended before it could be killed"
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


@pytest.fixture(scope="module")
def resumed(tmp_path_factory: pytest.TempPathFactory) -> Resumed:
    folder = tmp_path_factory.mktemp("rebuilt")
    with serving(SamplePortal(patience=10.0)) as portal:
        job = write_job(folder, portal)
        kill_when(job, portal, lambda: len(portal.ledger.entries) >= 250)
        [collection] = [path.parent for path in folder.glob("*/*/state.db")]
        for side in ("", "-wal", "-shm"):
            (collection / f"state.db{side}").unlink(missing_ok=True)
        [left] = collection.glob("archive/*.open")
        with left.open("ab") as file:
            file.write(b"\0" * 5000)
        done = jiucang("rebuild", collection, "--json")
        assert (done.returncode, done.stderr) == (0, "")
        report = json.loads(done.stdout)
        # the zeroes, and whatever the kill left half written before them
        cut = [int(size) for line in report["told"] for size in re.findall(r"(\d+) bytes", line)]
        assert report["open"] > 0 and any(size >= 5000 for size in cut), report["told"]
        known, before = captured(collection), len(portal.ledger.entries)
        homes = {str(site): portal.origins.of(site) for site in SITES}
        crawl = scrapy_crawl(job)
        assert "was interrupted and is resumed" in crawl.stderr
        asked = [
            (entry.method.decode("latin-1"), homes[entry.site] + entry.target.decode("latin-1"))
            for entry in portal.ledger.entries[before:]
        ]
        return Resumed(collection, portal, known, asked)


def outcomes(collection: Path, portal: SamplePortal) -> dict[str, tuple[str, str | None]]:
    """What became of every key, with the portal's ports taken out."""
    db = sqlite3.connect(collection / "state.db")
    found: dict[str, tuple[str, str | None]] = {}
    for url, role, state, reason in db.execute("SELECT url, role, state, reason FROM urls"):
        for site in ("main", "gbk", "shelf", "other"):
            url = url.replace(portal.origins.of(site), f"http://{site}")
        found[f"{'gate ' if role == 'robots' else ''}{url}"] = (STATE_NAMES[state], reason)
    return found


def test_every_key_has_the_outcome_of_an_undisturbed_crawl(resumed: Resumed, crawled: Crawled) -> None:
    assert outcomes(resumed.collection, resumed.portal) == outcomes(crawled.collection, crawled.portal)


def test_nothing_that_was_captured_is_asked_for_again(resumed: Resumed) -> None:
    assert len(resumed.known) > 100 and len(resumed.asked) > 50
    assert resumed.known.isdisjoint(resumed.asked)


def test_the_documents_are_those_of_an_undisturbed_crawl(resumed: Resumed, crawled: Crawled, tmp_path: Path) -> None:
    def rows(collection: Path, portal: SamplePortal) -> list[tuple[str, ...]]:
        out = tmp_path / "documents.jsonl"
        assert jiucang("extract", collection, "-o", out).returncode == 0
        text = out.read_text("utf-8")
        for site in ("main", "gbk", "shelf", "other"):
            text = text.replace(portal.origins.of(site), f"http://{site}")
        return sorted((row["url"], row["title"], row["text_sha256"]) for row in map(json.loads, text.splitlines()))

    assert rows(resumed.collection, resumed.portal) == rows(crawled.collection, crawled.portal)
