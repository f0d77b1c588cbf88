"""Titles read from the beginning of a page are those of the whole page; lists of pages made in pieces are whole."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from archive.skim import beginning
from jiucang import packaged_pages
from jiucang.titles import title_at_once, title_of, title_of_whole

URL = "http://bwc.example.edu.cn/"
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
        (HEAD + b"\r\n\r\n<html><p>none", "", False),
        (HEAD + b"\r\n\r\n" + "\ufeff<html><title>宽</title>".encode("utf-16le"), "宽", False),
        (HEAD + b"\r\n\r\n2168", None, False),
        (HEAD + CHUNKED + chunks(b"<li><a href=1.htm>1</a></li>"), None, False),
        (HEAD + b'\r\n\r\n{"head": "<p>"}', None, False),
        (HEAD + b"\r\n\r\n", None, False),
    ],
)
def test_title(tmp_path: Path, block: bytes, title: str | None, at_once: bool) -> None:
    head = (
        "WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>\r\n"
        "WARC-Date: 2014-11-03T02:00:00Z\r\nWARC-Target-URI: http://bwc.example.edu.cn/\r\n"
        f"Content-Type: application/http;msgtype=response\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    for name, pack in (("a.warc", bytes), ("a.warc.gz", gzip.compress)):
        warc = tmp_path / name
        warc.write_bytes(pack(head.encode() + block + b"\r\n\r\n"))
        assert title_of(warc, 0, URL) == title_of_whole(warc, 0, URL) == title
        assert (title_at_once(beginning(warc, 0)) is not None) is at_once


def test_a_list_made_in_pieces_is_the_whole_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warc, index, rows = tmp_path / "a.warc", tmp_path / "index.cdxj", tmp_path / "documents.jsonl"
    warc.write_bytes(b"no record, so pages go by their addresses")
    lines = []
    for number in range(60):
        for host in ("bwc", "www.bwc"):
            entry = {"url": f"http://{host}.example.edu.cn/{number:02}", "status": "200", "mime": "text/html"}
            for moment in (20141103020000, 20151103020000):
                place = {"filename": "a.warc", "offset": "0"}
                lines.append(f"cn,edu,example,bwc)/{number:02} {moment} {json.dumps(entry | place)}\n")
        style = {"url": f"http://bwc.example.edu.cn/{number:02}.css", "status": "200", "mime": "text/css"}
        lines.append(f"cn,edu,example,bwc)/{number:02}.css 20141103020000 {json.dumps(style)}\n")
    index.write_text("".join(lines))
    documents = [
        {"url": f"http://bwc.example.edu.cn/{number:02}", "captured_at": "2014", "title": "题", "text": "文" * number}
        for number in range(0, 60, 7)
    ]
    rows.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in documents))

    def made(size: int) -> list[bytes]:
        monkeypatch.setattr(packaged_pages, "_ROWS", size)
        monkeypatch.setattr(packaged_pages, "_LINES", size)
        work = tmp_path / str(size)
        work.mkdir()
        return list(packaged_pages.page_lines(rows, index, {"a.warc": warc}, work))

    whole = made(1_000_000)
    urls = [json.loads(line)["url"] for line in whole]
    others = [f"http://{host}bwc.example.edu.cn/{number:02}" for number in range(60) for host in ("", "www.")]
    assert urls[: len(documents)] == [row["url"] for row in documents]
    assert urls[len(documents) :] == [url for url in others if url not in urls[: len(documents)]]
    assert made(700) == made(3_000) == whole
