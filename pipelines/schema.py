"""A row of documents.jsonl: its keys, their order and their types. Every key is always present."""

from __future__ import annotations

import hashlib
import json
from typing import TypedDict

SCHEMA = "jiucang-document/1"
"""Changes whenever a key is added, removed or changes its meaning."""


class Neighbour(TypedDict):
    title: str
    url: str | None


class Enclosure(TypedDict):
    """`capture` is the record id of the capture in the same set of files, null where there is none."""

    name: str | None
    url: str
    media_type: str | None
    capture: str | None


class SectionRow(TypedDict):
    level: int
    number: str
    heading: str | None
    start: int
    end: int


class Encoding(TypedDict):
    used: str
    declared: str | None
    why: str


class Versions(TypedDict):
    jiucang: str
    profile: str


class Provenance(TypedDict):
    file: str
    offset: int
    length: int
    record_id: str
    date: str
    payload_digest: str | None
    encoding: Encoding
    method: str
    versions: Versions


class Warn(TypedDict):
    code: str
    detail: str


class Row(TypedDict):
    """`text`'s offsets count code points. Times ending in Z are UTC; `published_at` is the portal's local time."""

    schema: str
    id: str
    version: str
    supersedes: str | None
    url: str
    aliases: list[str]
    captured_at: str
    title: str | None
    source: str | None
    author: str | None
    published_at: str | None
    clicks: int | None
    clicks_at: str | None
    breadcrumb: list[str]
    previous: Neighbour | None
    next: Neighbour | None
    document_number: str | None
    document_date: str | None
    issuers: list[str]
    sections: list[SectionRow]
    text: str
    attachments: list[Enclosure]
    images: list[Enclosure]
    edits: list[dict[str, object]]
    text_sha256: str
    original_sha256: str
    provenance: Provenance
    warnings: list[Warn]


KEYS = tuple(Row.__annotations__)


def serialise(row: Row) -> str:
    """The row's line, without its line end: keys in the contract's order, no escapes but JSON's own.

    Lone surrogates, which no UTF-8 file can hold, cannot occur: decoding replaces them.
    """
    if tuple(row) != KEYS:
        raise ValueError(f"keys of a row: found {', '.join(row)}, expected {', '.join(KEYS)}")
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))


def sha256(text: str) -> str:
    """Lower-case hexadecimal SHA-256 of the text in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def digest_of_fields(*fields: object) -> str:
    """32 hexadecimal digits over the fields as JSON.

    >>> digest_of_fields("a.example", 1) == digest_of_fields("a.example", 1) != digest_of_fields("a.example1", "")
    True
    """
    return sha256(json.dumps(fields, ensure_ascii=True, separators=(",", ":")))[:32]
