"""What a page's scripts would ask for: click counts, and files that only a script names."""

from __future__ import annotations

import re
from itertools import islice

from archive.urls import BadUrl, request_url
from profiles.compiled import CompiledClick, CompiledProfile
from profiles.links import Drop, Hop, Outlink, Role
from profiles.page import Page
from profiles.patterns import ScriptPattern

MAX_MATCHES = 200
"""Matches of one pattern in one page that are looked at."""


def click_requests(page: Page, compiled: CompiledProfile) -> tuple[list[Outlink], list[Drop]]:
    """The click counters that the page's script would ask and that only read, and the refused others."""
    requests: list[Outlink] = []
    refused: list[Drop] = []
    for click in compiled.clicks:
        for match in matches_in(click.pattern, page):
            groups = {name: value or "" for name, value in match.groupdict().items()}
            reference = click.url.format_map(groups)
            if click.effect != "reads":
                refused.append(Drop(reference[:500], f"clicks:{click.effect}"))
                continue
            try:
                url = request_url(reference, page.base_url, page.encoding)
            except BadUrl:
                refused.append(Drop(reference[:500], "bad-url"))
                continue
            requests.append(Outlink(url, Hop.EMBED, Role.CLICKS, "", click.method, _body(click, groups)))
    return requests, refused


def _body(click: CompiledClick, groups: dict[str, str]) -> bytes:
    return click.body.format_map(groups).encode() if click.body is not None else b""


def scripted_requisites(page: Page, compiled: CompiledProfile) -> list[str]:
    """References that the profile's patterns find in the page's scripts."""
    return [match["url"] for pattern in compiled.requisite_scripts for match in matches_in(pattern, page)]


def matches_in(pattern: ScriptPattern, page: Page, most: int = MAX_MATCHES) -> list[re.Match[str]]:
    """Where a pattern stands in the page, comments apart; the first of them."""
    if not pattern.may_stand_in(page.text):
        return []
    return list(islice(pattern.pattern.finditer(page.live_source), most))
