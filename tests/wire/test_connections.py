"""Connections kept, lost, refused and replaced."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from crawler.wire.exchange import ErrorCode, Exchange, Truncated

HI = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
HO = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nho"


class Late:
    """Collects late bytes and lets a test wait for them."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self.event = asyncio.Event()

    def __call__(self, url: str, data: bytes) -> None:
        self.heard.append((url, data))
        self.event.set()


def test_a_connection_is_kept(world: Any) -> None:
    async def ask() -> None:
        async with world.serving(["ask", HI, "ask", HO, "hold"]) as server, world.client() as client:
            first, second = [await client.fetch(server.url(path)) for path in ("/1", "/2")]
            assert (first.reused, second.reused, server.connections) == (False, True, 1)
            assert (first.response.read(), second.response.read()) == (HI, HO)
            assert [request.split()[1] for request in server.requests] == [b"/1", b"/2"]

    world.run(ask())


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi",
        HI + b"leftover",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 1\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\n\r\n",
    ],
    ids=["close", "1.0", "leftover", "conflicting", "chunked with length", "101"],
)
def test_a_connection_is_not_kept_after(answer: bytes, world: Any) -> None:
    async def ask() -> None:
        scripts = ["ask", answer, "hold"], ["ask", HO, "hold"]
        async with world.serving(*scripts) as server, world.client() as client:
            await client.fetch(server.url("/1"))
            second = await client.fetch(server.url("/2"))
            assert (second.reused, second.response.read(), server.connections) == (False, HO, 2)

    world.run(ask())


def test_one_request_at_a_time_on_a_connection(world: Any) -> None:
    async def ask() -> None:
        go = asyncio.Event()
        scripts = ["ask", go, HI, "hold"], ["ask", go, HI, "hold"]
        async with world.serving(*scripts) as server, world.client() as client:
            both = asyncio.gather(client.fetch(server.url("/1")), client.fetch(server.url("/2")))
            await server.asked(2)
            go.set()
            assert [exchange.status for exchange in await both] == [200, 200]
            assert server.connections == 2

    world.run(ask())


@pytest.mark.parametrize("end", [(), ("reset",)], ids=["closed", "reset"])
def test_a_kept_connection_that_died_is_replaced_once(end: Sequence[str], world: Any) -> None:
    async def ask() -> None:
        scripts = ["ask", HI, "ask", *end], ["ask", HO, "hold"]
        async with world.serving(*scripts) as server, world.client() as client:
            await client.fetch(server.url("/1"))
            second = await client.fetch(server.url("/2"))
            assert (second.status, second.reused, second.response.read()) == (200, False, HO)
            assert server.requests[1] == server.requests[2] == second.request

    world.run(ask())


def test_the_replacement_is_not_replaced(world: Any) -> None:
    async def ask() -> None:
        async with world.serving(["ask", HI, "ask"], ["ask"], ["ask", HO]) as server, world.client() as client:
            await client.fetch(server.url("/1"))
            second = await client.fetch(server.url("/2"))
            assert (second.error, server.connections) == (ErrorCode.NO_REPLY, 2)

    world.run(ask())


def test_an_answer_that_broke_off_is_not_asked_for_again(world: Any) -> None:
    async def ask() -> None:
        scripts = ["ask", HI, "ask", HI[:-1]], ["ask", HO]
        async with world.serving(*scripts) as server, world.client() as client:
            await client.fetch(server.url("/1"))
            second = await client.fetch(server.url("/2"))
            assert (second.truncated, second.reused, server.connections) == (Truncated.DISCONNECT, True, 1)

    world.run(ask())


def test_post_never_goes_on_a_kept_connection(world: Any) -> None:
    async def ask() -> None:
        async with world.serving(["ask", HI, "hold"], ["ask", HO, "hold"]) as server, world.client() as client:
            await client.fetch(server.url("/1"))
            posted = await client.fetch(server.url("/2"), "POST", [(b"Content-Type", b"text/plain")], b"a=1")
            assert (posted.reused, server.connections) == (False, 2)
            assert server.requests[1] == posted.request
            assert posted.request.endswith(b"Content-Type: text/plain\r\nContent-Length: 3\r\n\r\na=1")

    world.run(ask())


def test_late_bytes_are_reported_and_end_the_connection(world: Any) -> None:
    async def ask() -> None:
        go, late = asyncio.Event(), Late()
        scripts = ["ask", HI, go, b"<!-- late -->", "hold"], ["ask", HO, "hold"]
        async with world.serving(*scripts) as server, world.client(on_late_bytes=late) as client:
            first = await client.fetch(server.url("/1"))
            go.set()
            await late.event.wait()
            assert late.heard == [(server.url("/1"), b"<!-- late -->")]
            assert (first.after, first.response.read()) == (b"", HI)
            second = await client.fetch(server.url("/2"))
            assert (second.reused, second.response.read()) == (False, HO)

    world.run(ask())


