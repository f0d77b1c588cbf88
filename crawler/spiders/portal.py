"""The one spider. It reads a page with the portal's profile and settles the exchange; it yields nothing:

outlinks go to the frontier as one batch, and the callback ends when its exchange is committed.
"""

from __future__ import annotations

import logging
import sqlite3
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from twisted.python.failure import Failure

from archive.http1 import header
from archive.urls import request_url
from crawler.claims import Claim, Known
from crawler.content import text_content
from crawler.gates import settle_gate
from crawler.guard import CollectionBusy
from crawler.job import load_job
from crawler.politeness import Attempt, Verdict, judge
from crawler.reading import media_type
from crawler.records import Reading
from crawler.runtime import Runtime
from crawler.settlement import Settlement
from crawler.state import StateError
from crawler.stopping import GivenUp
from crawler.wire.exchange import Exchange
from crawler.wire.handler import WireFailure
from profiles.links import Outlink

logger = logging.getLogger(__name__)


class PortalSpider(Spider):
    """`scrapy crawl portal -a job=JOB.yaml`, or `jiucang crawl JOB.yaml`: one code path."""

    name = "portal"
    runtime: Runtime

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider.runtime = kwargs.get("runtime") or _runtime(kwargs.get("job"))
        spider.runtime.timeout = crawler.settings.getfloat("DOWNLOAD_TIMEOUT")
        operator = spider.runtime.job.operator
        crawler.settings.set("USER_AGENT", spider.runtime.user_agent, priority="spider")
        if "@" in operator.contact and operator.contact.isascii():
            headers = {**crawler.settings.getdict("DEFAULT_REQUEST_HEADERS"), "From": operator.contact}
            crawler.settings.set("DEFAULT_REQUEST_HEADERS", headers, priority="spider")
        for line in spider.runtime.told:
            logger.info(line)
        return spider

    async def start(self) -> AsyncIterator[Any]:
        """Nothing: the seeds are in the frontier already."""
        nothing: tuple[Any, ...] = ()
        for item in nothing:
            yield item

    async def parse(self, response: Response) -> None:
        """Reads a response and settles its exchange. A page that makes the reader fail is kept as unparsed."""
        assert response.request is not None
        claim: Claim = response.request.meta["claim"]
        exchange: Exchange | None = response.request.meta.get("exchange")
        await self._settle(claim, exchange, response.body)

    async def failed(self, failure: Failure) -> None:
        """An attempt that gave no response, or one that a middleware refused or could not handle."""
        request, error = failure.request, failure.value  # type: ignore[attr-defined]
        claim: Claim = request.meta["claim"]
        exchange: Exchange | None = request.meta.get("exchange")
        if isinstance(error, GivenUp):
            self.runtime.give_back(claim)
        elif exchange is None or isinstance(error, WireFailure):
            await self._settle(claim, exchange, None, _said(error))
        else:
            refused = isinstance(error, IgnoreRequest)
            await self._settle(claim, exchange, None if refused else text_content(exchange), _said(error))

    async def lost(self, claim: Claim) -> None:
        """A middleware swallowed the claim's request, or put one of its own in its place."""
        await self._settle(claim, None, None, "the request was swallowed")

    async def replaced(self, request: Request) -> None:
        """A middleware answered with another request: the capture is kept, the request becomes its outlink."""
        claim: Claim = request.meta["claim"]
        settlement = self._ended_attempt(claim, request.meta.get("exchange"), f"replaced by {request.url}")
        if settlement is None:
            return
        target = request_url(request.url)
        if claim.role == "robots":
            settlement.robots_at = target
        else:
            settlement.discoveries = self.runtime.reader.discover(claim, [Outlink(target, "R", "redirect", "")])
        await self.runtime.settle(settlement)

    async def _settle(self, claim: Claim, exchange: Exchange | None, body: bytes | None, trouble: str = "") -> None:
        settlement = self._ended_attempt(claim, exchange, trouble)
        if settlement is None:
            return
        if exchange is not None and settlement.verdict.outcome == "captured":
            if exchange.status == 304 and claim.known is not None:
                await self._read_known(settlement, exchange, claim.known)
            else:
                self._read(settlement, exchange, body)
        if claim.role == "robots" and settlement.verdict.outcome != "retry":
            settle_gate(settlement)
        await self.runtime.settle(settlement)

    def _ended_attempt(self, claim: Claim, exchange: Exchange | None, trouble: str) -> Settlement | None:
        """What is to be settled; None where the claim is settled already."""
        attempt, judged = _judged(claim, exchange, trouble)
        verdict = self.runtime.attempt_ended(claim, attempt, judged)
        if verdict is None:
            logger.warning("%s was answered a second time; what a middleware made of it is not kept", claim.url)
            return None
        note = f"middleware:{trouble}" if trouble and exchange is not None and exchange.error is None else None
        settlement = Settlement(claim, exchange, verdict, Reading(verdict.outcome, verdict.reason, note=note))
        if exchange is not None:
            settlement.media_type = media_type(exchange) or None
        return settlement

    async def _read_known(self, settlement: Settlement, exchange: Exchange, known: Known) -> None:
        """The portal says that a page is unchanged: its outlinks are those of the capture it was asked about."""
        recalled = await self.runtime.recall(known, exchange)
        if recalled is None:
            settlement.verdict = Verdict("retry", "recrawl:unreadable")
            settlement.reading = Reading("retry", "recrawl:unreadable")
            settlement.forget = True
            return
        settlement.media_type = media_type(recalled[0]) or None
        self._read(settlement, *recalled)

    def _read(self, settlement: Settlement, exchange: Exchange, body: bytes | None) -> None:
        self.runtime.guard.reading(settlement.claim.id)
        try:
            settlement.reading, settlement.discoveries = self.runtime.reader.read(
                settlement.claim, exchange, body, settlement.reading
            )
        except Exception:
            # promise 2: whatever a page does to its reader, its exchange is committed
            logger.exception("%s could not be read and is kept unread", settlement.claim.url)
            settlement.reading = Reading("captured", settlement.verdict.reason, note="unparsed")
        finally:
            self.runtime.guard.reading(0)


def _runtime(job: str | None) -> Runtime:
    """The runtime of the job file that Scrapy's command line names; ends the process where it cannot be had.

    Scrapy would show an exception with its traceback, which tells whoever misspelt a key nothing.
    """
    try:
        if job is None:
            raise ValueError("the portal spider needs a job file: -a job=JOB.yaml")
        return Runtime(load_job(Path(job)), Path(job))
    except (ValueError, CollectionBusy, StateError, OSError, sqlite3.Error) as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from None


def _judged(claim: Claim, exchange: Exchange | None, trouble: str) -> tuple[Attempt | None, Verdict]:
    if exchange is None:
        return None, Verdict("dropped", f"middleware:{trouble}" if trouble else "middleware")
    attempt = Attempt(
        claim.tries + 1,
        exchange.status,
        exchange.error,
        exchange.truncated,
        header(exchange.headers, b"retry-after"),
        exchange.duration,
        exchange.response.length if exchange.response is not None else 0,
        bool(exchange.request),
    )
    return attempt, judge(attempt, datetime.now(UTC))


def _said(error: BaseException | None) -> str:
    """An exception in one line, as a field of a record or a log can hold it."""
    return " ".join(ascii(error).split())[:200]
