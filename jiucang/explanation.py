"""How a page is read, step by step: which profile and why, what each selector and label finds, why a field is empty.

Nothing is decided here; the functions that crawl and extract are asked, and what they were asked with is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, is_dataclass, replace

from selectolax.lexbor import LexborNode

from pipelines.generic import locate
from profiles.article import ArticleParts, find_body, read_article
from profiles.identity import ArticleId, identify
from profiles.kinds import Kind
from profiles.load import ProfileSet
from profiles.metaline import is_meta_line, label_pattern, labels_in
from profiles.model import Profile
from profiles.outlinks import PageLinks, read_outlinks
from profiles.page import Page
from profiles.recognition import Evidence, evidence
from profiles.visible import read_lines, text_of

MAX_SHOWN = 160
"""Characters of what an element holds that are kept."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A profile with evidence in the page; the one that reads it, and those that would have."""

    name: str
    cms: str
    chosen: bool
    evidence: list[Evidence]


@dataclass(frozen=True, slots=True)
class Found:
    """What one selector of the profile finds: how many elements, and the first one's text. `used`: it gave the body."""

    part: str
    selector: str
    count: int
    text: str
    used: bool = False


@dataclass(frozen=True, slots=True)
class LabelFound:
    """A label of a meta line with what stands behind it, up to the next."""

    field: str
    word: str
    text: str


@dataclass(frozen=True, slots=True)
class FieldRead:
    """A field of the row; where `value` is empty, `why` says so."""

    name: str
    value: object
    why: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """`body` names the element with the text and `method` who found it (`profile`, an extractor, `none`); both are
    empty, and `parts` None, for a page that is no article. `tried` counts the profile's selectors."""

    url: str
    encoding: dict[str, str | None]
    candidates: list[Candidate]
    kind: str
    kind_why: str
    identity: ArticleId | None
    method: str
    body: str
    selectors: list[Found]
    tried: int
    labels: list[LabelFound]
    parts: ArticleParts | None
    links: PageLinks

    @property
    def profile(self) -> str:
        return self.links.profile

    @property
    def fields(self) -> list[FieldRead]:
        return list(_fields(self.parts)) if self.parts is not None else []

    @property
    def lines(self) -> tuple[str, ...]:
        return self.parts.lines if self.parts is not None else ()

    def to_json(self) -> dict[str, object]:
        """Plain values under the names of this class; `parts` as `fields`, each with its value or why it has none."""
        data: dict[str, object] = asdict(replace(self, parts=None))
        del data["parts"]
        data["identity"] = self.identity._asdict() if self.identity is not None else None
        data["fields"] = {read.name: {"value": _plain(read.value), "why": read.why} for read in self.fields}
        links = self.links
        data["links"] = {
            "outlinks": [{**link._asdict(), "body": link.body.decode("latin-1")} for link in links.outlinks],
            "not_followed": [{"reference": drop.reference, "reason": drop.reason} for drop in links.drops],
            "columns": [{"title": title, "url": url} for title, url in links.columns],
            "pager": asdict(links.pager) if links.pager is not None else None,
        }
        return data


def explain(page: Page, profiles: ProfileSet) -> Explanation:
    """Reads *page* as crawl and extraction would. Raises nothing for anything in the page."""
    profile = profiles.recognise(page)
    links = read_outlinks(page, profile)
    parts, method, body = _article(page, profile) if links.kind is Kind.ARTICLE else (None, "", None)
    selectors = list(_selectors(page, profile, body))
    return Explanation(
        url=page.url,
        encoding={
            "used": page.decoding.used,
            "declared": page.decoding.declared,
            "why": str(page.decoding.why),
        },
        candidates=list(_candidates(page, profiles, profile)),
        kind=str(links.kind),
        kind_why=links.kind_why,
        identity=identify(page.url, profile.compiled),
        method=method,
        body=_named(body) if body is not None else "",
        selectors=[found for found in selectors if found.count],
        tried=len(selectors),
        labels=list(_labels(page, profile)) if parts is not None else [],
        parts=parts,
        links=links,
    )


