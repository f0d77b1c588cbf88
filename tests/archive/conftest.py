"""Exchanges as the crawler would record them, and a small sealed WARC file made of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.digests import digest_of
from archive.warc import HTTP_REQUEST, HTTP_RESPONSE, WARC_FIELDS, RecordDraft, new_record_id
from archive.warcinfo import Warcinfo, warc_fields
from archive.writer import WarcWriter

MOMENT = datetime(2014, 11, 3, 2, 0, 0, 123456, tzinfo=UTC)
HTML = "<html><head><title>综治文件</title></head><body><p>各部门：</p></body></html>".encode("gb18030")

Exchange = Callable[..., list[RecordDraft]]
NewWriter = Callable[..., WarcWriter]


@pytest.fixture
def moment() -> datetime:
    return MOMENT


@pytest.fixture
def exchange() -> Exchange:
    """`exchange(url, body, head)`: request, response and metadata of one exchange, pointing at each other."""

    def make(
        url: str = "http://bwc.example.edu.cn/info/1018/1739.htm",
        body: bytes = HTML,
        head: bytes = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=gb2312\r\n\r\n",
    ) -> list[RecordDraft]:
        request_id, response_id = new_record_id(), new_record_id()
        request = b"GET " + url.encode() + b" HTTP/1.1\r\nHost: bwc.example.edu.cn\r\n\r\n"
        return [
            RecordDraft(
                type="request",
                date=MOMENT,
                block=request,
                content_type=HTTP_REQUEST,
                target_uri=url,
                record_id=request_id,
                concurrent_to=(response_id,),
            ),
            RecordDraft(
                type="response",
                date=MOMENT,
                block=head + body,
                content_type=HTTP_RESPONSE,
                target_uri=url,
                record_id=response_id,
                ip_address="192.0.2.7",
                payload_digest=digest_of(body),
            ),
            RecordDraft(
                type="metadata",
                date=MOMENT,
                block=warc_fields([("via", "http://bwc.example.edu.cn/zzwj.htm"), ("hopsFromSeed", "LL")]),
                content_type=WARC_FIELDS,
                target_uri=url,
                concurrent_to=(response_id,),
            ),
        ]

    return make


@pytest.fixture
def new_writer(tmp_path: Path) -> NewWriter:
    """`new_writer(**options)`: a writer into `tmp_path/archive`, its clock standing still."""
    folder = tmp_path / "archive"
    folder.mkdir()

    def make(**options: object) -> WarcWriter:
        fields = Warcinfo(software="jiucang/test", operator="档案馆", robots="obey").fields()
        return WarcWriter(folder, "bwc-legacy", "host.example", lambda: MOMENT, fields, **options)  # type: ignore[arg-type]

    return make


@pytest.fixture
def small_warc(new_writer: NewWriter, exchange: Exchange, tmp_path: Path) -> Path:
    """A sealed file: warcinfo and two exchanges."""
    writer = new_writer()
    writer.append_group(exchange())
    writer.append_group(exchange("http://bwc.example.edu.cn/", b"", b"HTTP/1.1 304 Not Modified\r\n\r\n"))
    writer.seal()
    (path,) = (tmp_path / "archive").glob("*.warc.gz")
    return path
