"""A page of 50 MB costs that page a warning; its neighbours are read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipelines.run import extract

MEGABYTE = 1_000_000


def test_a_page_of_fifty_megabytes_costs_itself_a_warning(
    tmp_path: Path, warc: Callable[[str], Any], vsb: Callable[..., str]
) -> None:
    file = warc("one.warc.gz")
    paragraph = "<p>各单位要落实消防安全责任。</p>"
    file.response("http://a.example/info/1018/1.htm", vsb(paragraph * (50 * MEGABYTE // len(paragraph.encode()))))
    file.response("http://a.example/info/1018/2.htm", vsb("<p>其余照常。</p>"))
    report = extract([file.save()], tmp_path / "documents.jsonl", workers=1, deadline=300)
    rows = [json.loads(line) for line in (tmp_path / "documents.jsonl").read_text("utf-8").splitlines()]
    warned = {row["url"][-5:]: {warning["code"] for warning in row["warnings"]} for row in rows}
    assert (report.rows, report.not_read) == (2, 0)
    assert "page-truncated" in warned["1.htm"]
    assert "page-truncated" not in warned["2.htm"]
