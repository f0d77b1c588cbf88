"""WARC files of the tests' own making, byte by byte, so that the project's writer is no part of the proof."""

from __future__ import annotations

import gzip
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest


@dataclass
class WarcBuilder:
    """Collects records; `save` writes them, each a gzip member, or plain where the name says so."""

    path: Path
    records: list[bytes] = field(default_factory=list)

    def record(self, kind: str, url: str, block: bytes, content_type: str, date: str, *fields: str) -> str:
        identity = f"<{uuid.uuid5(uuid.NAMESPACE_URL, f'{self.path.name} {len(self.records)} {url}').urn}>"
        head = [
            "WARC/1.1",
            f"WARC-Type: {kind}",
            f"WARC-Record-ID: {identity}",
            f"WARC-Date: {date}",
            f"WARC-Target-URI: {url}",
            f"Content-Type: {content_type}",
            *fields,
            f"Content-Length: {len(block)}",
        ]
        self.records.append("\r\n".join(head).encode() + b"\r\n\r\n" + block + b"\r\n\r\n")
        return identity

    def response(
        self,
        url: str,
        body: bytes | str,
        *,
        date: str = "2014-11-03T02:00:00Z",
        media_type: str = "text/html",
        status: str = "200 OK",
        run: str | None = None,
        post: bytes | None = None,
    ) -> str:
        payload = body.encode() if isinstance(body, str) else body
        fields: list[str] = []
        if post is not None:
            request = b"POST /x HTTP/1.1\r\nHost: a\r\n\r\n" + post
            asked = self.record("request", url, request, "application/http;msgtype=request", date)
            fields.append(f"WARC-Concurrent-To: {asked}")
        head = f"HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {len(payload)}\r\n\r\n".encode()
        identity = self.record("response", url, head + payload, "application/http;msgtype=response", date, *fields)
        if run is not None:
            fields = [f"WARC-Concurrent-To: {identity}"]
            self.record("metadata", url, f"run: {run}\r\n".encode(), "application/warc-fields", date, *fields)
        return identity

    def save(self) -> Path:
        if self.path.suffix == ".warc":
            self.path.write_bytes(b"".join(self.records))
        else:
            self.path.write_bytes(b"".join(gzip.compress(record, mtime=0) for record in self.records))
        return self.path


@pytest.fixture
def warc(tmp_path: Path) -> Callable[[str], WarcBuilder]:
    """Starts a WARC file of the given name in the test's folder."""
    return lambda name="one.warc.gz": WarcBuilder(tmp_path / name)


VSB = """<!doctype html><html><head><meta charset="utf-8"><title>{title}-某大学保卫处</title></head><body>
<ul class="menu"><li><a href="/">首页</a></li><li><a href="/zzwj.htm">制度汇编</a></li></ul>
<div class="weizhi">当前位置: <a href="/">首页</a> &gt; <a href="/zzwj.htm">制度汇编</a> &gt; 正文</div>
<form name="_newscontent_fromname"><h1>{title}</h1>
<div class="shijian">来源: 发布时间: {published} 点击量: <script>_showDynClicks("wbnews", 77, {id})</script></div>
<div id="vsb_content"><div class="v_news_content">{body}</div></div>
<p>上一条：<a href="{previous}.htm" title="上一篇文章的完整标题在此">上一篇文章的完…</a></p><p>下一条：没有了</p>
</form></body></html>"""


@pytest.fixture
def vsb() -> Callable[..., str]:
    """An article page in the shape of a VSB site."""

    def page(
        body: str, *, title: str = "关于冬季用电安全检查的通知", number: int = 12, published: str = "2014-11-03"
    ) -> str:
        return VSB.format(title=title, body=body, id=number, published=published, previous=number - 1)

    return page
