"""Hosts that are slow, busy, dead or endless, as a whole crawl meets them."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from crawls import PROJECT, jiucang
from sites import site, write_job

from crawler.state import STATE_NAMES
from jiucang.sample.ledger import Ledger
from jiucang.sample.replies import Close, Pause, Reply, Request, Resource


def page(*links: str, text: str = "") -> Resource:
    anchors = "".join(f'<a href="{link}">{link}</a>\n' for link in links)
    return Resource(f"<html><head><title>{text}</title></head><body>{text}\n{anchors}</body></html>".encode())


def outcomes(folder: Path) -> Counter[tuple[str, str | None]]:
    db = sqlite3.connect(folder / "collections/small/state.db")
    return Counter(
        (STATE_NAMES[state], reason)
        for state, reason in db.execute("SELECT state, reason FROM urls WHERE role <> 'robots'")
    )


def report(folder: Path) -> dict[str, Any]:
    [path] = folder.glob("collections/small/reports/*/run.json")
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


@dataclass(frozen=True)
class Slow:
    """An answer that takes its time."""

    resource: Resource
    seconds: float

    def reply(self, request: Request, now: datetime) -> Reply:
        pieces = self.resource.reply(request, now).pieces
        return Reply((Pause(self.seconds), *pieces))


def test_a_slow_host_never_stalls_another(tmp_path: Path) -> None:
    ledger = Ledger()

    def slow(request: Request) -> Any:
        number = int(request.path[1:] or b"0") if request.path != b"/robots.txt" else None
        return None if number is None or number > 6 else Slow(page(str(number + 1), text=chr(0x4E00 + number)), 0.4)

    def fast(request: Request) -> Resource | None:
        number = int(request.path[1:] or b"0") if request.path != b"/robots.txt" else None
        return None if number is None or number > 40 else page(str(number + 1), text=chr(0x4E00 + number))

    with site(slow, "127.0.0.2", ledger) as tardy, site(fast, "127.0.0.3", ledger) as prompt:
        done = jiucang("crawl", write_job(tmp_path, tardy.home, prompt.home), "--no-index", "--no-extract")
    assert done.returncode == 0, done.stdout
    order = [(entry.site, entry.target) for entry in ledger.entries]
    assert len(order) == 2 * 2 + 7 + 41, "robots.txt, a 404 at the end, and every page of both"
    last_of_fast = max(place for place, (name, _) in enumerate(order) if name == "127.0.0.3")
    still_to_come = [target for name, target in order[last_of_fast:] if name == "127.0.0.2"]
    assert len(still_to_come) >= 3, order


def test_a_busy_host_is_left_alone_and_its_neighbour_is_not(tmp_path: Path) -> None:
    ledger, refused = Ledger(), threading.Event()

    def busy(request: Request) -> Resource | None:
        if request.path == b"/robots.txt":
            return None
        if request.path == b"/" and not refused.is_set():
            refused.set()
            return Resource(b"", status=503, headers=((b"Retry-After", b"2"),))
        return page("a.htm") if request.path == b"/" else page()

    def free(request: Request) -> Resource | None:
        number = int(request.path[1:] or b"0") if request.path != b"/robots.txt" else None
        return None if number is None or number > 30 else page(str(number + 1))

    with site(busy, "127.0.0.2", ledger) as first, site(free, "127.0.0.3", ledger) as second:
        done = jiucang("crawl", write_job(tmp_path, first.home, second.home), "--no-index", "--no-extract")
    assert done.returncode == 0, done.stdout
    order = [(entry.site, entry.target) for entry in ledger.entries]
    assert order.count(("127.0.0.2", b"/")) == 2
    again = len(order) - 1 - order[::-1].index(("127.0.0.2", b"/"))
    assert all(name == "127.0.0.2" for name, _ in order[again:]), "the other had long finished"


# -- dead hosts --------------------------------------------------------------------------------------

CRAWL = """
import sys
from pathlib import Path
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings
from crawler.job import load_job
from crawler.runtime import Runtime
from crawler.spiders.portal import PortalSpider

