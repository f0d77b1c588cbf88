"""Whether an exchange holds text, and that text's bytes: all that ever reaches the spider."""

from __future__ import annotations

from archive.http1 import BadContent, decode_content, header_values, parse_response
from crawler.wire.exchange import Exchange

TEXT_LIMIT = 10 * 1_048_576
"""Bytes of a response above which its text is left to the archive."""

_SNIFFED = 1024

_TEXT_TYPES = frozenset(
    {
        "application/ecmascript",
        "application/javascript",
        "application/json",
        "application/x-javascript",
        "application/x-json",
        "application/xml",
        "application/vnd.wap.xhtml+xml",
    }
)

#: How files begin that servers label as text although they are none.
_BINARY_STARTS = (
    b"%PDF-",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"PK\x03\x04",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\xd0\xcf\x11\xe0",
    b"\x1f\x8b",
    b"\x00\x00\x01\x00",
)

#: Octets that no text holds (WHATWG MIME Sniffing §4.1, "binary data byte").
_BINARY_OCTETS = bytes([*range(0x09), 0x0B, *range(0x0E, 0x1B), *range(0x1C, 0x20)])
_NO_TEXT = bytes.maketrans(_BINARY_OCTETS, b"\0" * len(_BINARY_OCTETS))
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def text_payload(exchange: Exchange, declared: str | None, limit: int = TEXT_LIMIT) -> bytes | None:
    """The transfer-decoded body, content coding kept, where it is text; None where it is not or is too long.

    The `declared` media type decides; where it is missing or unheard of, the first bytes do. A body that begins like
    a file of another kind is none, whatever its type says.
    """
    response = exchange.response
    if response is None or exchange.head is None or response.length > limit:
        return None
    if declared is not None and not is_text_type(declared):
        return None
    if exchange.payload_length == response.length - exchange.body_offset:
        payload = response.read(exchange.body_offset)
    else:
        payload = parse_response(response.read(), exchange.method).payload
    return payload if _reads_as_text(exchange, payload, declared is not None) else None


def is_text_type(media_type: str) -> bool:
    """
    >>> is_text_type("text/html"), is_text_type("image/svg+xml"), is_text_type("image/png")
    (True, True, False)
    """
    return media_type.startswith("text/") or media_type in _TEXT_TYPES or media_type.endswith(("+xml", "+json"))


def looks_like_text(start: bytes) -> bool:
    """Whether a body that starts so could be text.

    >>> looks_like_text("旧栏目".encode("gb18030")), looks_like_text(b"\\x89PNG"), looks_like_text(b"a\\0b")
    (True, False, False)
    """
    if start.startswith(_BINARY_STARTS):
        return False
    return start.startswith(_UTF16_MARKS) or b"\0" not in start.translate(_NO_TEXT)


def _reads_as_text(exchange: Exchange, payload: bytes, declared: bool) -> bool:
    codings = header_values(exchange.headers, b"content-encoding")
    start = payload[: 4 * _SNIFFED]
    if codings:
        try:
            start = decode_content(start, codings, limit=1024 * _SNIFFED)
        except BadContent:
            return declared
    start = start[:_SNIFFED]
    return not start.startswith(_BINARY_STARTS) if declared else looks_like_text(start)
