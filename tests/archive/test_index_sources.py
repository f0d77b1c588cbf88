"""`jiucang index` on WARC files that are no collection's."""

from __future__ import annotations

import gzip
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from jiucang.indexing import index_sources

RECORD = (
    b"WARC/1.0\r\nWARC-Type: resource\r\nWARC-Record-ID: <urn:uuid:%08d-0000-4000-8000-000000000000>\r\n"
    b"WARC-Date: 2014-11-03T02:00:00Z\r\nWARC-Target-URI: http://bwc.example.edu.cn/%d.txt\r\n"
    b"Content-Type: text/plain\r\nContent-Length: 6\r\n\r\n\xe6\x97\xa7\xe8\x97\x8f\r\n\r\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "foreign"
    folder.mkdir()
    (folder / "b.warc.gz").write_bytes(gzip.compress(RECORD % (1, 1)) + gzip.compress(RECORD % (2, 2)))
    (folder / "a.warc").write_bytes(RECORD % (3, 3))
    return folder


def test_the_lines_of_a_folder_are_those_of_cdxj_indexer(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "index.cdxj"
    assert index_sources([folder], out) == 0
    theirs = Path(sysconfig.get_path("scripts")) / "cdxj-indexer"
    files = sorted(map(str, folder.iterdir()))
    made = subprocess.run([sys.executable, theirs, "-s", *files], check=True, capture_output=True).stdout
    assert out.read_bytes() == made
    assert made.count(b"\n") == 3


@pytest.mark.parametrize(
    ("names", "output", "said"),
    [
        (["foreign/a.warc"], None, "name a file with -o FILE"),
        (["foreign"], None, "is no collection"),
        (["nothing.warc"], "out.cdxj", "does not exist"),
        (["foreign", "again"], "out.cdxj", "another of the files has that name too"),
        (["foreign"], "foreign/a.warc", "is one of the WARC files"),
    ],
)
def test_what_cannot_be_indexed_is_refused(
    names: list[str], output: str | None, said: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again = tmp_path / "again"
    again.mkdir()
    (again / "a.warc").write_bytes(RECORD % (4, 4))
    before = (folder / "a.warc").read_bytes()
    assert index_sources([tmp_path / name for name in names], tmp_path / output if output else None) == 2
    assert said in capsys.readouterr().err
    assert (folder / "a.warc").read_bytes() == before
    assert not (tmp_path / "out.cdxj").exists()
