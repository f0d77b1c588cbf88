"""Captures that were asked for by POST or PUT: by what name a viewer looks them up.

One address may answer every body differently, so viewers make the body a part of the address that they look for, and
an index that is made for them does the same. There is no standard for it: the name is the one that cdxj-indexer's
`--post-append` gives, which is how `wacz create` indexes and what ReplayWeb.page and pywb ask for
(https://specs.webrecorder.net/request-body-canonicalization/latest/).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import HTTP
from urllib.parse import unquote_plus, urlencode

from archive.http1_head import fields, header
from archive.surt import surt

#: Most of a body that is looked at, in bytes; and of what is made of it, in characters.
MAX_BODY = 1024 * 1024
MAX_QUERY = 4096
_METHODS = ("POST", "PUT")
_UNKNOWN_LENGTH = 8192
_LENGTH = re.compile(r"[+-]?[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Posted:
    """A capture at byte `offset` of its file: the key that it is looked up by, its request's method and body.

    `body` is None where the request says nonsense of its length.
    """

    offset: int
    key: str
    method: str
    body: str | None


def posted(offset: int, uri: str, request: bytes) -> Posted | None:
    """What a capture of *uri* at *offset* is, by its request's block; None where that was no POST and no PUT."""

    head, _, body = request.partition(b"\r\n\r\n")
    line, *lines = head.split(b"\r\n")
    method = line.split(b" ", 1)[0].decode("latin-1")
    if method not in _METHODS:
        return None
    headers = fields(filter(None, lines))
    stated, media_type = (
        value.decode("latin-1") if value is not None else None
        for value in (header(headers, b"content-length"), header(headers, b"content-type"))
    )
    query = _query(media_type or "", body, stated)
    url = f"{uri}{'&' if '?' in uri else '?'}__wb_method={method}" + (f"&{query}" if query else "")
    return Posted(offset, surt(url), method, query)


def _query(media_type: str, body: bytes, stated: str | None) -> str | None:
    """The body as a query. *stated* is Content-Length as written."""
    if stated is not None and not _LENGTH.fullmatch(stated):
        return None
    body = body[: min(max(int(stated), 0), MAX_BODY) if stated is not None else _UNKNOWN_LENGTH]
    if media_type.startswith("application/x-www-form-urlencoded"):
        try:
            query = unquote_plus(body.decode("utf-8"))
        except UnicodeDecodeError:
            query = _as_bytes(body)
    elif media_type.startswith("multipart/"):
        query = _as_form(media_type, body)
    elif media_type.startswith(("application/json", "text/plain")):
        try:
            query = _as_json(body)
        except (ValueError, RecursionError):
            query = _as_bytes(body) if media_type.startswith("text/plain") else ""
    else:
        query = _as_bytes(body)
    return query[:MAX_QUERY]


def _as_bytes(body: bytes) -> str:
    return "__wb_post_data=" + base64.b64encode(body).decode("ascii")


def _as_form(media_type: str, body: bytes) -> str:
    """The fields of a multipart form."""
    whole = message_from_bytes(b"Content-Type: " + media_type.encode("latin-1") + b"\r\n\r\n" + body, policy=HTTP)
    if not whole.is_multipart():
        return _as_bytes(body)
    values = []
    for part in whole.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            values.append((name, content if part.get_filename() else content.decode("utf-8", "replace")))
    return urlencode(values)


def _as_json(body: bytes) -> str:
    """Every value with the name nearest above it; a name that comes again is numbered. Raises ValueError."""
    values: dict[str, str] = {}
    seen: dict[str, int] = {}
    try:
        documents: Iterable[object] = [json.loads(body)]
    except json.JSONDecodeError:
        if b"\n" not in body:
            raise
        documents = map(json.loads, body.split(b"\n"))
    for name, value in (pair for document in documents for pair in _pairs(document, "")):
        seen[name] = seen.get(name, 0) + 1
        values[name if seen[name] == 1 else f"{name}.{seen[name]}_"] = value
    return urlencode(values)


def _pairs(value: object, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for inner_name, inner in value.items():
            yield from _pairs(inner, inner_name)
    elif isinstance(value, list):
        for inner in value:
            yield from _pairs(inner, name)
    elif name:
        yield name, str(value)
