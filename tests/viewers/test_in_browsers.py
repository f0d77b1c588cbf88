"""The crawled sample portal in Chromium, in both viewers: the right page, whole, and nothing from elsewhere."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from browsing import Visit, visit
from crawls import Crawled
from playwright.sync_api import Browser, expect

from jiucang.sample.truth import ArticleTruth

EDITIONS = ("main", "gbk")


def article(crawled: Crawled, edition: str, number: int) -> ArticleTruth:
    return next(one for one in crawled.portal.truth.articles if (one.edition, one.id) == (edition, number))


def squeezed(text: str) -> str:
    return "".join(text.split())


def reads(visiting: Visit, truth: ArticleTruth) -> None:
    """The page is that article: its title, and every line of its text."""
    expect(visiting.place.get_by_text(truth.title).first).to_be_visible(timeout=20000)
    shown = squeezed(visiting.run("root => root.innerText"))
    assert [line for line in truth.lines if squeezed(line) not in shown] == []


@pytest.mark.parametrize("edition", EDITIONS)
def test_an_article_with_its_image_and_click_count(crawled: Crawled, visiting: Visit, edition: str) -> None:
    truth = article(crawled, edition, 3337)
    visiting.open(truth.url)
    reads(visiting, truth)
    [image] = truth.images
    picture = visiting.place.locator(f"img[src*='{image.url.rpartition('/')[2]}']")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    assert str(truth.clicks).encode() not in crawled.sent(truth.url), "only the script's answer says it"
    expect(visiting.place.locator("[id^=dynclicks_wbnews]").first).to_have_text(str(truth.clicks))


def test_what_the_header_says_of_a_gbk_page_is_heeded(crawled: Crawled, visiting: Visit) -> None:
    """The article above says it in a <meta> alone in one of its editions; this one in its header."""
    truth = article(crawled, "gbk", 3415)
    visiting.open(truth.url)
    reads(visiting, truth)


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_pager_of_a_list(crawled: Crawled, visiting: Visit, edition: str) -> None:
    column = next(one for one in crawled.portal.truth.columns[edition] if one.label == "通知公告")
    first, second = (listed_on(crawled, url, edition) for url in column.pages)
    only_second = sorted(second - first)
    visiting.open(column.url)
    expect(visiting.place.locator(f"a[title='{min(first)}']")).to_be_visible(timeout=20000)
    visiting.place.get_by_text("下页", exact=True).click()
    for title in only_second:
        expect(visiting.place.locator(f"a[title='{title}']")).to_be_visible()
    assert visiting.run("root => location.href").endswith(column.pages[1])
    assert set(visiting.run("root => [...root.querySelectorAll('.list a')].map(link => link.title)")) == second


def listed_on(crawled: Crawled, url: str, edition: str) -> set[str]:
    """Titles that a list page links, as the portal sent it."""
    text = crawled.sent(url).decode("gb18030" if edition == "gbk" else "utf-8")
    shown = re.sub(r"(?s)<!--.*?-->", "", text).partition('<ul class="list">')[2].partition("</ul>")[0]
    found = set(re.findall(r'<a href="[^"]*" title="([^"]+)"', shown))
    assert found
    return found


@pytest.mark.parametrize("edition", EDITIONS)
def test_an_attachment(crawled: Crawled, visiting: Visit, edition: str, tmp_path: Path) -> None:
    truth = article(crawled, edition, 2151)
    [file] = truth.attachments
    visiting.open(truth.url)
    link = visiting.place.get_by_text(file.name)
    expect(link).to_be_visible(timeout=20000)
    with visiting.page.expect_download() as waiting:
        link.click()
    waiting.value.save_as(tmp_path / "saved")
    assert (tmp_path / "saved").read_bytes() == crawled.sent(file.url) != b""


def test_a_link_with_raw_chinese(crawled: Crawled, visiting: Visit) -> None:
    visiting.open(crawled.portal.urls["main"])
    visiting.place.get_by_text("消防查询", exact=True).click(timeout=20000)
    expect(visiting.place.get_by_text("消防查询结果：共有三条记录。")).to_be_visible()
    assert quote("消防 安全") in visiting.run("root => location.href").replace("+", "%20")


def test_a_query_in_gbk_by_its_address(crawled: Crawled, visiting: Visit) -> None:
    query = quote("lb=消防 安全&n=1", safe="=&", encoding="gbk")
    visiting.open(f"{crawled.portal.urls['gbk']}cx.jsp?{query}")
    expect(visiting.place.get_by_text("消防查询结果：共有三条记录。")).to_be_visible(timeout=20000)


def test_what_was_not_captured_is_not_there(crawled: Crawled, visiting: Visit) -> None:
    """The portal still serves it: a viewer that asked for it would show it."""
    visiting.open(f"{crawled.portal.urls['main']}nbzl/2014.htm")
    if visiting.viewer == "pywb":
        expect(visiting.page.get_by_text("URL Not Found")).to_be_visible(timeout=20000)
    else:
        expect(visiting.place.get_by_text("Archived Page Not Found").first).to_be_visible(timeout=20000)


def test_a_gbk_page_that_says_nowhere_what_it_is(crawled: Crawled, visiting: Visit) -> None:
    """The package that is made for ReplayWeb.page says it in the page's stead: of itself the viewer takes UTF-8."""
    truth = article(crawled, "gbk", 1733)
    visiting.open(truth.url)
    reads(visiting, truth)


