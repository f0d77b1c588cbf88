"""What would make a crawl lose, double, hang or end early: middlewares, pages, robots.txt, signals, limits."""

from __future__ import annotations

import gzip
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from crawls import PROJECT, jiucang
from sites import site, write_job
from warcio.archiveiterator import ArchiveIterator

from crawler.state import STATE_NAMES
from jiucang.sample.replies import Reply, Request, Resource, Stall

TEXT = b"text/plain"


def pages(bodies: dict[bytes, Resource | bytes]) -> Callable[[Request], Resource | None]:
    def find(request: Request) -> Resource | None:
        found = bodies.get(request.path)
        return Resource(found) if isinstance(found, bytes) else found

    return find


def links(*names: str) -> bytes:
    return b"<html><body>" + b"".join(b'<a href="/%s">x</a>' % name.encode() for name in names) + b"</body></html>"


def outcomes(folder: Path) -> dict[str, tuple[str, str | None]]:
    db = sqlite3.connect(folder / "collections/small/state.db")
    rows = db.execute("SELECT url, state, reason FROM urls WHERE role <> 'robots'").fetchall()
    return {url.partition("//")[2].partition("/")[2]: (STATE_NAMES[state], reason) for url, state, reason in rows}


def responses(folder: Path) -> Counter[str]:
    found: Counter[str] = Counter()
    for path in folder.glob("collections/small/archive/*.warc.gz"):
        with path.open("rb") as stream:
            for record in ArchiveIterator(stream):
                if record.rec_type == "response":
                    url = record.rec_headers.get_header("WARC-Target-URI")
                    found[url.partition("//")[2].partition("/")[2]] += 1
    return found


MIDDLEWARE = """
from scrapy import Request
from scrapy.exceptions import IgnoreRequest
from scrapy.http import HtmlResponse

class Meddler:
    @classmethod
    def from_crawler(cls, crawler):
        self = cls()
        self.crawler = crawler
        return self

    def process_request(self, request, spider=None):
        if request.url.endswith("swallowed.htm"):
            return Request("http://elsewhere.example/")
        if request.url.endswith("ignored.htm"):
            raise IgnoreRequest("not today\\n  really")
        if request.url.endswith("made.htm"):
            return HtmlResponse(request.url, body=b"made up")

    def process_response(self, request, response, spider=None):
        if request.url.endswith("exchanged.htm"):
            return Request("http://elsewhere.example/2")
        if request.url.endswith("replaced.htm"):
            return request.replace(url=request.url.replace("replaced", "instead"))
        if request.url.endswith("raised.htm"):
            raise RuntimeError("a middleware's own trouble")
        if request.url.endswith("doubled.htm"):
            self.crawler.engine.crawl(Request(request.url + "?again", meta=dict(request.meta)))
        return response
"""