def _article(page: Page, profile: Profile) -> tuple[ArticleParts, str, LexborNode | None]:
    body, method = find_body(page, profile), "profile"
    if body is None:
        located = locate(page, profile)
        body, method = (located.node, located.method) if located is not None else (None, "none")
    return read_article(page, profile, body), method, body


def _candidates(page: Page, profiles: ProfileSet, chosen: Profile) -> Iterator[Candidate]:
    for profile in profiles.profiles:
        found = evidence(profile, page)
        if found or profile is chosen:
            yield Candidate(profile.name, profile.cms, profile is chosen, found)


def _selectors(page: Page, profile: Profile, body: LexborNode | None) -> Iterator[Found]:
    article, listing = profile.article, profile.listing
    parts: Sequence[tuple[str, Sequence[str], LexborNode | None]] = (
        ("article.marks", article.marks, page.tree.root),
        ("article.title", article.title, page.tree.root),
        ("article.meta", article.meta, page.tree.root),
        ("article.body", article.body, page.tree.root),
        ("article.drop", article.drop, body),
        ("article.breadcrumb", article.breadcrumb, page.tree.root),
        ("listing.marks", listing.marks, page.tree.root),
        ("listing.items", listing.items, page.tree.root),
        ("listing.pager", listing.pager, page.tree.root),
        ("listing.menu", listing.menu, page.tree.root),
    )
    used = False
    for part, selectors, root in parts:
        for selector in selectors:
            nodes = root.css(selector) if root is not None else []
            gives = part == "article.body" and body is not None and body.mem_id in {node.mem_id for node in nodes}
            shown = text_of(nodes[0])[:MAX_SHOWN] if nodes else ""
            yield Found(part, selector, len(nodes), shown, gives and not used)
            used = used or gives


def _labels(page: Page, profile: Profile) -> Iterator[LabelFound]:
    pattern = label_pattern(profile.article.labels)
    root = page.tree.body
    for line in read_lines(root) if root is not None else ():
        if not is_meta_line(line, pattern):
            continue
        found = labels_in(line.text, pattern)
        ends = [*(label.start for label in found[1:]), len(line.text)]
        for label, end in zip(found, ends, strict=True):
            word = line.text[label.start : label.end].strip()
            yield LabelFound(label.field, word, line.text[label.end : end].strip()[:MAX_SHOWN])


def _fields(parts: ArticleParts) -> Iterator[FieldRead]:
    values = {
        "title": parts.title,
        "source": parts.source,
        "author": parts.author,
        "published_at": parts.published_at,
        "clicks": parts.clicks,
        "breadcrumb": list(parts.breadcrumb),
        "previous": parts.previous,
        "next": parts.next,
        "attachments": list(parts.attachments),
        "images": list(parts.images),
        "media": list(parts.media),
        "click_endpoints": list(parts.endpoints),
        "text": "\n".join(parts.lines),
    }
    for name, value in values.items():
        empty = value is None or value in ("", [])
        yield FieldRead(name, value, (parts.missing.get(name) or _NONE.get(name, "")) if empty else "")


def _plain(value: object) -> object:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


_NONE = {
    "attachments": "no link of the text leads to a file, or to what the profile calls an attachment",
    "images": "no image in the text",
    "media": "no PDF player, video or frame in the text",
    "click_endpoints": "no pattern of the profile finds a counter in the page's scripts",
}


def _named(node: LexborNode) -> str:
    """An element as a selector would name it.

    >>> from selectolax.lexbor import LexborHTMLParser
    >>> _named(LexborHTMLParser('<div id=a class="b c">').css_first("div"))
    'div#a.b.c'
    """
    attributes = node.attributes
    identity = f"#{attributes['id']}" if attributes.get("id") else ""
    classes = "".join(f".{name}" for name in (attributes.get("class") or "").split())
    return f"{node.tag}{identity}{classes}"
