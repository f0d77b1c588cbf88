"""A site full of traps around a portal: the crawl ends by itself, and every page of the portal is reached."""

from __future__ import annotations

import json
from pathlib import Path

from crawls import jiucang
from sites import site, write_job

from jiucang.sample.replies import Request, Resource

ARTICLES = 60
FORBIDDEN = 25
"""The first articles of the portal are closed to visitors, and answer with one page."""


def page(body: str, title: str = "保卫处") -> Resource:
    return Resource(
        f'<html><head><meta charset="utf-8"><title>{title}</title></head><body>{body}</body></html>'.encode()
    )


def portal(request: Request) -> Resource | None:
    number = int(request.query.get("nid", "0"))
    if number > FORBIDDEN:
        return page(f"<h1>第{number}号通知</h1><p>第{number}号事项由{'甲乙丙丁'[number % 4]}室办理。</p>")
    if number:
        return page("<p>您没有权限浏览本信息，请与管理员联系。</p>")
    current = int(request.query.get("page", "1"))
    first = (current - 1) * 10 + 1
    items = "".join(f"<li><a href='list.asp?nid={n}'>第{n}号通知</a></li>" for n in range(first, first + 10))
    following = f"<a href='?page={current + 1}'>下一页</a>" if first + 10 <= ARTICLES else ""
    return page(f"<ul>{items}</ul>{following}")


def hostile(request: Request) -> Resource | None:
    path = request.path.decode()
    section = path.split("/")[1]
    if path == "/":
        return page(
            "".join(f"<a href='/{name}'>{name}</a>" for name in ("list.asp", "deep/", "session/", "slashes/", "turn/"))
        )
    if section == "list.asp":
        return portal(request)
    if section == "deep":  # every address below is the same page
        return page("<p>欢迎</p><a href='a/'>a</a><a href='b/'>b</a><a href='/list.asp'>通知</a>")
    if section == "session":  # a key of its own for every visit
        key = f"{hash(path) & (1 << 128) - 1:032x}"
        return page(f"<p>您好</p><a href='/session/{key}/'>首页</a><a href='/session/{key}/a.htm'>a</a>")
    if section == "slashes":
        return page(f"<p>同一页</p><a href='{path}//'>x</a>")
    if section == "turn":
        onward = {"/turn/": "/turn/a", "/turn/a": "/turn/b", "/turn/b": "/turn/a"}
        location = onward[path].encode()
        return Resource(b"", status=302, headers=((b"Location", location), (b"Set-Cookie", b"seen=1")))
    return None


def test_a_hostile_site_is_crawled_to_its_end(tmp_path: Path) -> None:
    with site(hostile) as served:
        done = jiucang("crawl", write_job(tmp_path, served.home))
        assert done.returncode == 0, done.stderr
        asked = set(served.asked)
    assert [n for n in range(1, ARTICLES + 1) if f"/list.asp?nid={n}" not in asked] == []
    run = json.loads(max((tmp_path / "collections/small/reports").glob("*/run.json")).read_text("utf-8"))
    assert run["how"] == "finished"
    assert set(run["drops"]) == {"trap:near-identical", "trap:repeated-path"}
    assert len(asked) < 3 * ARTICLES
