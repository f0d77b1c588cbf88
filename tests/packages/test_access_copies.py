"""Access copies: links that a viewer would take wrongly, and nothing else that is not told."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from archive.collection import Collection
from archive.digests import digest_of
from archive.http1 import decode_content, header, header_values, parse_response
from archive.reader import Record, read_records
from archive.urls import BadUrl, request_url
from jiucang.packaging import package_collection
from jiucang.raw_links import changed, link_changes
from jiucang.verifying import verify_sources
from profiles.page import Page

HOST = "http://bwc.example.edu.cn"
CHUNKED = "Transfer-Encoding: chunked\r\n"
#: What is asked for where the page below says 综治/列表.jsp?词=检查&x=𠮷, in UTF-8 and in GBK.
ASKED = "%E7%BB%BC%E6%B2%BB/%E5%88%97%E8%A1%A8.jsp?%B4%CA=%BC%EC%B2%E9&x=%26%23134071%3B"
PAGE = """<html><head><title>综治 链接</title>
<script src='脚本/a.js'>document.write('<a href="综治.htm">');</script></head>
<body background=底图.gif><!-- <a href="草稿.htm">草稿</a> -->
<a href="综治/列表.jsp?词=检查&x=&#134071;" title="综治">综治</a> <A HREF = '/综治 文件.htm#第二章'>文件</A>
<a href="#页首">页首</a> <a href="javascript:alert('综治')">提示</a> <a href="mailto:综治@example.edu.cn">信箱</a>
<img src="a.png" srcset="图一.png 1x, 图二.png 2x" alt="图一.png"> <form action=查询.jsp?类=甲><input value="甲"></form>
<a href="plain.htm?a=1&amp;copy=2&copy=3">&copy; 保卫处</a><textarea><a href="草稿.htm"></textarea><a href="http://保卫处.example.cn/x#甲">
</body></html>
"""
CHANGES = {
    "脚本/a.js": "%E8%84%9A%E6%9C%AC/a.js",
    "底图.gif": "%E5%BA%95%E5%9B%BE.gif",
    "综治/列表.jsp?词=检查&x=&#134071;": ASKED,
    "/综治 文件.htm#第二章": "/%E7%BB%BC%E6%B2%BB %E6%96%87%E4%BB%B6.htm#%E7%AC%AC%E4%BA%8C%E7%AB%A0",
    "图一.png": "%E5%9B%BE%E4%B8%80.png",
    "图二.png": "%E5%9B%BE%E4%BA%8C.png",
    "查询.jsp?类=甲": "%E6%9F%A5%E8%AF%A2.jsp?%C0%E0=%BC%D7",
    "http://保卫处.example.cn/x#甲": "http://xn--ruq99f36f.example.cn/x#%E7%94%B2",
}


def chunks(body: bytes) -> bytes:
    pieces = (body[at : at + 300] for at in range(0, len(body), 300))
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def records(archive: Path) -> dict[str, Record]:
    found = [each for path in sorted(archive.glob("*.warc*")) for each in read_records(path)]
    return {each.id: each for each in found if isinstance(each, Record) and each.id is not None}


def named(record: Record) -> dict[str, str]:
    return {name.lower(): "; ".join(record.fields.all(name)) for name, _ in record.fields}


def access_copy(collection: Collection, out: Path, capsys: pytest.CaptureFixture[str]) -> tuple[Path, list[Any]]:
    """The package unpacked, and what it says was changed; it has no findings."""
    assert package_collection(collection.root, out, access_copy=True, day=date(2026, 11, 23)) == 0
    capsys.readouterr()
    verify_sources([out], as_json=True)
    assert json.loads(capsys.readouterr().out)["codes"] == {}
    with zipfile.ZipFile(out) as package:
        package.extractall(out.with_suffix(""))
        return out.with_suffix(""), [json.loads(line) for line in package.read("access/changes.jsonl").splitlines()]


def remade(original: Record, changes: list[Any]) -> tuple[dict[str, str], bytes, bytes]:
    """Fields, HTTP head and page of a record, by the original and the changes that are told."""
    block = original.block()
    response = parse_response(block)
    http, page = block[: response.body_offset], block[response.body_offset :]
    if any(change["what"] == "link" for change in changes):
        page = decode_content(response.payload, header_values(response.headers, b"content-encoding"), 1 << 20)
    fields = named(original)
    for change in sorted(changes, key=lambda change: -change.get("at", 0)):
        before, after = change["before"], change["after"]
        if change["what"] == "link":
            raw = before.encode("gb18030")
            assert page[change["at"] :].startswith(raw)
            page = page[: change["at"]] + after.encode("ascii") + page[change["at"] + len(raw) :]
        elif change["what"].startswith("WARC-"):
            assert fields[change["what"].lower()] == before
            fields[change["what"].lower()] = after
        else:
            line = f"{change['what']}: {before}\r\n".encode()
            assert http.count(line) == 1
            http = http.replace(line, f"{change['what']}: {after}\r\n".encode() if after is not None else b"")
    return fields, http, page


@pytest.mark.parametrize(
    ("fields", "packed"),
    [
        (None, bytes),
        ("", bytes),
        (CHUNKED, chunks),
        ("Content-Encoding: gzip\r\n", gzip.compress),
        (f"content-encoding: gzip\r\nX-Powered-By: 旧\r\n{CHUNKED}", lambda body: chunks(gzip.compress(body))),
        (f"{CHUNKED}Content-Encoding: gzip\r\n", bytes),
    ],
    ids=["length", "to the end", "chunked", "gzip", "both", "neither as stated"],
)
def test_a_copy_is_the_original_but_for_the_changes_that_are_told(
    maker: Any,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    fields: str | None,
    packed: Callable[[bytes], bytes],
) -> None:
    body = packed(PAGE.encode("gbk", "xmlcharrefreplace"))
    first = maker.capture(f"{HOST}/", body, fields=fields)
    maker.capture(f"{HOST}/mirror/", body, fields=fields, same_as=first)
    maker.capture(f"{HOST}/utf8.htm", PAGE.encode())
    maker.capture(f"{HOST}/notes.txt", PAGE.encode("gbk", "xmlcharrefreplace"), "text/plain")
    collection = maker.finish()
    before = {path: path.read_bytes() for path in collection.warcs()}
    copy, changes = access_copy(collection, tmp_path / "a.wacz", capsys)
    assert before == {path: path.read_bytes() for path in collection.warcs()}
    old, new = records(collection.archive), records(copy / "archive")
    assert len(new) == len(old) + 1
    for name, record in old.items():
        told = [change for change in changes if change["record"] == name]
        expected, http, page = remade(record, told) if told else (named(record), b"", record.block())
        assert new[name].block() == http + page
        if told:
            expected |= {"content-length": str(len(http + page)), "warc-block-digest": str(digest_of(http + page))}
        assert named(new[name]) == expected
    home = next(each for each in new.values() if each.target_uri == f"{HOST}/" and each.type == "response")
    links = [change for change in changes if change["what"] == "link"]
    assert {change["before"]: change["after"] for change in links} == CHANGES
    assert {change["record"] for change in links} == {home.id}
    shown = parse_response(home.block())
    assert shown.complete
    assert (header(shown.headers, b"content-type"), shown.fault) == (b"text/html; charset=gbk", None)
    assert home.payload_digest is not None
    assert home.payload_digest.hashes(shown.payload)


def test_documents_name_the_payloads_of_the_copy(
    maker: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "".join(f"<p>第{n}条，各单位应当认真落实安全管理的各项要求，及时排查并消除隐患。</p>" for n in range(1, 5))
    page = (
        '<html><head><meta charset="gb2312"><title>消防检查-保卫处</title></head><body>'
        '<form name="_newscontent_fromname"><h1>消防检查</h1><div>发布时间：2014-09-01</div>'
        f'<div id="vsb_content"><div class="v_news_content">{text}</div></div></form>'
        '<a href="列表.jsp?词=一">列表</a></body></html>'
    ).encode("gbk")
    maker.capture(f"{HOST}/info/1018/1740.htm", page)
    copy, _ = access_copy(maker.finish(), tmp_path / "a.wacz", capsys)
    [row] = [json.loads(line) for line in (copy / "documents" / "documents.jsonl").read_text("utf-8").splitlines()]
    payload = page.replace("列表.jsp?词=一".encode("gbk"), b"%E5%88%97%E8%A1%A8.jsp?%B4%CA=%D2%BB")
    assert row["provenance"]["payload_digest"] == str(digest_of(payload))


# -- links in pages of any kind ---------------------------------------------------------------------------

_WORDS = st.sampled_from(
    ["综治", "检 查", "a", "b.htm", "?", "&", "&amp;", "=", "#", "/", "&copy", "&#x4E00;", "𠮷", "é", "%", "'"]
)
_VALUE = st.lists(_WORDS, max_size=6).map("".join)
_TAGS = st.sampled_from(
    [
        '<a href="{}">',
        "<img alt=x src='{}'/>",
        '<form action="{}" >',
        '<p title="{}">',
        "<!-- <a href='{}'> -->",
        '<a\nHREF\t="{}"x>',
    ]
)
_PAGES = st.lists(st.tuples(_TAGS, _VALUE), max_size=8)


def resolved(page: Page, source: str) -> list[str | None]:
    """What a browser would ask for, link by link."""
    found: list[str | None] = []
    for node in LexborHTMLParser(source).css("[href], [src], [action]"):
        attributes = node.attributes
        value = attributes.get("href") or attributes.get("src") or attributes.get("action") or ""
        try:
            found.append(request_url(value, page.url, page.encoding))
        except BadUrl:
            found.append(None)
    return found


@given(_PAGES)
def test_links_lead_where_they_led_and_nothing_else_changes(parts: list[tuple[str, str]]) -> None:
    source = "综治<br>" + "".join(tag.format(value.replace("'", "") if "'" in tag else value) for tag, value in parts)
    payload = source.encode("gbk", "xmlcharrefreplace")
    page = Page.parse(payload, f"{HOST}/a/", "text/html; charset=gbk")
    changes = list(link_changes(payload, page))
    after = changed(payload, changes).decode("gbk")
    assert resolved(page, after) == resolved(page, page.text)
    assert sum(len(change.before) for change in changes) <= len(payload)
    done, rest = 0, b""
    for at, before, _ in changes:
        assert payload[at : at + len(before)] == before
        rest, done = rest + payload[done:at], at + len(before)
    tree = LexborHTMLParser((rest + payload[done:]).decode("gbk"))
    raw = [value for node in tree.css("[href], [src], [action]") for value in node.attributes.values() if value]
    left = [value for value in raw if not value.isascii() and not value.startswith("#")]
    assert all(None in resolved(page, f'<a href="{value}">') for value in left if "&" not in value)


@given(st.binary(max_size=200))
def test_any_bytes_can_be_looked_at(payload: bytes) -> None:
    page = Page.parse(payload, f"{HOST}/", "text/html; charset=gbk")
    for at, before, after in link_changes(payload, page):
        assert payload[at : at + len(before)] == before
        assert after.isascii()
