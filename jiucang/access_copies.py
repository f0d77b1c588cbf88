"""Records changed so that viewers read them right, each change told. The master stays as it is.

Viewers take text without a charset for UTF-8, so what is something else gets it named in the HTTP Content-Type; and
they take raw characters in links for UTF-8, so in pages that are something else these are percent-encoded
(`jiucang.raw_links`). A WARC-Target-URI with characters that no request can hold gets them percent-encoded, byte
for byte as they stand: that is what was asked for, and what a browser would ask for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

from archive.copying import Edit, Replacement, Span, spans
from archive.digests import digest_of
from archive.http1 import (
    MAX_HEAD,
    BadContent,
    Fault,
    ParsedResponse,
    content_type,
    decode_content,
    header,
    header_values,
    parse_response,
)
from archive.input import Damaged
from archive.skim import Skimmed
from archive.urls import BadUrl, request_url
from crawler.wire.text import TEXT_LIMIT
from jiucang.raw_links import LinkChange, changed, link_changes
from profiles.decoding import Decoding, encoding_name
from profiles.page import Page

_TEXT = re.compile(r"text/(?:html|plain|css|xml)|application/xhtml\+xml|(?:text|application)/(?:x-)?javascript")
_CHARSET = re.compile(rb"\s*;\s*charset\s*=[^;]*", re.IGNORECASE)
_CONTENT_TYPE = re.compile(
    rb"^content-type[ \t]*:[ \t]*([^\r\n]*?)[ \t]*(?=\r?\n(?![ \t]))", re.IGNORECASE | re.MULTILINE
)
_CODING = re.compile(
    rb"^(content-length|content-encoding|transfer-encoding)([ \t]*:[ \t]*)([^\r\n]*)(\r?\n(?:[ \t][^\n]*\n)*)",
    re.IGNORECASE | re.MULTILINE,
)
_URI_FIELDS = ("WARC-Target-URI", "WARC-Refers-To-Target-URI")
_RAW = re.compile(rb"[^!-~]")
_URI = re.compile(rb"(https?://[^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class _View:
    """How a copy shows an answer: the charset that its Content-Type gets, and its page where links in it change.

    `digest` and `length` are those of the page, which stands in the copy without any coding. A revisit shows
    the page of the record that it refers to.
    """

    label: str | None = None
    digest: str | None = None
    length: int = 0
    page: bytes = b""
    links: tuple[LinkChange, ...] = ()
    encoding: str = ""


class AccessEditor:
    """Asked record by record; tells every change as a JSON line. `digests`: new ones of payloads, by record id."""

    def __init__(self, changes: TextIO) -> None:
        self._changes = changes
        self._views: dict[str, _View] = {}
        self.digests: dict[str, str] = {}

    def look(self, warcs: Sequence[Path]) -> None:
        """Finds how the records that revisits refer to are shown: the revisits as well. Raises as `spans` does."""
        referred: set[str] = set()
        for path in warcs:
            for span in spans(path):
                if span.fields.get("WARC-Type") == "revisit":
                    referred.update(_keys(span, "WARC-Refers-To"))
        for span in (span for path in warcs if referred for span in spans(path)):
            known = referred.intersection(_keys(span, "WARC-Record-ID"))
            seen = self._seen(span) if known and span.fields.get("WARC-Type") == "response" else None
            if seen is not None and seen[1] != _View():
                self._views |= dict.fromkeys(known, replace(seen[1], page=b"", links=()))

    def edit(self, span: Span) -> Edit:
        """Raises OSError where the record can no longer be read."""
        try:
            return self._edit(span)
        except Damaged as damaged:
            raise OSError(5, f"changed while it was copied: {damaged}", str(span.path)) from damaged

    def _edit(self, span: Span) -> Edit:
        head = span.head
        for name in _URI_FIELDS:
            if not _is_plain(span.fields.get(name)):
                head = self._percent_encoded(head, name, span)
        seen = self._seen(span)
        if seen is not None:
            whole, view = seen
            block = self._shown(whole, view, span)
            if view.digest is not None:
                head = self._with_payload(head, view.digest, span)
            if block != whole:
                head = _with_field(head, b"Content-Length", str(len(block)))
                head = _with_field(head, b"WARC-Block-Digest", str(digest_of(block)))
                return Replacement(head, block)
        return Replacement(head) if head != span.head else "stays"

    def _seen(self, span: Span) -> tuple[bytes, _View] | None:
        """The record's block, if it is an answer that may have to change, and how it is shown."""
        if span.block_length > TEXT_LIMIT + MAX_HEAD:
            return None
        kind = span.fields.get("WARC-Type")
        if kind == "revisit":
            view = next((self._views[key] for key in _keys(span, "WARC-Refers-To") if key in self._views), None)
            return (_whole(span), view) if view is not None else None
        if kind != "response" or not _may_be_text(span):
            return None
        whole = _whole(span)
        return whole, _view(whole, span)

    def _percent_encoded(self, head: bytes, name: str, span: Span) -> bytes:
        found = _field(name.encode()).search(head)
        uri = browser_uri(found[2].strip(b"<>")) if found is not None else None
        if found is None or uri is None:
            return head
        self._tell(span, name, found[2].decode("utf-8", "backslashreplace"), uri)
        return head[: found.start(2)] + uri.encode("ascii") + head[found.end(2) :]

    def _with_payload(self, head: bytes, digest: str, span: Span) -> bytes:
        before = span.fields.get("WARC-Payload-Digest")
        if before is None:
            return head
        self._tell(span, "WARC-Payload-Digest", before, digest)
        self.digests[span.fields.get("WARC-Record-ID") or ""] = digest
        return _with_field(head, b"WARC-Payload-Digest", digest)

    def _shown(self, block: bytes, view: _View, span: Span) -> bytes:
        """The block as the copy has it: HTTP head, and page where it is this record's."""
        offset = parse_response(block).body_offset
        http, body = block[:offset], block[offset:]
        if view.label is not None:
            http = self._with_charset(http, view.label, span)
        if view.digest is not None:
            http = self._without_codings(http, view.length, span)
        for change in view.links:
            before = change.before.decode(view.encoding)
            self._tell(span, "link", before, change.after.decode("ascii"), change.at)
            body = view.page
        return http + body

    def _with_charset(self, http: bytes, label: str, span: Span) -> bytes:
        lines = list(_CONTENT_TYPE.finditer(http))
        if not lines:
            return http
        value = lines[-1]
        after = _CHARSET.sub(b"", value[1]).rstrip(b"; \t") + b"; charset=" + label.encode("ascii")
        if after == value[1]:
            return http
        self._tell(span, "Content-Type", value[1].decode("latin-1"), after.decode("latin-1"))
        return http[: value.start(1)] + after + http[value.end(1) :]

    def _without_codings(self, http: bytes, length: int, span: Span) -> bytes:
        """The HTTP head for a page of *length* bytes that stands there as it is."""

        def line(found: re.Match[bytes]) -> bytes:
            name, value = found[1].decode("ascii"), found[3].strip().decode("latin-1")
            if name.lower() != "content-length":
                self._tell(span, name, value, None)
                return b""
            self._tell(span, name, value, str(length))
            return found[1] + found[2] + b"%d" % length + found[4]

        return _CODING.sub(line, http)

    def _tell(self, span: Span, what: str, before: str, after: str | None, at: int | None = None) -> None:
        change: dict[str, object] = {
            "record": span.fields.get("WARC-Record-ID"),
            "file": span.path.name,
            "what": what,
            "before": before,
            "after": after,
        }
        if at is not None:
            change["at"] = at
        self._changes.write(json.dumps(change, ensure_ascii=False) + "\n")


