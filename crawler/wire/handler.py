"""The wire as Scrapy's download handler for http and https.

The exchange travels as `request.meta["exchange"]`; what Scrapy gets as a response is light: the transfer-decoded
body of a text, nothing of anything else. Content codings are HttpCompressionMiddleware's to undo.
"""

from __future__ import annotations

from typing import Protocol, cast

from scrapy import Request
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.http import HtmlResponse, Response, TextResponse

from archive.http1 import content_type
from crawler.wire.exchange import Exchange
from crawler.wire.text import text_payload

SPOOLED = "spooled"
"""Flag of a response whose body is in the exchange only."""
UNPARSED = "unparsed"
"""Flag of a response without a status line; its status is 0."""
TRUNCATED = "truncated"
"""Flag of a response that broke off."""

_HTML_TYPES = frozenset({None, "text/html", "application/xhtml+xml", "application/vnd.wap.xhtml+xml"})


class WireFailure(Exception):
    """No answer came. Goes to the request's errback; `exchange.error` says why."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__(f"{exchange.error}: {exchange.detail or exchange.url}")
        self.exchange = exchange


class Wire(Protocol):
    """What the handler asks of a client."""

    async def fetch(self, url: str, method: str, headers: list[tuple[bytes, bytes]], body: bytes) -> Exchange: ...


class _Runtime(Protocol):
    @property
    def wire(self) -> Wire: ...


class _WiredSpider(Protocol):
    """A spider that carries the crawl's running parts."""

    @property
    def runtime(self) -> _Runtime: ...


class WireDownloadHandler(BaseDownloadHandler):
    """Fetches through `crawler.spider.runtime.wire`, which whoever made it also closes."""

    lazy = True

    async def download_request(self, request: Request) -> Response:
        """Raises `WireFailure` where no answer came. `request.meta["exchange"]` is set either way."""
        wire = cast(_WiredSpider, self.crawler.spider).runtime.wire
        fields = [(name, value) for name, values in request.headers.items() for value in values]
        exchange = await wire.fetch(request.url, request.method, fields, request.body)
        request.meta["exchange"] = exchange
        if exchange.error is not None:
            raise WireFailure(exchange)
        return light_response(request, exchange)


def light_response(request: Request, exchange: Exchange) -> Response:
    """What the spider sees of an answer."""
    declared = content_type(exchange.headers).media_type
    payload = text_payload(exchange, declared)
    flags = [TRUNCATED] if exchange.truncated else []
    if not exchange.parsed:
        flags.append(UNPARSED)
    if payload is None:
        flags.append(SPOOLED)
    fields: dict[bytes, list[bytes]] = {}
    for name, value in exchange.headers:
        if name:
            fields.setdefault(name, []).append(value)
    return _response_class(declared, payload)(
        url=request.url, status=exchange.status or 0, headers=fields, body=payload or b"", flags=flags, request=request
    )


def _response_class(declared: str | None, payload: bytes | None) -> type[Response]:
    if payload is None:
        return Response
    return HtmlResponse if declared in _HTML_TYPES else TextResponse
