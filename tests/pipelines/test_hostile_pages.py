"""Pages made to hurt: each costs itself at most, and its neighbours' rows are what they are without it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines.run import extract

HOST = "http://bwc.example.edu.cn/info/1018"
FEW = 60_000
SHAPES: dict[str, Callable[[int], str]] = {
    "signs that open tags": lambda size: "<" * size,
    "ends of tags": lambda size: "</" * (size // 2),
    "comments": lambda size: "<!--" * (size // 4),
    "nested tags": lambda size: "<div>" * (size // 5) + "底部的一句话。",
    "nested tables": lambda size: "<table><tr><td>" * (size // 15),
    "templates": lambda size: "<template>" * (size // 10),
    "pictures of vectors": lambda size: "<svg><g>" * (size // 8),
    "options": lambda size: "<select><option>" * (size // 16),
    "one attribute again": lambda size: "<p " + "a=1 " * (size // 4) + ">文字。</p>",
    "entities": lambda size: "&amp;" * (size // 5),
    "an entity without end": lambda size: "&" + "a" * size + ";",
    "a number without end": lambda size: "&#" + "9" * size + ";",
    "a line of digits": lambda size: "1" * size,
    "a line of numbers": lambda size: "1.1" * (size // 3),
    "a line of dots": lambda size: "." * size,
    "a line of blanks": lambda size: "字" + " " * size + "字",
    "a line of wide blanks": lambda size: "字" + "\u3000" * (size // 3) + "字",
    "a line of Han": lambda size: "汉" * (size // 3),
    "a line of numerals": lambda size: "一" * (size // 3),
    "a line of years": lambda size: "2014年" * (size // 7),
    "a line of numbers of documents": lambda size: "校发〔2014〕6号" * (size // 20),
    "a line of brackets": lambda size: "〔" * (size // 3),
    "a line of quotes": lambda size: "“" * (size // 3),
    "a line of what was lost": lambda size: "\ufffd" * (size // 3),
    "a line of wrong readings": lambda size: "锛" * (size // 3),
    "a line of accents": lambda size: "Ã¤" * (size // 4),
    "a line of nothing": lambda size: "字" + "\u200b" * (size // 3) + "字",
    "NULs": lambda size: "字\0" * (size // 4),
    "labels": lambda size: "来源：作者：时间：" * (size // 27),
    "words of the chain": lambda size: "上一条：下一条：" * (size // 24),
    "trails": lambda size: "当前位置：首页 &gt; " * (size // 24),
    "headings": lambda size: "<h1>题</h1>" * (size // 12),
    "lines": lambda size: "字<br>" * (size // 7),
    "links": lambda size: "<a href=1.doc>附件1</a> " * (size // 27),
    "a long address": lambda size: f'<a href="http://{"a." * (size // 2)}">附件</a>',
    "styles": lambda size: '<p style="' + "display:" * (size // 8) + '">字</p>',
}
ATTRIBUTES = "<p " + " ".join(f"a{number}" for number in range(100_000)) + ">文字。</p>"
"""Lexbor compares each with all before it: minutes."""


def read(
    file: Any, vsb: Callable[..., str], pages: dict[str, str], folder: Path, deadline: float
) -> tuple[dict[str, Any], dict[str, str]]:
    """Rows, and reasons of pages without one, by name; after each page an ordinary one, named by its number."""
    named: dict[str, str] = {}
    for number, (name, body) in enumerate(pages.items()):
        for what, text in ((name, body), (str(number), "<p>各单位要检查线路 and 插座。</p>")):
            url = f"{HOST}/{len(named) + 1000}.htm"
            named[url] = what
            file.response(url, vsb(text, number=len(named) + 1000))
    out, report = folder / "documents.jsonl", folder / "extract.json"
    extract([file.save()], out, workers=2, report=report, deadline=deadline)
    rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    refused = json.loads(report.read_text("utf-8"))["without_row"]
    return {named[row["url"]]: row for row in rows}, {named[page["url"]]: page["reason"] for page in refused}


@pytest.mark.parametrize("page", ["article", "bare"])
def test_every_shape_is_read_and_so_are_its_neighbours(
    warc: Callable[[str], Any], vsb: Callable[..., str], tmp_path: Path, page: str
) -> None:
    pages = {name: shape(FEW) for name, shape in SHAPES.items()}
    if page == "bare":
        vsb_of_text = vsb

        def vsb(text: str, *, number: int) -> str:
            bare = f'<html><meta charset="utf-8"><title>关于检查的通知</title><h1>关于检查的通知</h1><p>{text}</p>'
            return vsb_of_text(text, number=number) if text.startswith("<p>各单位") else bare

    rows, refused = read(warc("one.warc.gz"), vsb, pages, tmp_path, 30)
    assert {name for name, why in refused.items() if why.startswith("not read")} == set()
    ordinary = [rows[str(number)] for number in range(len(pages))]
    assert {row["text"] for row in ordinary} == {"各单位要检查线路和插座。"}
    assert {warning["code"] for row in ordinary for warning in row["warnings"]} == {"empty"}
    if page == "article":
        assert rows.keys() >= pages.keys()


def test_a_page_that_takes_too_long_says_so_in_the_report(
    warc: Callable[[str], Any], vsb: Callable[..., str], tmp_path: Path
) -> None:
    rows, refused = read(warc("one.warc.gz"), vsb, {"attributes": ATTRIBUTES}, tmp_path, 1)
    assert rows.keys() == {"0"}
    assert refused["attributes"] in ("not read: not done within 1 s of computing", "not read: no answer within 8 s")
