"""The page the project began with, and a twin of it with other words and numbers, from server to row."""

from __future__ import annotations

import html
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from crawls import jiucang

from jiucang.sample.ledger import Ledger
from jiucang.sample.replies import Reply, Request, Resource
from jiucang.sample.server import SiteServer
from jiucang.sample.serving import serving

SEED = Path(__file__).resolve().parents[3] / "shared" / "seed"
ADDRESS = "127.0.0.1"
ARTICLE, PREVIOUS, NEXT = "/info/1019/1184.htm", "/info/1019/1183.htm", "/info/1019/1185.htm"
CLICKS = "/system/resource/code/news/click/dynclicks.jsp?clickid=1184&owner=1401&clicktype=wbnews"

TWIN = {
    "2014-11-03": "2013-06-20",
    "8432": "1907",
    "〔2002〕26号": "〔2004〕31号",
    "二〇〇二年十一月四日": "二〇〇四年三月九日",
    "2002-11-04": "2004-03-09",
    "中共中央办公厅": "中共某某省委办公厅",
    "国务院办公厅": "某某省人民政府办公厅",
    "中办发": "某办发",
    "社会治安": "校园消防",
    "综治文件": "消防文件",
    "旧栏目": "老网站",
    "西安交通大学": "江源大学",
    "2002年度": "2003年度",
    "调查研究 and 督促检查": "走访座谈 or 定期通报",
    "调查研究和督促检查": "走访座谈或定期通报",
    "110报警": "119报警",
    "千校百万": "百校千家",
    "2001年4月": "2003年8月",
    "〔2001〕14号": "〔2003〕55号",
}


@dataclass(frozen=True)
class SeedPage:
    menu: list[str]
    breadcrumb: list[str]
    title: str
    date: str
    clicks: str
    paragraphs: list[str]
    previous: str
    following: str


def twin(text: str) -> str:
    for old, new in TWIN.items():
        text = text.replace(old, new)
    return text


def read_seed(text: str) -> SeedPage:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    trail = next(i for i, line in enumerate(lines) if line.startswith("当前位置"))
    meta = next(i for i, line in enumerate(lines) if line.startswith("来源:"))
    chain = next(i for i, line in enumerate(lines) if line.startswith("上一篇"))
    date, clicks = lines[meta].split("发布时间: ")[1].split(" 点击量: ")
    return SeedPage(
        menu=[line.partition("\t")[0] for line in lines[2 : trail - 1]],
        breadcrumb=[part.strip() for part in lines[trail].partition(":")[2].split(">")],
        title=lines[trail + 1],
        date=date,
        clicks=clicks,
        paragraphs=lines[meta + 1 : chain],
        previous=lines[chain].partition(": ")[2],
        following=lines[chain + 1].partition(": ")[2],
    )


def site(page: SeedPage) -> dict[str, bytes]:
    """The page in a VSB site's shape: home, its columns, the list, the article and its neighbours."""
    columns = {name: f"/lm{number}.htm" for number, name in enumerate(page.menu)}
    menu = "".join(f'<li><a href="{url}">{name}</a><i>②</i></li>' for name, url in columns.items())
    nav = f'<div class="nav"><ul id="nav">{menu}</ul></div>'
    trail = " &gt; ".join([*(f'<a href="/lm3.htm">{name}</a>' for name in page.breadcrumb[:-1]), page.breadcrumb[-1]])

    def shell(title: str, inner: str) -> bytes:
        head = f'<head><meta charset="utf-8"><title>{html.escape(title)}-保卫处</title></head>'
        return f"<!DOCTYPE html><html>{head}<body>{nav}{inner}</body></html>".encode()

    def article(title: str, body: str, chain: str, script: str) -> bytes:
        return shell(
            title,
            f'<div class="dqwz">当前位置: {trail}</div><form name="_newscontent_fromname"><div class="content">'
            f"<h1>{html.escape(title)}</h1><div class='xx'>来源: 发布时间: {page.date} 点击量: {script}</div>"
            f'<div id="vsb_content"><div class="v_news_content">{body}</div></div></div></form>'
            f"<ul class='chain'>{chain}</ul>",
        )

    body = "".join(f"<p>{html.escape(line)}</p>" for line in page.paragraphs)
    chain = (
        f'<li>上一篇: <a href="1183.htm" title="{page.previous}">{page.previous}</a></li>'
        f'<li>下一篇: <a href="1185.htm" title="{page.following}">{page.following}</a></li>'
    )
    script = '<script>_showDynClicks("wbnews", 1401, 1184)</script>'
    items = f'<div class="list"><ul><li><a href="{ARTICLE}">{page.title}</a><span>{page.date}</span></li></ul></div>'
    files = {url: shell(name, items) for name, url in columns.items()}
    files["/"] = shell("首页", items)
    files[ARTICLE] = article(page.title, body, chain, script)
    files[PREVIOUS] = article(page.previous, "<p>各单位：现将名单公布如下。</p>", "", "")
    files[NEXT] = article(page.following, "<p>各单位：现将情况报告如下。</p>", "", "")
    files[CLICKS] = page.clicks.encode()
    return files


