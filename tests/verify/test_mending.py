"""Repaired copies: whole where the original is not, and the original untouched."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from jiucang.verifying import verify_sources


@pytest.fixture
def damaged(made: Any, tmp_path: Path) -> Path:
    path = tmp_path / "x.warc.gz.open"
    path.write_bytes(made.packed(made.warcinfo(), made.response()) + made.packed(made.request())[:-20])
    return path


def codes(said: str) -> dict[str, int]:
    found: dict[str, int] = json.loads(said)["codes"]
    return found


def test_a_copy_without_its_damaged_tail(
    damaged: Path, made: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = damaged.read_bytes()
    whole = made.packed(made.warcinfo(), made.response())
    assert verify_sources([damaged], mend_into=tmp_path / "new") == 1
    said = " ".join(capsys.readouterr().out.split())
    assert damaged.read_bytes() == before
    assert (tmp_path / "new" / "x.warc.gz").read_bytes() == whole
    assert f"cut to {len(whole)} bytes" in said
    assert hashlib.sha256(before[len(whole) :]).hexdigest() in said
    assert "x.warc.gz: closed" in said
    assert verify_sources([tmp_path / "new"], as_json=True) == 0
    assert codes(capsys.readouterr().out) == {}
    assert len((tmp_path / "new" / "index.cdxj").read_bytes().splitlines()) == 1


@pytest.mark.parametrize("tail", [b"garbage", bytes(4096), b"\x1f\x8b"])
def test_what_stands_behind_the_last_record_goes(tail: bytes, made: Any, tmp_path: Path) -> None:
    whole = made.packed(made.warcinfo(), made.request(), made.response())
    path = tmp_path / "x.warc.gz"
    path.write_bytes(whole + tail)
    verify_sources([path], mend_into=tmp_path / "new")
    assert (tmp_path / "new" / "x.warc.gz").read_bytes() == whole


def test_what_is_damaged_in_the_middle_is_kept(made: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = made.packed(made.warcinfo()) + b"?" * 9 + made.packed(made.response())
    path = tmp_path / "x.warc.gz"
    path.write_bytes(data)
    assert verify_sources([path], as_json=True, mend_into=tmp_path / "new") == 1
    assert (tmp_path / "new" / "x.warc.gz").read_bytes() == data
    assert codes(capsys.readouterr().out) == {"gzip.bytes-between": 1}


def test_plain_files_too(made: Any, tmp_path: Path) -> None:
    whole = made.plain(made.warcinfo(), made.response())
    path = tmp_path / "x.warc"
    path.write_bytes(whole + made.request().raw()[:-1])
    verify_sources([path], mend_into=tmp_path / "new")
    assert (tmp_path / "new" / "x.warc").read_bytes() == whole


def test_a_file_without_a_whole_record_is_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x.warc.gz"
    path.write_bytes(b"no WARC")
    assert verify_sources([path], as_json=True, mend_into=tmp_path / "new") == 1
    assert not (tmp_path / "new" / "x.warc.gz").exists()
    assert "left out" in json.loads(capsys.readouterr().out)["done"][0]


def test_it_writes_into_nothing_that_is_there(
    damaged: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "new").mkdir()
    assert verify_sources([damaged], mend_into=tmp_path / "new") == 2
    assert "exists already" in capsys.readouterr().err
    assert list((tmp_path / "new").iterdir()) == []


def test_packages_are_not_mended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.wacz").write_bytes(b"PK")
    assert verify_sources([tmp_path / "x.wacz"], mend_into=tmp_path / "new") == 2
    assert "--mend takes" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["missing", "empty folder"])
def test_what_cannot_be_verified_is_bad_input(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "nothing"
    if kind == "empty folder":
        path.mkdir()
    assert verify_sources([path]) == 2
    assert str(path) in capsys.readouterr().err


def test_the_report_is_eighty_columns_and_has_the_four_headings(
    damaged: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify_sources([damaged], headings=True) == 1
    said = capsys.readouterr().out
    assert max(map(len, said.splitlines())) <= 80
    places = [said.index(heading) for heading in ("真实性", "完整性", "可用性", "安全性")]
    assert places == sorted(places)
    assert places[1] < said.index("file.truncated") < places[2]


def test_a_files_own_words_do_not_reach_the_terminal(
    made: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.warc.gz"
    path.write_bytes(made.packed(made.warcinfo(), made.rec("resource", 9, b"x", {"WARC-Date": "\x1b[2J\x9b5m"})))
    assert verify_sources([path]) == 1
    assert not {"\x1b", "\x9b"} & set(capsys.readouterr().out)
