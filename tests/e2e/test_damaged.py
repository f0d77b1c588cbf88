"""A capture that the disk has spoilt where it lies: the next crawl fetches it again, once."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

from crawls import jiucang
from sites import site, write_job

from jiucang.sample.replies import Request, Resource

PAGES = {
    b"/": Resource('<html><body><a href="/a.htm">甲</a> <a href="/b.htm">乙</a></body></html>'.encode()),
    b"/a.htm": Resource(f"<html><body>甲：{'本馆自即日起恢复开放。' * 60}</body></html>".encode(), validated=True),
    b"/b.htm": Resource(f"<html><body>乙：{'本馆自即日起恢复开放。' * 60}</body></html>".encode(), validated=True),
}


def find(request: Request) -> Resource | None:
    return PAGES.get(request.target)


def captures(state: Path, page: str) -> list[tuple[int, int, int, int | None]]:
    """Offset, length, status and original of a page's captures, in order."""
    with closing(sqlite3.connect(state)) as db:
        return db.execute(
            "SELECT c.offset, c.length, c.status, c.original FROM captures c JOIN urls u ON u.id = c.url_id"
            " WHERE u.url LIKE '%/' || ? ORDER BY c.id",
            (page,),
        ).fetchall()


def test_a_page_that_has_not_changed_since_a_capture_that_is_damaged_is_fetched_again(tmp_path: Path) -> None:
    state = tmp_path / "collections" / "small" / "state.db"
    with site(find) as served:
        # of what would go on for ever, a limit makes a failure
        job = write_job(tmp_path, served.home, recrawl={"mode": "new"}, limits={"free_disk": "1 MB", "time": "20 s"})
        assert jiucang("crawl", job).returncode == 0
        [(offset, length, _, _)] = captures(state, "a.htm")
        [warc] = (tmp_path / "collections" / "small" / "archive").glob("*.warc.gz")
        data = bytearray(warc.read_bytes())
        for place in range(offset + 20, offset + length - 20):
            data[place] ^= 0x55
        warc.write_bytes(data)
        before = len(served.asked)
        jiucang("crawl", job)
        assert Counter(served.asked[before:]) == {"/robots.txt": 1, "/": 1, "/a.htm": 2, "/b.htm": 1}
        # the payload that came again is stored again: there is nothing that it could be a revisit of
        assert [(status, original) for *_, status, original in captures(state, "a.htm")[2:]] == [(200, None)]
        jiucang("crawl", job)
        assert [status for *_, status, _ in captures(state, "a.htm")[3:]] == [304]