def crawl(folder: Path, page: SeedPage) -> tuple[Path, Ledger]:
    files = site(page)
    missing = Resource(b"<html><body>404</body></html>", status=404)

    def answer(request: Request) -> Reply:
        body = files.get(request.target.decode("latin-1"))
        return (Resource(body) if body is not None else missing).reply(request, datetime(2014, 11, 3, tzinfo=UTC))

    ledger = Ledger()

    @asynccontextmanager
    async def server() -> AsyncIterator[int]:
        seed = SiteServer("seed", answer, ledger)
        await seed.start(ADDRESS)
        yield seed.port
        await seed.stop()

    with serving(server()) as port:
        job = folder / "job.yaml"
        job.write_text(
            f"name: seed\nseeds: ['http://{ADDRESS}:{port}/']\nnetwork: {{allow: [127.0.0.0/8]}}\n"
            "politeness: {delay: 0 s, concurrency: 4}\nlimits: {free_disk: 1 MB}\n"
        )
        done = jiucang("crawl", job)
    assert done.returncode == 0, done.stderr
    return folder / "collections" / "seed", ledger


def rows_of(collection: Path) -> dict[str, dict[str, Any]]:
    lines = (collection / "documents" / "documents.jsonl").read_text("utf-8").splitlines()
    return {row["title"]: row for row in map(json.loads, lines)}


@pytest.fixture(scope="module", params=["seed", "twin"])
def extracted(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Any], dict[str, Any], SeedPage, Path, Ledger]:
    if not SEED.is_dir():
        pytest.skip("the seed page lies beside the project, and is not there")
    change = twin if request.param == "twin" else str
    [source] = SEED.glob("*.txt")
    expected = json.loads(change((SEED / "expected.json").read_text("utf-8")))
    page = read_seed(change(source.read_text("utf-8")))
    collection, ledger = crawl(tmp_path_factory.mktemp(request.param), page)
    return rows_of(collection)[expected["title"]], expected, page, collection, ledger


def test_metadata(extracted: Any) -> None:
    row, expected, _, _, _ = extracted
    got = {key: row[key] for key in ("title", "source", "published_at", "clicks", "breadcrumb")}
    got |= {key: row[key] for key in ("document_number", "document_date", "issuers")}
    assert got == {key: expected[key] for key in got}
    assert row["previous"]["title"] == expected["previous_title"]
    assert row["next"]["title"] == expected["next_title"]
    assert row["previous"]["url"].endswith(PREVIOUS)


def test_sections(extracted: Any) -> None:
    row, expected, _, _, _ = extracted
    chapters = [section for section in row["sections"] if section["level"] == 1]
    assert [section["number"] for section in chapters] == expected["chapters"]
    clauses = [section for section in row["sections"] if section["level"] == 2]
    assert [section["number"] for section in clauses] == [str(n + 1) for n in range(expected["clauses"])]
    for clause in clauses:
        assert row["text"][clause["start"] : clause["end"]].startswith(f"({clause['number']})")


def test_one_edit_and_nothing_else_touched(extracted: Any) -> None:
    row, expected, page, _, _ = extracted
    [applied] = expected["applied"]
    [edit] = [edit for edit in row["edits"] if edit["status"] == "applied"]
    assert applied["after"] in row["text"]
    assert edit["before"].strip() in applied["before"]
    clause = next(section for section in row["sections"] if section["number"] == str(applied["clause"]))
    assert clause["start"] < row["text"].index(applied["after"]) < clause["end"]
    for phrase in expected["must_not_change"]:
        assert row["text"].count(phrase) == "\n".join(page.paragraphs).count(phrase) > 0
    assert row["text"].replace(applied["after"], applied["before"]) == "\n".join(page.paragraphs)


def test_the_menu_is_found_as_columns(extracted: Any) -> None:
    _, expected, _, collection, ledger = extracted
    roles = dict(sqlite3.connect(collection / "state.db").execute("SELECT url, role FROM urls").fetchall())
    columns = {url.partition("/lm")[2] for url, role in roles.items() if "/lm" in url and role == "column"}
    assert columns == {f"{number}.htm" for number in range(len(expected["menu"]))}
    assert all(entry.target != b"" for entry in ledger.entries)
