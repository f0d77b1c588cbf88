"""Scrapy's SCHEDULER seam: requests come from the frontier, and what others enqueue goes into it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Self

from scrapy import Request, Spider
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler
from scrapy.utils.defer import deferred_from_coro
from twisted.internet.defer import Deferred

from crawler.claims import Claim
from crawler.runtime import Runtime


class CaptureRequest(Request):
    """A request for a claim. Its URL is the request_url and stays so: Scrapy would escape it a second way."""

    def _set_url(self, url: str) -> None:
        self._url = url


class FrontierScheduler(BaseScheduler):
    """Adapts the frontier to Scrapy's engine."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._spider: Any = None
        self._tasks: set[asyncio.Future[None]] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def open(self, spider: Spider) -> Deferred[None]:
        self._spider = spider
        self._runtime.wake = self._wake_engine
        return deferred_from_coro(self._runtime.open())

    def close(self, reason: str) -> Deferred[None]:
        return deferred_from_coro(self._runtime.close())

    def has_pending_requests(self) -> bool:
        self._settle_lost()
        return self._runtime.has_open_work()

    def next_request(self) -> Request | None:
        claim = self._runtime.next_claim()
        return None if claim is None else self._request(claim)

    def enqueue_request(self, request: Request) -> bool:
        """A middleware put another request in a response's place: an outlink of the capture, not a fetch.

        A request that belongs to no claim is refused; the claim that it came in place of is settled.
        """
        if "claim" not in request.meta:
            # once the engine has let go of the request that this one was to replace
            asyncio.get_running_loop().call_soon(self._settle_lost)
            return False
        self._start(self._spider.replaced(request))
        return True

    def _settle_lost(self) -> None:
        """A claim whose request a middleware swallowed would be waited for until the end of days."""
        engine = self._crawler.engine
        if self._tasks or engine is None or engine._slot is None:
            return
        alive = {request.meta["claim"].id for request in engine._slot.inprogress if "claim" in request.meta}
        for claim in self._runtime.lost(alive):
            self._start(self._spider.lost(claim))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.add(task := asyncio.ensure_future(work))
        task.add_done_callback(self._tasks.discard)

    @property
    def _runtime(self) -> Runtime:
        runtime: Runtime = self._spider.runtime
        return runtime

    def _request(self, claim: Claim) -> Request:
        headers: dict[str, str | bytes] = {"Referer": claim.via} if claim.via else {}
        if claim.known is not None and claim.known.etag is not None:
            headers["If-None-Match"] = claim.known.etag
        if claim.known is not None and claim.known.last_modified is not None:
            headers["If-Modified-Since"] = claim.known.last_modified
        if claim.method == "POST":
            headers |= _as_a_script_posts(claim.body)
        return CaptureRequest(
            claim.url,
            callback=self._spider.parse,
            errback=self._spider.failed,
            method=claim.method,
            body=claim.body,
            headers=headers,
            meta={"claim": claim},
            dont_filter=True,
        )

    def _wake_engine(self) -> None:
        """The one place that knows how the engine is told to ask again."""
        engine = self._crawler.engine
        if engine is not None and engine._slot is not None:
            engine._slot.nextcall.schedule()


def _as_a_script_posts(body: bytes) -> dict[str, str | bytes]:
    """What jQuery says of a form that it sends, and a browser of ASP.NET's: without it servers read no parameters."""
    if b"__EVENTTARGET=" in body:
        return {"Content-Type": "application/x-www-form-urlencoded"}
    form = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"} if body else {}
    return {**form, "X-Requested-With": "XMLHttpRequest"}
