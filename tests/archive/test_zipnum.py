"""The compressed form of an index: the same lines, found by other people's readers."""

from __future__ import annotations

import gzip
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from needed import cdxj_indexer
from pywb import programs

from archive.indexing import write_index
from archive.warc import RecordDraft
from archive.writer import WarcWriter
from archive.zipnum import DATA, IDX, LINES, SUMMARY, write_compressed
from jiucang.indexing import index_collection

Exchange = Callable[..., list[RecordDraft]]
NewWriter = Callable[..., WarcWriter]

PYWB = """
import json, sys
from pywb.warcserver.index.zipnum import ZipNumIndexSource
source = ZipNumIndexSource.init_from_string(sys.argv[1])
for url in json.load(sys.stdin):
    print(len([line for line in source.load_index({"url": url})]))
"""


@pytest.fixture
def index(new_writer: NewWriter, exchange: Exchange, tmp_path: Path) -> Path:
    """Of a little more than two members of lines, one address many times."""
    writer = new_writer()
    for number in range(2 * LINES):
        writer.append_group(exchange(f"http://bwc.example.edu.cn/info/{number * 7919 % 4096}.htm", b"x"))
    for number in range(40):
        writer.append_group(exchange("http://bwc.example.edu.cn/", b"%d" % number))
    writer.seal()
    write_index(sorted((tmp_path / "archive").glob("*.warc.gz")), tmp_path / "indexes" / "index.cdxj")
    return tmp_path / "indexes" / "index.cdxj"


def test_the_members_and_their_places_are_those_of_cdxj_indexer(index: Path, tmp_path: Path) -> None:
    indexer = cdxj_indexer()
    ours, theirs = tmp_path / "compressed", tmp_path / "theirs"
    theirs.mkdir()
    write_compressed(index, ours)
    command = [indexer, "--sort", "--compress", DATA, "--lines", str(LINES), "--output", IDX, tmp_path / "archive"]
    subprocess.run(command, check=True, timeout=60, cwd=theirs)

    def read(folder: Path) -> tuple[bytes, list[tuple[bytes, bytes]]]:
        """The first line, and of the others the key with the lines that are found at the place named."""
        first, *lines = (folder / IDX).read_bytes().splitlines()
        data = (folder / DATA).read_bytes()
        found = []
        for line in lines:
            key, _, text = line.partition(b" {")
            at = json.loads(b"{" + text)
            found.append((key, gzip.decompress(data[at["offset"] : at["offset"] + at["length"]])))
        return first, found

    assert read(ours) == read(theirs)
    assert len(read(ours)[1]) == 3
    assert gzip.decompress((ours / DATA).read_bytes()) == index.read_bytes()


def test_pywb_finds_every_capture_in_it(index: Path, tmp_path: Path) -> None:
    folder = tmp_path / "compressed"
    write_compressed(index, folder)
    urls = [json.loads(line.split(b" ", 2)[2])["url"] for line in index.read_bytes().splitlines()]
    asked = ["http://bwc.example.edu.cn/", "http://bwc.example.edu.cn/none", *urls[40::50], urls[-1]]
    done = subprocess.run(
        [programs().resolve() / "python", "-c", PYWB, folder / SUMMARY],
        input=json.dumps(asked),
        text=True,
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert list(map(int, done.stdout.split())) == [40, 0, *[1] * (len(asked) - 2)]


def test_once_made_it_follows_the_index(
    new_writer: NewWriter, exchange: Exchange, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, compress in ((1, False), (2, True), (3, False)):
        writer = new_writer()
        writer.append_group(exchange(f"http://bwc.example.edu.cn/{number}.htm"))
        writer.seal()
        assert index_collection(tmp_path, compress=compress) == 0
        folder = tmp_path / "indexes" / "compressed"
        assert folder.exists() == (number > 1)
        if number > 1:
            whole = (tmp_path / "indexes" / "index.cdxj").read_bytes()
            assert gzip.decompress((folder / DATA).read_bytes()) == whole
            assert whole.count(b"\n") == number
    assert "files read: 1" in capsys.readouterr().out
    assert sorted(path.name for path in folder.iterdir()) == ["index.cdx.gz", "index.idx", "index.loc", "index.summary"]


def test_an_empty_index_has_an_empty_form(tmp_path: Path) -> None:
    (tmp_path / "index.cdxj").write_bytes(b"")
    assert write_compressed(tmp_path / "index.cdxj", tmp_path / "compressed") == 0
    assert (tmp_path / "compressed" / DATA).read_bytes() == b""
