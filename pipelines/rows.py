"""One captured page as a draft of its row: everything that the page alone tells.

What other records tell (clicks, captures of enclosures, earlier versions) is joined afterwards, by
`pipelines.joining`. Drafts are plain values, so that they travel between processes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from selectolax.lexbor import LexborNode

from archive.http1_body import BadContent, decode_content
from archive.urls import BadUrl, request_url
from pipelines.captures import Answer
from pipelines.edits import apply, to_json
from pipelines.generic import locate
from pipelines.notation import document_number, issuers, signature_date
from pipelines.repair.run import repair
from pipelines.schema import EditRow, Encoding, SectionRow, Warn, digest_of_fields, sha256
from pipelines.sections import sections
from profiles.article import ArticleParts, find_body, read_article
from profiles.decoding import Decoding
from profiles.enclosures import Resource
from profiles.identity import ArticleId, identify
from profiles.kinds import Kind, kind_of
from profiles.load import ProfileSet
from profiles.model import Profile
from profiles.page import MAX_BYTES, Page
from profiles.scripted import read_scripted

_MAX_LINKS = 5000


@dataclass(frozen=True, slots=True)
class NoDocument:
    """Why a capture gives no row. `kind` is the page's, empty where it was not read as a page."""

    reason: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """What the lines of a body tell. `version` is the hash of the values that make one."""

    original: str
    repaired: str
    edits: list[EditRow]
    document_number: str | None
    document_date: str | None
    issuers: list[str]
    sections: list[SectionRow]
    version: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What a page tells of its row. `page` is the number in the address of an article's further page, None for
    the article's own; `linked` are the numbers of those it links to."""

    id: str
    page: int | None
    linked: tuple[int, ...]
    url: str
    parts: ArticleParts
    text: Text
    decoding: Encoding
    method: str
    profile: str
    payload_digest: str | None
    warnings: list[Warn] = field(default_factory=list)


def read_document(answer: Answer, profiles: ProfileSet, agent: str) -> Draft | NoDocument:
    """The draft of the row of a page, or why it is no document. Nothing in the answer makes it raise."""
    if answer.head.status != 200:
        return NoDocument(f"status {answer.head.status}")
    try:
        payload = decode_content(answer.payload, answer.head.coding.encode("latin-1"), MAX_BYTES + 1)
    except BadContent as error:
        return NoDocument(f"content coding: {error}")
    if not payload.strip():
        return NoDocument("empty body")
    declared = answer.head.content_type
    if declared is None and b"<" not in payload[:1024]:
        return NoDocument("no media type and no markup")
    page = Page.parse(payload, _canonical(answer.url), declared, complete=answer.complete)
    profile = profiles.recognise(page)
    kind = kind_of(page, profile)
    if kind.kind is not Kind.ARTICLE:
        return NoDocument(f"kind: {kind.why}", kind.kind.value)
    return _draft(answer, page, profile, agent)


def _canonical(url: str) -> str:
    try:
        return request_url(url)
    except BadUrl:
        return url


def _draft(answer: Answer, page: Page, profile: Profile, agent: str) -> Draft:
    body, method, warnings = _body(page, profile)
    parts = read_article(page, profile, body)
    article = identify(page.url, profile.compiled)
    identity = document_id(page.url, profile.cms, article)
    return Draft(
        id=identity,
        page=article.page if article is not None else None,
        linked=_linked_pages(page, profile, article) if article is not None else (),
        url=answer.url,
        parts=replace(parts, missing=dict(parts.missing)),
        text=_read_text(parts, identity, agent),
        decoding=Encoding(used=page.decoding.used, declared=page.decoding.declared, why=str(page.decoding.why)),
        method=method,
        profile=profile.name,
        payload_digest=answer.payload_digest,
        warnings=warnings + _page_warnings(page, parts),
    )


def document_id(url: str, cms: str, article: ArticleId | None) -> str:
    """32 hexadecimal digits: of host, CMS and article id where the profile knows the address, else of the
    request_url."""
    if article is None:
        return digest_of_fields("url", url)
    return digest_of_fields("article", _host(url), cms, article.id)


def _host(url: str) -> str:
    return urlsplit(url).netloc.lower()


