"""Packages of a collection: the same each time, sound, and the same collection once they are unpacked."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from archive.bag import write_bag
from archive.collection import Collection
from archive.reader import Record, read_records
from crawler.job import load_job
from jiucang.deriving import extract_sources
from jiucang.packaging import Format, package_collection
from jiucang.verifying import verify_sources

PROJECT = Path(__file__).resolve().parents[2]
ARTICLE = "http://bwc.example.edu.cn/info/1018/1740.htm"
MIRROR = "http://bwc.example.edu.cn/mirror/1740.htm"
FILE = "http://bwc.example.edu.cn/system/_content/download.jsp?wbfileid=7"
DAY = date(2026, 11, 23)

Codes = dict[str, int]


def package(collection: Collection, out: Path, form: Format = Format.WACZ, *, access_copy: bool = False) -> Path:
    assert package_collection(collection.root, out, form, access_copy=access_copy, day=DAY) == 0
    return out


def findings(source: Path, capsys: pytest.CaptureFixture[str]) -> Codes:
    capsys.readouterr()
    verify_sources([source], as_json=True)
    codes: Codes = json.loads(capsys.readouterr().out)["codes"]
    return codes


def withhold(collection: Collection, what: str) -> None:
    text = f"withheld:\n- {what}\n  reason: 含有个人信息\n  since: 2024-03-01\n"
    (collection.root / "access.yaml").write_text(text, encoding="utf-8")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def unpacked(tar: Path, folder: Path) -> Path:
    folder.mkdir()
    subprocess.run(["tar", "-xf", tar, "-C", folder], check=True, timeout=60)
    return folder / tar.stem


def records(folder: Path) -> list[Record]:
    found = [each for path in sorted(folder.glob("*.warc*")) for each in read_records(path)]
    assert all(isinstance(each, Record) for each in found)
    return [each for each in found if isinstance(each, Record)]


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.mark.parametrize(
    ("name", "form", "access_copy"),
    [("a.wacz", Format.WACZ, False), ("a.wacz", Format.WACZ, True), ("a.tar", Format.BAG, False)],
)
def test_the_same_captures_make_the_same_package(
    collection: Collection, tmp_path: Path, name: str, form: Format, access_copy: bool
) -> None:
    withhold(collection, "url: http://bwc.example.edu.cn/info/1018/1741.htm")
    first = package(collection, tmp_path / "1" / name, form, access_copy=access_copy)
    elsewhere = Collection(Path(shutil.copytree(collection.root, tmp_path / "elsewhere")))
    shutil.rmtree(elsewhere.index.parent)
    for path in elsewhere.root.rglob("*"):
        os.utime(path, (1_500_000_000, 1_500_000_000))
    second = package(elsewhere, tmp_path / "2" / name, form, access_copy=access_copy)
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("access_copy", [False, True])
@pytest.mark.parametrize(("name", "form"), [("a.wacz", Format.WACZ), ("bag", Format.BAG)])
def test_packages_have_no_findings_and_the_collection_stays_as_it_is(
    collection: Collection,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    form: Format,
    access_copy: bool,
) -> None:
    before = contents(collection.root)
    out = package(collection, tmp_path / name, form, access_copy=access_copy)
    assert findings(out, capsys) == {}
    assert contents(collection.root) == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_collection_unpacked_elsewhere_has_the_same_documents(
    collection: Collection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bag = unpacked(package(collection, tmp_path / "bwc.tar", Format.BAG), tmp_path / "unpacked")
    assert findings(bag, capsys) == {}
    there = Collection(bag / "data")
    assert findings(there.root, capsys) == {}
    with zipfile.ZipFile(package(collection, tmp_path / "bwc.wacz")) as wacz:
        wacz.extractall(tmp_path / "wacz")
    for place in (there.archive, tmp_path / "wacz" / "archive"):
        assert contents(place) == contents(collection.archive)
        derived, clicks = tmp_path / "rows.jsonl", tmp_path / "clicks.jsonl"
        assert extract_sources([place], derived, clicks=clicks, report=None, workers=1) == 0
        assert derived.read_bytes() == collection.documents.read_bytes()
    assert there.documents.read_bytes() == collection.documents.read_bytes()


def test_the_bagit_library_finds_a_bag_valid(collection: Collection, tmp_path: Path) -> None:
    program = PROJECT / ".venv-peers" / "bin" / "bagit.py"
    if not program.exists():
        pytest.skip("bagit is not installed: make .venv-peers/.installed")
    folder = package(collection, tmp_path / "bag", Format.BAG)
    tar = unpacked(package(collection, tmp_path / "t" / "bwc.tar", Format.BAG), tmp_path / "unpacked")
    for bag in (folder, tar):
        command = [program.with_name("python"), program, "--validate", bag]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert ended.returncode == 0, ended.stderr
    assert {each.relative_to(folder): each.read_bytes() for each in folder.rglob("*.*")} == {
        each.relative_to(tar): each.read_bytes() for each in tar.rglob("*.*")
    }


def test_a_bag_says_where_it_comes_from_and_holds_no_secret(collection: Collection, tmp_path: Path) -> None:
    bag = package(collection, tmp_path / "bag", Format.BAG)
    info = dict(line.split(": ", 1) for line in (bag / "bag-info.txt").read_text("utf-8").splitlines())
    assert info["Source-Organization"] == "大学档案馆"
    assert info["Contact-Email"] == "archives@example.edu.cn"
    assert info["External-Description"] == "保卫处公开发布的通知"
    assert info["Rights-Basis"] == "移交协议 2024/17"
    assert info["Bagging-Date"] == "2014-11-03"
    payload = [path for path in (bag / "data").rglob("*") if path.is_file()]
    assert info["Payload-Oxum"] == f"{sum(path.stat().st_size for path in payload)}.{len(payload)}"
    assert b"secret" not in b"".join(contents(bag).values())
    assert load_job(bag / "data" / "job.yaml").rights.basis == "移交协议 2024/17"


def test_names_with_percent_signs_blanks_and_chinese(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"1")
    moment = datetime(2014, 11, 3, tzinfo=UTC)
    write_bag(tmp_path / "bag", moment, [], dict.fromkeys(("100%25.txt", "综治 文件.txt"), file))
    assert findings(tmp_path / "bag", capsys) == {}


def everything(wacz: Path) -> bytes:
    """All that can be read in a package, inflated."""
    with zipfile.ZipFile(wacz) as package:
        parts = [package.read(name) for name in package.namelist()]
    return b"".join(gzip.decompress(part) if part.startswith(b"\x1f\x8b") else part for part in parts)


def test_what_is_withheld_is_in_no_part_of_the_package(
    collection: Collection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(collection.root)
    document = next(row["id"] for row in rows(collection.documents) if row["url"] == ARTICLE)
    whole = everything(package(collection, tmp_path / "whole.wacz"))
    withhold(collection, f"document: {document}")
    wacz = package(collection, tmp_path / "a.wacz")
    held = everything(wacz)
    # its text, its attachment, what came after the answer, and the revisit that has its payload
    secrets = ("消防安全检查".encode(), "消防安全检查".encode("gbk"), bytes(range(256)), f"after {ARTICLE}".encode())
    for secret in (*secrets, MIRROR.encode()):
        assert secret in whole
        assert secret not in held
    assert "校园交通管理".encode("gbk") in held
    assert findings(wacz, capsys) == {}
    with zipfile.ZipFile(wacz) as parts:
        told = json.loads(parts.read("access/withheld.json"))
    [entry] = told["withheld"]
    assert entry == {
        "by": "document",
        "reason": "含有个人信息",
        "since": "2024-03-01",
        "until": None,
        "records": 12,
        "documents": 2,
    }
    del before["access.yaml" if "access.yaml" in before else "job.yaml"]
    assert before.items() <= contents(collection.root).items()


def test_records_that_stay_are_copied_byte_for_byte(collection: Collection, tmp_path: Path) -> None:
    withhold(collection, f"url: {FILE}")
    bag = package(collection, tmp_path / "bag", Format.BAG) / "data"
    [original] = collection.warcs()
    kept = [each for each in records(collection.archive) if each.target_uri != FILE]
    whole = original.read_bytes()
    copy = (bag / "archive" / original.name).read_bytes()
    there = records(bag / "archive")
    *same, note = there
    wire_of_file = [each for each in kept if b"after " + FILE.encode() == each.block()]
    kept = [each for each in kept if each not in wire_of_file]
    assert [each.id for each in same] == [each.id for each in kept]
    assert b"".join(whole[each.offset : each.offset + each.length] for each in kept) == copy[: note.offset]
    assert b"recordsLeftOut: 4" in note.block()
    # the row stays; the file that it names is not there
    row = next(row for row in rows(bag / "documents" / "documents.jsonl") if row["url"] == ARTICLE)
    assert [each["capture"] for each in row["attachments"]] == [None]


def test_an_embargo_that_has_ended_withholds_nothing(collection: Collection, tmp_path: Path) -> None:
    plain = package(collection, tmp_path / "plain.wacz").read_bytes()
    withhold(collection, f"url: {ARTICLE}\n  until: 2026-11-23")
    assert package(collection, tmp_path / "after.wacz").read_bytes() == plain


def test_an_access_copy_names_the_charset_and_tells_each_change(
    collection: Collection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bag = package(collection, tmp_path / "bag", Format.BAG, access_copy=True)
    assert findings(bag, capsys) == {}
    before = {each.id: each for each in records(collection.archive)}
    changes = rows(bag / "data" / "access" / "changes.jsonl")
    after = {each.id: each for each in records(bag / "data" / "archive")}
    assert {before[each["record"]].target_uri for each in changes} == {
        ARTICLE,
        "http://bwc.example.edu.cn/info/1018/1741.htm",
        MIRROR,
    }
    for change in changes:
        old, new = before[change["record"]], after[change["record"]]
        assert (change["what"], change["before"], change["after"]) == (
            "Content-Type",
            "text/html",
            "text/html; charset=gb2312",
        )
        assert new.block() == old.block().replace(b"text/html\r\n", b"text/html; charset=gb2312\r\n", 1)
        assert new.block_digest is not None
        assert new.block_digest.hashes(new.block())
        assert (new.payload_digest, new.date) == (old.payload_digest, old.date)
    assert len(after) == len(before) + 1


def test_raw_addresses_of_other_crawlers_are_percent_encoded_in_an_access_copy(
    collection: Collection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = "http://bwc.example.edu.cn/综治.htm?词=检 查"
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<title>ok</title>"
    head = (
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>\r\n"
        f"WARC-Date: 2009-01-01T00:00:00Z\r\nWARC-Target-URI: <{url}>\r\n"
        f"Content-Type: application/http;msgtype=response\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    foreign = collection.archive / "wget.warc"
    foreign.write_bytes(head.encode() + block + b"\r\n\r\n")
    bag = package(collection, tmp_path / "bag", Format.BAG, access_copy=True)
    found = findings(bag, capsys)
    assert not {code for code in found if code.startswith(("field.uri-non", "digest", "index", "bag", "package"))}
    copied = next(each for each in read_records(bag / "data" / "archive" / "wget.warc") if isinstance(each, Record))
    assert copied.target_uri == "http://bwc.example.edu.cn/%E7%BB%BC%E6%B2%BB.htm?%E8%AF%8D=%E6%A3%80%20%E6%9F%A5"
    assert copied.block() == block


def test_a_shared_gzip_member_cannot_be_cut(
    collection: Collection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    [path] = collection.warcs()
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())))
    withhold(collection, f"url: {ARTICLE}")
    out = tmp_path / "a.wacz"
    assert package_collection(collection.root, out, day=DAY) == 2
    assert "shares its gzip member" in capsys.readouterr().err
    assert not out.exists()


# -- what may go wrong ------------------------------------------------------------------------------------


def test_a_bag_is_not_written_over_another(collection: Collection, tmp_path: Path) -> None:
    package(collection, tmp_path / "bag", Format.BAG)
    assert package_collection(collection.root, tmp_path / "bag", Format.BAG, day=DAY) == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(["-o", "x.tar"], "add --format bag"), (["--format", "zip"], "expected wacz or bag")],
)
def test_bad_usage(collection: Collection, tmp_path: Path, arguments: list[str], says: str) -> None:
    command = [sys.executable, "-m", "jiucang", "package", str(collection.root), *arguments]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert says in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_bad_access_list_makes_no_package(
    collection: Collection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    withhold(collection, f"document: {'0' * 32}")
    assert package_collection(collection.root, tmp_path / "a.wacz", day=DAY) == 2
    assert "access.yaml:2: withheld[0].document" in capsys.readouterr().err
    assert not (tmp_path / "a.wacz").exists()


@pytest.mark.parametrize(("name", "form"), [("a.wacz", Format.WACZ), ("a.tar", Format.BAG), ("bag", Format.BAG)])
def test_a_packaging_that_fails_leaves_nothing_and_the_old_package_whole(
    collection: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, form: Format
) -> None:
    """The disk is full when the last part is to be made durable."""
    out = tmp_path / "out" / name
    out.parent.mkdir()
    if name != "bag":
        out.write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert package_collection(collection.root, out, form, day=DAY) == 2
    assert [path.name for path in out.parent.iterdir()] == ([] if name == "bag" else [name])
    assert name == "bag" or out.read_bytes() == b"old"


def test_what_a_killed_process_left_goes_with_the_next_package(collection: Collection, tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (tmp_path / f".bag.{ended.pid}.tmp" / "data").mkdir(parents=True)
    (tmp_path / f".bag.{ended.pid}.work").mkdir()
    living = tmp_path / f".bag.{os.getppid()}.tmp"
    living.mkdir()
    package(collection, tmp_path / "bag", Format.BAG)
    assert [path.name for path in tmp_path.glob(".*")] == [living.name]
