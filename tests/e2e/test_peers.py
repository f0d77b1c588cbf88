"""Other programs of the field over the archive of the sample portal: they read it, and read the same as we do."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sysconfig
import urllib.error
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from crawls import Crawled
from pywb import replayed, replaying
from warcio.archiveiterator import ArchiveIterator

WHEN = "20300101000000"


def warcs(crawled: Crawled) -> list[str]:
    return [str(path) for path in sorted(crawled.collection.glob("archive/*.warc.gz"))]


def run(program: Path, *words: str, cwd: Path | None = None, code: int = 0) -> str:
    ended = subprocess.run([program, *words], cwd=cwd, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == code, ended.stderr
    return ended.stdout


def beside_python(name: str) -> Path:
    return Path(sysconfig.get_path("scripts")) / name


# -- warcio ------------------------------------------------------------------------------------------


def test_warcio_reads_every_block_as_its_digest_says(crawled: Crawled) -> None:
    types = set()
    for path in warcs(crawled):
        with Path(path).open("rb") as stream:
            for record in ArchiveIterator(stream, no_record_parse=True):
                block = record.raw_stream.read()
                stated = record.rec_headers.get_header("WARC-Block-Digest")
                assert stated == f"sha256:{hashlib.sha256(block).hexdigest()}", record.rec_headers
                types.add(record.rec_type)
    assert types == {"warcinfo", "resource", "request", "response", "metadata"}


def test_warcio_indexes_every_record(crawled: Crawled) -> None:
    lines = [json.loads(line) for line in run(beside_python("warcio"), "index", *warcs(crawled)).splitlines()]
    answers = sum(line["warc-type"] == "response" for line in lines)
    answered = sum(1 for entry in crawled.portal.ledger.entries if entry.sent)
    assert answered * 0.95 < answers <= answered, "all but what was no HTTP"


def test_warcio_check_reports_what_the_guide_says_and_nothing_else(crawled: Crawled) -> None:
    """docs/warc.md: payload digests alone, and only where chunks or a header line of blanks stand."""
    said = run(beside_python("warcio"), "check", *warcs(crawled), code=1)
    reported = set(re.findall(r"WARC-Record-ID (\S+) response\n    payload digest failed sha256:", said))
    assert said.count("failed") == len(reported)
    chunked = set()
    for path in warcs(crawled):
        with Path(path).open("rb") as stream:
            for record in ArchiveIterator(stream, no_record_parse=True):
                name, block = record.rec_headers.get_header("WARC-Record-ID"), record.raw_stream.read()
                if re.search(rb"\n[ \t]+\r?\n", block.partition(b"\r\n\r\n")[0]):
                    reported.discard(name)
                elif re.search(rb"(?i)\ntransfer-encoding\s*:\s*chunked", block.partition(b"\r\n\r\n")[0]):
                    chunked.add(name)
    assert reported
    assert reported <= chunked


# -- cdxj-indexer ------------------------------------------------------------------------------------


def test_cdxj_indexer_writes_the_index_that_we_write(crawled: Crawled) -> None:
    theirs = run(beside_python("cdxj-indexer"), "--sort", *warcs(crawled))
    assert (crawled.collection / "indexes" / "index.cdxj").read_text(encoding="utf-8") == theirs
    assert len(theirs.splitlines()) > 600


# -- pywb --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def replay(crawled: Crawled, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """pywb over the archive, on loopback: the address below which it replays."""
    with replaying(warcs(crawled), tmp_path_factory.mktemp("pywb")) as address:
        yield f"{address}{WHEN}id_/"


def places(crawled: Crawled) -> list[str]:
    """An article of each edition, an image, and a query in the page's own encoding."""
    portal = crawled.portal
    asked = {portal.origins.of(e.site) + e.target.decode("latin-1") for e in portal.ledger.entries}
    found = []
    for edition, encoding in (("main", "utf-8"), ("gbk", "gbk")):
        home = portal.origins.of(edition)
        found.append(next(article.url for article in portal.truth.articles if article.url.startswith(home)))
        found.append(next(url for url in asked if url.startswith(home) and quote("消防", encoding=encoding) in url))
    pictured = next(article for article in portal.truth.articles if article.images)
    return [*found, pictured.images[0].url]


def test_pywb_replays_what_was_sent(crawled: Crawled, replay: str) -> None:
    for url in places(crawled):
        assert replayed(replay + url) == crawled.sent(url) != b"", url


def test_pywb_has_nothing_else(crawled: Crawled, replay: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as missing:
        replayed(replay + crawled.portal.origins.of("main") + "/none-of-ours.htm")
    with missing.value as answer:
        assert answer.code == 404
