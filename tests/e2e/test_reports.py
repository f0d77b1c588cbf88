"""What a run says of itself: whether it has everything, what has vanished, and when it is not to be believed."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from crawls import jiucang
from sites import site, write_job
from warcio.archiveiterator import ArchiveIterator

from jiucang.codes import DONE, FAULTS
from jiucang.sample.replies import Request, Resource

HEAD = '<html><head><meta charset="utf-8"><title>{0}</title></head><body>'
CHALLENGE = Resource(b'<html><script>var challengeId="c3";</script></html>')


def list_page(numbers: Iterable[int], total: int) -> bytes:
    rows = "".join(
        f'<li><a href="/info/1001/{n}.htm">关于第{n}号工作的通知</a><span>2014-11-03</span></li>' for n in numbers
    )
    return f'{HEAD.format("通知公告")}<ul>{rows}</ul><div class="pages">共{total}条</div>'.encode()


def article(number: int, neighbour: int) -> bytes:
    title = f"关于第{number}号工作的通知"
    return (
        f"{HEAD.format(title)}<h1>{title}</h1><p>发布时间：2014-11-03 来源：保卫处</p>"
        "<p>各单位请按照要求做好安全检查工作，并于月底前上报。</p>"
        f'<p>下一篇：<a href="/info/1001/{neighbour}.htm">第{neighbour}号</a></p>'
    ).encode()


@dataclass
class Portal:
    """A list of articles, each with the next one as its neighbour; `shut` shows a challenge instead of any page."""

    listed: list[int]
    total: int
    gone: frozenset[int] = frozenset()
    shut: bool = False

    def find(self, request: Request) -> Resource | None:
        if request.path == b"/robots.txt":
            return None
        if self.shut:
            return CHALLENGE
        if request.path == b"/":
            return Resource(list_page(self.listed, self.total))
        number = int(request.path.rpartition(b"/")[2].removesuffix(b".htm"))
        if number in self.gone:
            return None
        after = [*self.listed, self.listed[0]][self.listed.index(number) + 1] if number in self.listed else number
        return Resource(article(number, after))


@dataclass
class Runs:
    """The runs of one collection, in their order."""

    folder: Path

    @property
    def collection(self) -> Path:
        return self.folder / "collections" / "small"

    def reports(self) -> list[Path]:
        return sorted(self.collection.glob("reports/2*"))

    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.reports()[-1] / "run.json").read_bytes())
        return found

    def vanished(self) -> dict[str, str]:
        text = (self.reports()[-1] / "vanished.jsonl").read_text("utf-8")
        return {path(row["url"]): row["how"] for row in map(json.loads, text.splitlines())}

    def missing(self) -> list[str]:
        return (self.reports()[-1] / "missing.txt").read_text("utf-8").split()


def path(url: str) -> str:
    return url.partition("//")[2].partition("/")[2].removeprefix("info/1001/")


def papers(collection: Path) -> dict[str, bytes]:
    """The last two records of the newest file."""
    newest = max(collection.glob("archive/*.warc.gz"), key=lambda found: found.name)
    with newest.open("rb") as stream:
        records = [
            (str(record.rec_headers.get_header("WARC-Target-URI")), record.content_stream().read(), record.content_type)
            for record in ArchiveIterator(stream)
        ]
    assert [media for _, _, media in records[-2:]] == ["text/plain", "application/json"]
    return {uri: block for uri, block, _ in records[-2:]}


def test_a_portal_over_four_runs(tmp_path: Path) -> None:
    portal = Portal(listed=[1, 2, 3, 4, 5], total=5, gone=frozenset({4}))
    runs = Runs(tmp_path)
    with site(portal.find) as served:
        job = write_job(tmp_path, served.home)
        assert jiucang("crawl", job, "--no-index", "--no-extract").returncode == DONE
        _first(runs, served.home)
        portal.listed, portal.gone = [1, 2, 5], frozenset({2, 4})
        done = jiucang("crawl", job, "--no-index", "--no-extract")
        assert done.returncode == DONE, done.stdout + done.stderr
        assert runs.vanished() == {"2.htm": "status:404", "3.htm": "not-listed"}
        assert runs.report()["ending"]["vanished"] == {"status:404": 1, "not-listed": 1}
        assert "vanished since earlier runs: 1 not-listed, 1 status:404" in done.stdout
        portal.shut = True
        done = jiucang("crawl", job, "--no-index", "--no-extract")
        assert done.returncode == FAULTS
        assert "far too little: 0 articles and lists" in done.stdout and "nothing is taken as vanished" in done.stdout
        assert all(len(line) <= 80 for line in done.stdout.splitlines() if str(tmp_path) not in line)
        assert not (runs.reports()[-1] / "vanished.jsonl").exists()
        assert runs.report()["ending"]["vanished_unknown"] == runs.report()["ending"]["yields"]["drop"]
        portal.shut = False
        assert jiucang("crawl", job, "--no-index", "--no-extract").returncode == DONE
        assert runs.report()["ending"]["yields"]["drop"] is None


def _first(runs: Runs, home: str) -> None:
    """The list declares five; four are there, and the third names the missing one as its neighbour."""
    report = runs.report()
    completeness, ending = report["completeness"], report["ending"]
    assert completeness["discovered"] == sum(report["urls"].values()) == 7
    assert completeness["columns"] == [{"url": home, "items": 5, "pages": None, "read": 1, "listed": 5, "held": 4}]
    assert completeness["short_columns"] == 1
    assert [(path(found["url"]), path(found["named_by"]), found["why"]) for found in completeness["breaks"]] == [
        ("4.htm", "3.htm", "status:404")
    ]
    assert (ending["yields"]["pages"], ending["vanished"], ending["missing"]) == (5, None, 0)
    run, folder = report["run"], runs.reports()[-1]
    assert papers(runs.collection) == {
        f"urn:jiucang:run:{run}:crawl.log": (folder / "crawl.log").read_bytes(),
        f"urn:jiucang:run:{run}:run.json": (folder / "run.json").read_bytes(),
    }
    with sqlite3.connect(runs.collection / "state.db") as db:
        for name, committed in db.execute("SELECT name, committed FROM files"):
            assert (runs.collection / "archive" / name).stat().st_size == committed
        assert db.execute("SELECT count(*) FROM log").fetchone() == (0,)
        assert db.execute("SELECT items, pages, page FROM pagers").fetchall() == [(5, None, None)]


def test_what_a_limit_gave_up_is_the_seeds_of_the_next_crawl(tmp_path: Path) -> None:
    portal = Portal(listed=[1, 2, 3, 4, 5], total=5)
    runs = Runs(tmp_path)
    with site(portal.find) as served:
        politeness = {"delay": "0 s", "concurrency": 1}
        limits = {"free_disk": "1 MB", "pages": 4}
        job = write_job(tmp_path, served.home, politeness=politeness, limits=limits)
        done = jiucang("crawl", job, "--no-index", "--no-extract")
        assert done.returncode == DONE and "missing " in done.stdout
        missing = runs.missing()
        assert missing and set(map(path, missing)) < {f"{n}.htm" for n in range(1, 6)}
        assert runs.report()["completeness"]["pending"] == 0
        assert runs.report()["ending"]["vanished_unknown"] == "the run ended early (limit:pages)"
        patch = yaml.safe_load(job.read_text("utf-8")) | {"seeds": [served.home, *missing], "scope": {"depth": 0}}
        del patch["limits"]["pages"]
        job.write_text(yaml.safe_dump(patch), "utf-8")
        assert jiucang("crawl", job, "--no-index", "--no-extract").returncode == DONE
    with sqlite3.connect(runs.collection / "state.db") as db:
        held = db.execute(
            "SELECT url FROM outcomes WHERE (last IS NOT NULL OR read) AND url LIKE '%/info/%'"
        ).fetchall()
    assert {path(url) for (url,) in held} == {f"{n}.htm" for n in range(1, 6)}
    assert runs.missing() == []
    assert runs.report()["ending"]["vanished_unknown"] == "no finished run before it had the same seeds and scope"


def test_a_run_that_reached_nobody_has_its_papers_in_the_archive(tmp_path: Path) -> None:
    job = write_job(tmp_path, "http://127.0.0.1:1/", network={"allow": []})
    assert jiucang("crawl", job, "--no-index", "--no-extract").returncode == FAULTS
    log = papers(tmp_path / "collections/small")
    assert any(b"address_forbidden" in block for block in log.values())


def test_a_killed_crawl_has_each_attempt_in_its_log_once(tmp_path: Path) -> None:
    portal, asked = Portal(listed=[*range(1, 41)], total=40), threading.Event()

    def find(request: Request) -> Resource | None:
        if request.path.endswith(b"/30.htm"):
            asked.set()
        return portal.find(request)

    with site(find) as served:
        job = write_job(tmp_path, served.home)
        crawl = subprocess.Popen([sys.executable, "-m", "jiucang", "crawl", job], stderr=subprocess.PIPE)
        assert asked.wait(60)
        crawl.kill()
        crawl.communicate(timeout=20)
        assert jiucang("crawl", job, "--no-index", "--no-extract").returncode == DONE
    collection = Runs(tmp_path).collection
    with sqlite3.connect(collection / "state.db") as db:
        captured = Counter(url for (url,) in db.execute("SELECT url FROM captures c JOIN urls u ON u.id = c.url_id"))
    [log] = [block.decode() for uri, block in papers(collection).items() if uri.endswith("crawl.log")]
    lines = [line.split() for line in log.splitlines()]
    assert {len(line) for line in lines} == {12}
    assert Counter(line[3] for line in lines) == captured and len(captured) == 42
