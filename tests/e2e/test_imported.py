"""An old wget crawl taken into a collection: the next crawl asks what has changed since, and stores only that."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from crawls import jiucang
from needed import needed
from pywb import replayed, replaying
from sites import Site, site, write_job
from warcio.archiveiterator import ArchiveIterator

from jiucang.sample.replies import Request, Resource

PICTURE = bytes(range(256)) * 20
ARTICLE = """<html><head><meta charset="utf-8"><title>关于{0}的通知-保卫处</title></head><body>
<form name="_newscontent_fromname"><h1 align="center">关于{0}的通知</h1><div>发布时间：2009-06-30 点击：12</div>
<div id="vsb_content"><div class="v_news_content"><p>各学院：</p>
<p>{0}将于本周五进行，请各单位提前做好准备，并将名单报送办公室。联系电话见校内通讯录。</p>{1}
<p><img src="picture.png"></p></div></div></form></body></html>"""


@dataclass
class Portal:
    """The site, whose pages a test may change, and what was imported of it."""

    served: Site
    pages: dict[bytes, Resource]
    old: Path
    job: Path
    collection: Path

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        db = sqlite3.connect(self.collection / "state.db")
        try:
            return db.execute(sql).fetchall()
        finally:
            db.close()

    def rows(self) -> list[dict[str, Any]]:
        text = (self.collection / "documents" / "documents.jsonl").read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]


def article(title: str, more: str = "", **options: bool) -> Resource:
    return Resource(ARTICLE.format(title, more).encode(), **options)


def wget(home: str, folder: Path, *words: str) -> Path:
    """What wget makes of the site: one compressed record after another."""
    needed(shutil.which("wget"), "wget (apt-packages.txt)")
    command = ["wget", "-q", "--no-proxy", "-r", "-p", "-l", "3", "-e", "robots=off", "--warc-file=old", *words, home]
    subprocess.run(command, cwd=folder, check=False, timeout=60)
    [found] = folder.glob("old.warc*")
    return found


@pytest.fixture(scope="module", params=[(), ("--no-warc-compression", "--no-warc-digests")], ids=["gz", "plain"])
def portal(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """Archived with wget, imported, changed in one page, crawled in mode `new`, and crawled so again."""
    folder = tmp_path_factory.mktemp("imported")
    pages = {
        b"/": Resource(b"".join(b'<p><a href="/%d.htm">%d</a></p>' % (n, n) for n in (1, 2, 3))),
        b"/1.htm": article("消防演练", validated=True),
        b"/2.htm": article("宿舍检查", chunked=True),
        b"/3.htm": article("车辆登记"),
        b"/picture.png": Resource(PICTURE, b"image/png"),
        b"/robots.txt": Resource(b"User-agent: *\nDisallow: /private/\n", b"text/plain"),
    }

    def find(asked: Request) -> Resource | None:
        return pages.get(asked.path)

    with site(find) as served:
        old = wget(served.home, folder, *request.param)
        job = write_job(folder, served.home, recrawl={"mode": "new"}, output=".")
        collection = folder / "small"
        done = jiucang("rebuild", collection, "--import", old)
        assert (done.returncode, done.stderr) == (0, "")
        pages[b"/3.htm"] = article("车辆登记", "<p>登记时间另行通知。</p>")
        for _ in range(2):
            done = jiucang("crawl", job)
            assert done.returncode == 0, done.stderr
        yield Portal(served, pages, old, job, collection)


def of_run(portal: Portal, number: int, role: str = "page") -> dict[str, tuple[int, str | None]]:
    """Status and file of the original, where there is one, by path: of robots.txt, or of all else."""
    home = portal.served.home
    rows = portal.query(
        "SELECT u.url, c.status, f.name FROM captures c JOIN urls u ON u.id = c.url_id"
        " LEFT JOIN captures o ON o.id = c.original LEFT JOIN files f ON f.id = o.file"
        f" WHERE c.run = {number} AND (u.role = 'robots') = {role == 'robots'}"
    )
    return {url.removeprefix(home): (status, name) for url, status, name in rows}


def test_the_import_is_a_run_before_all_others(portal: Portal) -> None:
    runs = portal.query("SELECT name, started, ended, how FROM runs ORDER BY id")
    assert [how for *_, how in runs] == ["imported", "finished", "finished"]
    assert runs[0][0] < runs[1][0] and runs[0][1] <= runs[0][2]
    assert (portal.collection / "archive" / portal.old.name).read_bytes() == portal.old.read_bytes()
    kinds = dict(
        portal.query(
            "SELECT replace(u.url, rtrim(u.url, replace(u.url, '/', '')), ''), c.kind FROM captures c"
            " JOIN urls u ON u.id = c.url_id WHERE c.run = 1 AND c.status = 200"
        )
    )
    assert kinds["1.htm"] == kinds["3.htm"] == "article" and kinds["picture.png"] is None


def test_what_is_unchanged_is_stored_as_a_revisit_of_what_was_imported(portal: Portal) -> None:
    old = portal.old.name
    first = of_run(portal, 2)
    assert first["1.htm"] == (304, old)
    assert first["2.htm"] == first["picture.png"] == first[""] == (200, old)
    assert first["3.htm"] == (200, None)
    again = of_run(portal, 3)
    assert again["1.htm"] == (304, old) and again["2.htm"] == (200, old)
    assert again["3.htm"][1] is not None and again["3.htm"][1] != old


def test_warcio_finds_every_record_that_a_revisit_names(portal: Portal) -> None:
    named, revisits = {}, []
    for path in sorted((portal.collection / "archive").glob("*.warc*")):
        with path.open("rb") as stream:
            for record in ArchiveIterator(stream, no_record_parse=True):
                get = record.rec_headers.get_header
                if record.rec_type == "response":
                    named[get("WARC-Record-ID")] = (
                        get("WARC-Target-URI"),
                        get("WARC-Date"),
                        get("WARC-Payload-Digest"),
                    )
                elif record.rec_type == "revisit":
                    fields = "WARC-Refers-To-Target-URI", "WARC-Refers-To-Date", "WARC-Payload-Digest"
                    revisits.append((get("WARC-Refers-To"), tuple(get(field) for field in fields)))
    assert len(revisits) >= 8
    for name, (url, date, digest) in revisits:
        held = named[name]
        assert (url, date) == (held[0].strip("<>"), held[1])
        assert digest == held[2] or (not held[2] and digest.startswith("sha1:"))


def test_a_document_has_its_versions_from_both(portal: Portal) -> None:
    rows = portal.rows()
    versions = [row for row in rows if row["url"].endswith("/3.htm")]
    assert len(versions) == 2 and len(rows) == 4
    files = [row["provenance"]["file"] for row in versions]
    assert files[0] == portal.old.name and files[1] != portal.old.name
    assert versions[1]["supersedes"] == versions[0]["version"]


def test_a_later_rebuild_restores_import_and_revisits(portal: Portal, tmp_path: Path) -> None:
    queries = (
        "SELECT name, started, ended, how FROM runs ORDER BY id",
        "SELECT c.exchange, c.run, c.attempt, c.offset, c.length, c.record, c.date, c.status, c.media_type, c.kind,"
        " c.payload_digest, c.payload_length, c.etag, c.last_modified, o.exchange, u.url FROM captures c"
        " JOIN urls u ON u.id = c.url_id LEFT JOIN captures o ON o.id = c.original ORDER BY c.exchange",
        "SELECT u.key, u.url, u.run, u.state, u.reason, u.role, u.hops, u.via, c.exchange FROM urls u"
        " LEFT JOIN captures c ON c.id = u.last ORDER BY u.key",
        "SELECT p.digest, p.length, c.exchange FROM payloads p JOIN captures c ON c.id = p.capture ORDER BY 1",
        "SELECT name, committed, sealed FROM files ORDER BY 1",
        "SELECT origin, run, robots, robots_text FROM origins ORDER BY 1",
    )
    before = [portal.query(sql) for sql in queries]
    assert "Disallow: /private/" in str(before[-1]) and len(of_run(portal, 3, "robots")) == 1
    done = jiucang("rebuild", portal.collection)
    assert (done.returncode, done.stderr) == (0, "")
    for sql, rows in zip(queries, before, strict=True):
        assert portal.query(sql) == rows, sql


def test_pywb_replays_a_revisit_of_what_was_imported(portal: Portal, tmp_path: Path) -> None:
    dates = dict(portal.query("SELECT u.url, c.date FROM captures c JOIN urls u ON u.id = c.url_id WHERE c.run = 2"))
    warcs = sorted((portal.collection / "archive").glob("*.warc*"))
    with replaying(warcs, tmp_path) as address:
        for path in ("1.htm", "2.htm", "picture.png"):
            url = portal.served.home + path
            when = "".join(filter(str.isdigit, dates[url][:19]))
            assert replayed(f"{address}{when}id_/{url}") == portal.pages[b"/" + path.encode()].body, path