def test_late_bytes_on_a_connection_that_closes(world: Any) -> None:
    answer = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi"

    async def ask() -> None:
        go, late = asyncio.Event(), Late()
        async with world.serving(["ask", answer, go, b"late"]) as server, world.client(on_late_bytes=late) as client:
            await client.fetch(server.url("/1"))
            go.set()
            await late.event.wait()
            assert late.heard == [(server.url("/1"), b"late")]

    world.run(ask())


def test_late_bytes_that_meet_the_next_request(world: Any) -> None:
    """What a kept connection answers is no HTTP: it is kept as an exchange of its own, and a fresh one is tried."""

    async def ask() -> None:
        late = Late()
        scripts = ["ask", HI, "ask", b"</html> tail\r\n" + HO, "hold"], ["ask", HO, "hold"]
        async with world.serving(*scripts) as server, world.client(on_late_bytes=late) as client:
            await client.fetch(server.url("/1"))
            second = await client.fetch(server.url("/2"))
            assert second.replaced.response.read() == b"</html> tail\r\n" + HO
            assert second.replaced.request == second.request
            assert (second.reused, second.response.read()) == (False, HO)
            assert late.heard == []

    world.run(ask())


def test_an_idle_connection_is_closed_in_time(world: Any) -> None:
    async def ask() -> None:
        async with world.serving(["ask", HI, "hold"], ["ask", HO]) as server, world.client(keep_alive=0.05) as client:
            await client.fetch(server.url("/1"))
            await server.ended.wait()
            assert (await client.fetch(server.url("/2"))).reused is False

    world.run(ask())


def test_closing_the_client_ends_what_is_under_way(world: Any) -> None:
    async def ask() -> None:
        async with world.serving(["ask", HI[:-1], "hold"]) as server, world.client() as client:
            fetching = asyncio.ensure_future(client.fetch(server.url()))
            await server.asked()
            await client.close()
            exchange = await fetching
            assert exchange.truncated is Truncated.DISCONNECT or exchange.error is ErrorCode.NO_REPLY

    world.run(ask())


def test_cancelling_closes_the_connection(world: Any) -> None:
    async def ask() -> None:
        async with world.serving(["ask", HI[:-1], "hold"]) as server, world.client() as client:
            fetching = asyncio.ensure_future(client.fetch(server.url()))
            await server.asked()
            fetching.cancel()
            with pytest.raises(asyncio.CancelledError):
                await fetching
            await server.ended.wait()

    world.run(ask())


def test_nobody_listens(world: Any) -> None:
    async def ask() -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
            async with world.client() as client:
                exchange = await client.fetch(f"http://127.0.0.1:{port}/")
        assert (exchange.error, exchange.ip, exchange.port) == (ErrorCode.REFUSED, "127.0.0.1", port)
        assert (exchange.request, exchange.response, exchange.status) == (b"", None, None)

    world.run(ask())


def test_the_second_address_is_tried(world: Any) -> None:
    async def resolver(_: str) -> Sequence[str]:
        return ["127.9.9.9", "127.0.0.1"]

    async def ask() -> None:
        async with world.serving(["ask", HI, "hold"]) as server, world.client(resolver=resolver) as client:
            exchange = await client.fetch(server.url(host="two.example"))
            assert (exchange.ip, exchange.status) == ("127.0.0.1", 200)
            assert exchange.request == b"GET / HTTP/1.1\r\nHost: two.example:%d\r\n\r\n" % server.port

    world.run(ask())


def test_connecting_takes_too_long(world: Any) -> None:
    """A listener whose backlog is full answers no SYN."""

    async def ask() -> None:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(0)
            port = listener.getsockname()[1]
            held = [socket.socket() for _ in range(4)]
            for each in held:
                each.setblocking(False)
                each.connect_ex(("127.0.0.1", port))
            async with world.client(connect=0.2) as client:
                exchange = await client.fetch(f"http://127.0.0.1:{port}/")
            for each in held:
                each.close()
        assert exchange.error is ErrorCode.CONNECT_TIMEOUT

    world.run(ask())


def test_a_name_that_does_not_resolve(world: Any) -> None:
    async def resolver(_: str) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    async def ask() -> None:
        async with world.client(resolver=resolver) as client:
            exchange = await client.fetch("http://gone.example/")
        assert (exchange.error, exchange.ip) == (ErrorCode.DNS, None)
        assert "not known" in str(exchange.detail)

    world.run(ask())


def test_a_name_server_that_does_not_answer(world: Any) -> None:
    async def resolver(_: str) -> Sequence[str]:
        await asyncio.get_running_loop().create_future()
        return []

    async def ask() -> None:
        async with world.client(resolver=resolver, connect=0.05) as client:
            assert (await client.fetch("http://slow.example/")).error is ErrorCode.DNS

    world.run(ask())


