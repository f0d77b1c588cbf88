"""WACZ files and bags: sound ones pass, each damage gets the finding it deserves, nothing leads out of them."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.indexing import write_index
from archive.verify.catalogue import Catalogue
from archive.verify.findings import Findings
from archive.verify.wacz import verify_wacz
from jiucang.verifying import verify_sources

Parts = dict[str, bytes]
URL = "http://bwc.example.edu.cn/zzwj.htm"
WARC, CDX, IDX, PAGES = "archive/x.warc.gz", "indexes/index.cdx.gz", "indexes/index.idx", "pages/pages.jsonl"


def json_lines(*rows: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def page(**values: Any) -> dict[str, Any]:
    return {"id": "1", "url": URL, "ts": "2014-11-03T02:00:00Z", "title": "综治文件"} | values


def index_parts(lines: list[bytes]) -> Parts:
    """An index in members of one line each, and what says where they begin."""
    blocks, idx = b"", [b'!meta 0 {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}\n']
    for line in lines:
        member = gzip.compress(line, mtime=0)
        place = {"offset": len(blocks), "length": len(member), "filename": "index.cdx.gz"}
        place["digest"] = "sha256:" + hashlib.sha256(member).hexdigest()
        idx.append(line.partition(b"{")[0] + json.dumps(place).encode() + b"\n")
        blocks += member
    return {CDX: blocks, IDX: b"".join(idx)}


@pytest.fixture
def parts(made: Any, tmp_path: Path) -> Parts:
    """The parts of a sound package, but for datapackage.json."""
    warc = tmp_path / "x.warc.gz"
    other = made.rec("resource", 8, b"text", {"WARC-Target-URI": "http://bwc.example.edu.cn/a.txt"})
    warc.write_bytes(made.packed(made.warcinfo(), made.request(), made.response(), other))
    write_index([warc], tmp_path / "index.cdxj")
    lines = (tmp_path / "index.cdxj").read_bytes().splitlines(keepends=True)
    assert len(lines) == 2
    header = {"format": "json-pages-1.0", "id": "pages", "title": "All Pages"}
    return {WARC: warc.read_bytes(), **index_parts(lines), PAGES: json_lines(header, page())}


def listed(parts: Parts) -> list[dict[str, Any]]:
    return [
        {
            "name": name.rpartition("/")[2],
            "path": name,
            "hash": "sha256:" + hashlib.sha256(data).hexdigest(),
            "bytes": len(data),
        }
        for name, data in parts.items()
    ]


def with_package(parts: Parts, **values: Any) -> Parts:
    package = {"profile": "data-package", "wacz_version": "1.1.1", "resources": listed(parts)} | values
    raw = json.dumps(package).encode()
    digest = {"path": "datapackage.json", "hash": "sha256:" + hashlib.sha256(raw).hexdigest()}
    return parts | {"datapackage.json": raw, "datapackage-digest.json": json.dumps(digest).encode()}


def write(path: Path, parts: Parts, deflated: tuple[str, ...] = ()) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data, zipfile.ZIP_DEFLATED if name in deflated else zipfile.ZIP_STORED)
    return path


def counts(path: Path) -> dict[str, int]:
    found = Findings()
    records = path.with_suffix(".db")
    records.unlink(missing_ok=True)
    catalogue = Catalogue(records)
    verify_wacz(path, catalogue, found)
    catalogue.close()
    return dict(found.counts)


def test_a_sound_package(parts: Parts, tmp_path: Path) -> None:
    path = write(tmp_path / "x.wacz", with_package(parts), deflated=(PAGES, "datapackage.json"))
    assert counts(path) == {}
    assert verify_sources([path]) == 0


def changed(name: str, change: Callable[[bytes], bytes]) -> Callable[[Parts], Parts]:
    """A part that was changed before the package was made: only its content is at fault."""
    return lambda parts: with_package(parts | {name: change(parts[name])})


def without(*names: str) -> Callable[[Parts], Parts]:
    return lambda parts: with_package({name: data for name, data in parts.items() if name not in names})


def with_part(name: str, data: bytes = b"x") -> Callable[[Parts], Parts]:
    return lambda parts: with_package(parts | {name: data})


def spoilt(name: str, change: Callable[[bytes], bytes]) -> Callable[[Parts], Parts]:
    """A part that was changed behind the package's back."""

    def spoil(parts: Parts) -> Parts:
        whole = with_package(parts)
        return whole | {name: change(whole[name])}

    return spoil


def resource(change: Callable[[list[dict[str, Any]]], object]) -> Callable[[Parts], Parts]:
    def build(parts: Parts) -> Parts:
        resources = listed(parts)
        change(resources)
        return with_package(parts, resources=resources)

    return build