job, waits = Path(sys.argv[1]), [float(wait) for wait in sys.argv[2:]]
settings = Settings()
settings.setmodule("crawler.settings")
process = AsyncCrawlerProcess(settings)
process.crawl(PortalSpider, job=str(job), runtime=Runtime(load_job(job), job, waits))
process.start()
"""


def crawl(job: Path, *waits: float) -> None:
    """A crawl that waits so long (seconds) for hosts that it has set aside."""
    words = [sys.executable, "-c", CRAWL, str(job), *map(str, waits)]
    done = subprocess.run(words, cwd=PROJECT, capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr


class Hanging:
    """Closes the connection without a word."""

    def reply(self, request: Request, now: object) -> Reply:
        return Reply((Close(),))


def test_a_host_that_dies_is_tried_again_and_loses_nothing(tmp_path: Path) -> None:
    names = [f"{number}.htm" for number in range(60)]
    asked: list[float] = []
    probes: list[float] = []

    def find(request: Request) -> Any:
        if request.path == b"/robots.txt":
            return None
        now = time.monotonic()
        quiet = now - asked[-1] if asked else 0.0
        asked.append(now)
        # nobody asks during the second for which it is left alone, so what comes after it is a probe
        if quiet > 0.7:
            probes.append(now)
        dead = len(asked) > 10 and len(probes) < 2
        return Hanging() if dead else page(*names) if request.path == b"/" else page(text="页")

    with site(find) as portal:
        crawl(write_job(tmp_path, portal.home), 1.0, 1.0, 1.0)
    assert outcomes(tmp_path) == {("captured", None): 61}
    events = report(tmp_path)["events"]
    assert [bool(re.search(said, event)) for said, event in zip(("no_reply", "no_reply", "again"), events, strict=True)]
    assert len(probes) == 2


def test_what_is_open_of_a_dead_host_ends_in_one_step(tmp_path: Path) -> None:
    images = "".join(f'<img src="http://127.0.0.4:9/{number}.png">' for number in range(400))
    home = Resource(f"<html><body><p>安全保卫处</p>{images}</body></html>".encode())
    with site(lambda request: home if request.path == b"/" else None) as portal:
        politeness = {"delay": "0 s", "robots": "ignore", "robots_reason": "a test"}
        crawl(write_job(tmp_path, portal.home, politeness=politeness), 0.2, 0.3)
    assert outcomes(tmp_path) == {("captured", None): 1, ("failed", "host:dead"): 400}
    said = report(tmp_path)
    assert said["failures"] == {"host:dead": 400}
    assert [event.partition(" ")[0] for event in said["events"]] == ["127.0.0.4:9"] * 3
    assert "given up" in said["events"][-1]
    [log] = tmp_path.glob("collections/small/reports/*/crawl.log")
    attempts = [line for line in log.read_text("utf-8").splitlines() if "127.0.0.4" in line]
    assert len(attempts) < 20, "nobody waits through the retries of each"


# -- limits ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("limit", "value", "most"), [("pages", 5, 40), ("bytes", "20 kB", 40)])
def test_a_limit_ends_the_crawl_and_says_so(limit: str, value: object, most: int, tmp_path: Path) -> None:
    names = [f"{number}.htm" for number in range(300)]
    home = page(*names)
    with site(lambda request: None if request.path == b"/robots.txt" else home) as portal:
        limits = {"free_disk": "1 MB", limit: value}
        done = jiucang("crawl", write_job(tmp_path, portal.home, limits=limits), "--no-index", "--no-extract")
    assert done.returncode == 0 and f"limit:{limit}" in done.stdout
    ended = outcomes(tmp_path)
    assert set(ended) == {("captured", None), ("dropped", f"limit:{limit}")} and sum(ended.values()) == 301
    assert ended["captured", None] < 301 - most
    said = report(tmp_path)
    assert said["how"] == f"limit:{limit}" and said["drops"] == {f"limit:{limit}": ended["dropped", f"limit:{limit}"]}


# -- traps -------------------------------------------------------------------------------------------

NOT_FOUND = page("deeper/a.htm", "../b.htm", text="对不起，您访问的页面不存在")


def endless(request: Request) -> Resource | None:
    """A portal that has an end for no one who follows everything."""
    path, query = request.path.decode(), request.query
    if path == "/":
        return page("rili.jsp?n=100", "missing/", "plain.jsp", "real/1.htm")
    if path == "/rili.jsp":
        month = int(query["n"])
        return page(f"rili.jsp?n={month + 1}", f"rili.jsp?n={month - 1}", text=f"{1900 + month // 12}年{month % 12}月")
    if path.startswith("/plain.jsp"):
        return page(*(f"plain.jsp?id={n}&sessionid={time.monotonic_ns():020x}" for n in range(3)), text="登录有效")
    if path.startswith("/real/"):
        number = int(path[6:-4])
        return page(f"{number + 1}.htm", text=f"第{chr(0x4E00 + number)}次会议纪要") if number <= 50 else None
    return None if path == "/robots.txt" else NOT_FOUND


def test_an_endless_portal_has_an_end_and_what_is_real_is_kept(tmp_path: Path) -> None:
    with site(endless) as portal:
        done = jiucang("crawl", write_job(tmp_path, portal.home), "--no-index", "--no-extract", timeout=120)
        asked = portal.asked
    assert done.returncode == 0, done.stdout
    drops = report(tmp_path)["drops"]
    assert set(drops) == {"trap:near-identical", "trap:soft-404", "trap:session-id"}
    assert sum(target.startswith("/real/") for target in asked) == 51
    assert sum(target.startswith("/rili.jsp") for target in asked) < 50
    assert sum(target.startswith("/plain.jsp") for target in asked) == 4
    assert sum("missing" in target for target in asked) == 1
