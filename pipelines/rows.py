"""One captured page as a draft of its row: everything that the page alone tells.

What other records tell (clicks, captures of enclosures, earlier versions) is joined afterwards, by
`pipelines.joining`. Drafts are plain values, so that they travel between processes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from archive.http1 import parse_response
from archive.http1_body import BadContent, decode_content
from archive.http1_head import header, header_values
from archive.reader import Record
from archive.urls import BadUrl, request_url
from pipelines.edits import apply, to_json
from pipelines.generic import locate
from pipelines.notation import document_number, issuers, signature_date
from pipelines.repair.run import repair
from pipelines.schema import SectionRow, Warn, digest_of_fields, sha256
from pipelines.sections import sections
from profiles.article import ArticleParts, find_body, read_article
from profiles.decoding import Decoding
from profiles.kinds import Kind, kind_of
from profiles.load import ProfileSet
from profiles.model import Profile
from profiles.page import MAX_BYTES, Page

_MAX_BLOCK = 4 * MAX_BYTES


@dataclass(frozen=True, slots=True)
class NoDocument:
    """Why a capture gives no row. `kind` is the page's, empty where it was not read as a page."""

    reason: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a page tells of its row; `compared` are the values that make a version."""

    id: str
    version: str
    url: str
    parts: ArticleParts
    original: str
    text: str
    edits: list[dict[str, object]]
    document_number: str | None
    document_date: str | None
    issuers: list[str]
    sections: list[SectionRow]
    decoding: tuple[str, str | None, str]
    method: str
    profile: str
    payload_digest: str | None
    warnings: list[Warn] = field(default_factory=list)


def read_document(record: Record, profiles: ProfileSet, agent: str) -> Draft | NoDocument:
    """The draft of a response record's row, or why it is no document. Raises OSError where the record can no
    longer be read; nothing in the record itself makes it raise."""
    response = parse_response(record.block(_MAX_BLOCK))
    if response.status != 200:
        return NoDocument(f"status {response.status}")
    try:
        payload = decode_content(response.payload, header_values(response.headers, b"content-encoding"), MAX_BYTES + 1)
    except BadContent as error:
        return NoDocument(f"content coding: {error}")
    if not payload.strip():
        return NoDocument("empty body")
    declared = header(response.headers, b"content-type")
    if declared is None and b"<" not in payload[:1024]:
        return NoDocument("no media type and no markup")
    complete = response.complete and record.truncated is None and record.block_length <= _MAX_BLOCK
    content_type = declared.decode("latin-1") if declared is not None else None
    page = Page.parse(payload, _canonical(record.target_uri or ""), content_type, complete=complete)
    profile = profiles.recognise(page)
    kind = kind_of(page, profile)
    if kind.kind is not Kind.ARTICLE:
        return NoDocument(f"kind: {kind.why}", kind.kind.value)
    return _draft(record, page, profile, agent)


def _canonical(url: str) -> str:
    try:
        return request_url(url)
    except BadUrl:
        return url


def document_id(url: str, profile: Profile) -> str:
    """32 hexadecimal digits: of host, CMS and article id where the profile knows the address, else of the
    request_url."""
    host = urlsplit(url).netloc.lower()
    for pattern in profile.identity.articles:
        match = re.search(pattern, url)
        if match is not None and match.groupdict().get("id"):
            return digest_of_fields("article", host, profile.cms, match["id"])
    return digest_of_fields("url", url)


def _draft(record: Record, page: Page, profile: Profile, agent: str) -> Draft:
    warnings: list[Warn] = []
    method = "profile"
    body = find_body(page, profile)
    if body is None:
        located = locate(page, profile)
        method = located.method if located is not None else "none"
        body = located.node if located is not None else None
        if located is None:
            warnings.append(Warn(code="no-body", detail="no profile selector matched and no extractor found text"))
        elif located.disputed:
            warnings.append(Warn(code="extractors-disagree", detail=located.detail))
    parts = read_article(page, profile, body)
    warnings += _page_warnings(page, parts)
    original = "\n".join(parts.lines)
    identity = document_id(page.url, profile)
    edits = repair(original, identity, agent=agent)
    text = apply(original, edits)
    lines = list(parts.lines)
    number, day = document_number(lines, parts.title, parts.head), signature_date(lines)
    return Draft(
        id=identity,
        version=_version(parts, original, number, day),
        url=record.target_uri or "",
        parts=replace(parts, missing=dict(parts.missing)),
        original=original,
        text=text,
        edits=[to_json(edit) for edit in edits],
        document_number=number,
        document_date=day,
        issuers=issuers(lines),
        sections=[
            SectionRow(level=s.level, number=s.number, heading=s.heading, start=s.start, end=s.end)
            for s in sections(text)
        ],
        decoding=(page.decoding.used, page.decoding.declared, str(page.decoding.why)),
        method=method,
        profile=profile.name,
        payload_digest=str(record.payload_digest) if record.payload_digest is not None else None,
        warnings=warnings,
    )


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
