"""A draft becomes a row: its clicks and enclosures found among the captures, its versions put in order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from archive.http1 import parse_response
from archive.http1_body import BadContent, decode_content
from archive.http1_head import header_values
from pipelines.captures import Capture, CaptureIndex, record_of
from pipelines.rows import Draft
from pipelines.schema import (
    SCHEMA,
    Enclosure,
    Encoding,
    Neighbour,
    Provenance,
    Row,
    Versions,
    Warn,
    sha256,
)
from profiles.article import LinkedTitle
from profiles.counters import ClickEndpoint
from profiles.enclosures import Resource

_MAX_ANSWER = 64 * 1024
_HTML = ("text/html", "application/xhtml+xml")


def join(draft: Draft, capture: Capture, index: CaptureIndex, software: str) -> Row:
    """The row of a draft as far as its own capture and those beside it tell; versions are not yet ordered."""
    parts = draft.parts
    clicks, clicks_at, why = _clicks(draft, capture, index)
    attachments = [_enclosure(item, capture, index) for item in parts.attachments]
    images = [_enclosure(item, capture, index) for item in parts.images]
    missing = (
        {**parts.missing, "clicks": why}
        if clicks is None
        else {k: v for k, v in parts.missing.items() if k != "clicks"}
    )
    warnings = [
        *draft.warnings,
        *_captcha_warnings(attachments),
        *(Warn(code="empty", detail=f"{name}: {reason}") for name, reason in sorted(missing.items())),
    ]
    used, declared, decoded_why = draft.decoding
    return Row(
        schema=SCHEMA,
        id=draft.id,
        version=draft.version,
        supersedes=None,
        url=draft.url,
        aliases=[],
        captured_at=capture.date,
        title=parts.title,
        source=parts.source,
        author=parts.author,
        published_at=parts.published_at,
        clicks=clicks,
        clicks_at=clicks_at,
        breadcrumb=list(parts.breadcrumb),
        previous=_neighbour(parts.previous),
        next=_neighbour(parts.next),
        document_number=draft.document_number,
        document_date=draft.document_date,
        issuers=draft.issuers,
        sections=draft.sections,
        text=draft.text,
        attachments=attachments,
        images=images,
        edits=draft.edits,
        text_sha256=sha256(draft.text),
        original_sha256=sha256(draft.original),
        provenance=Provenance(
            file=capture.path.name.removesuffix(".open"),
            offset=capture.offset,
            length=capture.length,
            record_id=capture.record_id,
            date=capture.date,
            payload_digest=draft.payload_digest,
            encoding=Encoding(used=used, declared=declared, why=decoded_why),
            method=draft.method,
            versions=Versions(jiucang=software, profile=draft.profile),
        ),
        warnings=warnings,
    )


def _neighbour(linked: LinkedTitle | None) -> Neighbour | None:
    return Neighbour(title=linked.title, url=linked.url) if linked is not None else None


def _enclosure(item: Resource, capture: Capture, index: CaptureIndex) -> Enclosure:
    found = index.nearest(item.url, capture)
    media_type = found.media_type if found is not None else None
    return Enclosure(name=item.name, url=item.url, media_type=media_type, capture=found.record_id if found else None)


def _captcha_warnings(attachments: Sequence[Enclosure]) -> list[Warn]:
    return [
        Warn(code="attachment-answered-with-html", detail=item["url"])
        for item in attachments
        if item["media_type"] in _HTML and not re.search(r"\.html?$", item["name"] or item["url"])
    ]


def _clicks(draft: Draft, capture: Capture, index: CaptureIndex) -> tuple[int | None, str | None, str]:
    """The count, when it was told, and why there is none. An answer captured for it beats a number in the page."""
    why = draft.parts.missing.get("clicks", "")
    for endpoint in draft.parts.endpoints:
        if endpoint.effect != "reads":
            why = f"the counter's effect is {endpoint.effect}: not requested"
            continue
        body = endpoint.body.encode() if endpoint.body is not None else None
        answer = index.nearest(endpoint.url, capture, endpoint.method, body)
        if answer is None:
            why = f"the counter was not captured: {endpoint.url}"
            continue
        count = _count(answer, endpoint)
        if count is not None:
            return count, answer.date, ""
        why = f"the counter's answer holds no number: {answer.record_id}"
    if draft.parts.clicks is not None:
        return draft.parts.clicks, capture.date, ""
    return None, None, why


def _count(answer: Capture, endpoint: ClickEndpoint) -> int | None:
    record = record_of(answer)
    if record is None:
        return None
    response = parse_response(record.block(_MAX_ANSWER))
    try:
        payload = decode_content(response.payload, header_values(response.headers, b"content-encoding"), _MAX_ANSWER)
    except BadContent:
        return None
    match = re.search(endpoint.answer, payload.decode("utf-8", "replace"))
    if match is None:
        return None
    digits = match.groupdict().get("clicks") or match[0]
    return int(digits) if digits.isdecimal() and len(digits) <= 12 else None


def ordered_versions(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows of one document, one per version, from the rows of its captures in the order of time.

    A version keeps the row of its first capture; it supersedes the version seen before it. The addresses
    of all captures are each row's aliases.
    """
    versions: dict[str, Row] = {}
    urls: dict[str, None] = {}
    last: str | None = None
    for row in rows:
        urls[row["url"]] = None
        if row["version"] not in versions:
            row["supersedes"] = last
            versions[row["version"]] = row
        last = row["version"]
    for row in versions.values():
        row["aliases"] = sorted(url for url in urls if url != row["url"])
        yield row
