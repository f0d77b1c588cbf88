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
from profiles.furniture import is_widget, without_foot
from profiles.metaline import MetaValues, is_meta_line, label_pattern, read_meta
from profiles.model import Click, Profile
from profiles.page import Page
from profiles.titles import page_title, read_title
from profiles.trail import crumbs_of, find_trail, is_trail
from profiles.visible import Line, read_lines
from profiles.written import Scripts

_LINES_AROUND = 12
_LINES_AFTER = 8
_MAX_AFTER = 40
_SHOWN_WITHOUT_TEXT = "img, video, vsbvideo, embed, object, iframe, [pdfsrc]"


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
    """The first element the profile's body selectors find that shows something and is no list of links; else
    the first that is empty; None where only lists match or nothing does."""
    empty: LexborNode | None = None
    for selector in profile.article.body:
        for node in _select(page.tree.root, selector):
            if not _shows_something(node):
                empty = empty or node
            elif not is_list_of_links(node):
                return node
    return empty


def read_article(page: Page, profile: Profile, body: LexborNode | None = None) -> ArticleParts:
    """Reads the page. `body` is the element that holds the text where the profile does not name it."""
    body = body if body is not None else find_body(page, profile)
    layout = _Layout.of(page, profile, body)
    title, title_why = read_title(layout.lines, layout.body_start, page, layout.title_ids)
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
        lines=lines,
        attachments=enclosures.attachments,
        images=enclosures.images,
        media=enclosures.media,
        endpoints=click_endpoints(page, profile),
        missing=_reasons(title_why, values, chain, breadcrumb, lines, enclosures),
    )


def click_endpoints(page: Page, profile: Profile) -> tuple[ClickEndpoint, ...]:
    """The article's counter as the page's scripts would ask it, comments apart; harmless ones first.

    Scripts ask for other things too, for the downloads of an attachment or the clicks of a neighbour: a
    counter whose `id` is not the document's is none of the article's, and where the address does not tell
    the document's id, a pattern that matches several ids tells nothing.
    """
    article_id = _article_id(page.url, profile)
    found: dict[tuple[str, str, str | None], ClickEndpoint] = {}
    for click in profile.clicks:
        matches = [match.groupdict() for match in re.finditer(click.pattern, page.live_source)]
        ids = {groups.get("id") for groups in matches}
        for groups in matches:
            own = groups.get("id") == article_id if article_id and groups.get("id") else len(ids) == 1
            endpoint = _endpoint(click, groups, page) if own else None
            if endpoint is not None:
                found.setdefault((endpoint.method, endpoint.url, endpoint.body), endpoint)
        if found:
            break
    return tuple(sorted(found.values(), key=lambda endpoint: endpoint.effect != "reads"))


def _article_id(url: str, profile: Profile) -> str | None:
    for pattern in profile.identity.articles:
        match = re.search(pattern, url)
        if match is not None and (identity := match.groupdict().get("id")):
            return identity
    return None


def _endpoint(click: Click, groups: Mapping[str, str | None], page: Page) -> ClickEndpoint | None:
    values = {name: value or "" for name, value in groups.items()}
    try:
        url = request_url(click.url.format_map(values), page.base_url, page.encoding)
        body = click.body.format_map(values) if click.body is not None else None
    except (BadUrl, KeyError):
        return None
    return ClickEndpoint(click.method, url, body, click.effect, click.answer)


