"""A small collection, made record by record: two articles in GBK, one in UTF-8, an attachment, a revisit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.collection import Collection
from archive.digests import digest_of
from archive.http1 import parse_response
from archive.warc import (
    HTTP_REQUEST,
    HTTP_RESPONSE,
    IDENTICAL_PAYLOAD,
    WARC_FIELDS,
    RecordDraft,
    RefersTo,
    new_record_id,
    warc_date,
)
from archive.warcinfo import Warcinfo, warc_fields
from archive.writer import WarcWriter
from jiucang.deriving import extract_sources
from jiucang.indexing import index_collection

BEGUN = datetime(2014, 11, 3, 2, 0, 0, tzinfo=UTC)
HOST = "http://bwc.example.edu.cn"
JOB = f"""\
name: bwc
seeds: [{HOST}/]
operator: {{name: 大学档案馆, contact: archives@example.edu.cn}}
rights: {{statement: 保卫处公开发布的通知, basis: 移交协议 2024/17}}
notify: {{webhook: "https://hooks.example.edu.cn/secret"}}
"""


def article(number: int, title: str, encoding: str = "gb2312", more: str = "") -> bytes:
    text = "".join(
        f"<p>{title}第{n}条，各单位应当认真落实安全管理的各项要求，及时排查并消除隐患。</p>" for n in range(1, 5)
    )
    return (
        f'<html><head><meta charset="{encoding}"><title>{title}-保卫处</title>'
        f'</head><body><form name="_newscontent_fromname"><h1>{title}</h1><div>发布时间：2014-09-{number:02d}</div>'
        f'<div id="vsb_content"><div class="v_news_content">{text}{more}</div></div></form></body></html>'
    ).encode("gbk" if encoding == "gb2312" else encoding)


class Maker:
    """Writes exchanges as the crawler does."""

    def __init__(self, collection: Collection) -> None:
        collection.create()
        self.collection = collection
        self.writer = WarcWriter(collection.archive, "bwc", "host", lambda: BEGUN, Warcinfo(software="tests").fields())
        self.number = 0

    def capture(
        self,
        url: str,
        body: bytes,
        media_type: str = "text/html",
        same_as: RecordDraft | None = None,
        fields: str | None = None,
    ) -> RecordDraft:
        """*fields*: of the head, with line ends, where the body's length alone does not say how it is framed."""
        self.number += 1
        date = BEGUN + timedelta(seconds=self.number)
        request, response = new_record_id(), new_record_id()
        fields = f"Content-Length: {len(body)}\r\n" if fields is None else fields
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\n{fields}\r\n".encode()
        refers = None
        if same_as is not None:
            assert same_as.target_uri is not None
            refers = RefersTo(
                IDENTICAL_PAYLOAD,
                same_as.record_id,
                same_as.target_uri,
                warc_date(same_as.date),
                str(same_as.payload_digest),
            )
        answer = RecordDraft(
            type="revisit" if refers else "response",
            date=date,
            target_uri=url,
            block=head if refers else head + body,
            content_type=HTTP_RESPONSE,
            record_id=response,
            concurrent_to=(request,),
            payload_digest=None if refers else digest_of(parse_response(head + body).payload),
            refers_to=refers,
        )
        asked = RecordDraft(
            type="request",
            date=date,
            target_uri=url,
            block=f"GET {url} HTTP/1.1\r\n\r\n".encode(),
            content_type=HTTP_REQUEST,
            record_id=request,
            concurrent_to=(response,),
        )
        known = RecordDraft(
            type="metadata",
            date=date,
            target_uri=url,
            block=warc_fields([("exchange", f"{self.number:032x}"), ("outcome", "captured")]),
            content_type=WARC_FIELDS,
            concurrent_to=(request, response),
        )
        after = RecordDraft(
            type="metadata",
            date=date,
            target_uri=f"urn:jiucang:wire:{self.number:032x}:after",
            block=b"after " + url.encode(),
            content_type="application/octet-stream",
            concurrent_to=(request, response),
        )
        self.writer.append_group([asked, answer, known, after])
        return answer

    def finish(self) -> Collection:
        """Seals what was captured, indexes it and extracts its documents."""
        made = self.collection
        self.writer.seal()
        made.job.write_text(JOB, encoding="utf-8")
        assert index_collection(made.root) == 0
        assert extract_sources([made.root], made.documents, clicks=made.clicks, report=None, workers=1) == 0
        return made


@pytest.fixture
def maker(tmp_path: Path) -> Maker:
    """Of a collection that is empty as yet."""
    return Maker(Collection(tmp_path / "collections" / "bwc"))


@pytest.fixture
def collection(maker: Maker) -> Collection:
    made = maker.collection
    more = '<p><a href="/system/_content/download.jsp?wbfileid=7">附件</a></p>'
    first = maker.capture(f"{HOST}/info/1018/1740.htm", article(1, "消防安全检查", more=more))
    maker.capture(f"{HOST}/info/1018/1741.htm", article(2, "校园交通管理"))
    maker.capture(f"{HOST}/info/1018/1742.htm", article(3, "宿舍值班安排", "utf-8"))
    maker.capture(f"{HOST}/system/_content/download.jsp?wbfileid=7", bytes(range(256)) * 20, "application/pdf")
    maker.capture(f"{HOST}/mirror/1740.htm", article(1, "消防安全检查", more=more), same_as=first)
    report = made.report("20141103020000")
    report.mkdir()
    (report / "crawl.log").write_text(f"2014-11-03T02:00:01Z 200 100 {HOST}/info/1018/1740.htm\n", encoding="utf-8")
    return maker.finish()
