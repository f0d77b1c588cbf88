"""Files of others' making have the index that cdxj-indexer gives them, with and without posted bodies in the keys."""

from __future__ import annotations

import gzip
import io
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from needed import cdxj_indexer, wget
from pywb import recorded
from sites import Site, site
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive.indexing import lines_for_viewers, write_index
from jiucang.sample.replies import Request, Resource

PAGES = {
    "/": Resource(b'<title>x</title><a href="a.htm">a</a><a href="b.htm?b=1&A=%B7%A8">b</a>'),
    "/a.htm": Resource("综治文件".encode("gb18030") * 200, chunked=True),
    "/b.htm": Resource(b"zipped, " * 500, gzipped=True),
    "/count": Resource(b"7"),
}

#: warcio always adds digests.
BARE = (
    b"WARC/%s\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000009>\r\n"
    b"WARC-Date: 2014-11-03T02:00:00Z\r\nWARC-Target-URI: http://h.example/bare\r\nContent-Length: 44\r\n"
    b"Content-Type: application/http; msgtype=response\r\n\r\n"
    b"HTTP/1.1 %-13s\r\nX: 0123456\r\n\r\nbody\r\n\r\n\r\n"
)
#: What `cdxj-indexer --post-append` takes for the digest of a record that states none: it has read the body by then.
OF_NOTHING = b'"digest": "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ"'
_DIGEST = re.compile(rb'"digest": "[^"]*"')

Same = Callable[[list[Path]], int]


@pytest.fixture(scope="module")
def portal() -> Iterator[Site]:
    def find(request: Request) -> Resource | None:
        return PAGES.get(request.path.decode("latin-1").partition("?")[0])

    with site(find) as served:
        yield served


@pytest.fixture
def same(tmp_path: Path) -> Same:
    """Compares both indexes of the files with cdxj-indexer's; how many lines are keyed by a body."""
    indexer = cdxj_indexer()

    def compare(warcs: list[Path]) -> int:
        ours, theirs = tmp_path / "ours.cdxj", tmp_path / "theirs.cdxj"
        assert write_index(warcs, ours).faults == ()
        subprocess.run([indexer, "--sort", "--output", theirs, *warcs], check=True, timeout=60)
        assert ours.read_bytes() == theirs.read_bytes()
        subprocess.run([indexer, "--sort", "--post-append", "--output", theirs, *warcs], check=True, timeout=60)
        appended = theirs.read_bytes().splitlines(keepends=True)
        lines = list(lines_for_viewers(ours))
        assert lines == sorted(lines)
        assert sorted(line if line in appended else _DIGEST.sub(OF_NOTHING, line) for line in lines) == appended
        return sum(b"__wb_method=post" in line for line in appended)

    return compare


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize("compressed", [True, False])
def test_warcio(version: str, compressed: bool, tmp_path: Path, same: Same) -> None:
    """A response before its request, POST and GET, revisits, records without digests, and other types."""
    path = tmp_path / ("w.warc.gz" if compressed else "w.warc")
    with path.open("wb") as stream:
        writer = WARCWriter(stream, gzip=compressed, warc_version=version)
        writer.write_record(writer.create_warcinfo_record(path.name, {"software": "warcio"}))

        def record(kind: str, line: str, body: bytes, url: str, *head: tuple[str, str]) -> Any:
            headers = StatusAndHeaders(line, list(head), protocol="HTTP/1.1" if kind == "response" else "")
            return writer.create_warc_record(url, kind, payload=io.BytesIO(body), http_headers=headers)

        for number, body in enumerate((b"page=1", b"page=2", b"", b"%C4%E3=1")):
            url = f"http://h.example/List.do?Column={number // 2}"
            length = ("Content-Length", str(len(body)))
            form = ("Content-Type", "application/x-www-form-urlencoded")
            asked = record("request", f"POST {url} HTTP/1.1", body, url, ("Host", "h.example"), form, length)
            answered = record("response", "200 OK", b"%d" % number, url, ("Content-Type", "text/html;charset=gbk"))
            writer.write_request_response_pair(asked, answered)
        got = record("request", "GET / HTTP/1.1", b"", "http://h.example/", ("Host", "h.example"))
        writer.write_request_response_pair(got, record("response", "404 Not Found", b"", "http://h.example/"))
        for status in ("200 OK", "304 Not Modified"):
            head = StatusAndHeaders(status, [("Content-Type", "text/html")], protocol="HTTP/1.1")
            date = "2014-11-03T02:00:00Z"
            revisit = writer.create_revisit_record(
                "http://h.example/c", "sha1:AAAA", "http://h.example/a", date, http_headers=head
            )
            writer.write_record(revisit)
        for kind in ("resource", "metadata", "conversion"):
            for media_type in ("text/plain", "application/warc-fields"):
                block = io.BytesIO(b"a: b\r\n")
                writer.write_record(
                    writer.create_warc_record("urn:x:y", kind, payload=block, warc_content_type=media_type, length=6)
                )
        for status in (b"200 OK", b"404 Not Found"):
            bare = BARE % (version.encode(), status)
            stream.write(gzip.compress(bare) if compressed else bare)
    assert same([path]) == 4


