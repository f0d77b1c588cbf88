"""What was asked for by POST, in an index for viewers: the lines of `cdxj-indexer --sort --post-append`."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import needed
import pytest

from archive.indexing import lines_for_viewers, write_index
from archive.posts import MAX_QUERY, posted
from archive.warc import HTTP_REQUEST, RecordDraft
from archive.writer import WarcWriter

Exchange = Callable[..., list[RecordDraft]]
NewWriter = Callable[..., WarcWriter]
URL = "http://bwc.example.edu.cn/_visitcountdisplay?siteId=120&type=3"
FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=xYzZY"
FIELDS = b'--xYzZY\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'


def request(
    body: bytes, media_type: str | None = FORM, method: str = "POST", length: str | None = "", url: str = URL
) -> bytes:
    """*length*: empty for the body's own, None for no such field."""
    lines = [f"{method} {url} HTTP/1.1", "Host: bwc.example.edu.cn"]
    lines += [f"Content-Type: {media_type}"] if media_type is not None else []
    lines += [f"Content-Length: {length or len(body)}"] if length is not None else []
    return "\r\n".join([*lines, "", ""]).encode() + body


BODIES = {
    "empty": request(b""),
    "form": request(b"articleId=197188&page=2"),
    "form, escaped": request(b"q=a+b%26c&w=%E7%BB%BC%E6%B2%BB&x=100%"),
    "form, GBK escaped": request(b"word=%D7%DB%D6%CE"),
    "form, GBK as it is": request("word=综治".encode("gbk")),
    "form, charset": request("word=综治".encode(), FORM + "; charset=UTF-8"),
    "put": request(b"a=1", method="PUT"),
    "get with a body": request(b"a=1", method="GET"),
    "no type": request(b"a=1", None),
    "bytes": request(bytes(range(256)), "application/octet-stream"),
    "xml": request("<页>1</页>".encode(), "text/xml"),
    "no length": request(b"a=1", length=None),
    "length too small": request(b"a=1&b=2", length="3"),
    "length too great": request(b"a=1", length="300"),
    "length is none": request(b"a=1", length="many"),
    "long": request(b"a=" + b"x" * 3 * MAX_QUERY),
    "json": request(
        b'{"page": 2, "where": {"q": "\\u7efc", "all": true, "none": null}, "f": 1.50}', "application/json"
    ),
    "json, names again": request(b'[{"a": 1}, {"a": 2, "b": [3, {"a": 4}]}, 5]', "application/json"),
    "json, lines": request(b'{"a": 1}\n{"a": 2}', "application/json"),
    "json that is none": request(b"{a: 1}", "application/json"),
    "text of json": request(b'{"a": "b c"}', "text/plain"),
    "text": request("说明".encode(), "text/plain; charset=utf-8"),
    "parts": request(FIELDS % (b"a", b"", b"1") + FIELDS % (b"b", b"", "综 治".encode()) + b"--xYzZY--\r\n", PARTS),
    "parts, a file": request(
        FIELDS % (b"f", b'; filename="a.bin"', b"\x00\xff\r\n1") + FIELDS % (b"b", b"", b"") + b"--xYzZY--\r\n", PARTS
    ),
    "parts without boundary": request(b"a=1", "multipart/form-data"),
}


@pytest.fixture
def pair(exchange: Exchange) -> Callable[..., list[RecordDraft]]:
    """`pair(request, url)`: request and response pointing at each other, as a crawl writes them."""
    from dataclasses import replace

    def make(block: bytes, url: str = URL, answer: bytes = b"7") -> list[RecordDraft]:
        asked, answered, told = exchange(url, answer)
        return [replace(asked, block=block), replace(answered, concurrent_to=(asked.record_id,)), told]

    return make


@pytest.fixture
def cdxj_indexer(tmp_path: Path) -> Iterator[Callable[..., bytes]]:
    indexer = needed.cdxj_indexer()
    number = count()

    def run(warcs: list[Path], *options: str) -> bytes:
        out = tmp_path / f"theirs-{next(number)}.cdxj"
        subprocess.run([indexer, "--sort", *options, "--output", out, *warcs], check=True, timeout=60)
        return out.read_bytes()

    yield run


@pytest.fixture
def warcs(new_writer: NewWriter, pair: Callable[..., list[RecordDraft]], tmp_path: Path) -> list[Path]:
    writer = new_writer()
    for number, block in enumerate(BODIES.values()):
        for url in (f"{URL}&articleId={number}", f"http://bwc.example.edu.cn/Post/{number}.do"):
            writer.append_group(pair(block, url, b"%d" % number))
    writer.seal()
    return sorted((tmp_path / "archive").glob("*.warc.gz"))


