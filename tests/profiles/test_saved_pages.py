"""Real pages of four CMSs against what a person read off them."""

from __future__ import annotations

from typing import Any

import pytest

from archive.urls import request_url
from profiles.kinds import kind_of
from profiles.load import ProfileSet
from profiles.outlinks import PageLinks, read_outlinks


@pytest.fixture(scope="module")
def readings(saved_pages: list[Any], builtin: ProfileSet) -> list[tuple[dict[str, Any], PageLinks]]:
    return [(saved.gold, read_outlinks(saved.page, builtin.recognise(saved.page))) for saved in saved_pages]


Readings = list[tuple[dict[str, Any], PageLinks]]


def addresses(links: PageLinks, *roles: str) -> set[str]:
    return {link.url for link in links.outlinks if not roles or link.role in roles}


def test_vsb_is_recognised_and_nothing_else_is_taken_for_it(readings: Readings) -> None:
    wrong = [
        gold["file"]
        for gold, links in readings
        if (links.profile == "vsb") != (gold["cms"] == "VSB") and gold["kind"] != "other"
    ]
    assert wrong == []


def test_kinds(readings: Readings) -> None:
    assert [(gold["file"], links.kind) for gold, links in readings if links.kind != gold["kind"]] == []


def test_the_generic_profile_alone_tells_articles_from_the_rest(saved_pages: list[Any], builtin: ProfileSet) -> None:
    generic = builtin.profiles[-1]
    taken = [
        (saved.gold["file"], kind_of(saved.page, generic).kind == "article", saved.gold["kind"])
        for saved in saved_pages
    ]
    assert [name for name, article, kind in taken if article and kind != "article"] == []
    missed = [name for name, article, kind in taken if not article and kind == "article"]
    assert missed == ["VSB__Wiho211__bmjj_nsjg.htm"]  # a table of offices: no date, no sentence, no marks but VSB's


def test_list_items_are_among_the_outlinks(readings: Readings) -> None:
    for gold, links in readings:
        items = {request_url(item["href"], gold["url"]) for item in gold["list_items"] if item["href"]}
        assert items <= addresses(links), gold["file"]


def test_next_pages_and_totals(readings: Readings) -> None:
    for gold, links in readings:
        wanted = request_url(gold["next_page"], gold["url"]) if gold["next_page"] else None
        assert (links.pager.next if links.pager else None) == wanted, gold["file"]
        if gold["kind"] == "list":
            assert (links.pager.items if links.pager else None) == gold["declared_total"], gold["file"]
        if wanted:
            assert wanted in addresses(links, "list"), gold["file"]


def test_attachments(readings: Readings) -> None:
    for gold, links in readings:
        wanted = {request_url(attachment["href"], gold["url"]) for attachment in gold["attachments"]}
        assert wanted <= addresses(links, "attachment"), gold["file"]


def test_click_endpoints_of_vsb(readings: Readings) -> None:
    asked = 0
    for gold, links in readings:
        if gold["cms"] != "VSB" or gold["kind"] != "article":
            continue
        news = {url for url in addresses(links, "clicks") if "/dynclicks.jsp" in url}
        assert news == ({request_url(gold["click_endpoint"], gold["url"])} if gold["click_endpoint"] else set()), gold[
            "file"
        ]
        asked += len(news)
    assert asked == 11


def test_neighbours_are_of_the_chain(readings: Readings) -> None:
    for gold, links in readings:
        if gold["file"].startswith("TRS__bkichen__bmgk_jcdd_zcfg"):
            continue  # its script writes them
        for neighbour in (gold["previous"], gold["next"]):
            if neighbour and neighbour["href"]:
                assert request_url(neighbour["href"], gold["url"]) in addresses(links, "chain"), gold["file"]


def test_no_beacon_is_among_the_outlinks(readings: Readings) -> None:
    for gold, links in readings:
        for url in addresses(links):
            assert not any(
                word in url for word in ("_visitcount?", "addclicktimes", "datainput", "hm.baidu", "cnzz")
            ), gold["file"]
