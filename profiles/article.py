"""The parts of an article page as its profile finds them, and why a part is missing.

The page is read once into lines; selectors of the profile say which of them are title, meta line, body,
breadcrumb. Where a profile gives no selector, or none matches, the words around a part find it: labels of
the meta line, 当前位置, 上一条. Nothing here guesses a body: without one (`find_body` is None) the caller
brings it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from selectolax.lexbor import LexborNode, SelectolaxError

from archive.urls import BadUrl, request_url
from profiles.chain import Chain, Neighbour, read_chain
from profiles.enclosures import Enclosures, Resource, read_enclosures
from profiles.metaline import MetaValues, is_meta_line, label_pattern, read_meta
from profiles.model import Profile
from profiles.page import Page
from profiles.titles import page_title, read_title
from profiles.trail import crumbs_of, find_trail
from profiles.visible import Line, read_lines
from profiles.written import Scripts

_LINES_AROUND = 12
_LINES_AFTER = 8


@dataclass(frozen=True, slots=True)
class LinkedTitle:
    """A neighbour in the chain; `url` is None where the link is a script's."""

    title: str
    url: str | None


@dataclass(frozen=True, slots=True)
class ClickEndpoint:
    """A counter as the page's script would ask it; `answer` is the pattern that finds the number."""

    method: str
    url: str
    body: str | None
    effect: str
    answer: str


@dataclass(frozen=True, slots=True)
class ArticleParts:
    """What an article page shows. `lines` are the body's; `missing` says of each empty field why it is."""

    title: str | None
    source: str | None
    author: str | None
    published_raw: str | None
    published_at: str | None
    clicks: int | None
    breadcrumb: tuple[str, ...]
    previous: LinkedTitle | None
    next: LinkedTitle | None
    lines: tuple[str, ...]
    attachments: tuple[Resource, ...]
    images: tuple[Resource, ...]
    media: tuple[Resource, ...]
    endpoints: tuple[ClickEndpoint, ...]
    missing: Mapping[str, str] = field(default_factory=dict)


def find_body(page: Page, profile: Profile) -> LexborNode | None:
    """The first element the profile's body selectors find that shows something; else the first found at all."""
    empty: LexborNode | None = None
    for selector in profile.article.body:
        for node in _select(page.tree.root, selector):
            if _shows_something(node):
                return node
            empty = empty or node
    return empty


def read_article(page: Page, profile: Profile, body: LexborNode | None = None) -> ArticleParts:
    """Reads the page. `body` is the element that holds the text where the profile does not name it."""
    found = body is None
    body = body if body is not None else find_body(page, profile)
    layout = _Layout.of(page, profile, body, trimmed=not found)
    title, title_why = read_title(layout.lines, layout.body_start, page, profile, layout.title_nodes)
    start, end = layout.bounds(title, label_pattern(profile.article.labels))
    values = _meta(layout, page, profile, title, start, end)
    chain = read_chain(
        layout.lines,
        profile.article.previous,
        profile.article.next,
        layout.body_start if layout.body_start is not None else 0,
    )
    if chain.first_line is None:
        chain = read_chain(layout.lines, profile.article.previous, profile.article.next)
    if layout.trimmed and chain.first_line is not None and start <= chain.first_line < end:
        end = chain.first_line
    breadcrumb = _breadcrumb(layout, page, profile, title, start)
    enclosures = read_enclosures(page, profile, body, layout.after(end, chain.first_line))
    lines = tuple(
        line.text for line in layout.lines[start:end] if layout.in_body(line) and not enclosures.is_listing(line)
    )
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
        lines=lines,
        attachments=enclosures.attachments,
        images=enclosures.images,
        media=enclosures.media,
        endpoints=click_endpoints(page, profile),
        missing=_reasons(title_why, values, chain, breadcrumb, lines, enclosures),
    )


def click_endpoints(page: Page, profile: Profile) -> tuple[ClickEndpoint, ...]:
    """The counters the page's scripts would ask, comments apart; harmless ones first."""
    found: dict[tuple[str, str, str | None], ClickEndpoint] = {}
    for click in profile.clicks:
        for match in re.finditer(click.pattern, page.live_source):
            groups = {name: value or "" for name, value in match.groupdict().items()}
            try:
                url = request_url(click.url.format_map(groups), page.base_url, page.encoding)
                body = click.body.format_map(groups) if click.body is not None else None
            except (BadUrl, KeyError):
                continue
            found.setdefault(
                (click.method, url, body), ClickEndpoint(click.method, url, body, click.effect, click.answer)
            )
    return tuple(sorted(found.values(), key=lambda endpoint: endpoint.effect != "reads"))


