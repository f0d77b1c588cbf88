"""Programs other than ours read our WARC files: warcio and cdxj-indexer index them alike, pywb replays them.

pywb has a virtual environment of its own, `.venv-peers`, which `make test` makes.
"""

from __future__ import annotations

import gzip
import json
import os
import socket
import subprocess
import sysconfig
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.cdxj import write_index
from archive.digests import digest_of
from archive.warc import HTTP_REQUEST, HTTP_RESPONSE, RecordDraft, Warcinfo
from archive.writer import WarcWriter

BEGAN = datetime(2014, 11, 3, 2, 0, 0, 123456, tzinfo=UTC)
PAGE = "<html><head><title>通知</title></head><body><p>关于加强宿舍用电管理的通知</p></body></html>".encode("gb18030")


@dataclass(frozen=True)
class Case:
    path: str
    head: bytes
    sent: bytes
    """The body as it stands on the wire."""
    coded: bytes
    """The body without its transfer coding."""

    @property
    def url(self) -> str:
        return f"http://bwc.example.edu.cn{self.path}"


def chunked(body: bytes) -> bytes:
    """In one chunk, with an extension. No trailer: warcio's reader, and so pywb, appends it to the body."""
    return b"%x;odd=1\r\n%b\r\n0\r\n\r\n" % (len(body), body)


SQUEEZED = gzip.compress(PAGE, mtime=0)
CASES = (
    Case("/", b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(PAGE), PAGE, PAGE),
    Case(
        "/info/1018/1739.htm",
        b"HTTP/1.1 200\r\nCONTENT-TYPE:text/html; charset=gb2312\r\nTransfer-Encoding: chunked\r\n\r\n",
        chunked(PAGE),
        PAGE,
    ),
    Case(
        "/%E6%90%9C.jsp?k=%B9%AB%B0%B2",
        b"HTTP/1.1 200 OK\r\nContent-type: text/html\r\ncontent-encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n",
        chunked(SQUEEZED),
        SQUEEZED,
    ),
)


@pytest.fixture(scope="module")
def warc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sealed file with a request and a response for each case."""
    folder = tmp_path_factory.mktemp("archive")
    writer = WarcWriter(folder, "peers", "host", lambda: BEGAN, Warcinfo(software="jiucang/test").fields())
    for case in CASES:
        request = f"GET {case.path} HTTP/1.1\r\nHost: bwc.example.edu.cn\r\n\r\n".encode()
        block, digest = case.head + case.sent, digest_of(case.coded)
        asked = RecordDraft(type="request", date=BEGAN, block=request, content_type=HTTP_REQUEST, target_uri=case.url)
        answered = RecordDraft(
            type="response",
            date=BEGAN,
            block=block,
            content_type=HTTP_RESPONSE,
            target_uri=case.url,
            concurrent_to=(asked.record_id,),
            payload_digest=digest,
        )
        writer.append_group([asked, answered])
    writer.seal()
    [path] = folder.glob("*.warc.gz")
    return path


def run(program: Path, *words: str, cwd: Path | None = None) -> str:
    ended = subprocess.run([program, *words], cwd=cwd, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def beside_python(name: str) -> Path:
    return Path(sysconfig.get_path("scripts")) / name


@pytest.fixture(scope="module")
def peer(root: Path) -> Path:
    """Folder of pywb's programs."""
    folder = root / ".venv-peers" / "bin"
    if not (folder / "wayback").exists():
        pytest.skip("pywb is not installed: make .venv-peers/.installed")
    return folder


def test_warcio_indexes_every_record(warc: Path) -> None:
    lines = [json.loads(line) for line in run(beside_python("warcio"), "index", str(warc)).splitlines()]
    targets = [line["warc-target-uri"] for line in lines if line["warc-type"] == "response"]
    assert targets == [case.url for case in CASES]


def test_cdxj_indexer_writes_the_index_that_we_write(warc: Path, tmp_path: Path) -> None:
    write_index([warc], tmp_path / "index.cdxj")
    theirs = run(beside_python("cdxj-indexer"), "--sort", str(warc))
    assert (tmp_path / "index.cdxj").read_text(encoding="utf-8") == theirs
    assert len(theirs.splitlines()) == len(CASES)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def replay(warc: Path, peer: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """pywb over the file, on loopback: the address of its collection."""
    folder = tmp_path_factory.mktemp("pywb")
    run(peer / "wb-manager", "init", "peers", cwd=folder)
    run(peer / "wb-manager", "add", "peers", str(warc), cwd=folder)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = [peer / "wayback", "--bind", "127.0.0.1", "--port", str(port)]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(words, cwd=folder, stdout=log, stderr=log, env={**os.environ, "NO_PROXY": "*"})
        try:
            deadline = time.monotonic() + 60
            while not listens(port):
                assert server.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < deadline, "pywb does not answer"
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}/peers"
        finally:
            server.terminate()
            server.wait(timeout=20)


def test_pywb_replays_what_was_sent(replay: str) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for case in CASES:
        with opener.open(f"{replay}/20141103020000id_/{case.url}", timeout=30) as answer:
            body = answer.read()
        plain = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
        assert plain == PAGE, case.url


def test_pywb_has_nothing_else(replay: str) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with pytest.raises(urllib.error.HTTPError) as missing:
        opener.open(f"{replay}/20141103020000id_/http://bwc.example.edu.cn/none.htm", timeout=30)
    with missing.value as answer:
        assert answer.code == 404