def test_whatever_a_middleware_does_every_url_has_one_outcome(tmp_path: Path) -> None:
    names = [f"{name}.htm" for name in "swallowed ignored made exchanged replaced raised doubled".split()]
    found: dict[bytes, Resource | bytes] = {b"/": links(*names), b"/raised.htm": links("beyond.htm")}
    found |= dict.fromkeys([f"/{name}".encode() for name in [*names, "beyond.htm", "instead.htm"]], links()) | found
    (tmp_path / "meddling.py").write_text(MIDDLEWARE, encoding="utf-8")
    (tmp_path / "meddled_settings.py").write_text(
        "from crawler.settings import *\nDOWNLOADER_MIDDLEWARES = {**DOWNLOADER_MIDDLEWARES, 'meddling.Meddler': 50}\n",
        encoding="utf-8",
    )
    with site(pages(found)) as portal:
        job = write_job(tmp_path, portal.home, politeness={"delay": "0 s", "concurrency": 1})
        path = os.pathsep.join((str(tmp_path), str(PROJECT)))
        done = subprocess.run(
            [sys.executable, "-m", "scrapy", "crawl", "portal", "-a", f"job={job}"],
            env=os.environ | {"PYTHONPATH": path, "SCRAPY_SETTINGS_MODULE": "meddled_settings"},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    ended = outcomes(tmp_path)
    assert {name: ended[name][0] for name in names} == {
        "swallowed.htm": "dropped",
        "ignored.htm": "dropped",
        "made.htm": "dropped",
        "exchanged.htm": "dropped",
        "replaced.htm": "captured",
        "raised.htm": "captured",
        "doubled.htm": "captured",
    }
    assert ended["ignored.htm"][1] == r"middleware:IgnoreRequest('not today\n really')"
    assert ended["instead.htm"][0] == ended["beyond.htm"][0] == "captured"
    assert set(responses(tmp_path).values()) == {1}
    log = next(tmp_path.glob("collections/small/reports/*/crawl.log")).read_text("utf-8").splitlines()
    assert {len(line.split()) for line in log} == {12}


BROKEN = gzip.compress(links("behind.htm") + os.urandom(20000))


@pytest.mark.parametrize("body", [links("behind.htm"), BROKEN[:15000], BROKEN[:-8] + b"\0" * 8])
def test_a_page_whose_gzip_is_damaged_is_read_as_far_as_it_goes(body: bytes, tmp_path: Path) -> None:
    home = Resource(body, headers=((b"Content-Encoding", b"gzip"),))
    with site(pages({b"/": home, b"/behind.htm": links()})) as portal:
        jiucang("crawl", write_job(tmp_path, portal.home))
    assert outcomes(tmp_path) == {"": ("captured", None), "behind.htm": ("captured", None)}


def test_nothing_a_page_writes_into_its_links_ends_the_crawl(tmp_path: Path) -> None:
    home = (
        b"<html><body><a href='http://[x\ny/'>a</a><a href='mail\n\x01to:x'>b</a><a href='/a.htm'>c</a></body></html>"
    )
    with site(pages({b"/": home, b"/a.htm": links()})) as portal:
        assert jiucang("crawl", write_job(tmp_path, portal.home)).returncode == 0
    assert outcomes(tmp_path)["a.htm"] == ("captured", None)


RULES = b"User-agent: *\nDisallow: /shut\n"


@pytest.mark.parametrize(
    "robots",
    [
        Resource(RULES, content_type=TEXT),
        Resource(RULES, content_type=b"application/octet-stream"),
        Resource(RULES, content_type=b""),
        Resource(RULES, content_type=TEXT, gzipped=True, chunked=True),
        Resource(RULES, content_type=TEXT, headers=((b"Content-Encoding", b"gzip"),)),
    ],
    ids=["plain", "octets", "no type", "gzip, chunked", "gzip that is none"],
)
def test_robots_txt_is_obeyed_however_it_is_served(robots: Resource, tmp_path: Path) -> None:
    with site(pages({b"/robots.txt": robots, b"/": links("shut.htm", "open.htm"), b"/open.htm": links()})) as portal:
        assert jiucang("crawl", write_job(tmp_path, portal.home)).returncode == 0
        assert "/shut.htm" not in portal.asked
    assert outcomes(tmp_path)["shut.htm"] == ("dropped", "robots")
    log = next(tmp_path.glob("collections/small/reports/*/crawl.log")).read_text("utf-8")
    assert any(" -9998 " in line and "/shut.htm" in line for line in log.splitlines())


def test_a_robots_txt_that_leads_to_itself_does_not_shut_the_portal(tmp_path: Path) -> None:
    circle = Resource(b"", status=302, headers=((b"Location", b"/robots.txt"),))
    with site(pages({b"/robots.txt": circle, b"/": links()})) as portal:
        assert jiucang("crawl", write_job(tmp_path, portal.home), timeout=60).returncode == 0
    assert outcomes(tmp_path)[""] == ("captured", None)


def test_the_time_limit_comes_when_nothing_else_does(tmp_path: Path) -> None:
    with site(pages({b"/": links("a.htm")})) as portal:
        job = write_job(
            tmp_path, portal.home, politeness={"delay": "10 min"}, limits={"free_disk": "1 MB", "time": "3 s"}
        )
        begun = time.monotonic()
        done = jiucang("crawl", job, timeout=60)
        assert time.monotonic() - begun < 30
    assert done.returncode == 0 and "limit:time" in done.stdout
    assert {reason for state, reason in outcomes(tmp_path).values() if state == "dropped"} == {"limit:time"}


class Stalling:
    """A page that never comes to its end."""

    def __init__(self, asked: threading.Event) -> None:
        self._asked = asked

    def reply(self, request: Request, now: object) -> Reply:
        self._asked.set()
        return Reply((b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 500\r\n\r\nhalf", Stall()))


@pytest.mark.parametrize("signals", [[signal.SIGINT], [signal.SIGTERM], [signal.SIGINT, signal.SIGINT]])
def test_an_answer_that_does_not_end_does_not_hold_up_the_stop(signals: list[int], tmp_path: Path) -> None:
    asked = threading.Event()
    found = {b"/": links("slow.htm"), b"/slow.htm": Stalling(asked)}
    with site(pages(found)) as portal:  # type: ignore[arg-type]
        job = write_job(tmp_path, portal.home)
        crawl = subprocess.Popen([sys.executable, "-m", "jiucang", "crawl", job], stderr=subprocess.PIPE)
        assert asked.wait(60)
        begun = time.monotonic()
        for number in signals:
            os.kill(crawl.pid, number)
            time.sleep(0.1)
        _, said = crawl.communicate(timeout=20)
        assert time.monotonic() - begun < 10
        assert crawl.returncode == 130, said
        assert b"Traceback" not in said
        found[b"/slow.htm"] = Resource(b"whole")  # type: ignore[assignment]
        assert jiucang("crawl", job).returncode == 0
    assert responses(tmp_path) == {"robots.txt": 1, "": 1, "slow.htm": 1}
    assert outcomes(tmp_path)["slow.htm"] == ("captured", None)


def test_a_portal_whose_server_only_fails_is_not_done(tmp_path: Path) -> None:
    with site(pages({b"/": Resource(b"broken", status=501)})) as portal:
        done = jiucang("crawl", write_job(tmp_path, portal.home))
    assert done.returncode == 1 and "the portal answered 501" in done.stdout
    assert outcomes(tmp_path) == {"": ("captured", None)}
