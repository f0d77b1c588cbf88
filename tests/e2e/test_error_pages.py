"""An error page that comes with status 200 in an article's place: nothing is held by it, and it is asked for again."""

from __future__ import annotations

import json
from pathlib import Path

from crawls import jiucang
from sites import site, write_job

from jiucang.sample.replies import Request, Resource

ERROR = Resource("<html><head><title>404</title></head><body>您访问的页面不存在</body></html>".encode())
ITEMS = "".join(
    f'<li><a href="1001/{n}.htm">关于第{n}号事项的通知</a><span>2014-11-0{n}</span></li>' for n in (1, 2, 3)
)
LIST = f"<html><head><title>通知公告-保卫处</title></head><body><ul>{ITEMS}</ul></body></html>"
ARTICLE = """<html><head><title>关于第{0}号事项的通知-保卫处</title></head><body><form name="_newscontent_fromname">
<h1 align="center">关于第{0}号事项的通知</h1><div>发布时间：2014-11-0{0}</div>
<div id="vsb_content"><div class="v_news_content">
<p>请各单位将第{0}号事项的名单于本周五前报送办公室，逾期不再受理。</p></div></div></form></body></html>"""


def test_an_error_page_in_an_articles_place_is_not_held_and_is_asked_for_again(tmp_path: Path) -> None:
    pages = {b"/": Resource(b'<html><body><a href="/info/tzgg.htm">more</a></body></html>')}
    pages[b"/info/tzgg.htm"] = Resource(LIST.encode())
    pages |= {f"/info/1001/{n}.htm".encode(): Resource(ARTICLE.format(n).encode()) for n in (1, 2)}
    pages[b"/info/1001/3.htm"] = ERROR

    def find(request: Request) -> Resource | None:
        return pages.get(request.target)

    def held() -> list[tuple[int, int]]:
        latest = max((tmp_path / "collections" / "small" / "reports").glob("*/run.json"))
        columns = json.loads(latest.read_text(encoding="utf-8"))["completeness"]["columns"]
        return [(column["listed"], column["held"]) for column in columns]

    with site(find) as served:
        job = write_job(tmp_path, served.home, recrawl={"mode": "columns"})
        jiucang("crawl", job)
        assert held() == [(3, 2)]
        pages[b"/info/1001/3.htm"] = Resource(ARTICLE.format(3).encode())
        before = len(served.asked)
        jiucang("crawl", job)
        assert sorted(served.asked[before:]) == ["/", "/info/1001/3.htm", "/info/tzgg.htm", "/robots.txt"]
        assert held() == [(3, 3)]
