"""What is published for those downstream is what is written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError
from runs import Archive

from pipelines import schema
from pipelines.schema import ClicksRow, EditRow, Enclosure, Provenance, Row, SectionRow

DOCS = Path(__file__).parents[2] / "docs"
HOST = "http://bwc.example.edu.cn"
CLICKS = f"{HOST}/system/resource/code/news/click/dynclicks.jsp?clickid=12&owner=77&clicktype=wbnews"
BODY = (
    "<p>校保发〔2014〕6号</p><p>一、检查内容</p><p>要检查线路 and 插座。</p>"
    "<p>二、工作要求</p><p>请报结果。</p><p>保卫处</p><p>2014年11月3日</p>"
    '<p>附件：<a href="/a.doc">表.doc</a></p><p><img src="/b.jpg"></p>'
)


@pytest.fixture
def written(tmp_path: Path, vsb: Callable[..., str]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    archive = Archive(tmp_path)
    run = archive.run()
    run.response(f"{HOST}/info/1018/12.htm", vsb(BODY))
    run.response(CLICKS, "8432", media_type="text/plain")
    head, part = f"{HOST}/2014/15427.html", f"{HOST}/2014/15427_2.html"
    mark = '<script src="/templets/a.js"></script><body class="articleview">'
    run.response(head, f'{mark}<div class="viewbox"><h2>旧事</h2><div class="content"><p>一页。</p></div></div>')
    run.response(part, f'{mark}<div class="viewbox"><h2>旧事</h2><div class="content"><p>二页。</p></div></div>')
    extracted = archive.extract()
    return extracted.rows, extracted.clicks


@pytest.mark.parametrize("name", ["documents", "clicks"])
def test_the_published_schema_is_that_of_the_program(name: str) -> None:
    published = json.loads((DOCS / f"{name}.schema.json").read_text("utf-8"))
    made = {"documents": schema.documents_schema, "clicks": schema.clicks_schema}[name]()
    assert published == made, f"rows have changed: make docs/{name}.schema.json"


def test_rows_are_as_the_schema_says(written: tuple[list[dict[str, Any]], list[dict[str, Any]]]) -> None:
    rows, clicks = written
    assert len(rows) == 2
    assert [bool(row["provenance"]["parts"]) for row in sorted(rows, key=lambda row: row["url"])] == [True, False]
    [vsb_row] = [row for row in rows if row["edits"]]
    assert all(vsb_row[key] for key in ("attachments", "images", "sections", "previous", "warnings", "clicks"))
    for row in rows:
        TypeAdapter(Row).validate_json(json.dumps(row), strict=True)
    [line] = clicks
    TypeAdapter(ClicksRow).validate_json(json.dumps(line), strict=True)
    assert (line["id"], line["clicks"]) == (vsb_row["id"], vsb_row["clicks"])
    for broken in (vsb_row | {"new": 1}, vsb_row | {"id": "x"}, {k: v for k, v in vsb_row.items() if k != "title"}):
        with pytest.raises(ValidationError):
            TypeAdapter(Row).validate_json(json.dumps(broken), strict=True)


@pytest.mark.parametrize(
    ("heading", "keys"),
    [
        ("A row of documents.jsonl", [*Row.__annotations__, *Provenance.__annotations__]),
        ("An edit", list(EditRow.__annotations__)),
        ("A row of clicks.jsonl", list(ClicksRow.__annotations__)),
    ],
    ids=["documents", "edits", "clicks"],
)
def test_the_guide_has_every_key(heading: str, keys: list[str]) -> None:
    text = (DOCS / "documents.md").read_text("utf-8")
    part = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    first = [cell for line in part.splitlines() if line.startswith("| `") for cell in [line.split("|")[1]]]
    assert [name for cell in first for name in re.findall(r"`(\w+)`", cell)] == keys


def test_the_guide_has_the_keys_within_keys() -> None:
    text = (DOCS / "documents.md").read_text("utf-8")
    for shape in (Enclosure, SectionRow):
        assert all(f"`{key}`" in text for key in shape.__annotations__)
