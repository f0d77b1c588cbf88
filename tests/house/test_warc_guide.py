"""What docs/warc.md says of other programs' checks, seen with those programs."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sysconfig
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.digests import digest_of
from archive.warc import HTTP_RESPONSE, RecordDraft, gzip_member

HELLO = b"5\r\nhello\r\n0\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n" + HELLO
BLANK_LINE = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n \r\nContent-Length: 5\r\n\r\nhello"
PLAIN = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"


def warcio(*words: str) -> subprocess.CompletedProcess[str]:
    program = Path(sysconfig.get_path("scripts")) / "warcio"
    return subprocess.run([program, *words], capture_output=True, text=True, timeout=60, check=False)


def record(folder: Path, block: bytes) -> str:
    draft = RecordDraft(
        type="response",
        date=datetime(2014, 11, 3, tzinfo=UTC),
        block=block,
        content_type=HTTP_RESPONSE,
        target_uri="http://bwc.example.edu.cn/",
        payload_digest=digest_of(b"hello"),
    )
    path = folder / "one.warc.gz"
    path.write_bytes(b"".join(gzip_member(draft)))
    return str(path)


@pytest.mark.parametrize("block", [CHUNKED, BLANK_LINE])
def test_the_two_expected_reports(tmp_path: Path, block: bytes) -> None:
    ended = warcio("check", record(tmp_path, block))
    assert ended.returncode == 1
    assert re.findall(r"(\w+) digest failed (\S+)", ended.stdout) == [("payload", str(digest_of(b"hello")))]


def test_no_report_otherwise(tmp_path: Path) -> None:
    ended = warcio("check", "-v", record(tmp_path, PLAIN))
    assert (ended.returncode, "failed" in ended.stdout, "digest pass" in ended.stdout) == (0, False, True)


def test_warcio_extracts_the_payload_that_the_record_names(tmp_path: Path) -> None:
    assert warcio("extract", "--payload", record(tmp_path, CHUNKED), "0").stdout == "hello"


def test_the_digests_shown(root: Path) -> None:
    text = (root / "docs/warc.md").read_text(encoding="utf-8")
    for body in (b"hello", HELLO):
        digest = hashlib.sha256(body).hexdigest()
        assert f"# {digest[:8]}…{digest[-4:]}" in text
