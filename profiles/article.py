"""The parts of an article page as its profile finds them, and why a part is missing.

The page is read once into lines; selectors of the profile say which of them are title, meta line, body,
breadcrumb. Where a profile gives no selector, or none matches, the words around a part find it: labels of
the meta line, 当前位置, 上一条. Nothing here guesses a body: without one (`find_body` is None) the caller
brings it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from selectolax.lexbor import LexborNode

from archive.urls import BadUrl, request_url
from profiles.chain import Chain, Neighbour
from profiles.counters import ClickEndpoint, click_endpoints
from profiles.enclosures import Enclosures, Resource, read_enclosures
from profiles.layout import (
    LINES_AFTER,
    LINES_AROUND,
    SHOWN_WITHOUT_TEXT,
    Layout,
    folded_text,
    page_scripts,
    select_any,
    select_in_order,
)
from profiles.metaline import MetaValues, is_meta_line, label_pattern, read_meta
from profiles.model import Profile
from profiles.page import Page
from profiles.titles import page_title, read_title
from profiles.trail import crumbs_of, find_trail, is_trail
from profiles.visible import read_lines

_FEW_LINKS = 4
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class LinkedTitle:
    """A neighbour in the chain; `url` is None where the link is a script's."""

    title: str
    url: str | None


@dataclass(frozen=True, slots=True)
class ArticleParts:
    """What an article page shows. `lines` are the body's, `head` those right above it, up to the trail or the
    site's navigation; `missing` says of each empty field why it is."""

    title: str | None
    source: str | None
    author: str | None
    published_raw: str | None
    published_at: str | None
    clicks: int | None
    breadcrumb: tuple[str, ...]
    previous: LinkedTitle | None
    next: LinkedTitle | None
    head: tuple[str, ...]
    lines: tuple[str, ...]
    attachments: tuple[Resource, ...]
    images: tuple[Resource, ...]
    media: tuple[Resource, ...]
    endpoints: tuple[ClickEndpoint, ...]
    missing: Mapping[str, str] = field(default_factory=dict)


def find_body(page: Page, profile: Profile) -> LexborNode | None:
    """The first element the profile's body selectors find that shows something and is no list of links; else
    the first that is empty; None where only lists match or nothing does."""
    empty: LexborNode | None = None
    for _, node in select_in_order(page.tree.root, profile.article.body):
        if not _shows_something(node):
            empty = empty or node
        elif not is_list_of_links(node):
            return node
    return empty


def read_article(page: Page, profile: Profile, body: LexborNode | None) -> ArticleParts:
    """Reads the page. `body` is the element that holds the text: `find_body`'s, or one found otherwise; without
    one the page has no text, and title and labels are looked for all over it."""
    layout = Layout.of(page, profile, body)
    labels = label_pattern(profile.article.labels)
    title, title_why = read_title(layout.lines, layout.body_start, page, layout.title_ids, labels, layout.trail)
    start, end, chain = layout.bounds(title, profile)
    values = _meta(layout, page, profile, title, start, end)
    breadcrumb = _breadcrumb(layout, page, profile, title, start)
    enclosures = read_enclosures(page, profile, body, layout.after(end, chain.first_line))
    lines = enclosures.without_listing([line for line in layout.lines[start:end] if layout.in_body(line)])
    return ArticleParts(
        title=title,
        source=values.source,
        author=values.author,
        published_raw=values.published.raw if values.published else None,
        published_at=values.published.value if values.published else None,
        clicks=values.clicks,
        breadcrumb=breadcrumb,
        previous=_resolved(chain.previous, page),
        next=_resolved(chain.next, page),
        head=layout.head(start),
        lines=lines,
        attachments=enclosures.attachments,
        images=enclosures.images,
        media=enclosures.media,
        endpoints=click_endpoints(page, profile),
        missing=_reasons(title_why, values, chain, breadcrumb, lines, enclosures),
    )


def _meta(layout: Layout, page: Page, profile: Profile, title: str | None, start: int, end: int) -> MetaValues:
    labels = profile.article.labels
    pattern = label_pattern(labels)
    selected = [
        line
        for node in select_any(page.tree.root, profile.article.meta)
        for line in read_lines(node, scripts=page_scripts(page))
    ]
    folded = folded_text(title or "")
    first = max(0, start - LINES_AROUND)
    for index in range(start - 1, first - 1, -1):
        shown = folded_text(layout.lines[index].text)
        if folded and (shown == folded or (layout.lines[index].heading and shown in folded)):
            first = index + 1
            break
    below = [line for line in layout.below(end, end + LINES_AFTER) if is_meta_line(line, pattern)]
    return read_meta([*selected, *layout.lines[first:start], *below], labels)


def _breadcrumb(layout: Layout, page: Page, profile: Profile, title: str | None, start: int) -> tuple[str, ...]:
    drop = frozenset(profile.article.breadcrumb_drop)
    for _, node in select_in_order(page.tree.root, profile.article.breadcrumb):
        lines = read_lines(node)
        if is_trail(lines) and (crumbs := crumbs_of(lines, drop, title)):
            return crumbs
    return crumbs_of(find_trail(layout.lines, start, page_title(page)), drop, title)


def _resolved(neighbour: Neighbour | None, page: Page) -> LinkedTitle | None:
    if neighbour is None:
        return None
    url = None
    if neighbour.reference is not None:
        try:
            url = request_url(neighbour.reference, page.base_url, page.encoding)
        except BadUrl:
            url = None
    return LinkedTitle(neighbour.title, url)


def _reasons(
    title_why: str,
    values: MetaValues,
    chain: Chain,
    breadcrumb: Sequence[str],
    lines: Sequence[str],
    enclosures: Enclosures,
) -> dict[str, str]:
    """For each empty field why it is empty."""
    reasons: dict[str, str] = {"title": title_why} if title_why else {}
    for name, value in (
        ("source", values.source),
        ("author", values.author),
        ("published_at", values.published),
        ("clicks", values.clicks),
    ):
        if value is None:
            reasons[name] = "label without a value" if name.split("_")[0] in values.labelled else "no label on the page"
    for name, neighbour in (("previous", chain.previous), ("next", chain.next)):
        if neighbour is None:
            reasons[name] = "the page says there is none" if name in chain.shown else "no word of the chain on the page"
    if not breadcrumb:
        reasons["breadcrumb"] = "no trail on the page"
    if not lines:
        what = (
            "media only" if enclosures.media else "images only" if enclosures.images else "no visible text in the body"
        )
        reasons["text"] = what
    return reasons


def _shows_something(node: LexborNode) -> bool:
    return bool((node.text() or "").strip()) or node.css_first(SHOWN_WITHOUT_TEXT) is not None


def is_list_of_links(node: LexborNode) -> bool:
    """Whether most of an element's text stands in several links."""
    links = [link for link in node.css("a") if link.css_first("img") is None]
    if len(links) <= _FEW_LINKS:
        return False
    linked = sum(len(_BLANKS.sub("", link.text() or "")) for link in links)
    return linked > 0.5 * len(_BLANKS.sub("", node.text() or ""))
