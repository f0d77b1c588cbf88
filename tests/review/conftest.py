"""Edits and decisions of the tests' own making, and a collection with one article."""

from __future__ import annotations

import gzip
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.edits import CONTEXT, Edit, edit_id
from pipelines.review.decisions import Decision

DOCUMENT = "0" * 31 + "1"


@pytest.fixture
def edit_at() -> Callable[..., Edit]:
    """An edit of a text, at the first place of `before`."""

    def make(text: str, before: str, after: str | None, *, status: str = "proposed", rule: str = "collation") -> Edit:
        start = text.index(before)
        end = start + len(before)
        prefix, suffix = text[max(0, start - CONTEXT) : start], text[end : end + CONTEXT]
        return Edit(
            id=edit_id(DOCUMENT, rule, before, prefix, suffix, 0),
            rule=rule,
            rule_version="1",
            kind="repair",
            status=status,  # type: ignore[arg-type]
            start=start,
            end=end,
            before=before,
            after=after,
            prefix=prefix,
            suffix=suffix,
            confidence=0.9,
            evidence=("as a test says",),
            agent="jiucang/test",
        )

    return make


@pytest.fixture
def decided() -> Callable[..., Decision]:
    """A decision on an edit; keywords change it."""

    def make(edit: Edit, what: str, /, **changes: object) -> Decision:
        values: dict[str, object] = {
            "who": "王编辑",
            "when": "2024-05-06T07:08:09Z",
            "what": what,
            "document": DOCUMENT,
            "edit": edit.id,
            "rule": edit.rule,
            "rule_version": edit.rule_version,
            "kind": edit.kind,
            "before": edit.before,
            "after": None if what == "undo" else edit.after,
            "prefix": edit.prefix,
            "suffix": edit.suffix,
            "occurrence": 0,
        }
        return Decision(**{**values, **changes})  # type: ignore[arg-type]

    return make


PAGE = """<!doctype html><html><head><meta charset="utf-8"><title>{title}-某大学保卫处</title></head><body>
<form name="_newscontent_fromname"><h1>{title}</h1>
<div class="shijian">来源: 发布时间: 2014-11-03 点击量: 7</div>
<div id="vsb_content"><div class="v_news_content">{body}</div></div>
<p>上一条：<a href="1.htm" title="前一篇">前一篇</a></p><p>下一条：没有了</p></form></body></html>"""


@pytest.fixture
def collection(tmp_path: Path) -> Callable[..., Path]:
    """Writes a collection whose articles have the given paragraphs; returns its folder."""

    def make(*articles: list[str], name: str = "portal") -> Path:
        root = tmp_path / name
        (root / "archive").mkdir(parents=True, exist_ok=True)
        records = []
        for number, lines in enumerate(articles, 11):
            url = f"http://bwc.example.edu.cn/info/1018/{number}.htm"
            title = f"关于第{number}号事项的通知"
            page = PAGE.format(title=title, body="".join(f"<p>{line}</p>" for line in lines)).encode()
            head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(page)
            fields = [
                "WARC/1.1",
                "WARC-Type: response",
                f"WARC-Record-ID: <{uuid.uuid5(uuid.NAMESPACE_URL, url).urn}>",
                "WARC-Date: 2014-11-03T02:00:00Z",
                f"WARC-Target-URI: {url}",
                "Content-Type: application/http;msgtype=response",
                f"Content-Length: {len(head) + len(page)}",
            ]
            records.append(gzip.compress("\r\n".join(fields).encode() + b"\r\n\r\n" + head + page + b"\r\n\r\n"))
        (root / "archive" / "one.warc.gz").write_bytes(b"".join(records))
        return root

    return make