@pytest.mark.parametrize("compressed", [True, False])
def test_wget(compressed: bool, portal: Site, tmp_path: Path, same: Same) -> None:
    more = [] if compressed else ["--no-warc-compression"]
    for name, options in (
        ("pages", ["--recursive", "--level=1", portal.home]),
        ("post", ["--post-data=articleId=1739&type=3", portal.home + "count"]),
        ("post-gbk", ["--post-data=word=%D7%DB", "--header=Content-Type: text/plain", portal.home + "count"]),
    ):
        command = [wget(), "--quiet", "--no-proxy", f"--warc-file={tmp_path / name}", *more, *options]
        subprocess.run(command, cwd=tmp_path, check=False, timeout=60)
    files = sorted(tmp_path.glob("*.warc*"))
    assert len(files) == 3
    assert same(files) == 2


def test_pywb(portal: Site, tmp_path: Path, same: Same) -> None:
    """What pywb records: gzip'd WARC/1.0, a request behind its response."""
    asked = [("", None), ("a.htm", None), ("b.htm", None), ("count?a=1", b"articleId=1&b=%B7%A8")]
    assert same(recorded(portal.home, asked, tmp_path)) == 1


DATED, AIMED = b"WARC-Date: 2014-11-03T02:00:00Z\r\n", b"WARC-Target-URI: http://h.example/\r\n"


def resource(fields: bytes) -> bytes:
    return (
        b"WARC/1.0\r\nWARC-Type: resource\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n" + fields + b"\r\n" * 3
    )


GOOD = resource(DATED + AIMED)


@pytest.mark.parametrize(
    ("name", "data", "lines", "theirs"),
    [
        ("a.warc", resource(DATED) + GOOD, 1, 2),
        ("a.warc", resource(AIMED) + GOOD, 1, None),
        ("a.warc", resource(AIMED + b"WARC-Date: then\r\n") + GOOD, 1, None),
        ("a.warc.gz", gzip.compress(GOOD * 2), 0, None),
        ("a.warc.gz", gzip.compress(GOOD) + b"\x1f\x8b\x08spoilt" + gzip.compress(GOOD + b""), 2, None),
    ],
)
def test_where_ours_is_another_index(name: str, data: bytes, lines: int, theirs: int | None, tmp_path: Path) -> None:
    """As docs/warc.md says: *theirs* is how many lines cdxj-indexer gives, None where it ends with an error."""
    path = tmp_path / name
    path.write_bytes(data)
    done = write_index([path], tmp_path / "ours.cdxj")
    assert (done.lines, bool(done.faults)) == (lines, True)
    indexer = cdxj_indexer()
    ended = subprocess.run([indexer, "--sort", path], capture_output=True, timeout=60, check=False)
    assert (ended.stdout.count(b"\n") if ended.returncode == 0 else None) == theirs
