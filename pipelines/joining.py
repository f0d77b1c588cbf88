"""A draft becomes a row: its clicks and enclosures found among the captures, its versions put in order."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipelines.captures import Capture
from pipelines.clicks import Count
from pipelines.index import HTML, CaptureIndex
from pipelines.rows import Draft
from pipelines.schema import SCHEMA, Enclosure, Neighbour, Provenance, Row, Versions, Warn, sha256
from profiles.article import LinkedTitle
from profiles.enclosures import Resource


def join(draft: Draft, capture: Capture, count: Count, index: CaptureIndex, software: str) -> Row:
    """The row of a draft as far as its own capture and those beside it tell; versions are not yet ordered."""
    parts = draft.parts
    attachments = [_enclosure(item, capture, index) for item in parts.attachments]
    images = [_enclosure(item, capture, index) for item in parts.images]
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
        clicks=count.clicks,
        clicks_at=count.at,
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
        provenance=_provenance(draft, capture, software),
        warnings=[*draft.warnings, *_captcha_warnings(attachments), *_empty_fields(draft, count)],
    )


def _provenance(draft: Draft, capture: Capture, software: str) -> Provenance:
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


@dataclass(frozen=True, slots=True)
class Sighting:
    """A document as one capture shows it. `row` is the row as JSON; there is none where an earlier capture of the
    same address gave the same page."""

    url: str
    version: str
    row: str | None


def ordered_versions(sightings: Iterable[Sighting]) -> Iterator[Row]:
    """The rows of one document, one per version, from the sightings of it in the order of time.

    A version keeps the row of its first capture; it supersedes the version seen before it. A version that
    returns gives no new row. The addresses of all captures are each row's aliases.
    """
    versions: dict[str, Row] = {}
    urls: dict[str, None] = {}
    last: str | None = None
    for sighting in sightings:
        urls[sighting.url] = None
        if sighting.version not in versions and sighting.row is not None:
            row: Row = json.loads(sighting.row)
            row["supersedes"] = last
            versions[sighting.version] = row
        last = sighting.version
    for row in versions.values():
        row["aliases"] = sorted(url for url in urls if url != row["url"])
        yield row
