"""Later runs of a collection: nothing is stored twice, and what has changed comes out as a new version."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from crawls import Crawled, jiucang
from pywb import plain, replayed, replaying
from warcio.archiveiterator import ArchiveIterator

from archive.digests import Digest, digest_of
from archive.framing import reframe
from archive.http1 import parse_response
from archive.warc import NOT_MODIFIED
from jiucang.sample.replies import Resource

ADDED = "<p>本文已于近日补充修订。</p>"
CHANGED_DOCUMENTS = 10


@dataclass
class Collection:
    """A copy of the crawled collection, to be crawled again."""

    crawled: Crawled
    folder: Path
    job: Path

    def run(self, **recrawl: object) -> None:
        """A later run over both editions (the shelf's hanging answers need not be waited for again)."""
        job = yaml.safe_load(self.crawled.job.read_text(encoding="utf-8"))
        job["scope"]["hosts"] = job["scope"]["hosts"][:2]
        job["scope"]["exclude"] = [re.escape(self.crawled.portal.origins.shelf)]
        job["recrawl"] = recrawl
        self.job.write_text(yaml.safe_dump(job, allow_unicode=True), encoding="utf-8")
        done = jiucang("crawl", self.job)
        assert done.returncode == 0, done.stderr

    def rows(self) -> list[dict[str, Any]]:
        text = (self.folder / "documents" / "documents.jsonl").read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]

    def query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with sqlite3.connect(self.folder / "state.db") as db:
            return db.execute(sql, values).fetchall()

    def of_last_run(self, columns: str, where: str = "") -> list[tuple[Any, ...]]:
        return self.query(
            f"SELECT {columns} FROM captures c JOIN urls u ON u.id = c.url_id"
            f" WHERE c.run = (SELECT max(id) FROM runs) {where}"
        )


@pytest.fixture
def collection(crawled: Crawled, tmp_path: Path) -> Iterator[Collection]:
    folder = tmp_path / "collections" / crawled.collection.name
    shutil.copytree(crawled.collection, folder)
    files = {name: dict(site.files) for name, site in crawled.portal.sites.items()}
    later = crawled.portal.ledger.next_seq()
    yield Collection(crawled, folder, tmp_path / "sample.yaml")
    crawled.portal.ledger.forget(later)
    for name, before in files.items():
        crawled.portal.sites[name].files.update(before)


def records(folder: Path) -> Iterator[tuple[Any, bytes]]:
    """Every record of the collection as warcio reads it, with its block as it stands in the file."""
    for path in sorted((folder / "archive").glob("*.warc.gz")):
        with path.open("rb") as file:
            for record in ArchiveIterator(file, no_record_parse=True):
                yield record, record.content_stream().read()


def test_an_unchanged_portal_is_not_stored_twice(collection: Collection) -> None:
    before = (collection.folder / "documents" / "documents.jsonl").read_bytes()
    pages = set(collection.query("SELECT DISTINCT u.url FROM captures c JOIN urls u ON u.id = c.url_id"))
    collection.run(mode="new")
    again = set(collection.of_last_run("DISTINCT u.url"))
    shelf = collection.crawled.portal.origins.shelf
    assert {url for (url,) in pages - again if not url.startswith(shelf)} == set()
    stored = collection.of_last_run("u.url, c.kind", "AND status = 200 AND original IS NULL AND payload_length > 0")
    assert {kind for _, kind in stored} <= {"challenge", "captcha"}, stored
    how = Counter(status for (status,) in collection.of_last_run("status", "AND original IS NOT NULL"))
    assert how[304] > 50
    assert how[200] > 50
    assert (collection.folder / "documents" / "documents.jsonl").read_bytes() == before


