"""A draft becomes a row: its enclosures found among the captures, and where its pages stand."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipelines.captures import Capture
from pipelines.clicks import Count
from pipelines.index import HTML, CaptureIndex
from pipelines.rows import Draft
from pipelines.schema import SCHEMA, Enclosure, Neighbour, PartRow, Provenance, Row, Versions, Warn, sha256
from profiles.article import LinkedTitle
from profiles.enclosures import Resource

Part = tuple[Capture, Draft]
"""A further page of a document."""


def join(
    draft: Draft, capture: Capture, others: Sequence[Part], count: Count, index: CaptureIndex, software: str
) -> Row:
    """The row of a draft as far as its captures and those beside them tell; of other versions it knows nothing.

    `capture` is the page's or, of a document of several pages, the first one's; `others` are the further ones.
    """
    parts = draft.parts
    attachments = [_enclosure(item, capture, index) for item in parts.attachments]
    images = [_enclosure(item, capture, index) for item in parts.images]
    return Row(
        schema=SCHEMA,
        id=draft.id,
        version=draft.text.version,
        supersedes=None,
        url=draft.url,
        aliases=[],
        captured_at=capture.date,
        title=parts.title,
        source=parts.source,
        author=parts.author,
        published_at=parts.published_at,
        clicks=count.clicks,
        clicks_at=count.at,
        breadcrumb=list(parts.breadcrumb),
        previous=_neighbour(parts.previous),
        next=_neighbour(parts.next),
        document_number=draft.text.document_number,
        document_date=draft.text.document_date,
        issuers=draft.text.issuers,
        sections=draft.text.sections,
        text=draft.text.repaired,
        attachments=attachments,
        images=images,
        edits=draft.text.edits,
        text_sha256=sha256(draft.text.repaired),
        original_sha256=sha256(draft.text.original),
        provenance=_provenance(draft, capture, others, software),
        warnings=[*draft.warnings, *_captcha_warnings(attachments), *_empty_fields(draft, count)],
    )


def _provenance(draft: Draft, capture: Capture, others: Sequence[Part], software: str) -> Provenance:
    return Provenance(
        file=capture.file,
        offset=capture.place.offset,
        length=capture.place.length,
        record_id=capture.record_id,
        date=capture.date,
        payload_digest=draft.payload_digest,
        encoding=draft.decoding,
        method=draft.method,
        versions=Versions(jiucang=software, profile=draft.profile),
        parts=[
            PartRow(
                url=part.url,
                file=part.file,
                offset=part.place.offset,
                length=part.place.length,
                record_id=part.record_id,
                date=part.date,
                payload_digest=read.payload_digest,
            )
            for part, read in others
        ],
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
        if item["media_type"] in HTML and not re.search(r"\.html?$", item["name"] or item["url"])
    ]


def _empty_fields(draft: Draft, count: Count) -> list[Warn]:
    missing = {name: why for name, why in draft.parts.missing.items() if name != "clicks"}
    if count.clicks is None:
        missing["clicks"] = count.why
    return [Warn(code="empty", detail=f"{name}: {why}") for name, why in sorted(missing.items())]
