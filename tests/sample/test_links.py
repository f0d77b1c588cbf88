"""Every link of the sample leads somewhere the truth knows, and everything it promises can be reached."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from selectolax.lexbor import LexborHTMLParser

from archive.urls import BadUrl, request_url
from jiucang.sample.catalogue import Catalogue, Wanted
from jiucang.sample.columns import OWNER
from jiucang.sample.site import SITES, Origins, SiteName

Fetch = Callable[[SiteName, str], tuple[int | None, dict[bytes, bytes], bytes]]

ATTRIBUTES = ("href", "src", "data-src", "background", "data")
CSS = re.compile(r"""url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)""")
SCRIPTED = re.compile(r"""window\.open\('([^']+)'|location\.href\s*=\s*["']([^"']+)|showVsbpdfIframe\("([^"]+)\"""")
CLICKS = re.compile(r'_showDynClicks\("wbnews", (\d+), (\d+)\)')


def css_links(text: str) -> Iterator[str]:
    for match in CSS.finditer(re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)):
        yield match[1] or match[2]


def html_links(text: str) -> Iterator[str]:
    tree = LexborHTMLParser(text)
    for node in tree.css("*"):
        attributes = {name: value or "" for name, value in node.attributes.items()}
        yield from (attributes[name] for name in ATTRIBUTES if name in attributes)
        yield from (part.split()[0] for part in attributes.get("srcset", "").split(",") if part.strip())
        yield from css_links(attributes.get("style", ""))
        if attributes.get("http-equiv", "").lower() == "refresh":
            yield attributes["content"].partition("URL=")[2]
        code = attributes.get("onclick", "") + (node.text() if node.tag == "script" else "")
        if "challengeId" not in code:
            yield from (match[1] or match[2] or match[3] for match in SCRIPTED.finditer(code))
        for owner, number in CLICKS.findall(code):
            assert int(owner) == OWNER
            yield f"/system/resource/code/news/click/dynclicks.jsp?clickid={number}&owner={owner}&clicktype=wbnews"


def decoded(payload: bytes) -> tuple[str, str]:
    """Text and the encoding a browser would take: UTF-8 where it is that, else GBK."""
    try:
        return payload.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return payload.decode("gb18030"), "gbk"


def links_of(site: SiteName, target: str, fetch: Fetch, base: str) -> Iterator[str]:
    status, headers, payload = fetch(site, target)
    if b"location" in headers:
        location = headers[b"location"]
        yield request_url("".join(chr(byte) if byte < 128 else f"%{byte:02X}" for byte in location), base)
    media = headers.get(b"content-type", b"")
    if status != 200 or (b"html" not in media and b"css" not in media):
        return
    text, encoding = decoded(payload)
    found = css_links(text) if b"css" in media else html_links(text)
    for reference in found:
        try:
            yield request_url(reference, base, encoding)
        except BadUrl:
            continue


@pytest.fixture(scope="module")
def reached(catalogues: dict[SiteName, Catalogue], origins: Origins, fetch: Fetch) -> dict[SiteName, set[str]]:
    """Targets reached from the seeds by following every visible link that may be followed."""
    sites = {origins.of(site): site for site in SITES}
    found: dict[SiteName, set[str]] = {site: set() for site in SITES}
    queue = [origins.main + "/", origins.gbk + "/"] + [origins.of(site) + "/robots.txt" for site in SITES]
    while queue:
        url = queue.pop()
        origin, path = "/".join(url.split("/", 3)[:3]), "/" + url.split("/", 3)[3]
        site = sites.get(origin)
        if site is None or path in found[site]:
            continue
        found[site].add(path)
        catalogue = catalogues[site]
        never = catalogue.wanted.get(path.encode("ascii")) is Wanted.NEVER
        if never or any(path.startswith(one.prefix) for one in catalogue.endless):
            continue
        if site == "shelf" and path.startswith("/case/") and "redirect" not in path:
            continue
        queue += links_of(site, path, fetch, url)
    return found


@pytest.mark.parametrize("site", SITES)
def test_every_promised_address_is_linked(site: SiteName, truth, reached) -> None:
    assert sorted(truth.expected_captured[site] - reached[site]) == []


@pytest.mark.parametrize("site", SITES)
def test_no_link_leads_to_an_address_the_truth_does_not_know(site: SiteName, truth, reached) -> None:
    known = truth.sites[site]
    addresses = known.expected_captured | known.may_request | known.must_not_request
    stray = [t for t in reached[site] - addresses if not any(t.startswith(one.prefix) for one in known.endless)]
    assert sorted(stray) == []


@pytest.mark.parametrize("site", SITES)
def test_only_named_addresses_are_missing(site: SiteName, truth, reached, fetch: Fetch) -> None:
    known = truth.sites[site]
    missing = {
        target
        for target in known.expected_captured & reached[site]
        if not target.startswith("/case/") and fetch(site, target)[0] == 404
    }
    by_design = {
        "main": {"/tz/gone.htm", "/images/missing.png"},
        "gbk": {"/tz/gone.htm", "/images/missing.png"},
        "shelf": {"/no-such-page.htm", "/robots.txt"},
        "other": set(),
    }
    assert missing == by_design[site]


def test_what_stands_in_comments_is_linked_nowhere(truth, reached) -> None:
    for site in ("main", "gbk"):
        hidden = {t for t in truth.sites[site].must_not_request if re.search(r"/99\d\d|wbnewsid=99|draft", t)}
        assert len(hidden) == 10
        assert not hidden & reached[site]


@pytest.mark.parametrize("site", SITES)
def test_a_perfect_crawl_has_no_complaints_and_a_bad_one_has(site: SiteName, truth) -> None:
    known = truth.sites[site]
    right = known.expected_captured | {min(group) for group in known.merged}
    assert known.complaints(right) == []
    assert known.complaints(right - {min(known.expected_captured)})
    assert known.complaints(right | {"/never/heard-of"})
    if known.must_not_request:
        assert known.complaints(right | {min(known.must_not_request)})
    for one in known.endless:
        assert known.complaints(right | {f"{one.prefix}?n={number}" for number in range(one.tolerated + 1)})
