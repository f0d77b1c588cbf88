"""What `jiucang replay` serves, looked at without a browser."""

from __future__ import annotations

import concurrent.futures
import gzip
import http.client
import json
import os
import re
import shutil
import socket
import sqlite3
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from browsing import REPLAYWEB, WAYBACK, replay_of
from crawls import PROJECT, Crawled, jiucang, plain
from needed import needed

from archive.collection import Collection
from archive.http1 import parse_response
from archive.reader import Record, read_record_at
from archive.writer import OPEN_SUFFIX
from jiucang.viewers import replayweb
from jiucang.viewers.looked_up import LookUp
from jiucang.viewers.packed import wacz_of
from jiucang.viewers.sources import NotReplayable, Source


class Staying(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """A redirect is an answer like any other."""


def answered(address: str) -> tuple[int, bytes]:
    """Status and body, as far as that goes: what was cut off in the capture ends early here too."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), Staying)
    try:
        with opener.open(address, timeout=30) as answer:
            try:
                return answer.status, bytes(answer.read())
            except http.client.IncompleteRead as error:
                return answer.status, error.partial
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def fetched(address: str) -> bytes:
    return answered(address)[1]


def lines(crawled: Crawled) -> Iterator[tuple[str, dict[str, str]]]:
    """Timestamp and entry of each line of the index."""
    for line in (crawled.collection / "indexes" / "index.cdxj").read_text("utf-8").splitlines():
        yield line.split(" ", 2)[1], json.loads(line.split(" ", 2)[2])


# -- pywb --------------------------------------------------------------------------------------------


def told_of_pywb() -> dict[str, int]:
    """The odd answers of the sample that pywb gives otherwise, as the guide lists them: status by path."""
    guide = (PROJECT / "docs" / "replay.md").read_text("utf-8")
    return {f"/case/{name}": int(status) for name, status in re.findall(r"(?m)^\| `([\w-]+)` \| (\d{3}) \| ", guide)}


def test_pywb_gives_every_capture_as_it_was_sent(crawled: Crawled, pywb: str) -> None:
    """The bytes of each answer in the archive, which equal the ledger's, transfer coding undone."""
    archive = Collection(crawled.collection).archive

    def difference(found: tuple[str, dict[str, str]]) -> tuple[str, int] | None:
        timestamp, entry = found
        record = read_record_at(archive / entry["filename"], int(entry["offset"]))
        assert isinstance(record, Record)
        expected = parse_response(record.block()).payload
        status, body = answered(f"{pywb}{timestamp}id_/{entry['url']}")
        return None if plain(body) == plain(expected) else (entry["url"], status)

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        asked = [(at, entry) for at, entry in lines(crawled) if entry["url"].startswith("http")]
        different = dict(filter(None, pool.map(difference, asked)))
    assert len(asked) > 600
    told = told_of_pywb()
    assert told
    assert different == {crawled.portal.origins.shelf + path: status for path, status in told.items()}


def test_pywb_reads_a_wacz_where_it_is(crawled: Crawled, tmp_path: Path) -> None:
    needed(WAYBACK, "pywb (make .venv-peers/.installed)")
    package = tmp_path / "sample.wacz"
    assert jiucang("package", crawled.collection, "-o", package).returncode == 0
    truth = next(one for one in crawled.portal.truth.articles if one.edition == "gbk" and one.images)
    with replay_of(package, "--viewer", "pywb", "--pywb", WAYBACK) as address:
        assert address.endswith(f"/archive/{crawled.portal.urls['main']}"), "the main page that the package names"
        place = address.partition("/archive/")[0] + "/archive/2030id_/"
        for url in (truth.url, truth.images[0].url):
            assert plain(fetched(place + url)) == crawled.sent(url) != b""


# -- a crawl that is still going on -------------------------------------------------------------------


@pytest.fixture
def unsealed(crawled: Crawled, tmp_path: Path) -> tuple[Collection, int]:
    """A copy of the collection whose file is open, and committed up to somewhere in its middle."""
    collection = Collection(tmp_path / "sample")
    shutil.copytree(crawled.collection, collection.root)
    [sealed] = collection.warcs()
    sealed.rename(sealed.with_name(sealed.name + OPEN_SUFFIX))
    offsets = sorted(int(entry["offset"]) for _, entry in lines(crawled))
    middle = offsets[len(offsets) // 2]
    with sqlite3.connect(collection.state) as state:
        state.execute("UPDATE files SET committed = ?", (middle,))
    return collection, middle


def test_pywb_gets_what_is_committed_and_then_the_rest(unsealed: tuple[Collection, int], tmp_path: Path) -> None:
    collection, middle = unsealed
    (tmp_path / "served").mkdir()
    looked_up = LookUp(Source.find([collection.root]), tmp_path / "served")
    assert looked_up.refresh() == ()
    first = looked_up.index.read_bytes().splitlines()
    assert max(int(json.loads(line.split(b" ", 2)[2])["offset"]) for line in first) < middle
    [left] = collection.left_open()
    sealed = left.with_name(left.name.removesuffix(OPEN_SUFFIX))
    name, *places = looked_up.paths.read_text("utf-8").rstrip("\n").split("\t")
    assert (name, places) == (left.name, [str(left), str(sealed)]), "found also once it is sealed"
    left.rename(sealed)
    assert looked_up.refresh() == ()
    whole = looked_up.index.read_bytes().splitlines()
    assert len(whole) > len(first) * 1.5
    assert {json.loads(line.split(b" ", 2)[2])["filename"] for line in whole} == {sealed.name}


def test_replayweb_gets_what_is_committed(unsealed: tuple[Collection, int], tmp_path: Path) -> None:
    collection, middle = unsealed
    (tmp_path / "served").mkdir()
    with zipfile.ZipFile(wacz_of(Source.find([collection.root]), tmp_path / "served")) as package:
        names = [name for name in package.namelist() if name.startswith("archive/")]
        index = gzip.decompress(package.read("indexes/index.cdx.gz"))
    assert names == [f"archive/{collection.left_open()[0].name.removesuffix(OPEN_SUFFIX)}"]
    captures = (collection.root / "indexes" / "index.cdxj").read_text("utf-8").splitlines()
    before = sum(int(json.loads(line.split(" ", 2)[2])["offset"]) < middle for line in captures)
    assert index.count(b"\n") == before


# -- what is withheld ---------------------------------------------------------------------------------


@pytest.fixture
def withholding(crawled: Crawled, tmp_path: Path) -> tuple[Path, str]:
    """A collection of which one article may not be shown."""
    copy = tmp_path / "sample"
    shutil.copytree(crawled.collection, copy)
    url = next(one.url for one in crawled.portal.truth.articles if one.edition == "main" and one.images)
    entry = {"url": url, "reason": "请求撤回", "since": "2020-01-01"}
    (copy / "access.yaml").write_text(yaml.safe_dump({"withheld": [entry]}, allow_unicode=True), encoding="utf-8")
    return copy, url


def test_what_is_withheld_is_in_no_viewer(withholding: tuple[Path, str], crawled: Crawled, tmp_path: Path) -> None:
    copy, url = withholding
    source = Source.find([copy])
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    looked_up = LookUp(source, tmp_path / "a")
    looked_up.refresh()
    with zipfile.ZipFile(wacz_of(source, tmp_path / "b")) as package:
        index, pages = gzip.decompress(package.read("indexes/index.cdx.gz")), package.read("pages/pages.jsonl")
    asked = f'"url": "{url}"'.encode()
    for held in (looked_up.index.read_bytes(), index, pages):
        assert asked not in held
        assert crawled.portal.urls["main"].encode() in held
    (copy / "access.yaml").unlink()
    looked_up.refresh()
    assert asked in looked_up.index.read_bytes(), "the list is looked at anew"


# -- the package that is there, and what cannot be ------------------------------------------------------


def test_an_access_copy_that_is_up_to_date_is_taken(crawled: Crawled, tmp_path: Path) -> None:
    copy = tmp_path / "sample"
    shutil.copytree(crawled.collection, copy)
    assert jiucang("package", copy, "--access").returncode == 0
    [package] = (copy / "packages").glob("*.wacz")
    assert wacz_of(Source.find([copy]), tmp_path) == package
    [warc] = Collection(copy).warcs()
    os.utime(warc)
    assert wacz_of(Source.find([copy]), tmp_path) != package


def test_other_software_s_files_have_a_first_page(crawled: Crawled, tmp_path: Path) -> None:
    source = Source.find(Collection(crawled.collection).warcs())
    with zipfile.ZipFile(wacz_of(source, tmp_path)) as package:
        about = json.loads(package.read("datapackage.json"))
        pages = [json.loads(line) for line in package.read("pages/pages.jsonl").splitlines()[1:]]
    assert about["mainPageUrl"] == crawled.portal.urls["main"]
    assert any("云泽大学保卫处" in page["title"] for page in pages)
    answers = [entry["url"] for _, entry in lines(crawled) if "dynclicks.jsp" in entry["url"]]
    assert answers
    assert not {page["url"] for page in pages}.intersection(answers), "a number is no page"


@pytest.mark.parametrize("viewer", ["pywb", "replayweb"])
def test_a_port_that_is_taken(crawled: Crawled, viewer: str) -> None:
    needed(WAYBACK if viewer == "pywb" else REPLAYWEB, viewer)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = jiucang("replay", crawled.collection, "--viewer", viewer, "--port", str(port), "--no-browser")
    assert ended.returncode == 2
    assert f"http://127.0.0.1:{port}/" in ended.stderr


def test_a_viewer_that_is_missing(crawled: Crawled, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ended = jiucang("replay", crawled.collection, "--viewer", "pywb", "--pywb", tmp_path / "wayback")
    assert (ended.returncode, ended.stderr) == (2, f"jiucang: {tmp_path}/wayback: is no program\n")
    monkeypatch.setattr(replayweb, "FILES", tmp_path)
    with pytest.raises(NotReplayable, match="make viewers"):
        replayweb.require_files()


def test_a_bag_is_replayed_as_the_collection_that_it_holds(crawled: Crawled, tmp_path: Path) -> None:
    bag = tmp_path / "sample-bag"
    assert jiucang("package", crawled.collection, "--format", "bag", "-o", bag).returncode == 0
    before = {path: path.read_bytes() for path in bag.rglob("*") if path.is_file()}
    source = Source.find([bag])
    assert source.name == "sample-bag"
    assert source.main_page() == crawled.portal.urls["main"]
    (tmp_path / "served").mkdir()
    with zipfile.ZipFile(wacz_of(source, tmp_path / "served")) as package:
        assert "documents/documents.jsonl" in package.namelist()
    assert before == {path: path.read_bytes() for path in bag.rglob("*") if path.is_file()}


def test_what_cannot_be_replayed(crawled: Crawled, tmp_path: Path) -> None:
    [warc] = Collection(crawled.collection).warcs()
    again = tmp_path / "copy" / warc.name
    again.parent.mkdir()
    shutil.copyfile(warc, again)
    (tmp_path / "empty").mkdir()
    (tmp_path / "bag.tar").write_bytes(b"bag/data/")
    (tmp_path / "notes.txt").write_bytes(b"notes")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as other:
        other.writestr("notes.txt", "notes")
    (tmp_path / "cut.wacz").write_bytes((tmp_path / "other.zip").read_bytes()[:-10])
    for paths, why in (
        ([tmp_path / "bag.tar"], "unpack it and replay the folder"),
        ([tmp_path / "notes.txt"], "expected a collection, a bag's folder, a WACZ or WARC files"),
        ([tmp_path / "other.zip"], "no archive/ in it"),
        ([tmp_path / "cut.wacz"], "cut off, damaged or no WACZ"),
        ([warc, again], "two files of this name"),
        ([crawled.collection, again], "is replayed alone"),
        ([tmp_path / "empty"], "expected WARC files"),
    ):
        with pytest.raises(NotReplayable, match=why):
            Source.find(paths)
