"""Rows of documents.jsonl and clicks.jsonl: keys, their order and their types. Every key is always present.

The published JSON Schemas are made from these types; docs/documents.md says what each key means.
"""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, with_config
from typing_extensions import TypedDict

SchemaName = Literal["jiucang-document/1"]
ClicksSchemaName = Literal["jiucang-clicks/1"]

SCHEMA: SchemaName = "jiucang-document/1"
"""Changes whenever a key is added, removed or changes its meaning; so does `CLICKS_SCHEMA`."""
CLICKS_SCHEMA: ClicksSchemaName = "jiucang-clicks/1"

Kind = Literal["repair", "normalisation"]
Status = Literal["applied", "proposed", "accepted", "rejected"]

_Identity = Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
_Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
_Count = Annotated[int, Field(ge=0)]
_Day = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$")]
_Printed = Annotated[str, Field(pattern=r"^\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d)?)?)?)?$")]
_KEYS_ARE_ALL = ConfigDict(extra="forbid")


@with_config(_KEYS_ARE_ALL)
class Neighbour(TypedDict):
    """An article before or after this one; `url` is null where a script makes the link."""

    title: str
    url: str | None


@with_config(_KEYS_ARE_ALL)
class Enclosure(TypedDict):
    """`capture` is the record id of the capture in the same set of files, null where there is none."""

    name: str | None
    url: str
    media_type: str | None
    capture: str | None


@with_config(_KEYS_ARE_ALL)
class SectionRow(TypedDict):
    """A chapter or clause; `start` and `end` count code points of `text`."""

    level: Annotated[int, Field(ge=1)]
    number: str
    heading: str | None
    start: _Count
    end: _Count


@with_config(_KEYS_ARE_ALL)
class Encoding(TypedDict):
    """How the page's bytes were read as text."""

    used: str
    declared: str | None
    why: str


@with_config(_KEYS_ARE_ALL)
class Versions(TypedDict):
    """The software and the profile that read the page."""

    jiucang: str
    profile: str


@with_config(_KEYS_ARE_ALL)
class PartRow(TypedDict):
    """Where a further page of the article stands."""

    url: str
    file: str
    offset: _Count
    length: _Count
    record_id: str
    date: str
    payload_digest: str | None


@with_config(_KEYS_ARE_ALL)
class Provenance(TypedDict):
    """Where the version's first capture stands; of an article of several pages, its first page's. `length` is 0
    where the record cannot be addressed."""

    file: str
    offset: _Count
    length: _Count
    record_id: str
    date: str
    payload_digest: str | None
    encoding: Encoding
    method: str
    versions: Versions
    parts: list[PartRow]


@with_config(_KEYS_ARE_ALL)
class Warn(TypedDict):
    """Something a reader should know of this row."""

    code: str
    detail: str


@with_config(_KEYS_ARE_ALL)
class EditRow(TypedDict):
    """A change of the text as extracted; `start` and `end` count code points of that."""

    id: _Identity
    rule: str
    rule_version: str
    kind: Kind
    status: Status
    start: _Count
    end: _Count
    before: str
    after: str | None
    prefix: str
    suffix: str
    confidence: Annotated[float, Field(ge=0, le=1)]
    evidence: list[str]
    agent: str
    time: str | None
    replaces: str | None


@with_config(_KEYS_ARE_ALL)
class Row(TypedDict):
    """One version of a document. Times ending in Z are UTC; `published_at` is the portal's local time."""

    schema: SchemaName
    id: _Identity
    version: _Identity
    supersedes: _Identity | None
    url: str
    aliases: list[str]
    captured_at: str
    title: str | None
    source: str | None
    author: str | None
    published_at: _Printed | None
    clicks: _Count | None
    clicks_at: str | None
    breadcrumb: list[str]
    previous: Neighbour | None
    next: Neighbour | None
    document_number: str | None
    document_date: _Day | None
    issuers: list[str]
    sections: list[SectionRow]
    text: str
    attachments: list[Enclosure]
    images: list[Enclosure]
    edits: list[EditRow]
    text_sha256: _Sha256
    original_sha256: _Sha256
    provenance: Provenance
    warnings: list[Warn]


@with_config(_KEYS_ARE_ALL)
class ClicksProvenance(TypedDict):
    """The record that holds the number: a counter's answer, or the page where it is printed."""

    file: str
    offset: _Count
    length: _Count
    record_id: str
    date: str


@with_config(_KEYS_ARE_ALL)
class ClicksRow(TypedDict):
    """A document's clicks as told at one time. `url` is the document's, as in its first row."""

    schema: ClicksSchemaName
    id: _Identity
    url: str
    clicks: _Count
    clicks_at: str
    provenance: ClicksProvenance


def serialise(row: Row | ClicksRow) -> str:
    """The row's line, without its line end: keys in the contract's order, no escapes but JSON's own.

    Lone surrogates, which no UTF-8 file can hold, cannot occur: decoding replaces them.
    """
    keys = tuple((Row if row["schema"] == SCHEMA else ClicksRow).__annotations__)
    if tuple(row) != keys:
        raise ValueError(f"keys of a row: found {', '.join(row)}, expected {', '.join(keys)}")
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))


KEYS = tuple(Row.__annotations__)


def documents_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a line of documents.jsonl."""
    return _published(TypeAdapter(Row), SCHEMA)


def clicks_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a line of clicks.jsonl."""
    return _published(TypeAdapter(ClicksRow), CLICKS_SCHEMA)


def _published(of: TypeAdapter[Any], name: str) -> dict[str, Any]:
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:jiucang:schema:{name}"}
    return head | of.json_schema()


def sha256(text: str) -> str:
    """Lower-case hexadecimal SHA-256 of the text in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def digest_of_fields(*fields: object) -> str:
    """32 hexadecimal digits over the fields as JSON.

    >>> digest_of_fields("a.example", 1) == digest_of_fields("a.example", 1) != digest_of_fields("a.example1", "")
    True
    """
    return sha256(json.dumps(fields, ensure_ascii=True, separators=(",", ":")))[:32]
