"""Articles that a portal spreads over several pages are one document."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from runs import Archive, Run, Stored

from archive.warc import warc_date

HOST = "http://lib.example.edu.cn"
FIRST = f"{HOST}/2014/1103/15427.html"
DEDE = """<html><head><meta charset="utf-8"><title>馆藏古籍述略_某馆</title>
<script src="/templets/a.js"></script></head>
<body class="articleview"><div class="place"><a href="/">主页</a> &gt; <a href="/gj/">古籍</a> &gt; 正文</div>
<div class="viewbox"><div class="title"><h2>馆藏古籍述略</h2></div>
<div class="info"><small>时间:</small>2014-11-03 <small>来源:</small>本馆 <small>点击:</small>{clicks}</div>
<div class="content">{body}</div>
<div class="dede_pages">{pager}</div></div></body></html>"""
TEXTS = {
    1: '<p>第一章　缘起</p><p>本馆旧藏古籍，多得自捐赠，历年编目未完。</p><p><img src="/uploads/1.jpg"></p>',
    2: '<p>第二章　源流</p><p>其中以方志为最多，集部次之。</p><p>附件：<a href="/uploads/soft/a.doc">书目.doc</a></p>',
    3: "<p>第三章　整理</p><p>现依四部分类重编,凡三卷。</p><p>古籍部</p><p>2014年11月3日</p>",
}


def address(number: int) -> str:
    return FIRST if number == 1 else FIRST.replace(".html", f"_{number}.html")


def page(number: int, *, of: int = 3, body: str | None = None, clicks: int = 7) -> str:
    links = "".join(f'<a href="{address(other)}">{other}</a>' for other in range(1, of + 1) if other != number)
    return DEDE.format(body=body or TEXTS[number], pager=links, clicks=clicks)


def capture(run: Run, *numbers: int, of: int = 3) -> dict[int, Stored]:
    return {number: run.response(address(number), page(number, of=of)) for number in numbers}


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path)


def test_the_pages_of_an_article_are_one_row(archive: Archive) -> None:
    stored = capture(archive.run(), 1, 3, 2)
    extracted = archive.extract()
    [row] = extracted.rows
    assert row["url"] == FIRST
    assert row["aliases"] == [address(2), address(3)]
    assert [line for line in row["text"].split("\n") if line.startswith("第")] == [
        "第一章　缘起",
        "第二章　源流",
        "第三章　整理",
    ]
    assert row["title"] == "馆藏古籍述略"
    assert (row["issuers"], row["document_date"]) == (["古籍部"], "2014-11-03")
    assert [image["url"] for image in row["images"]] == [f"{HOST}/uploads/1.jpg"]
    assert [one["url"] for one in row["attachments"]] == [f"{HOST}/uploads/soft/a.doc"]
    assert [row["text"][s["start"] : s["end"]].split("\n")[0][:3] for s in row["sections"] if s["level"] == 1] == [
        "第一章",
        "第二章",
        "第三章",
    ]
    [edit] = [edit for edit in row["edits"] if edit["before"] == ","]
    assert "分类重编" in edit["prefix"]
    where = row["provenance"]
    assert (where["record_id"], row["captured_at"]) == (stored[1].id, warc_date(stored[1].date))
    assert [(part["url"], part["record_id"]) for part in where["parts"]] == [
        (s.url, s.id) for s in (stored[2], stored[3])
    ]
    [file] = archive.files()
    part = where["parts"][0]
    held = file.read_bytes()[part["offset"] : part["offset"] + part["length"]]
    assert f"WARC-Record-ID: {part['record_id']}".encode() in gzip.decompress(held)
    # the number is printed on every page of the article, and is one
    assert [(line["clicks"], line["url"]) for line in extracted.clicks] == [(7, FIRST)]
    assert not [warning for warning in row["warnings"] if warning["code"].startswith("part")]


def test_a_recrawl_of_the_pages_adds_no_row(archive: Archive) -> None:
    stored = capture(archive.run(), 1, 2, 3)
    before = archive.extract()
    again = archive.run()
    again.unchanged(stored[1])
    again.identical(stored[2])
    # the third is not asked for again
    assert archive.extract().documents == before.documents


def test_a_page_that_changed_makes_a_version_of_the_whole(archive: Archive) -> None:
    stored = capture(archive.run(), 1, 2, 3)
    second = archive.run()
    head = second.unchanged(stored[1])
    changed = second.response(address(2), page(2, body="<p>第二章　源流考</p><p>其中以方志为最多。</p>"))
    third = archive.run()
    third.identical(stored[2])
    old, new = archive.extract().rows
    assert (old["supersedes"], new["supersedes"]) == (None, old["version"])
    assert [("第二章　源流考" in row["text"], "第三章　整理" in row["text"]) for row in (old, new)] == [
        (False, True),
        (True, True),
    ]
    assert new["provenance"]["record_id"] == head.id
    assert [part["record_id"] for part in new["provenance"]["parts"]] == [changed.id, stored[3].id]


def test_a_page_that_no_page_links_to_any_more_is_no_part_of_the_new_version(archive: Archive) -> None:
    capture(archive.run(), 1, 2, 3)
    capture(archive.run(), 1, 2, of=2)
    old, new = archive.extract().rows
    assert ("第三章" in old["text"], "第三章" in new["text"]) == (True, False)
    assert not [warning for warning in new["warnings"] if warning["code"].startswith("part")]


def test_pages_without_a_capture_are_named(archive: Archive) -> None:
    capture(archive.run(), 2)
    [row] = archive.extract().rows
    assert [warning for warning in row["warnings"] if warning["code"] == "part-missing"] == [
        {"code": "part-missing", "detail": "the first page was not captured"},
        {"code": "part-missing", "detail": "page 3 was not captured"},
    ]
    assert row["url"] == address(2)


def test_captures_of_other_software_are_parted_where_an_address_comes_again(archive: Archive) -> None:
    run = archive.run()
    run.name = ""
    for body in (TEXTS[1], "<p>第一章　缘起</p><p>本馆旧藏古籍，近年编目已完。</p>"):
        run.response(FIRST, page(1, of=2, body=body))
        run.response(address(2), page(2, of=2))
    old, new = archive.extract().rows
    assert ("编目未完" in old["text"], "编目已完" in new["text"]) == (True, True)
    assert all("第二章" in row["text"] for row in (old, new))


def test_the_first_page_under_two_addresses_counts_once(archive: Archive) -> None:
    run = archive.run()
    capture(run, 1, 2, 3)
    run.response(FIRST.replace(".html", "_1.html"), page(1))
    [row] = archive.extract().rows
    assert row["text"].count("第一章") == 1


def test_a_document_does_not_grow_without_end(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.versions.MAX_CHARACTERS", 60)
    capture(archive.run(), 1, 2, 3)
    [row] = archive.extract().rows
    left_out = [warning["detail"] for warning in row["warnings"] if warning["code"] == "part-left-out"]
    assert left_out == [f"the document is too long: {address(3)}"]
    assert ("第二章" in row["text"], "第三章" in row["text"]) == (True, False)


def test_order_and_workers_change_nothing(archive: Archive) -> None:
    stored = capture(archive.run(), 1, 2, 3)
    second = archive.run()
    second.unchanged(stored[1])
    second.response(address(3), page(3, body="<p>第三章　重编</p>"))
    capture(archive.run(), 2, 3, of=3)
    files = archive.files()
    written = {
        (found.documents, found.clicked)
        for order, workers in ((files, 1), (files[::-1], 2))
        for found in [archive.extract(order, workers)]
    }
    assert len(written) == 1