def _whole(span: Span) -> bytes:
    return b"".join(span.block())


def _keys(span: Span, name: str) -> list[str]:
    """What a revisit and the record that it refers to have in common: that record's id, which field *name* holds
    and which not every crawler writes, or the payload's digest."""
    return [*span.fields.all(name), *span.fields.all("WARC-Payload-Digest")]


def _view(block: bytes, span: Span) -> _View:
    """How a copy shows the answer in *block*, if it is a text that can be read."""
    response = parse_response(block)
    try:
        text = decode_content(response.payload, header_values(response.headers, b"content-encoding"), TEXT_LIMIT)
    except BadContent:
        return _View()
    stated = header(response.headers, b"content-type")
    declared = stated.decode("latin-1") if stated is not None else None
    complete = response.complete and len(text) < TEXT_LIMIT
    page = Page.parse(text, span.fields.get("WARC-Target-URI") or "", declared, complete=complete)
    label = charset_to_add(page.decoding, stated) if not text.isascii() else None
    html = content_type(response.headers).media_type in ("text/html", "application/xhtml+xml")
    if not html or page.truncated or not _all_payload(response, block):
        return _View(label)
    links = tuple(link_changes(text, page))
    if not links:
        return _View(label)
    shown = changed(text, links)
    return _View(label, str(digest_of(shown)), len(shown), shown, links, page.decoding.used)


