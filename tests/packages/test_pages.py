"""Titles read from the beginning of a page are those of the whole page."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from archive.indexing import write_index
from archive.skim import beginning
from jiucang.packaged_pages import _lines, _title, _title_at_once, _title_of_whole

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html"
CHUNKED = b"\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunks(body: bytes) -> bytes:
    return b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


@pytest.mark.parametrize(
    ("block", "title", "at_once"),
    [
        (HEAD + b"; charset=gbk\r\n\r\n<title>" + "综治文件".encode("gbk") + b"</title>", "综治文件", True),
        (HEAD + b"\r\n\r\n<title>" + "综治".encode("gbk") + b"</title><meta charset=gb2312>", "综治", True),
        (HEAD + b"\r\n\r\n<TITLE id=a>\n A &amp;\n B </TITLE>", "A & B", True),
        (HEAD + b"\r\n\r\n<!-- <title>no</title> --><title>yes</title>", "yes", False),
        (HEAD + b"\r\n\r\n<script>'<title>no</title>'</script><title>yes</title>", "yes", False),
        (HEAD + b"\r\n\r\n" + b" " * 9000 + b"<title>late</title>", "late", False),
        (HEAD + CHUNKED + chunks(b"<title>in chunks</title>"), "in chunks", False),
        (HEAD + b"\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"<title>packed</title>"), "packed", False),
        (HEAD + b"\r\n\r\n<p>none", "", False),
    ],
)
def test_title(tmp_path: Path, block: bytes, title: str, at_once: bool) -> None:
    head = (
        "WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>\r\n"
        "WARC-Date: 2014-11-03T02:00:00Z\r\nWARC-Target-URI: http://bwc.example.edu.cn/\r\n"
        f"Content-Type: application/http;msgtype=response\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    for name, pack in (("a.warc", bytes), ("a.warc.gz", gzip.compress)):
        warc, index = tmp_path / name, tmp_path / f"{name}.cdxj"
        warc.write_bytes(pack(head.encode() + block + b"\r\n\r\n"))
        write_index([warc], index)
        [line] = _lines(index)
        assert _title(warc, line) == _title_of_whole(warc, line) == title
        assert (_title_at_once(beginning(warc, 0)) is not None) is at_once
