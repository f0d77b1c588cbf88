from __future__ import annotations

import gzip
import json
import random
import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from needed import cdxj_indexer

from archive.cdxj import index_warc
from archive.indexing import write_index
from archive.reader import Fault
from archive.warc import HTTP_RESPONSE, OCTETS, RecordDraft, gzip_member
from archive.writer import WarcWriter

Exchange = Callable[..., list[RecordDraft]]
NewWriter = Callable[..., WarcWriter]


@pytest.fixture
def warcs(new_writer: NewWriter, exchange: Exchange, moment: datetime, tmp_path: Path) -> list[Path]:
    """Two files that hold what makes index lines differ: types, heads, missing digests, odd addresses."""
    writer = new_writer(max_bytes=4000)
    ok = b"HTTP/1.1 200 OK\r\n"
    heads = [
        ok + b"Content-Type: Text/HTML;charset=GB2312\r\n\r\n",
        ok + b"content-type: application/pdf ; x=y\r\nContent-Type: text/html\r\n\r\n",
        ok + b"Content-Type:\r\n\r\n",
        b"HTTP/1.0 404\r\nX-\xff: \xff\r\n\r\n",
        b"HTTP/1.1 302 Found\nLocation: /a\nContent-Type: text/\xb4\xca\n\n",
    ]
    for number, head in enumerate(heads):
        writer.append_group(exchange(f"http://www.bwc.example.edu.cn/Info/{number}.htm?b=1&A=2", head=head))
        writer.append_group(exchange(f"https://bwc.example.edu.cn:8443/%E8%B7%AF/{number}", b"", head))
    for record_type, content_type in [("resource", OCTETS), ("resource", "application/yaml"), ("metadata", OCTETS)]:
        record = RecordDraft(
            type=record_type,  # type: ignore[arg-type]
            date=moment.replace(microsecond=0),
            block=b"name: bwc-legacy\n",
            content_type=content_type,
            target_uri="urn:x-jiucang:Job",
        )
        writer.append_group([record])
    for block in [heads[0] + b"4\r\nwiki\r\n0\r\n\r\n", heads[0], heads[1][:-4], heads[1][:17], b""]:
        cut = RecordDraft(
            type="response",
            date=moment,
            block=block,
            content_type=HTTP_RESPONSE,
            target_uri="http://bwc.example.edu.cn/cut",
            truncated="disconnect",
        )
        writer.append_group([cut])
    writer.seal()
    paths = sorted((tmp_path / "archive").glob("*.warc.gz"))
    assert len(paths) > 1
    return paths


def by_cdxj_indexer(warcs: list[Path], out: Path) -> bytes:
    indexer = cdxj_indexer()
    subprocess.run([indexer, "--sort", "--output", out, *warcs], check=True, timeout=60)
    return out.read_bytes()


def test_the_index_is_cdxj_indexers_line_for_line(warcs: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "index.cdxj"
    done = write_index(warcs, out)
    expected = by_cdxj_indexer(warcs, tmp_path / "theirs.cdxj")
    assert out.read_bytes() == expected
    assert (done.lines, done.faults) == (expected.count(b"\n"), ())
    assert done.lines == 18


def test_plain_files_are_indexed_alike(warcs: list[Path], tmp_path: Path) -> None:
    plain = tmp_path / "plain.warc"
    plain.write_bytes(b"".join(gzip.decompress(path.read_bytes()) for path in warcs))
    write_index([plain], tmp_path / "index.cdxj")
    assert (tmp_path / "index.cdxj").read_bytes() == by_cdxj_indexer([plain], tmp_path / "theirs.cdxj")


def test_the_order_of_files_does_not_matter_and_lines_are_in_byte_order(warcs: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "index.cdxj"
    write_index(warcs, out)
    first = out.read_bytes()
    shuffled = random.Random(7).sample(warcs, len(warcs))
    write_index([*shuffled, warcs[0]], out)
    assert out.read_bytes() == first
    lines = first.splitlines()
    assert lines == sorted(lines)
    assert list(tmp_path.glob(".index*")) == []


def test_faults_are_told_and_the_rest_is_indexed(warcs: list[Path], tmp_path: Path) -> None:
    whole = [line for line in index_warc(warcs[0]) if isinstance(line, str)]
    last = int(json.loads(whole[-1].split(" ", 2)[2])["offset"])
    broken = tmp_path / "broken.warc.gz"
    broken.write_bytes(warcs[0].read_bytes()[: last + 100])
    page = tmp_path / "page.warc.gz"
    page.write_bytes(b"<html></html>")
    done = write_index([broken, page], tmp_path / "index.cdxj")
    assert done.lines == len(whole) - 1
    assert [fault.code for fault in done.faults] == ["truncated", "not-a-warc"]


def test_records_without_an_address_are_faults(tmp_path: Path) -> None:
    start = "WARC/1.0\r\nWARC-Type: resource\r\nContent-Length: 0\r\n"
    dated, aimed = "WARC-Date: 2014-11-03T02:00:00Z\r\n", "WARC-Target-URI: urn:x\r\n"
    path = tmp_path / "odd.warc"
    path.write_text("".join(start + rest + "\r\n\r\n\r\n" for rest in (dated, aimed, dated + aimed)), newline="")
    no_target, no_date, line = index_warc(path)
    assert isinstance(no_target, Fault)
    assert isinstance(no_date, Fault)
    assert ("Target-URI" in no_target.detail, "WARC-Date" in no_date.detail) == (True, True)
    assert isinstance(line, str)
    assert json.loads(line.split(" ", 2)[2])["offset"] == str(path.read_bytes().rindex(b"WARC/1.0"))
    path.write_bytes(gzip.compress(path.read_bytes()))
    assert [item.code for item in index_warc(path) if isinstance(item, Fault)] == ["bad-field"] * 3


@pytest.mark.parametrize(
    ("block", "status"),
    [(b"HTTP/1.1 200OK\r\n\r\n", "200"), (b"hello world\r\n\r\n", None), (b"<html><body class=x>\n", None)],
)
def test_a_status_is_a_number_or_missing(moment: datetime, tmp_path: Path, block: bytes, status: str | None) -> None:
    response = RecordDraft(
        type="response", date=moment, block=block, content_type=HTTP_RESPONSE, target_uri="http://bwc.example.edu.cn/"
    )
    path = tmp_path / "odd.warc.gz"
    path.write_bytes(b"".join(gzip_member(response)))
    (line,) = index_warc(path)
    assert isinstance(line, str)
    assert json.loads(line.split(" ", 2)[2]).get("status") == status


def test_a_failed_index_leaves_the_old_one(warcs: list[Path], tmp_path: Path) -> None:
    folder = tmp_path / "indexes"
    folder.mkdir()
    (folder / "index.cdxj").mkdir()
    with pytest.raises(OSError, match=r"index\.cdxj"):
        write_index(warcs, folder / "index.cdxj")
    assert [path.name for path in folder.iterdir()] == ["index.cdxj"]