@dataclass(slots=True)
class _Layout:
    """The page's lines, and which of them are the body's. `title_ids`: elements that the profile's title
    selectors find, by the selector's place in its list."""

    lines: list[Line]
    body_id: int | None
    body_start: int | None
    body_end: int
    title_ids: Mapping[int, int]
    dropped: frozenset[int]

    @classmethod
    def of(cls, page: Page, profile: Profile, body: LexborNode | None) -> _Layout:
        dropped = frozenset(
            node.mem_id for selector in profile.article.drop if body is not None for node in _select(body, selector)
        )
        titles: dict[int, int] = {}
        for place, selector in enumerate(profile.article.title):
            for node in _select(page.tree.root, selector):
                titles.setdefault(node.mem_id, place)
        body_id = body.mem_id if body is not None else None
        marks = dropped | titles.keys() | ({body_id} if body_id is not None else set())
        scripts = Scripts() if "document.write" in page.text else None
        root = page.tree.body or page.tree.root
        lines = read_lines(root, marks=marks, scripts=scripts) if root is not None else []
        inside = [index for index, line in enumerate(lines) if body_id in line.marks]
        start = inside[0] if inside else _place(root, lines, body)
        return cls(lines, body_id, start, inside[-1] + 1 if inside else start or 0, titles, dropped)

    def in_body(self, line: Line) -> bool:
        return self.body_id in line.marks and not line.marks & self.dropped

    def bounds(self, title: str | None, profile: Profile) -> tuple[int, int, Chain]:
        """First line of the text, the line after its last, and the chain, whose indices are the page's.

        A container may hold more than the text: title and meta line at its head, the chain at its foot.
        """
        article = profile.article
        if self.body_start is None:
            return 0, 0, read_chain(self.lines, article.previous, article.next)
        start, end = self._after_head(title, profile), self.body_end
        chain = read_chain(self.lines, article.previous, article.next, start)
        if chain.first_line is None:
            chain = read_chain(self.lines, article.previous, article.next)
        elif chain.first_line < end:
            before = sum(len(line.text) for line in self.lines[start : chain.first_line])
            if before >= sum(len(line.text) for line in self.lines[chain.first_line : end]):
                end = chain.first_line
        return start, without_foot(self.lines, start, end), chain

    def _after_head(self, title: str | None, profile: Profile) -> int:
        start = self.body_start or 0
        labels = label_pattern(profile.article.labels)
        folded = _folded(title or "")
        above = any(_folded(line.text) == folded for line in self.lines[:start])
        trail = frozenset(line.node.mem_id for line in find_trail(self.lines, self.body_end, ""))
        first = start
        for index in range(start, min(self.body_end, start + _LINES_AROUND)):
            line = self.lines[index]
            is_title = bool(folded) and not above and _folded(line.text) == folded
            if is_title or is_meta_line(line, labels) or is_widget(line) or line.node.mem_id in trail:
                first = index + 1
        return first if first < self.body_end else start

    def after(self, end: int, chain: int | None) -> list[Line]:
        """Lines between the text and the chain (or the next few, where no chain follows)."""
        if self.body_start is None:
            return []
        stop = chain if chain is not None and chain >= end else end + _LINES_AFTER
        return self.lines[end : min(stop, end + _MAX_AFTER)]


def _place(root: LexborNode | None, lines: Sequence[Line], body: LexborNode | None) -> int | None:
    """Where a body without lines (an image, a PDF) stands: the number of lines before it."""
    if body is None or root is None:
        return None
    starts = {line.node.mem_id for line in lines}
    count = 0
    for node in root.traverse(include_text=True):
        if node.mem_id == body.mem_id:
            break
        count += node.mem_id in starts
    return count


def _meta(layout: _Layout, page: Page, profile: Profile, title: str | None, start: int, end: int) -> MetaValues:
    labels = profile.article.labels
    pattern = label_pattern(labels)
    selected = [
        line
        for selector in profile.article.meta
        for node in _select(page.tree.root, selector)
        for line in read_lines(node, scripts=Scripts())
    ]
    folded = _folded(title or "")
    first = max(0, start - _LINES_AROUND)
    for index in range(start - 1, first - 1, -1):
        if folded and _folded(layout.lines[index].text) == folded:
            first = index + 1
            break
    below = [line for line in layout.lines[end : end + _LINES_AFTER] if is_meta_line(line, pattern)]
    return read_meta([*selected, *layout.lines[first:start], *below], labels)


def _breadcrumb(layout: _Layout, page: Page, profile: Profile, title: str | None, start: int) -> tuple[str, ...]:
    drop = frozenset(profile.article.breadcrumb_drop)
    for selector in profile.article.breadcrumb:
        for node in _select(page.tree.root, selector):
            lines = read_lines(node)
            if is_trail(lines):
                crumbs = crumbs_of(lines, drop, title)
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
    return bool((node.text() or "").strip()) or node.css_first(_SHOWN_WITHOUT_TEXT) is not None


def is_list_of_links(node: LexborNode) -> bool:
    """Whether most of an element's text is links, and not for being short."""
    lines = read_lines(node)
    total = sum(len(line.text) for line in lines)
    return len(lines) > 4 and sum(line.linked for line in lines) > 0.5 * total


def _select(root: LexborNode | None, selector: str) -> Iterable[LexborNode]:
    if root is None:
        return ()
    try:
        return root.css(selector)
    except (SelectolaxError, ValueError):
        return ()


def _folded(text: str) -> str:
    return re.sub(r"[\s\u200b\ufeff]+", "", text)
