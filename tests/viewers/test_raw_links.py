"""GBK pages that say nowhere what they are, with links in raw Chinese: from the access copy and from the master."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from browsing import REPLAYWEB, WAYBACK, Visit, replay_of, visit
from crawls import jiucang
from needed import needed
from playwright.sync_api import Browser, expect

from archive.collection import Collection
from archive.digests import digest_of
from archive.warc import HTTP_RESPONSE, RecordDraft
from archive.warcinfo import Warcinfo
from archive.writer import WarcWriter

HOME = "http://bwc.example.edu.cn/cx/"
#: Two addresses that differ in the Chinese alone, and in their first bytes not at all.
TITLES = {"消防": "消防检查结果", "消除": "消除隐患结果"}
#: One page adds what GBK lacks to its links, as a reference; the other does not.
BEYOND = "&x=&#134071;"
PAGES = {HOME: BEYOND, f"{HOME}2.htm": ""}


def links(more: str) -> str:
    return "".join(f'<p><a href="jg.jsp?lb={word}{more}">{word}</a></p>' for word in TITLES)


def page(title: str, more: str = "") -> bytes:
    text = "<p>各单位应当认真落实安全管理的各项要求，及时排查并消除隐患。</p>" * 9  # browsers guess by no less
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1>{more}{text}</body></html>".encode("gbk")


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = Collection(tmp_path_factory.mktemp("raw") / "raw")
    made.create()
    moment = datetime(2014, 11, 3, 2, 0, 0, tzinfo=UTC)
    writer = WarcWriter(made.archive, "raw", "host", lambda: moment, Warcinfo(software="tests").fields())
    pages = {url: page("综合查询", links(more)) for url, more in PAGES.items()}
    for word, title in TITLES.items():
        for more in ("", "&x=%26%23134071%3B"):
            pages[f"{HOME}jg.jsp?lb={quote(word, encoding='gbk')}{more}"] = page(title)
    for url, body in pages.items():
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        answer = RecordDraft(
            type="response",
            date=moment,
            target_uri=url,
            block=head + body,
            content_type=HTTP_RESPONSE,
            payload_digest=digest_of(body),
        )
        writer.append_group([answer])
    writer.seal()
    made.job.write_text(f"name: raw\nseeds: [{HOME}]\n", encoding="utf-8")
    return made.root


@contextmanager
def packaged(viewer: str, browser: Browser, collection: Path, out: Path, *options: str) -> Iterator[Visit]:
    """A window on a package of it."""
    needed(WAYBACK if viewer == "pywb" else REPLAYWEB, viewer)
    assert jiucang("package", collection, "-o", out, *options).returncode == 0
    with replay_of(out, "--viewer", viewer, "--pywb", WAYBACK) as address:
        place = address.partition("/archive/")[0] + "/archive/" if viewer == "pywb" else address
        with visit(browser, viewer, place) as found:
            yield found


def read_and_follow(visiting: Visit, url: str) -> None:
    for word, title in TITLES.items():
        visiting.open(url)
        expect(visiting.place.get_by_role("heading")).to_have_text("综合查询", timeout=20000)
        visiting.place.get_by_text(word, exact=True).click()
        expect(visiting.place.get_by_role("heading")).to_have_text(title, timeout=20000)


@pytest.mark.parametrize("viewer", ["replayweb", "pywb"])
def test_the_access_copy_reads_right_and_its_links_lead_to_the_right_pages(
    browser: Browser, collection: Path, tmp_path: Path, viewer: str
) -> None:
    with packaged(viewer, browser, collection, tmp_path / "a.wacz", "--access") as visiting:
        for url in PAGES:
            read_and_follow(visiting, url)


def test_the_master_does_not_in_replayweb(browser: Browser, collection: Path, tmp_path: Path) -> None:
    """Both links lead to one address. Should this fail one day, the viewer has learnt it, and copies need less."""
    with packaged("replayweb", browser, collection, tmp_path / "m.wacz") as visiting:
        led = []
        for number in range(len(TITLES)):
            visiting.open(HOME)
            expect(visiting.place.get_by_role("heading")).to_contain_text("\ufffd", timeout=20000)
            visiting.place.get_by_role("link").nth(number).click()
            expect(visiting.place.get_by_role("link")).to_have_count(0, timeout=20000)
            led.append(visiting.run("root => location.href").partition("/http://")[2])
        assert led[0] == led[1]
        assert quote("\ufffd") in led[0]


def test_the_master_in_pywb(browser: Browser, collection: Path, tmp_path: Path) -> None:
    """Right, but where a reference in a link is beyond Latin-1."""
    refused, right = PAGES
    with packaged("pywb", browser, collection, tmp_path / "m.wacz") as visiting:
        read_and_follow(visiting, right)
        visiting.open(refused)
        expect(visiting.place.get_by_text("Internal Server Error")).to_be_visible(timeout=20000)
