"""Sound files of others' making give no false finding; what is true of them is named here, with its reason."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from needed import wget
from pywb import recorded
from sites import Site, site
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from jiucang.sample.replies import Request, Resource

PROJECT = Path(__file__).resolve().parents[2]
PAGES = {
    b"/": Resource(b'<title>x</title><a href="a.htm">a</a><a href="b.htm">b</a><a href="%B7%A8.htm">c</a>'),
    b"/a.htm": Resource("综治文件".encode("gb18030") * 200, chunked=True),
    b"/b.htm": Resource(b"zipped, " * 500, gzipped=True),
    b"/%B7%A8.htm": Resource(b"", status=204),
    b"/gone.htm": Resource(b"", status=302, headers=((b"Location", b"/a.htm"),)),
}


@pytest.fixture(scope="module")
def portal() -> Iterator[Site]:
    def find(request: Request) -> Resource | None:
        return PAGES.get(request.path)

    with site(find) as served:
        yield served


def add_exchange(writer: Any, url: str, head: list[tuple[str, str]], body: bytes) -> Any:
    headers = StatusAndHeaders("200 OK", head, protocol="HTTP/1.1")
    return writer.create_warc_record(url, "response", payload=io.BytesIO(body), http_headers=headers)


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize("compressed", [True, False])
def test_warcio(version: str, compressed: bool, tmp_path: Path, verify: Any) -> None:
    path = tmp_path / ("w.warc.gz" if compressed else "w.warc")
    with path.open("wb") as stream:
        writer = WARCWriter(stream, gzip=compressed, warc_version=version)
        writer.write_record(writer.create_warcinfo_record(path.name, {"software": "warcio"}))
        first = add_exchange(writer, "http://h.example/a", [("Content-Type", "text/html")], b"hello")
        writer.write_record(first)
        writer.write_request_response_pair(
            writer.create_warc_record(
                "http://h.example/b",
                "request",
                http_headers=StatusAndHeaders("GET /b HTTP/1.1", [("Host", "h.example")]),
            ),
            add_exchange(writer, "http://h.example/b", [("Content-Length", "5")], b"world"),
        )
        digest = first.rec_headers.get_header("WARC-Payload-Digest")
        date = first.rec_headers.get_header("WARC-Date")
        writer.write_record(
            writer.create_revisit_record(
                "http://h.example/c",
                digest,
                "http://h.example/a",
                date,
                http_headers=StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1"),
            )
        )
        for kind in ("resource", "metadata", "conversion"):
            record = writer.create_warc_record(
                "urn:x:y", kind, payload=io.BytesIO(b"text"), warc_content_type="text/plain", length=4
            )
            writer.write_record(record)
    found = verify(path)
    # warcio gives metadata a payload digest, which by clause 4 it cannot have
    assert dict(found.counts) == {"digest.payload-undefined": 1}, found.kept


def test_warcio_recording_over_the_wire(portal: Site, tmp_path: Path, verify: Any) -> None:
    path = tmp_path / "captured.warc.gz"
    code = (
        "import sys\n"
        "from warcio.capture_http import capture_http\n"
        "import http.client\n"
        "with capture_http(sys.argv[1]):\n"
        "    for name in sys.argv[3:]:\n"
        "        c = http.client.HTTPConnection('127.0.0.1', int(sys.argv[2]))\n"
        "        c.request('GET', name); c.getresponse().read(); c.close()\n"
    )
    port = portal.home.rstrip("/").rpartition(":")[2]
    names = [name.decode() for name in PAGES]
    subprocess.run([sys.executable, "-c", code, str(path), port, *names], check=True, timeout=60)
    found = verify(path)
    assert set(found.counts) <= {"warcinfo.first", "digest.payload-framed"}, found.kept
    assert found.counts["digest.payload-framed"] == 1, "the one page that came in chunks"


@pytest.mark.parametrize("compressed", [True, False])
def test_wget(compressed: bool, portal: Site, tmp_path: Path, verify: Any) -> None:
    command = [wget(), "--quiet", "--recursive", "--level=1", "--no-proxy", f"--warc-file={tmp_path / 'w'}"]
    subprocess.run(
        [*command, *([] if compressed else ["--no-warc-compression"]), portal.home],
        cwd=tmp_path,
        check=False,
        timeout=60,
    )
    [path] = tmp_path.glob("w.warc*")
    found = verify(path)
    # the one page that came in chunks: wget hashes it with its framing
    assert dict(found.counts) == {"digest.payload-framed": 1}, found.kept


def test_pywb_recording(portal: Site, tmp_path: Path, verify: Any) -> None:
    found = verify(*recorded(portal.home, [("", None), ("a.htm", None), ("b.htm", None)], tmp_path))
    assert found.count("error") == 0, found.kept
