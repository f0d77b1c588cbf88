"""Portals whose lists and articles go on in scripts only: every document is reached, as the script would ask for it."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qs

from crawls import jiucang
from sites import Site, site, write_job

from jiucang.sample.replies import Request, Resource

ENTRIES = 100
PARAMETERS = (
    "col=1&appid=1&webid=15&path=%2F&columnid=123&sourceContentType=1&unitid=764"
    "&webname=%E6%9F%90%E5%8C%BA%E6%94%BF%E5%BA%9C&permissiontype=0"
)
CALL = """<script>$(function(){ jQuery('#764').jpage({ themeName:'default', showMode:'full', totalRecord:%d,
 openCookies:false, dataStore:$('#764 script'), proxyUrl : '/module/web/jpage/dataproxy.jsp', perPage:10, groupSize:3,
 ajaxParam:{col:1,appid:'1',webid:15,path:'/',columnid:123,sourceContentType:1,unitid:'764',webname:'某区政府',permissiontype:0}
 });});</script>"""


def html(body: str, title: str = "某区人民政府") -> Resource:
    text = f'<html><head><meta charset="utf-8"><title>{title}</title></head><body>{body}</body></html>'
    return Resource(text.encode())


def record(number: int) -> str:
    link = f"<li><a href='/art/2014/11/3/art_123_{number}.html'>第{number}号通知</a><span>2014-11-03</span></li>"
    return f"<record><![CDATA[{link}]]></record>"


def records(first: int, last: int) -> str:
    return f"<datastore><recordset>{''.join(map(record, range(first, last + 1)))}</recordset></datastore>"


def article(number: int) -> Resource:
    text = f'<div id="zoom"><meta name="ContentStart"><p>第{number}号事项定于下周办理。</p></div>'
    return html(f'<script src="/module/jslib/a.js"></script><h1>第{number}号通知</h1>{text}', f"第{number}号通知")


def jcms(request: Request) -> Resource | None:
    path, _, query = request.target.decode().partition("?")
    if path == "/":
        return html('<a href="/col/col123/index.html">通知</a>')
    if path == "/col/col123/index.html":
        return html(f'<div id="764"><script type="text/xml">{records(1, 30)}</script></div>{CALL % ENTRIES}', "通知")
    if path == "/module/web/jpage/dataproxy.jsp":
        asked = {name: int(values[0]) for name, values in parse_qs(query).items()}
        form = request.header(b"content-type").startswith(b"application/x-www-form-urlencoded")
        if request.method != b"POST" or not form or request.body.decode() != PARAMETERS:
            return None
        return Resource(records(asked["startrecord"], asked["endrecord"]).encode(), b"text/xml; charset=utf-8")
    number = path.removeprefix("/art/2014/11/3/art_123_").removesuffix(".html")
    return article(int(number)) if number.isdigit() and int(number) <= ENTRIES else None


def rows(folder: Path) -> list[dict[str, object]]:
    documents = folder / "collections" / "small" / "documents" / "documents.jsonl"
    return [json.loads(line) for line in documents.read_text(encoding="utf-8").splitlines()]


def lists(served: Site) -> list[str]:
    return [target for target in served.asked if "dataproxy" in target]


def test_a_list_that_a_script_fetches_by_post_is_read_to_its_end(tmp_path: Path) -> None:
    with site(jcms) as served:
        done = jiucang("crawl", write_job(tmp_path, served.home))
        assert done.returncode == 0, done.stderr
        assert lists(served) == [
            "/module/web/jpage/dataproxy.jsp?startrecord=31&endrecord=60&perpage=10",
            "/module/web/jpage/dataproxy.jsp?startrecord=61&endrecord=90&perpage=10",
            "/module/web/jpage/dataproxy.jsp?startrecord=91&endrecord=100&perpage=10",
        ]
    assert sorted(str(row["title"]) for row in rows(tmp_path)) == sorted(f"第{n}号通知" for n in range(1, ENTRIES + 1))


PART = '<script src="/images/createPage.js"></script><script>createPageHTML(3, {0}, "t20141103_77", "html");</script>'


def trs(request: Request) -> Resource | None:
    path = request.target.decode()
    if path == "/tzgg/":
        links = '<li><a href="./201411/t20141103_77.html">关于开展防火检查的通知</a> 2014-11-03</li>'
        return html(f"<ul>{links}</ul><script>createPageHTML(2, 0, 'index', 'shtml');</script>")
    if path == "/tzgg/index_1.shtml":
        return html(f"<ul>{'<li><a href=./201311/t20131103_5.html>旧通知</a> 2013-11-03</li>'}</ul>")
    if path == "/tzgg/201311/t20131103_5.html":
        return html('<h1>旧通知</h1><div class="TRS_Editor"><p>旧通知一件，内容从略。</p></div>')
    for part in range(3):
        if path == f"/tzgg/201411/t20141103_77{f'_{part}' if part else ''}.html":
            text = f'<div class="TRS_Editor"><p>第{part + 1}部分：各单位自查。</p></div>'
            return html(f"<h1>关于开展防火检查的通知</h1>{text}{PART.format(part)}")
    return None


def test_pages_and_parts_that_a_script_links_are_reached_and_joined(tmp_path: Path) -> None:
    with site(trs) as served:
        done = jiucang("crawl", write_job(tmp_path, served.home + "tzgg/"))
        assert done.returncode == 0, done.stderr
    texts = {str(row["title"]): str(row["text"]).split("\n") for row in rows(tmp_path)}
    assert texts == {
        "关于开展防火检查的通知": [f"第{part}部分：各单位自查。" for part in (1, 2, 3)],
        "旧通知": ["旧通知一件，内容从略。"],
    }