def test_both_indexes_are_cdxj_indexers_line_for_line(
    warcs: list[Path], cdxj_indexer: Callable[..., bytes], tmp_path: Path
) -> None:
    index = tmp_path / "indexes" / "index.cdxj"
    write_index(warcs, index)
    assert index.read_bytes() == cdxj_indexer(warcs)
    theirs = cdxj_indexer(warcs, "--post-append").splitlines(keepends=True)
    assert list(lines_for_viewers(index)) == theirs
    assert sum(b'"method": ' in line for line in theirs) == 2 * (len(BODIES) - 1)


def test_parts_files_and_plain_files_make_no_difference(
    warcs: list[Path], pair: Callable[..., list[RecordDraft]], new_writer: NewWriter, tmp_path: Path
) -> None:
    """The records of a pair may lie in two parts; of files that were read before, what was posted is still known."""
    at_once, grown = tmp_path / "a" / "index.cdxj", tmp_path / "b" / "index.cdxj"
    write_index(warcs, at_once)
    expected = list(lines_for_viewers(at_once))
    for part_bytes in (300, 700, 2000):
        write_index(warcs, tmp_path / str(part_bytes), part_bytes=part_bytes)
        assert list(lines_for_viewers(tmp_path / str(part_bytes))) == expected
    write_index(warcs, grown)
    writer = new_writer()
    writer.append_group(pair(request(b"later=1")))
    writer.seal()
    both = sorted((tmp_path / "archive").glob("*.warc.gz"))
    assert write_index(both, grown).read == 1
    assert len(list(lines_for_viewers(grown))) == len(expected) + 1
    write_index(warcs, grown)
    assert list(lines_for_viewers(grown)) == expected


def test_records_that_do_not_belong_together_are_no_pair(
    pair: Callable[..., list[RecordDraft]],
    new_writer: NewWriter,
    cdxj_indexer: Callable[..., bytes],
    tmp_path: Path,
) -> None:
    from dataclasses import replace

    asked, answered, told = pair(request(b"a=1"))
    stranger = replace(answered, concurrent_to=(), record_id="<urn:uuid:00000000-0000-4000-8000-000000000001>")
    groups = [
        [asked, replace(answered, target_uri="http://bwc.example.edu.cn/other")],
        [asked, told, answered],
        [replace(asked, concurrent_to=()), stranger],
        [asked],
        [answered, replace(asked, concurrent_to=(answered.record_id,))],
    ]
    for group in groups:
        writer = new_writer()
        writer.append_group(group)
        writer.seal()
        [warc] = (tmp_path / "archive").glob("*.warc.gz")
        index = tmp_path / f"index-{len(list(tmp_path.iterdir()))}"
        write_index([warc], index)
        assert b"".join(lines_for_viewers(index)) == cdxj_indexer([warc], "--post-append")
        assert (b'"POST"' in b"".join(lines_for_viewers(index))) == (group is groups[-1])
        warc.unlink()


def test_what_is_asked_twice_with_different_bodies_is_found_apart(
    pair: Callable[..., list[RecordDraft]], new_writer: NewWriter, tmp_path: Path
) -> None:
    writer = new_writer()
    for page in (1, 2):
        writer.append_group(pair(request(b"page=%d" % page), answer=b"<p>%d" % page))
    writer.seal()
    index = tmp_path / "index.cdxj"
    write_index((tmp_path / "archive").glob("*.warc.gz"), index)
    keys = [line.split(b" ")[0] for line in lines_for_viewers(index)]
    key = b"cn,edu,example,bwc)/_visitcountdisplay?__wb_method=post&page=%d&siteid=120&type=3"
    assert keys == [key % 1, key % 2]
    assert {line.split(b" ")[0] for line in index.read_bytes().splitlines()} == {
        keys[0].replace(b"__wb_method=post&page=1&", b"")
    }


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"POST",
        b"POST / HTTP/1.1",
        b"POST / HTTP/1.1\r\n\r\n",
        request(b"[" * 100_000, "application/json"),
        request(b"[" * 100_000, "text/plain"),
        request(b"1" * 6000, "application/json"),
        request(b"--x\r\n" * 5000, "multipart/mixed; boundary=x"),
        request(b"a=1", length="9" * 5000),
        request(b"a=1", length="-3"),
    ],
)
def test_no_request_is_too_odd(block: bytes) -> None:
    found = posted(0, URL, block)
    assert found is None or found.body is None or len(found.body) <= MAX_QUERY
    json.dumps(found and found.body)


def test_a_capture_is_named_by_its_request() -> None:
    assert posted(7, "http://h/a", request(b"b=1", HTTP_REQUEST)) is not None
    assert posted(7, "http://h/a", request(b"b=1", method="DELETE")) is None