@dataclass(slots=True)
class _Layout:
    """The page's lines, and which of them are the body's. `trimmed`: the body was found by its looks, so
    that title, meta line and chain may stand in it and do not belong to the text."""

    lines: list[Line]
    body_id: int | None
    body_start: int | None
    body_end: int
    title_nodes: Sequence[LexborNode]
    dropped: frozenset[int]
    trimmed: bool

    @classmethod
    def of(cls, page: Page, profile: Profile, body: LexborNode | None, *, trimmed: bool) -> _Layout:
        dropped = frozenset(
            node.mem_id for selector in profile.article.drop if body is not None for node in _select(body, selector)
        )
        titles = [node for selector in profile.article.title for node in _select(page.tree.root, selector)][:8]
        body_id = body.mem_id if body is not None else None
        marks = dropped | {node.mem_id for node in titles} | ({body_id} if body_id is not None else set())
        scripts = Scripts() if "document.write" in page.text else None
        root = page.tree.body or page.tree.root
        lines = read_lines(root, marks=marks, scripts=scripts) if root is not None else []
        inside = [index for index, line in enumerate(lines) if body_id in line.marks]
        start = inside[0] if inside else _place(lines, body)
        return cls(lines, body_id, start, inside[-1] + 1 if inside else start or 0, titles, dropped, trimmed)

    def in_body(self, line: Line) -> bool:
        return self.body_id in line.marks and not line.marks & self.dropped

    def bounds(self, title: str | None, labels: re.Pattern[str]) -> tuple[int, int]:
        """First line of the text and the line after its last."""
        if self.body_start is None:
            return 0, 0
        start, end = self.body_start, self.body_end
        if not self.trimmed:
            return start, end
        folded = _folded(title or "")
        limit = min(end, start + _LINES_AROUND)
        for index in range(start, limit):
            line = self.lines[index]
            if (folded and _folded(line.text) == folded and index + 1 < end) or is_meta_line(line, labels):
                start = index + 1
        return start, end

    def after(self, end: int, chain: int | None) -> list[Line]:
        """Lines between the text and the chain (or the next few, where no chain follows)."""
        if self.body_start is None:
            return []
        stop = chain if chain is not None and chain >= end else end + _LINES_AFTER
        return self.lines[end : min(stop, end + 40)]


def _place(lines: Sequence[Line], body: LexborNode | None) -> int | None:
    """Where a body without lines (an image, a PDF) stands: after the last line before it; unknown is the end."""
    return len(lines) if body is not None else None


def _meta(layout: _Layout, page: Page, profile: Profile, title: str | None, start: int, end: int) -> MetaValues:
    labels = profile.article.labels
    for selector in profile.article.meta:
        lines = [line for node in _select(page.tree.root, selector) for line in _lines_under(layout, node)]
        values = read_meta(lines, labels)
        if values.labelled or values.published:
            return values
    folded = _folded(title or "")
    first = max(0, start - _LINES_AROUND)
    for index in range(start - 1, -1, -1):
        if folded and _folded(layout.lines[index].text) == folded:
            first = index + 1
            break
    pattern = label_pattern(labels)
    around = layout.lines[first:start] + [
        line for line in layout.lines[end : end + _LINES_AFTER] if is_meta_line(line, pattern)
    ]
    return read_meta(around, labels)


def _lines_under(layout: _Layout, node: LexborNode) -> list[Line]:
    """The lines of a node as the page's one reading has them, so that script values are known."""
    scripts = Scripts()
    return read_lines(node, scripts=scripts)


def _breadcrumb(layout: _Layout, page: Page, profile: Profile, title: str | None, start: int) -> tuple[str, ...]:
    drop = frozenset(profile.article.breadcrumb_drop)
    for selector in profile.article.breadcrumb:
        for node in _select(page.tree.root, selector):
            crumbs = crumbs_of(read_lines(node), drop, title)
            if crumbs:
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
    return (
        bool((node.text() or "").strip())
        or node.css_first("img, video, vsbvideo, embed, object, iframe, [pdfsrc]") is not None
    )


def _select(root: LexborNode | None, selector: str) -> Iterable[LexborNode]:
    if root is None:
        return ()
    try:
        return root.css(selector)
    except (SelectolaxError, ValueError):
        return ()


def _folded(text: str) -> str:
    return re.sub(r"[\s\u200b\ufeff]+", "", text)
