"""What an exchange's body says, where Scrapy's middlewares do not hand it out: read from the exchange itself."""

from __future__ import annotations

from archive.http1 import BadContent, content_type, decode_content, header_values, parse_response
from crawler.wire.exchange import Exchange
from crawler.wire.text import TEXT_LIMIT, text_payload


def text_content(exchange: Exchange) -> bytes | None:
    """The body of a text with its codings undone, as far as they can be; None where it is no text.

    HttpCompressionMiddleware refuses a damaged stream; browsers show what came before the damage.
    """
    return _decoded(exchange, text_payload(exchange, content_type(exchange.headers).media_type))


def robots_content(exchange: Exchange) -> bytes | None:
    """The body of a robots.txt whatever media type it is served as (RFC 9309 wants text/plain, servers vary)."""
    if exchange.response is None or exchange.head is None:
        return None
    return _decoded(exchange, parse_response(exchange.response.read(0, TEXT_LIMIT), exchange.method).payload)


def _decoded(exchange: Exchange, payload: bytes | None) -> bytes | None:
    if payload is None:
        return None
    try:
        return decode_content(payload, header_values(exchange.headers, b"content-encoding"), TEXT_LIMIT)
    except BadContent:
        return None