def _linked_pages(page: Page, profile: Profile, article: ArticleId) -> tuple[int, ...]:
    if not profile.identity.parts:
        return ()
    numbers = set()
    references = [node.attributes.get("href") or "" for node in page.tree.css("a[href]")[:_MAX_LINKS]]
    scripted = read_scripted(page, profile.compiled)
    if scripted is not None:
        references += filter(None, (scripted.next, *scripted.others))
    for reference in references:
        try:
            url = request_url(reference, page.base_url, page.encoding)
        except BadUrl:
            continue
        found = identify(url, profile.compiled) if _host(url) == _host(page.url) else None
        if found is not None and found.id == article.id and found.page is not None:
            numbers.add(found.page)
    return tuple(sorted(numbers))


def combine(pages: Sequence[Draft], agent: str) -> Draft:
    """One draft of the drafts of an article's pages, in their order: what stands in the first page, with the
    text, attachments, images and warnings of all. A page that shows what an earlier one shows is left out."""
    shown: dict[object, Draft] = {}
    for page in pages:
        shown.setdefault((page.text.original, page.parts.images, page.parts.attachments, page.parts.media), page)
    first, *others = different = list(shown.values())
    if not others:
        return first
    lines: list[str] = []
    for page in different:
        lines += page.parts.lines
    parts = replace(
        first.parts,
        lines=tuple(lines),
        attachments=_once(item for page in different for item in page.parts.attachments),
        images=_once(item for page in different for item in page.parts.images),
        media=_once(item for page in different for item in page.parts.media),
        missing={name: why for name, why in first.parts.missing.items() if name != "text" or not lines},
    )
    warnings: list[Warn] = []
    for page in different:
        warnings += [warning for warning in page.warnings if warning not in warnings]
    return replace(first, parts=parts, text=_read_text(parts, first.id, agent), warnings=warnings)


def _once(items: Iterable[Resource]) -> tuple[Resource, ...]:
    return tuple({item.url: item for item in items}.values())


def _read_text(parts: ArticleParts, identity: str, agent: str) -> Text:
    lines = list(parts.lines)
    original = "\n".join(lines)
    edits = repair(original, identity, agent=agent)
    repaired = apply(original, edits)
    number, day = document_number(lines, parts.title, parts.head), signature_date(lines)
    return Text(
        original=original,
        repaired=repaired,
        edits=[to_json(edit) for edit in edits],
        document_number=number,
        document_date=day,
        issuers=issuers(lines),
        sections=[
            SectionRow(level=s.level, number=s.number, heading=s.heading, start=s.start, end=s.end)
            for s in sections(repaired)
        ],
        version=_version(parts, original, number, day),
    )


def _body(page: Page, profile: Profile) -> tuple[LexborNode | None, str, list[Warn]]:
    """The element that holds the text, what found it, and what is doubtful about that."""
    body = find_body(page, profile)
    if body is not None:
        return body, "profile", []
    located = locate(page, profile)
    if located is None:
        why = "no profile selector matched and no extractor found text"
        return None, "none", [Warn(code="no-body", detail=why)]
    disputed = [Warn(code="extractors-disagree", detail=located.detail)] if located.disputed else []
    return located.node, located.method, disputed


def _version(parts: ArticleParts, original: str, number: str | None, day: str | None) -> str:
    return digest_of_fields(
        sha256(original),
        parts.title,
        parts.source,
        parts.author,
        parts.published_at,
        day,
        number,
        [[item.name, item.url] for item in parts.attachments],
        [item.url for item in parts.images],
    )


def _page_warnings(page: Page, parts: ArticleParts) -> list[Warn]:
    warnings = _decoding_warnings(page.decoding)
    if page.truncated:
        warnings.append(Warn(code="page-truncated", detail="the page broke off or was longer than is read"))
    if not parts.lines and (parts.media or parts.images):
        what = ", ".join(item.url for item in (parts.media or parts.images))
        warnings.append(Warn(code="body-without-text", detail=what))
    warnings += [Warn(code="media", detail=item.url) for item in parts.media if parts.lines]
    return warnings


def _decoding_warnings(decoding: Decoding) -> list[Warn]:
    if not decoding.replaced:
        return []
    return [Warn(code="undecodable", detail=f"{decoding.replaced} characters replaced, read as {decoding.used}")]