def _all_payload(response: ParsedResponse, block: bytes) -> bool:
    """Whether nothing of the body is lost where the payload stands in its place: an answer that breaks HTTP stays."""
    if response.fault in (Fault.NOT_CHUNKED, Fault.BYTES_AFTER_END):
        # as tools leave it that store bodies without their codings
        return len(response.payload) == len(block) - response.body_offset
    return response.fault is None


def charset_to_add(decoding: Decoding, stated: bytes | None) -> str | None:
    """The label that the Content-Type of a text lacks, or has wrong; None where viewers read the text right.

    *stated* is the header's value.

    >>> from profiles.decoding import decode
    >>> charset_to_add(decode("旧栏目".encode("gbk")), b"text/html")
    'gbk'
    >>> charset_to_add(decode("旧栏目".encode()), b"text/html")
    """
    declared = content_type([(b"content-type", stated)] if stated is not None else []).charset
    expected = encoding_name(declared or (decoding.declared if decoding.used == "utf-8" else None) or "utf-8")
    if expected == decoding.used:
        return None
    if decoding.declared is not None and encoding_name(decoding.declared) == decoding.used:
        return decoding.declared
    # what browsers take every Chinese label but gb18030 for
    return "gbk" if decoding.used == "gb18030" else decoding.used


def browser_uri(raw: bytes) -> str | None:
    """A WARC-Target-URI's bytes as a browser would ask for them; None where it is no http or https URL.

    >>> browser_uri("http://bwc.example.edu.cn/综治.htm?词=1".encode())
    'http://bwc.example.edu.cn/%E7%BB%BC%E6%B2%BB.htm?%E8%AF%8D=1'
    >>> browser_uri(b"http://bwc.example.edu.cn/s?k=\\xd7\\xdb")
    'http://bwc.example.edu.cn/s?k=%D7%DB'
    """
    parts = _URI.fullmatch(raw.strip())
    if parts is None:
        return None
    rest = _RAW.sub(lambda found: b"%%%02X" % found[0][0], parts[2])
    try:
        return request_url(parts[1].decode("utf-8") + rest.decode("ascii"))
    except (BadUrl, UnicodeDecodeError):
        return None


def _is_plain(uri: str | None) -> bool:
    return uri is None or (uri.isascii() and uri.isprintable() and " " not in uri)


def _may_be_text(span: Span) -> bool:
    """Whether the block has to be looked at, as far as its beginning tells."""
    if not isinstance(span.found, Skimmed):
        return True
    start = parse_response(span.found.start)
    media_type = content_type(start.headers).media_type
    return media_type is not None and _TEXT.fullmatch(media_type) is not None


def _field(name: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"^(%s[ \t]*:[ \t]*)([^\r\n]*)" % name, re.IGNORECASE | re.MULTILINE)


def _with_field(head: bytes, name: bytes, value: str) -> bytes:
    """The head with a new value for a field that it has; one that it lacks is not added."""
    return _field(name).sub(lambda found: found[1] + value.encode("ascii"), head, count=1)
