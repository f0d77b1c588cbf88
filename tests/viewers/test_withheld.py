"""What an access list withholds, asked of the viewers by address: by url, pattern, document and day."""

from __future__ import annotations

import gzip
import json
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from browsing import WAYBACK, replay_of
from needed import needed

from archive.collection import Collection
from archive.digests import digest_of
from archive.warc import HTTP_RESPONSE, IDENTICAL_PAYLOAD, RecordDraft, RefersTo, warc_date
from archive.warcinfo import Warcinfo
from archive.writer import WarcWriter
from jiucang.viewers.looked_up import LookUp
from jiucang.viewers.packed import wacz_of
from jiucang.viewers.sources import Source

HOST = "http://bwc.example.edu.cn"
SECRET, MIRROR, OPEN = f"{HOST}/info/1018/1740.htm", f"{HOST}/mirror/1740.htm", f"{HOST}/info/1018/1741.htm"
BEGUN = datetime(2014, 11, 3, 2, 0, 0, tzinfo=UTC)


def page(title: str) -> bytes:
    return f"<html><head><meta charset=utf-8><title>{title}</title></head><body>{title}</body></html>".encode()


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    """An article, what revisits it elsewhere, and another article."""
    made = Collection(tmp_path / "bwc")
    made.create()
    writer = WarcWriter(made.archive, "bwc", "host", lambda: BEGUN, Warcinfo(software="tests").fields())
    first: RecordDraft | None = None
    for number, (url, body) in enumerate([(SECRET, page("甲")), (MIRROR, page("甲")), (OPEN, page("乙"))]):
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        revisits = first if url == MIRROR else None
        draft = RecordDraft(
            type="revisit" if revisits else "response",
            date=BEGUN + timedelta(seconds=number),
            target_uri=url,
            block=head if revisits else head + body,
            content_type=HTTP_RESPONSE,
            payload_digest=None if revisits else digest_of(body),
            refers_to=RefersTo(
                IDENTICAL_PAYLOAD, revisits.record_id, SECRET, warc_date(revisits.date), str(revisits.payload_digest)
            )
            if revisits
            else None,
        )
        first = first or draft
        writer.append_group([draft])
    writer.seal()
    made.job.write_text(f"name: bwc\nseeds: [{OPEN}]\n", encoding="utf-8")
    return made


def withhold(collection: Collection, what: str, more: str = "") -> None:
    text = f"withheld:\n- {what}\n  reason: 含有个人信息\n  since: 2024-03-01\n{more}"
    (collection.root / "access.yaml").write_text(text, encoding="utf-8")


def looked_up(collection: Collection, folder: Path) -> set[str]:
    """The addresses that pywb finds."""
    folder.mkdir()
    index = LookUp(Source.find([collection.root]), folder)
    index.refresh()
    return {json.loads(line.split(b" ", 2)[2])["url"] for line in index.index.read_bytes().splitlines()}


def packed(collection: Collection, folder: Path) -> set[str]:
    """The addresses in the package that ReplayWeb.page is given."""
    folder.mkdir()
    with zipfile.ZipFile(wacz_of(Source.find([collection.root]), folder)) as package:
        index = gzip.decompress(package.read("indexes/index.cdx.gz"))
        listed = [json.loads(line) for line in package.read("pages/pages.jsonl").splitlines()[1:]]
    found = {json.loads(line.split(b" ", 2)[2])["url"] for line in index.splitlines()}
    assert {page["url"] for page in listed} <= found
    return found


@pytest.mark.parametrize("what", [f"url: {SECRET}", "pattern: '/info/1018/1740'"])
@pytest.mark.parametrize("viewer", [looked_up, packed])
def test_an_address_is_withheld_with_what_revisits_it(
    collection: Collection, tmp_path: Path, what: str, viewer: Callable[[Collection, Path], set[str]]
) -> None:
    before = [path.read_bytes() for path in collection.warcs()]
    assert viewer(collection, tmp_path / "all") == {SECRET, MIRROR, OPEN}
    withhold(collection, what)
    assert viewer(collection, tmp_path / "some") == {OPEN}
    withhold(collection, what, "  until: 2024-04-01\n")
    assert viewer(collection, tmp_path / "later") == {SECRET, MIRROR, OPEN}
    assert before == [path.read_bytes() for path in collection.warcs()]


def test_pywb_answers_as_if_it_had_never_been_captured(collection: Collection) -> None:
    needed(WAYBACK, "pywb (make .venv-peers/.installed)")
    withhold(collection, f"url: {SECRET}")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with replay_of(collection.root, "--viewer", "pywb", "--pywb", WAYBACK) as address:
        place = address.partition("/archive/")[0] + "/archive/2030id_/"
        with opener.open(place + OPEN, timeout=30) as answer:
            assert answer.read() == page("乙")
        for url in (SECRET, MIRROR):
            with pytest.raises(urllib.error.HTTPError) as refused:
                opener.open(place + url, timeout=30)
            with refused.value as error:
                assert error.code == 404
                assert "甲".encode() not in error.read()
