"""Scrapy's side of the wire: what a spider gets of an exchange."""

from __future__ import annotations

import gzip
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import HtmlResponse, Response, TextResponse
from scrapy.utils.test import get_crawler

from crawler.wire.exchange import ErrorCode
from crawler.wire.handler import WireDownloadHandler, WireFailure
from crawler.wire.text import is_text_type, looks_like_text

PAGE = "<html><title>综治文件</title></html>".encode("gb18030")
PNG = b"\x89PNG\r\n\x1a\n" + bytes(50)


def answer(fields: bytes, body: bytes, status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 %b\r\n%bContent-Length: %d\r\n\r\n%b" % (status, fields, len(body), body)


async def download(client: Any, request: Request) -> Response:
    crawler = get_crawler()
    crawler.spider = SimpleNamespace(runtime=SimpleNamespace(wire=client))  # type: ignore[assignment]
    return await WireDownloadHandler.from_crawler(crawler).download_request(request)


CASES = [
    (answer(b"Content-Type: text/html\r\n", PAGE), HtmlResponse, PAGE, []),
    (answer(b"", PAGE), HtmlResponse, PAGE, []),
    (answer(b"Content-Type: nonsense\r\n", PAGE), HtmlResponse, PAGE, []),
    (answer(b"Content-Type: text/css\r\n", b"a{}"), TextResponse, b"a{}", []),
    (answer(b"Content-Type: application/json\r\n", b"{}"), TextResponse, b"{}", []),
    (answer(b"Content-Type: image/svg+xml\r\n", b"<svg/>"), TextResponse, b"<svg/>", []),
    (answer(b"Content-Type: text/html\r\n", PAGE, b"404 Not Found"), HtmlResponse, PAGE, []),
    (answer(b"Content-Type: image/png\r\n", PNG), Response, b"", ["spooled"]),
    (answer(b"Content-Type: text/html\r\n", PNG), Response, b"", ["spooled"]),
    (answer(b"", PNG), Response, b"", ["spooled"]),
    (answer(b"Content-Type: application/octet-stream\r\n", b"text"), Response, b"", ["spooled"]),
    (answer(b"Content-Type: text/html\r\n", b"x" * (10 * 1_048_576)), Response, b"", ["spooled"]),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", HtmlResponse, b"abc", []),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n<p>not chunked", HtmlResponse, b"<p>not chunked", []),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nshort", HtmlResponse, b"short", ["truncated"]),
    (b"SSH-2.0-x\r\n", Response, b"", ["unparsed", "spooled"]),
    (
        answer(b"Content-Encoding: gzip\r\n", gzip.compress(PAGE, mtime=0)),
        HtmlResponse,
        gzip.compress(PAGE, mtime=0),
        [],
    ),
    (answer(b"Content-Encoding: gzip\r\n", gzip.compress(PNG, mtime=0)), Response, b"", ["spooled"]),
    (answer(b"", "\ufeff旧栏目".encode("utf-16")), HtmlResponse, "\ufeff旧栏目".encode("utf-16"), []),
]


@pytest.mark.parametrize(("sent", "kind", "body", "flags"), CASES)
def test_what_the_spider_sees(sent: bytes, kind: type[Response], body: bytes, flags: list[str], world: Any) -> None:
    async def ask() -> None:
        async with world.serving(["ask", sent]) as server, world.client() as client:
            request = Request(server.url("/info/1/2.htm"), headers={"User-Agent": "jc"})
            response = await download(client, request)
            assert (type(response), response.body, response.flags) == (kind, body, flags)
            exchange = request.meta["exchange"]
            assert exchange.response.read() == sent
            assert (response.status, response.url, response.request) == (exchange.status or 0, request.url, request)
            assert b"\r\nUser-Agent: jc\r\n" in exchange.request

    world.run(ask())


def test_all_values_of_a_field_arrive(world: Any) -> None:
    async def ask() -> None:
        sent = answer(b"Set-Cookie: a=1\r\nset-cookie: b=2\r\n: nameless\r\n", b"x")
        async with world.serving(["ask", sent, "hold"]) as server, world.client() as client:
            response = await download(client, Request(server.url()))
            assert response.headers.getlist("Set-Cookie") == [b"a=1", b"b=2"]

    world.run(ask())


def test_no_answer_is_a_failure_with_its_exchange(world: Any) -> None:
    async def ask() -> None:
        async with world.serving(["ask"]) as server, world.client() as client:
            request = Request(server.url())
            with pytest.raises(WireFailure) as caught:
                await download(client, request)
            assert caught.value.exchange is request.meta["exchange"]
            assert caught.value.exchange.error is ErrorCode.NO_REPLY

    world.run(ask())


def test_a_form_is_posted(world: Any) -> None:
    async def ask() -> None:
        async with world.serving(["ask", answer(b"", b"7"), "hold"]) as server, world.client() as client:
            response = await download(client, Request(server.url("/count"), method="POST", body=b"id=7"))
            assert response.body == b"7"
            assert server.requests[0].startswith(b"POST /count HTTP/1.1\r\n")
            assert server.requests[0].endswith(b"Content-Length: 4\r\n\r\nid=7")

    world.run(ask())


@pytest.mark.parametrize("kind", ["application/pdf", "image/png", "application/msword", "application/octet-stream"])
def test_types_that_are_no_text(kind: str) -> None:
    assert not is_text_type(kind)


@pytest.mark.parametrize("start", [b"%PDF-1.4", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1", b"GIF89a", b"abc\x01"])
def test_starts_that_are_no_text(start: bytes) -> None:
    assert not looks_like_text(start)
