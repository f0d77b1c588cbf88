"""Records changed so that viewers read them right, each change told. The master stays as it is.

Two things are changed. Viewers take text without a charset for UTF-8, so what is something else gets it named in the
HTTP Content-Type. And a WARC-Target-URI with characters that no request can hold gets them percent-encoded, byte
for byte as they stand: that is what was asked for, and what a browser would ask for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from archive.copying import Edit, Replacement, Span, spans
from archive.digests import digest_of
from archive.http1 import MAX_HEAD, BadContent, content_type, decode_content, header, header_values, parse_response
from archive.members import Damaged
from archive.skim import Skimmed
from archive.urls import BadUrl, request_url
from crawler.wire.text import TEXT_LIMIT
from profiles.decoding import decode, encoding_name

_TEXT = re.compile(r"text/(?:html|plain|css|xml)|application/xhtml\+xml|(?:text|application)/(?:x-)?javascript")
_CHARSET = re.compile(rb"\s*;\s*charset\s*=[^;]*", re.IGNORECASE)
_CONTENT_TYPE = re.compile(
    rb"^content-type[ \t]*:[ \t]*([^\r\n]*?)[ \t]*(?=\r?\n(?![ \t]))", re.IGNORECASE | re.MULTILINE
)
_URI_FIELDS = ("WARC-Target-URI", "WARC-Refers-To-Target-URI")
_RAW = re.compile(rb"[^!-~]")
_URI = re.compile(rb"(https?://[^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)


class AccessEditor:
    """Asked record by record, in the order of the files; tells every change as a JSON line."""

    def __init__(self, changes: TextIO) -> None:
        self._changes = changes
        self._referred: set[str] = set()
        self._labels: dict[str, str] = {}

    def look(self, warcs: Iterable[Path]) -> None:
        """Finds the records that revisits refer to: their charset is the revisit's. Raises as `spans` does."""
        for path in warcs:
            for span in spans(path):
                self._referred.update(span.fields.all("WARC-Refers-To"))

    def edit(self, span: Span) -> Edit:
        """Raises OSError where the record can no longer be read."""
        try:
            return self._edit(span)
        except Damaged as damaged:
            raise OSError(5, f"changed while it was copied: {damaged}", str(span.path)) from damaged

    def _edit(self, span: Span) -> Edit:
        raw = [name for name in _URI_FIELDS if not _is_plain(span.fields.get(name))]
        block = self._block(span)
        if not raw and block is None:
            return "stays"
        head = span.head
        for name in raw:
            head = self._percent_encoded(head, name, span)
        if block is not None:
            head = _with_field(head, b"Content-Length", str(len(block)))
            head = _with_field(head, b"WARC-Block-Digest", str(digest_of(block)))
        return Replacement(head, block) if head != span.head else "stays"

    def _percent_encoded(self, head: bytes, name: str, span: Span) -> bytes:
        found = _field(name.encode()).search(head)
        uri = browser_uri(found[2].strip(b"<>")) if found is not None else None
        if found is None or uri is None:
            return head
        self._tell(span, name, found[2].decode("utf-8", "backslashreplace"), uri)
        return head[: found.start(2)] + uri.encode("ascii") + head[found.end(2) :]

    def _block(self, span: Span) -> bytes | None:
        """The block with the charset in it; None where it is right as it is."""
        kind = span.fields.get("WARC-Type")
        if kind not in ("response", "revisit") or not _may_be_text(span):
            return None
        block = b"".join(span.block())
        response = parse_response(block)
        stated = header(response.headers, b"content-type")
        record_id = span.fields.get("WARC-Record-ID") or ""
        if kind == "revisit":
            label = self._labels.get(span.fields.get("WARC-Refers-To") or "")
        else:
            codings = header_values(response.headers, b"content-encoding")
            label = charset_to_add(response.payload, codings, stated, complete=response.complete)
            if label is not None and record_id in self._referred:
                self._labels[record_id] = label
        lines = list(_CONTENT_TYPE.finditer(block, 0, response.body_offset))
        if label is None or not lines:
            return None
        value = lines[-1]
        after = _CHARSET.sub(b"", value[1]).rstrip(b"; \t") + b"; charset=" + label.encode("ascii")
        if after == value[1]:
            return None
        self._tell(span, "Content-Type", value[1].decode("latin-1"), after.decode("latin-1"))
        return block[: value.start(1)] + after + block[value.end(1) :]

    def _tell(self, span: Span, what: str, before: str, after: str) -> None:
        change = {
            "record": span.fields.get("WARC-Record-ID"),
            "file": span.path.name,
            "what": what,
            "before": before,
            "after": after,
        }
        self._changes.write(json.dumps(change, ensure_ascii=False) + "\n")


def charset_to_add(payload: bytes, codings: list[bytes], stated: bytes | None, *, complete: bool) -> str | None:
    """The label that a text's Content-Type lacks, or has wrong; None where viewers read the text right.

    *payload* has its content *codings* on; *stated* is the header's value.

    >>> charset_to_add("旧栏目".encode("gbk"), [], b"text/html", complete=True)
    'gbk'
    >>> charset_to_add("旧栏目".encode(), [], b"text/html", complete=True)
    """
    try:
        text = decode_content(payload, codings, TEXT_LIMIT)
    except BadContent:
        return None
    if text.isascii():
        return None
    decoding = decode(
        text, stated.decode("latin-1") if stated is not None else None, complete=complete and len(text) < TEXT_LIMIT
    )
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
    if span.block_length > TEXT_LIMIT + MAX_HEAD:
        return False
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