def test_a_link_with_raw_chinese_in_a_gbk_page(crawled: Crawled, browser: Browser, replayweb: str) -> None:
    """ReplayWeb.page asks for nonsense and shows what is nearest; pywb answers the whole page with 500."""
    with visit(browser, "replayweb", replayweb) as visiting:
        visiting.open(crawled.portal.urls["gbk"])
        visiting.place.get_by_text("消防查询", exact=True).click(timeout=20000)
        expect(visiting.place.get_by_text("消防查询结果：共有三条记录。")).to_be_visible(timeout=20000)


def found_for(visiting: Visit, address: str, query: str) -> list[tuple[str, str]]:
    """Address, and title and text, of each page that the search lists."""
    visiting.page.goto(address)
    viewer = visiting.page.frame_locator("replay-web-page iframe")
    viewer.get_by_placeholder("Search by Page URL, Title, or Text").fill(query)
    found = viewer.locator("wr-page-entry")
    expect(found.first).to_contain_text(query.partition(" ")[0], timeout=20000)
    expect(viewer.locator(".num-results")).to_have_text(re.compile(r"^\s*\d{1,2} pages\s*$"), timeout=20000)
    pages: list[tuple[str, str]] = found.evaluate_all(
        "entries => entries.map(({ page }) => [page.url, page.title + page.text])"
    )
    return pages


@pytest.mark.parametrize(
    ("query", "word"),
    [("电器", "电器"), ("做好宿", "做好宿"), ("违章电器", "违章电器"), ("宿舍违章 电器", "宿舍违章电器")],
)
def test_a_chinese_word_is_found(crawled: Crawled, browser: Browser, replayweb: str, query: str, word: str) -> None:
    """One of two to four characters as it stands; a longer one with a blank in it."""
    with (crawled.collection / "documents" / "documents.jsonl").open(encoding="utf-8") as lines:
        holding = {row["url"] for row in map(json.loads, lines) if word in row["title"] + "\n" + row["text"]}
    assert holding
    with visit(browser, "replayweb", replayweb) as visiting:
        shown = found_for(visiting, replayweb, query)
    assert holding <= {url for url, _ in shown}
    assert [url for url, text in shown if word not in text] == []


def test_a_longer_piece_of_a_title_is_found(crawled: Crawled, browser: Browser, replayweb: str) -> None:
    piece = "宿舍违章电器清理"
    with (crawled.collection / "documents" / "documents.jsonl").open(encoding="utf-8") as lines:
        holding = {row["url"] for row in map(json.loads, lines) if piece in row["title"]}
    assert holding
    with visit(browser, "replayweb", replayweb) as visiting:
        assert holding == {url for url, _ in found_for(visiting, replayweb, piece)}
