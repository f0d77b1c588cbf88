"""Mode columns: every list that is known is asked for, whatever led to it the first time."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from crawls import jiucang
from sites import site, write_job

from jiucang.sample.replies import Request, Resource

#: Neither a list nor an article, and the only page that leads to a list.
OFFICES = """<html><head><title>机构设置</title></head><body><p>本处设有三个科室。</p>
<a href="/info/zak.htm">治安科</a> <a href="/old/zak.htm">治安科（旧）</a></body></html>"""


def listing(count: int) -> Resource:
    items = (
        f'<li><a href="1001/{n}.htm">关于第{n}号事项的通知</a><span>2014-11-0{n}</span></li>' for n in range(count)
    )
    return Resource(
        f"<html><head><title>治安科-保卫处</title></head><body><ul>{''.join(items)}</ul></body></html>".encode()
    )


def rows(state: Path) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(state)) as db:
        return db.execute("SELECT url, run, state, reason, role, hops, via FROM urls ORDER BY url").fetchall()


def test_a_list_is_asked_for_although_nothing_that_is_asked_for_leads_to_it(tmp_path: Path) -> None:
    pages = {b"/": Resource(b'<html><body><a href="/jgsz.htm">more</a></body></html>')}
    pages |= {b"/jgsz.htm": Resource(OFFICES.encode()), b"/info/zak.htm": listing(4), b"/old/zak.htm": listing(4)}

    def find(request: Request) -> Resource | None:
        return pages.get(request.target)

    collection = tmp_path / "collections" / "small"
    with site(find) as served:
        jiucang("crawl", write_job(tmp_path, served.home))
        pages[b"/info/zak.htm"] = listing(5)
        before = len(served.asked)
        # what has been left out of the scope meanwhile is not asked for again
        job = write_job(tmp_path, served.home, recrawl={"mode": "columns"}, scope={"exclude": ["/old/"]})
        jiucang("crawl", job)
        asked = set(served.asked[before:])
    assert "/info/zak.htm" in asked
    assert "/info/1001/4.htm" in asked
    assert not asked & {"/jgsz.htm", "/old/zak.htm"}
    crawled = rows(collection / "state.db")
    assert jiucang("rebuild", collection).returncode == 0
    assert rows(collection / "state.db") == crawled