def test_revisits_refer_to_originals_and_the_wire_can_be_made_again(collection: Collection, tmp_path: Path) -> None:
    collection.run(mode="new")
    originals, revisits = {}, []
    parts: dict[str, dict[str, bytes]] = defaultdict(dict)
    for record, block in records(collection.folder):
        headers = record.rec_headers
        if record.rec_type == "response":
            originals[headers.get_header("WARC-Record-ID")] = (headers, block)
        elif record.rec_type == "revisit":
            revisits.append((headers, block))
        elif part := headers.get_header("Jiucang-Wire-Part"):
            for name, value in headers.headers:
                if name == "WARC-Concurrent-To":
                    parts[value][part] = block
    made, replays = Counter[bytes](), []
    for headers, block in revisits:
        reference, original = originals[headers.get_header("WARC-Refers-To")]
        for field in ("Target-URI", "Date"):
            assert headers.get_header(f"WARC-Refers-To-{field}") == reference.get_header(f"WARC-{field}")
        payload = parse_response(original).payload
        assert Digest.parse(headers.get_header("WARC-Payload-Digest")) == digest_of(payload)
        kept = parts[headers.get_header("WARC-Record-ID")]
        if headers.get_header("WARC-Profile") == NOT_MODIFIED:
            assert block == b""
            made[kept["not-modified"]] += 1
        else:
            made[block + (reframe(kept["framing"], payload) if "framing" in kept else payload)] += 1
        when = re.sub(r"\D", "", headers.get_header("WARC-Date")[:19])
        replays.append((f"{when}id_/{headers.get_header('WARC-Target-URI')}", payload))
    assert len(replays) > 500
    assert made - Counter(entry.sent for entry in collection.crawled.portal.ledger.entries) == Counter()
    (tmp_path / "pywb").mkdir()
    with replaying(sorted((collection.folder / "archive").glob("*.warc.gz")), tmp_path / "pywb") as address:
        for place, payload in replays[::7]:
            # a counter that is asked by POST has no address of its own in pywb
            assert "_visitcount" in place or replayed(address + place) == plain(payload), place


def test_ten_changed_documents_give_ten_rows(collection: Collection) -> None:
    rows = collection.rows()
    main = collection.crawled.portal.origins.main
    files = collection.crawled.portal.sites["main"].files
    changed = []
    for row in rows:
        target = row["url"].removeprefix(main).encode()
        found = files.get(target)
        if not row["url"].startswith(main) or row["aliases"] or not isinstance(found, Resource):
            continue
        body, count = re.subn(rb'(<div[^>]+id="vsb_content[^>]*>)', rb"\1" + ADDED.encode(), found.body, count=1)
        if count and b"v_news_content" in body and len(changed) < CHANGED_DOCUMENTS:
            files[target] = replace(found, body=body, _squeezed=[])
            changed.append(row["id"])
    assert len(changed) == CHANGED_DOCUMENTS
    collection.run(mode="new")
    after = collection.rows()
    old = {(row["id"], row["version"]) for row in rows}
    new = [row for row in after if (row["id"], row["version"]) not in old]
    assert sorted(row["id"] for row in new) == sorted(changed)
    assert {row["supersedes"] for row in new} == {row["version"] for row in rows if row["id"] in changed}
    assert [row for row in after if (row["id"], row["version"]) in old] == rows


def test_columns_asks_for_lists_and_what_they_newly_show(collection: Collection) -> None:
    collection.run(mode="columns")
    asked = Counter(collection.of_last_run("u.role, c.kind"))
    assert sum(count for (_, kind), count in asked.items() if kind == "list") > 20
    assert not {role for role, _ in asked} & {"article", "chain", "attachment", "clicks"}, asked
    assert ("page", "article") not in asked
    [[known]] = collection.query("SELECT count(*) FROM urls WHERE reason = 'recrawl:known'")
    assert known > 100


def test_without_dedup_every_payload_that_is_sent_is_stored(collection: Collection) -> None:
    collection.run(mode="full", dedup=False)
    assert collection.of_last_run("count(*)", "AND original IS NOT NULL") == [(0,)]
    assert collection.of_last_run("count(*)", "AND status = 200 AND payload_length > 0")[0][0] > 400