PAGES_HEADER = json_lines({"format": "json-pages-1.0"})
CASES: dict[str, tuple[Callable[[Parts], Parts], dict[str, int]]] = {
    "no datapackage": (lambda parts: parts, {"wacz.part": 1}),
    "no pages": (without(PAGES), {"wacz.part": 1}),
    "no WARC": (without(WARC), {"wacz.part": 1, "index.no-record": 2, "wacz.page": 1}),
    "no index": (without(CDX, IDX), {"wacz.part": 1}),
    "no digest of the package": (
        lambda parts: {n: d for n, d in with_package(parts).items() if n != "datapackage-digest.json"},
        {},
    ),
    "package changed": (
        spoilt("datapackage.json", lambda raw: raw.replace(b"1.1.1", b"1.1.0")),
        {"wacz.signature": 1},
    ),
    "no JSON": (
        spoilt("datapackage.json", lambda raw: raw[:-1]),
        {"wacz.datapackage": 1, "wacz.signature": 1, "wacz.unlisted": 4},
    ),
    "nested JSON": (
        spoilt("datapackage.json", lambda raw: b"[" * 500_000),
        {"wacz.datapackage": 1, "wacz.signature": 1, "wacz.unlisted": 4},
    ),
    "no version": (lambda parts: with_package(parts, wacz_version=None), {"wacz.datapackage": 1}),
    "another profile": (lambda parts: with_package(parts, profile="tabular"), {"wacz.datapackage": 1}),
    "no resources": (lambda parts: with_package(parts, resources=[]), {"wacz.datapackage": 1, "wacz.unlisted": 4}),
    "a part changed": (
        spoilt(PAGES, lambda raw: raw.replace(b"pages", b"PAGES", 1)),
        {"wacz.digest": 1, "wacz.pages": 1},
    ),
    "a part grown": (spoilt(PAGES, lambda raw: raw + b"\n"), {"wacz.digest": 1, "wacz.pages": 1}),
    "a size": (resource(lambda r: r[0].update(bytes=1)), {"wacz.digest": 1}),
    "a digest": (resource(lambda r: r[0].update(hash="sha256:" + "0" * 64)), {"wacz.digest": 1}),
    "an unknown hash": (resource(lambda r: r[0].update(hash="crc:0")), {"wacz.datapackage": 1}),
    "a part not listed": (resource(lambda r: r.pop(0)), {"wacz.unlisted": 1}),
    "a part listed twice": (resource(lambda r: r.append(r[0])), {"wacz.datapackage": 1}),
    "a part listed only": (resource(lambda r: r.append(r[0] | {"path": "archive/y"})), {"wacz.resource": 1}),
    "a path that leads out": (resource(lambda r: r.append(r[0] | {"path": "../y"})), {"wacz.resource": 1}),
    "a resource that is none": (resource(lambda r: r.append(7)), {"wacz.datapackage": 1}),  # type: ignore[arg-type]
    "a stray in archive": (with_part("archive/notes.txt"), {"wacz.stray": 1}),
    "a stray in indexes": (with_part("indexes/notes.txt"), {"wacz.stray": 1}),
    "a part elsewhere": (with_part("logs/crawl.log"), {}),
    "up and out": (with_part("../x.warc.gz"), {"package.name": 1, "wacz.resource": 1}),
    "up and out from within": (with_part("archive/../../x.warc.gz"), {"package.name": 1, "wacz.resource": 1}),
    "absolute": (with_part("/etc/x.warc.gz"), {"package.name": 1, "wacz.resource": 1}),
    "absolute elsewhere": (with_part("C:/x.warc.gz"), {"package.name": 1, "wacz.resource": 1}),
    "backslashes": (with_part("..\\x.warc.gz"), {"package.name": 1, "wacz.resource": 1}),
    "WARC damaged": (changed(WARC, lambda raw: raw[:-10]), {"file.truncated": 1}),
    "no pages listed": (changed(PAGES, lambda raw: PAGES_HEADER), {"wacz.no-pages": 1}),
    "pages of another kind": (changed(PAGES, lambda raw: json_lines({}, page())), {"wacz.pages": 1}),
    "a page that is none": (changed(PAGES, lambda raw: raw + b"[]\n"), {"wacz.pages": 1}),
    "a page without time": (changed(PAGES, lambda raw: raw + json_lines(page(ts="now"))), {"wacz.pages": 1}),
    "a page not captured": (changed(PAGES, lambda raw: raw + json_lines(page(url="http://h/"))), {"wacz.page": 1}),
    "index damaged": (changed(CDX, lambda raw: raw[:-3]), {"gzip.damaged": 1, "wacz.idx": 1, "index.no-line": 1}),
    "idx of another offset": (changed(IDX, lambda raw: raw.replace(b'"offset": 0', b'"offset": 1')), {"wacz.idx": 1}),
    "idx line lost": (changed(IDX, lambda raw: raw[: raw.rindex(b"\n", 0, -1) + 1]), {"wacz.idx": 1}),
    "idx line that is none": (changed(IDX, lambda raw: raw + b"x\n"), {"wacz.idx": 1}),
    "idx of another digest": (changed(IDX, lambda raw: raw.replace(b"sha256:", b"sha512:", 1)), {"wacz.idx": 1}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_a_package_lacks(case: str, parts: Parts, tmp_path: Path) -> None:
    build, expected = CASES[case]
    assert counts(write(tmp_path / "x.wacz", build(parts))) == expected


def test_deflated_warcs(parts: Parts, tmp_path: Path) -> None:
    assert counts(write(tmp_path / "x.wacz", with_package(parts), deflated=(WARC,))) == {"wacz.deflated": 1}
    assert counts(write(tmp_path / "x.wacz", with_package(parts), deflated=(WARC, CDX))) == {"wacz.deflated": 2}
    damaged = with_package(parts | {WARC: parts[WARC][:50] + b"?" + parts[WARC][51:]})
    found = counts(write(tmp_path / "x.wacz", damaged, deflated=(WARC,)))
    assert found["wacz.deflated"] == found["file.given-up"] == 1


def test_links_and_doubles(parts: Parts, tmp_path: Path) -> None:
    path = write(tmp_path / "x.wacz", with_package(parts))
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        link = zipfile.ZipInfo("archive/link.warc.gz")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr(WARC, b"another")
    assert counts(path) == {"package.link": 1, "wacz.twice": 1}


def test_no_zip_at_all(parts: Parts, tmp_path: Path) -> None:
    path = tmp_path / "x.wacz"
    for data in (b"", b"PK", b"PK\x05\x06" + b"\xff" * 18, b"no ZIP"):
        path.write_bytes(data)
        assert counts(path).keys() <= {"package.unreadable", "package.too-large"} != set()
        assert verify_sources([path]) == 1


def test_a_package_cut_or_flipped_anywhere_is_unsound(parts: Parts, tmp_path: Path) -> None:
    whole = write(tmp_path / "x.wacz", with_package(parts)).read_bytes()
    path = tmp_path / "y.wacz"
    for size in range(0, len(whole), 97):
        path.write_bytes(whole[:size])
        assert counts(path), size
    for at in range(0, len(whole), 53):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        counts(path)


# -- bags --------------------------------------------------------------------------------------------


def bag_lines(root: Path, names: list[Path], algorithm: str) -> str:
    rows = (
        (hashlib.new(algorithm, path.read_bytes()).hexdigest(), path.relative_to(root).as_posix()) for path in names
    )
    return "".join(f"{digest}  {name}\n" for digest, name in rows)


@pytest.fixture
def bag(parts: Parts, tmp_path: Path) -> Path:
    root = tmp_path / "bag"
    (root / "data/archive").mkdir(parents=True)
    (root / "data/indexes").mkdir()
    (root / "data/archive/x.warc.gz").write_bytes(parts[WARC])
    write_index([root / "data/archive/x.warc.gz"], root / "data/indexes/index.cdxj")
    payload = [path for path in sorted(root.rglob("*")) if path.is_file()]
    size = sum(path.stat().st_size for path in payload)
    (root / "bagit.txt").write_text("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
    (root / "bag-info.txt").write_text(f"External-Description: 旧藏\nPayload-Oxum: {size}.{len(payload)}\n", "utf-8")
    for algorithm in ("sha256", "sha512"):
        (root / f"manifest-{algorithm}.txt").write_text(bag_lines(root, payload, algorithm))
    tags = sorted(root.glob("*.txt"))
    (root / "tagmanifest-sha256.txt").write_text(bag_lines(root, tags, "sha256"))
    return root


def sealed(bag: Path) -> None:
    """The tag manifest made anew, so that a change in a tag file is the only fault."""
    tags = [path for path in sorted(bag.glob("*.txt")) if not path.name.startswith("tag")]
    (bag / "tagmanifest-sha256.txt").write_text(bag_lines(bag, tags, "sha256"))


def appended(name: str, text: str) -> Callable[[Path], None]:
    def change(bag: Path) -> None:
        with (bag / name).open("a", encoding="utf-8") as file:
            file.write(text)

    return change


BAGS: dict[str, tuple[Callable[[Path], object], dict[str, int]]] = {
    "sound": (lambda bag: None, {}),
    "no declaration": (lambda bag: (bag / "bagit.txt").write_text("BagIt-Version: one\n"), {"bag.declaration": 1}),
    "a file changed": (
        appended("data/indexes/index.cdxj", "\n"),
        {"bag.digest": 2, "bag.oxum": 1, "index.syntax": 1, "index.unsorted": 1},
    ),
    "a file lost": (
        lambda bag: (bag / "data/indexes/index.cdxj").unlink(),
        {"bag.missing": 2, "bag.oxum": 1, "index.missing": 1},
    ),
    "a file more": (lambda bag: (bag / "data/new.txt").write_bytes(b"x"), {"bag.unlisted": 2, "bag.oxum": 1}),
    "no manifest": (
        lambda bag: [path.unlink() for path in bag.glob("manifest-*")],
        {"bag.manifest": 1, "bag.missing": 0},
    ),
    "an unknown algorithm": (lambda bag: (bag / "manifest-blake9.txt").write_text("x"), {"bag.algorithm": 1}),
    "a line that is none": (appended("manifest-sha256.txt", "x\n"), {"bag.manifest": 1}),
    "a name that leads out": (appended("manifest-sha256.txt", "00  data/../../etc/passwd\n"), {"package.name": 1}),
    "an absolute name": (appended("manifest-sha256.txt", "00  /etc/passwd\n"), {"package.name": 1}),
    "a name beside data": (appended("manifest-sha256.txt", "00  bagit.txt\n"), {"package.name": 1}),
    "fetch": (lambda bag: (bag / "fetch.txt").write_text("http://h/ 1 data/x\n"), {"bag.fetch": 1}),
    "a link": (lambda bag: (bag / "data/link.warc.gz").symlink_to("/etc/passwd"), {"package.link": 1}),
    "a link to a folder": (lambda bag: (bag / "data/link").symlink_to("/etc"), {"package.link": 1}),
    "oxum": (lambda bag: (bag / "bag-info.txt").write_text("Payload-Oxum: 1.1\n"), {"bag.oxum": 1}),
}  # fmt: skip


@pytest.mark.parametrize("case", BAGS)
def test_bags(case: str, bag: Path, capsys: pytest.CaptureFixture[str]) -> None:
    damage, expected = BAGS[case]
    damage(bag)
    sealed(bag)
    verify_sources([bag], as_json=True)
    assert json.loads(capsys.readouterr().out)["codes"] == {code: n for code, n in expected.items() if n}


def test_a_tag_file_changed(bag: Path, capsys: pytest.CaptureFixture[str]) -> None:
    appended("bag-info.txt", "X: y\n")(bag)
    assert verify_sources([bag], as_json=True) == 1
    assert json.loads(capsys.readouterr().out)["codes"] == {"bag.digest": 1}


def test_what_a_link_leads_to_is_not_read(bag: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The archive folder moved out and linked back: its files would verify, but they are not the bag's."""
    shutil.move(bag / "data/archive", tmp_path / "elsewhere")
    (bag / "data/archive").symlink_to(tmp_path / "elsewhere")
    assert verify_sources([bag], as_json=True) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["sources"][0]["records"] == 0
    assert report["codes"]["package.link"] == 1


def test_a_bag_does_not_say_where_its_state_is(bag: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A collection may keep state.db on another disk; a package that says so would have any file opened."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "state.db").write_bytes(b"no database")
    (bag / "data/state.path").write_text(str(tmp_path / "elsewhere"))
    assert verify_sources([bag], as_json=True) == 1
    assert json.loads(capsys.readouterr().out)["codes"] == {"bag.unlisted": 2, "bag.oxum": 1}


# -- anything at all ---------------------------------------------------------------------------------

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.just("../x"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
KEYS = ("filename", "offset", "length", "digest", "url", "ts", "format", "resources", "path", "hash", "bytes")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_value_makes_it_raise(data: st.DataObject, parts: Parts, tmp_path: Path) -> None:
    """Every part that holds JSON, with values of any kind under the keys that are looked at."""
    name = data.draw(st.sampled_from(["datapackage.json", "datapackage-digest.json", IDX, PAGES, "indexes/more.cdxj"]))
    values = data.draw(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=5))
    if name.endswith(".json"):
        raw = json.dumps(values).encode()
    elif name == PAGES:
        raw = PAGES_HEADER + json.dumps(values).encode()
    else:
        raw = b"cn,edu,example,bwc)/ 20141103020000 " + json.dumps(values).encode()
    counts(write(tmp_path / "x.wacz", with_package(parts) | {name: raw}))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=st.floats(0, 1, exclude_max=True), flips=st.binary(min_size=1, max_size=12))
def test_no_damage_makes_it_raise(where: float, flips: bytes, parts: Parts, tmp_path: Path) -> None:
    whole = bytearray(write(tmp_path / "x.wacz", with_package(parts), deflated=(PAGES, CDX)).read_bytes())
    at = int(where * (len(whole) - len(flips)))
    whole[at : at + len(flips)] = bytes(a ^ b for a, b in zip(whole[at:], flips, strict=False))
    (tmp_path / "y.wacz").write_bytes(whole)
    counts(tmp_path / "y.wacz")
