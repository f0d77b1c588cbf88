"""Over real sockets: what the server writes is what the ledger says, to the byte."""

from __future__ import annotations

import asyncio
import functools
import json
import socket
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest

from crawler.job import load_job
from jiucang.sample.job import write_job
from jiucang.sample.ledger import Ledger, LedgerEntry, read_ledger
from jiucang.sample.portal import SamplePortal
from jiucang.sample.replies import Close, Late, Pause, Reply, Request, Reset, Stall
from jiucang.sample.server import SiteServer
from jiucang.sample.shelf import CASES

Ask = Callable[[str, int, bytes], Coroutine[None, None, bytes]]


def run_async(test: Callable[..., Coroutine[None, None, None]]) -> Callable[..., None]:
    """A test that is a coroutine, on a loop of its own."""

    @functools.wraps(test)
    def wrapped(**given: object) -> None:
        asyncio.run(test(**given))

    return wrapped


GET = b"GET %s HTTP/1.1\r\nHost: sample\r\nConnection: close\r\n\r\n"


class WatchedLedger(Ledger):
    """A ledger whose next entries can be awaited."""

    def __init__(self, path: Path | None = None) -> None:
        super().__init__(path)
        self.recorded: asyncio.Queue[LedgerEntry] = asyncio.Queue()

    def record(self, entry: LedgerEntry) -> None:
        super().record(entry)
        self.recorded.put_nowait(entry)


class Scripted:
    """A server that answers every request with one script."""

    def __init__(self, *pieces: object, patience: float = 5.0, path: Path | None = None) -> None:
        self.ledger = WatchedLedger(path)
        self.requests: list[Request] = []
        self._reply = Reply(tuple(pieces), case="scripted")  # type: ignore[arg-type]
        self._server = SiteServer("main", self._answer, self.ledger, patience=patience)

    def _answer(self, request: Request) -> Reply:
        self.requests.append(request)
        return self._reply

    async def __aenter__(self) -> int:
        await self._server.start("127.0.0.1")
        return self._server.port

    async def __aexit__(self, *_: object) -> None:
        await self._server.stop()
        self.ledger.close()


@run_async
async def test_every_case_of_the_shelf_is_sent_as_the_ledger_says(ask: Ask) -> None:
    async with SamplePortal(patience=0.2) as portal:
        port = portal.ports["shelf"]

        async def one(name: str, method: str) -> bytes:
            line = f"{method} /case/{name} HTTP/1.1\r\nHost: s\r\n\r\n".encode()
            reader, writer = await asyncio.open_connection("127.0.0.3", port)
            writer.write(line)
            # half-closed: the server ends the connection once it has nothing more to say
            writer.write_eof()
            received = bytearray()
            try:
                while part := await reader.read(65536):
                    received += part
            except ConnectionResetError:
                pass
            writer.close()
            return bytes(received)

        answers = await asyncio.gather(*(one(case.name, case.method) for case in CASES))
        by_case = {entry.case: entry for entry in portal.ledger.of("shelf")}
        for case, received in zip(CASES, answers, strict=True):
            entry = by_case[case.name]
            assert entry.sent == case.reply().wire, case.name
            assert received == entry.sent + entry.late, case.name
            assert entry.request == f"{case.method} {case.path} HTTP/1.1\r\nHost: s\r\n\r\n".encode()


@run_async
async def test_pages_too(ask: Ask) -> None:
    async with SamplePortal() as portal:
        for path in (b"/", b"/zhzl/zzwj/1.htm", b"/info/1012/1739.htm", b"/css/classic.css", b"/nowhere"):
            received = await ask("127.0.0.1", portal.ports["main"], GET % path)
            entry = portal.ledger.entries[-1]
            assert (entry.sent, entry.target, entry.ending) == (received, path, "closed")
            assert entry.request == GET % path


@run_async
async def test_a_kept_connection_carries_requests_in_pieces_and_in_a_row() -> None:
    body = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    async with Scripted(body) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        first = b"POST /a HTTP/1.1\r\nHost: s\r\nContent-Length: 4\r\n\r\nbody"
        second = b"GET /b HTTP/1.1\r\nX: \xd6\xd0\r\n\r\n"
        for at in range(len(first)):
            writer.write(first[at : at + 1])
            await writer.drain()
        writer.write(second + second)
        assert await reader.readexactly(3 * len(body)) == 3 * body
        writer.close()


@run_async
async def test_requests_are_kept_exactly() -> None:
    server = Scripted(b"HTTP/1.1 204 No Content\r\n\r\n")
    async with server as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        sent = b"POST /a?x=\xc4\xe3 HTTP/1.1\r\nhOST:  s \r\nContent-Length: 3\r\n\r\nb\0y"
        writer.write(sent)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"GET /cut HT")
        writer.close()
        await writer.wait_closed()
        whole, cut = [await server.ledger.recorded.get() for _ in range(2)]
        assert (whole.request, whole.target, whole.method, whole.ending) == (sent, b"/a?x=\xc4\xe3", b"POST", "kept")
        assert server.requests[0].body == b"b\0y"
        assert (cut.request, cut.sent, cut.ending) == (b"GET /cut HT", b"", "aborted")


@run_async
async def test_reset_delivers_first_and_then_breaks() -> None:
    data = b"x" * 300_000
    server = Scripted(data, Reset())
    async with server as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET % b"/")
        received = bytearray()
        with pytest.raises(ConnectionResetError):
            while True:
                part = await reader.read(4096)
                assert part, "the connection ended in order"
                received += part
        assert received == data
        assert server.ledger.entries[0].ending == "reset"
        writer.close()