@pytest.mark.parametrize("answer", ["10.0.0.1", "::ffff:127.0.0.1", "169.254.169.254", "2002:7f00:1::", "::127.0.0.1"])
def test_a_name_that_leads_inside_is_not_followed(answer: str, world: Any) -> None:
    asked: list[str] = []

    async def resolver(host: str) -> Sequence[str]:
        asked.append(host)
        return [answer]

    async def ask() -> None:
        async with world.serving(["ask", HI]) as server, world.client(resolver=resolver, allow=()) as client:
            exchange = await client.fetch(server.url(host="portal.example"))
            assert (exchange.error, exchange.request) == (ErrorCode.ADDRESS_FORBIDDEN, b"")
            assert exchange.ip == str(ipaddress.ip_address(answer))
            assert (server.connections, asked) == (0, ["portal.example"])

    world.run(ask())


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "www.localhost", "[::1]", "[::ffff:127.0.0.1]"])
def test_loopback_is_reached_only_where_allowed(host: str, world: Any) -> None:
    async def ask() -> None:
        async with world.serving(["ask", HI]) as server, world.client(allow=()) as client:
            exchange = await client.fetch(server.url(host=host))
            assert (exchange.error, server.connections) == (ErrorCode.ADDRESS_FORBIDDEN, 0)

    world.run(ask())


def test_names_of_the_loopback_ask_no_name_server(world: Any) -> None:
    async def resolver(host: str) -> Sequence[str]:
        raise AssertionError(host)

    async def ask() -> None:
        async with world.serving(["ask", HI, "hold"]) as server, world.client(resolver=resolver) as client:
            exchange = await client.fetch(server.url(host="portal.localhost"))
            assert (exchange.status, exchange.ip) == (200, "127.0.0.1")

    world.run(ask())


def test_a_name_is_resolved_once_for_a_while(world: Any) -> None:
    asked: list[str] = []

    async def resolver(host: str) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"]

    async def ask() -> None:
        async with world.serving(["ask", HI + b"x"], ["ask", HI]) as server, world.client(resolver=resolver) as client:
            for _ in range(2):
                assert (await client.fetch(server.url(host="portal.example"))).status == 200
            assert (asked, server.connections) == (["portal.example"], 2)

    world.run(ask())


def test_ipv6(world: Any, received: Callable[[Exchange], bytes]) -> None:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError as error:
        pytest.skip(f"no IPv6 here: {error}")

    async def ask() -> None:
        async with world.serving(["ask", HI, "hold"], host="::1") as server, world.client() as client:
            exchange = await client.fetch(server.url(host="[::1]"))
            assert (received(exchange), exchange.ip) == (HI, "::1")
            assert server.requests[0].startswith(b"GET / HTTP/1.1\r\nHost: [::1]:%d\r\n" % server.port)

    world.run(ask())


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.example/",
        "http:///path",
        "http://a.example:99999/",
        "http://a.example/blank here",
        "http://a.example/栏目",
        "http://a.example/\r\nX: y",
        "http://[::1/",
        "",
    ],
)
def test_urls_that_cannot_be_asked_for(url: str, world: Any) -> None:
    async def ask() -> None:
        async with world.client() as client:
            exchange = await client.fetch(url)
            assert (exchange.error, exchange.request, exchange.url) == (ErrorCode.BAD_URL, b"", url)

    world.run(ask())


def test_a_header_cannot_smuggle_lines(world: Any) -> None:
    async def ask() -> None:
        async with world.client() as client:
            with pytest.raises(ValueError, match="line break"):
                await client.fetch("http://a.example/", "GET", [(b"X", b"a\r\nHost: b")])

    world.run(ask())


def test_the_request_is_exact(world: Any) -> None:
    fields = [(b"User-Agent", b"jc"), (b"accept", b"*/*"), (b"Accept", b"text/html")]

    async def ask() -> None:
        async with world.serving(["ask", HI]) as server, world.client() as client:
            exchange = await client.fetch(server.url("/a%20b;c?d=%CE%DE&e#frag"), "GET", fields)
            expected = (
                b"GET /a%%20b;c?d=%%CE%%DE&e HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
                b"User-Agent: jc\r\naccept: */*\r\nAccept: text/html\r\n\r\n" % server.port
            )
            assert server.requests == [expected]
            assert exchange.request == expected

    world.run(ask())


def test_a_connection_rests_before_it_is_trusted(world: Any) -> None:
    """Bytes that a server sends late must not be read as the next request's answer."""

    async def ask() -> None:
        scripts = ["ask", HI, "hold"], ["ask", HO, "hold"]
        async with world.serving(*scripts) as server, world.client(quiet=60.0) as client:
            exchanges = [await client.fetch(server.url(path)) for path in ("/1", "/2")]
            assert [exchange.reused for exchange in exchanges] == [False, False]
            assert server.connections == 2

    world.run(ask())
