"""The HTTP/1.1 client: one call, one `Exchange`. Redirects, cookies and retries of answers are not its business."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from archive.http1 import Header
from crawler.wire.addresses import AddressBook, Network, Resolver, system_resolver
from crawler.wire.connection import LateBytes, Peer, WireConnection
from crawler.wire.dial import Dialer, DialFailure, DialTimes
from crawler.wire.exchange import ErrorCode, Exchange
from crawler.wire.pool import QUIET, Origin, Pool
from crawler.wire.reply import Ending, Reply
from crawler.wire.request import Target, UnusableUrl, read_target, serialise
from crawler.wire.spool import MEMORY_LIMIT, Spool, empty_folder

logger = logging.getLogger(__name__)

_REPEATABLE = frozenset({"GET", "HEAD"})

_OF_A_DEAD_CONNECTION = (None, ErrorCode.NO_REPLY, ErrorCode.RESET)


@dataclass(frozen=True, slots=True)
class WireSettings:
    """How far the wire goes. Times are seconds, sizes bytes."""

    spool_dir: Path
    """Made where missing; files in it are removed when the client starts."""
    body_limit: int = 2 * 10**9
    """Of a body as received, chunk framing included; what is longer is cut there."""
    allow: tuple[Network, ...] = ()
    """Networks that may be reached although they are not global unicast."""
    connect: float = 20.0
    """For look-up and connecting together."""
    tls: float = 20.0
    first_byte: float = 60.0
    idle: float = 60.0
    """Between two arrivals of bytes."""
    total: float = 3600.0
    """For the whole attempt."""
    keep_alive: float = 15.0
    """How long an idle connection is kept for the next request."""
    quiet: float = QUIET
    """How long a connection must have been silent before it carries the next request."""
    memory_limit: int = MEMORY_LIMIT
    """Of one message, before it goes to a file."""


def log_late_bytes(url: str, data: bytes) -> None:
    """The default for bytes that came too late to stand in their exchange's records."""
    logger.warning("%d bytes arrived after the end of the answer from %s: %r", len(data), url, data[:200])


class WireClient:
    """Fetches, and keeps every byte. Make and use it inside one running event loop."""

    def __init__(
        self,
        settings: WireSettings,
        resolver: Resolver = system_resolver,
        on_late_bytes: LateBytes = log_late_bytes,
    ) -> None:
        """Empties the spool folder; raises `OSError` where it cannot be made."""
        empty_folder(settings.spool_dir)
        self._loop = asyncio.get_running_loop()
        self._settings = settings
        self._on_late_bytes = on_late_bytes
        self._pool = Pool(settings.keep_alive, settings.quiet)
        self._dialer = Dialer(
            AddressBook(settings.allow, resolver), DialTimes(settings.connect, settings.tls), self._new_connection
        )

    async def fetch(self, url: str, method: str = "GET", headers: Iterable[Header] = (), body: bytes = b"") -> Exchange:
        """One attempt at `url` (a request_url). Whatever the network does, the result is an `Exchange`.

        A kept connection that turns out to be dead, or to hold something that is no answer, is replaced by a fresh
        one, once; the result then carries what the kept one gave as `replaced`. Raises `ValueError` where a header
        field contains a line break.
        """
        attempt = _Attempt(url, method, datetime.now(UTC), time.monotonic())
        try:
            target = read_target(url)
        except UnusableUrl as error:
            return attempt.failed(ErrorCode.BAD_URL, str(error))
        request = serialise(target, method, headers, body)
        kept = self._pool.take(target.origin) if method in _REPEATABLE else None
        if kept is None:
            return await self._fetch_afresh(target, request, attempt)
        exchange = await self._converse(kept, target.origin, request, attempt)
        if exchange.parsed or exchange.error not in _OF_A_DEAD_CONNECTION:
            return exchange
        attempt = _Attempt(url, method, datetime.now(UTC), time.monotonic())
        return replace(await self._fetch_afresh(target, request, attempt), replaced=exchange)

    async def _fetch_afresh(self, target: Target, request: bytes, attempt: _Attempt) -> Exchange:
        try:
            connection = await self._dialer.dial(target.origin, self._settings.total)
        except DialFailure as failure:
            return attempt.failed(failure.code, failure.detail, failure.ip, target.origin[2])
        return await self._converse(connection, target.origin, request, attempt)

    async def close(self) -> None:
        """Closes every connection; exchanges under way end as if their peers had gone."""
        self._pool.close()
        await asyncio.sleep(0)

    def _new_connection(self) -> WireConnection:
        connection = WireConnection(self._on_late_bytes, self._pool.gone)
        self._pool.add(connection)
        return connection

    async def _converse(
        self, connection: WireConnection, origin: Origin, request: bytes, attempt: _Attempt
    ) -> Exchange:
        settings = self._settings
        reused = connection.used
        reply = Reply(attempt.method, Spool(settings.spool_dir, settings.memory_limit), settings.body_limit)
        left = attempt.begun + settings.total - time.monotonic()
        patience = (settings.first_byte, settings.idle, self._loop.time() + left)
        try:
            ending = await connection.exchange(attempt.url, request, reply, patience)
            reply.end(ending)
            await self._store_rest(reply)
        except BaseException:
            reply.spool.close()
            raise
        self._release(connection, origin, ending, reply)
        detail = connection.detail if ending is not Ending.DONE else None
        return attempt.answered(connection.peer, connection.sent, reply, reused, detail)

    async def _store_rest(self, reply: Reply) -> None:
        if reply.spool.pending and reply.error is None:
            try:
                await self._loop.run_in_executor(None, reply.spool.flush)
            except OSError as error:
                logger.error("the spool cannot be written: %s", error)
                reply.error = ErrorCode.SPOOL

    def _release(self, connection: WireConnection, origin: Origin, ending: Ending, reply: Reply) -> None:
        if connection.closed:
            return
        if ending is not Ending.DONE or reply.truncated or reply.error:
            connection.close()
        elif reply.parser.reusable and reply.parser.parsed:
            self._pool.give(origin, connection)
        else:
            self._pool.dismiss(connection)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What is known of an attempt when it begins. `begun` is monotonic; the loop's clock is too coarse for it."""

    url: str
    method: str
    started: datetime
    begun: float

    def failed(self, error: ErrorCode, detail: str, ip: str | None = None, port: int | None = None) -> Exchange:
        return Exchange(
            url=self.url,
            method=self.method,
            started=self.started,
            duration=time.monotonic() - self.begun,
            ip=ip,
            port=port,
            error=error,
            detail=detail,
        )

    def answered(self, peer: Peer | None, request: bytes, reply: Reply, reused: bool, detail: str | None) -> Exchange:
        assert peer is not None
        parser = reply.parser
        got = reply.error is None
        payload_digest = reply.payload_digest() if got else None
        if not got:
            reply.spool.close()
        return Exchange(
            url=self.url,
            method=self.method,
            started=self.started,
            duration=time.monotonic() - self.begun,
            request=request,
            ip=peer.ip,
            port=peer.port,
            local=peer.local,
            reused=reused,
            tls=peer.tls,
            response=reply.spool if got else None,
            before=parser.before,
            after=reply.after,
            head=parser.head if got else None,
            truncated=reply.truncated if got else None,
            fault=parser.fault if got else None,
            block_digest=reply.block_digest() if got else None,
            payload_digest=payload_digest,
            payload_length=reply.payload_length if payload_digest is not None else None,
            error=reply.error,
            detail=detail,
        )