@run_async
async def test_a_stalled_answer_waits_for_the_client_and_no_longer_than_its_patience() -> None:
    server = Scripted(b"HTTP/1.1 200 OK\r\n", Stall(), patience=0.1)
    async with server as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET % b"/")
        assert await reader.read() == b"HTTP/1.1 200 OK\r\n"
        assert server.ledger.entries[0].ending == "stalled"
        writer.close()


@run_async
async def test_late_bytes_follow_the_answer_and_complete_its_entry(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    server = Scripted(b"HTTP/1.1 204 No Content\r\n\r\n", Late(0.05, b"late"), path=path)
    async with server as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        assert server.ledger.entries[0].late == b""
        assert await reader.readexactly(4) == b"late"
        writer.close()
    assert [entry.late for entry in read_ledger(path)] == [b"late"]
    assert len(path.read_text().splitlines()) == 2


@run_async
async def test_a_client_that_leaves_early_is_in_the_ledger_as_such() -> None:
    server = Scripted(b"HTTP/1.1 200 OK\r\n\r\n", Pause(0.05), *[b"y" * 65536] * 400, Close())
    async with server as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET % b"/")
        await reader.readexactly(10)
        writer.transport.abort()
        entry = await server.ledger.recorded.get()
        assert entry.ending == "aborted"
        assert entry.sent.startswith(b"HTTP/1.1 200 OK\r\n\r\n")
        assert len(entry.sent) < 400 * 65536


@run_async
async def test_sites_answer_on_ipv6_where_there_is_one(ask: Ask) -> None:
    async with SamplePortal() as portal:
        if not portal.urls_v6:
            pytest.skip("no ::1 here")
        for site, url in portal.urls_v6.items():
            assert url == f"http://[::1]:{portal.ports[site]}/"
            assert await ask("::1", portal.ports[site], GET % b"/robots.txt")


@run_async
async def test_the_busy_page_mends_itself_and_nothing_else_changes(ask: Ask) -> None:
    async with SamplePortal() as portal:
        shelf, main = portal.ports["shelf"], portal.ports["main"]
        request = b"GET /busy.htm HTTP/1.1\r\nConnection: close\r\n\r\n"

        async def busy() -> bytes:
            reader, writer = await asyncio.open_connection("127.0.0.3", shelf)
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            writer.close()
            return head

        first, second, third = await busy(), await busy(), await busy()
        assert first.startswith(b"HTTP/1.1 503 ")
        assert b"\r\nRetry-After: 1\r\n" in first
        assert second.startswith(b"HTTP/1.1 200 ")
        assert second == third
        assert await ask("127.0.0.1", main, GET % b"/") == await ask("127.0.0.1", main, GET % b"/")


@run_async
async def test_two_runs_send_the_same_bytes(ask: Ask) -> None:
    async def run(ports: dict[str, int] | None) -> tuple[dict[str, int], list[bytes]]:
        async with SamplePortal(ports) as portal:  # type: ignore[arg-type]
            paths = sorted(portal.truth.expected_captured["main"])[::9]
            answers = [await ask("127.0.0.1", portal.ports["main"], GET % path.encode()) for path in paths]
            return dict(portal.ports), answers

    ports, first = await run(None)
    _, second = await run(ports)
    assert len(first) > 20
    assert first == second


@run_async
async def test_a_port_that_is_taken_is_an_error_and_leaves_nothing_open() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.2", 0))
        taken.listen()
        portal = SamplePortal({"gbk": taken.getsockname()[1]})
        with pytest.raises(OSError):
            await portal.__aenter__()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", portal.ports["main"])


@run_async
async def test_the_job_file_is_one_the_crawler_takes(tmp_path: Path) -> None:
    async with SamplePortal() as portal:
        job = load_job(write_job(tmp_path, portal, "practice"))
        assert job.name == "practice"
        assert job.seeds == [portal.urls["main"], portal.urls["gbk"]]
        assert job.politeness.delay == 0
        assert [str(network) for network in job.network.allow] == ["127.0.0.0/8", "::1/128"]


def test_ledger_lines_round_trip(tmp_path: Path) -> None:
    entries = [
        LedgerEntry(2, "gbk", 7, bytes(range(256)), b"\0\xff", "reset", "reset-in-body", b"late"),
        LedgerEntry(1, "main", 6, b"GET / HTTP/1.1\r\n\r\n", b"", "aborted"),
    ]
    path = tmp_path / "ledger.jsonl"
    ledger = Ledger(path)
    for entry in entries:
        ledger.record(entry)
        assert LedgerEntry.from_json(entry.to_json()) == entry
    ledger.close()
    assert list(read_ledger(path)) == list(ledger.entries) == entries[::-1]


@pytest.mark.parametrize("spoil", ["{}", "[]", "null", '{"seq": 1}', "not json"])
def test_what_is_no_entry_is_refused(spoil: str) -> None:
    with pytest.raises(ValueError):
        LedgerEntry.from_json(spoil)


def test_an_unknown_ending_is_refused() -> None:
    line = json.loads(LedgerEntry(1, "main", 1, b"", b"", "kept").to_json()) | {"ending": "lost"}
    with pytest.raises(ValueError, match="lost"):
        LedgerEntry.from_json(json.dumps(line))
