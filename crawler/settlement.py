"""An attempt that has ended, on its way into the archive: what the loop hands to the writer's thread."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from archive.writer import Location
from crawler.claims import Claim, Discovery
from crawler.politeness import Verdict
from crawler.records import Reading, Revisit
from crawler.robots import RobotsAnswer
from crawler.wire.exchange import Exchange


@dataclass(frozen=True, slots=True)
class Late:
    """What came after the answer from `url` was over. `alone`: it is written without waiting for its exchange."""

    url: str
    data: bytes
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """An exchange in the file: its group runs from `place.offset` over `place.length` bytes.

    `record_id` is that of the response, or of the revisit that stands in its place.
    """

    exchange_id: str
    record_id: str
    exchange: Exchange
    kind: str | None
    place: Location
    revisit: Revisit | None


@dataclass(slots=True, eq=False)
class Settlement:
    """A claim whose attempt has ended and whose callback is done; `done` resolves when it is committed.

    `forget`: the capture that the portal was asked about cannot be read, so it is to be asked for the page itself.
    `closed`: how many other URLs ended with it, because their origin is given up.
    """

    claim: Claim
    exchange: Exchange | None
    verdict: Verdict
    reading: Reading
    discoveries: list[Discovery] = field(default_factory=list)
    robots: RobotsAnswer | None = None
    robots_at: str | None = None
    media_type: str | None = None
    forget: bool = False
    closed: int = 0
    done: asyncio.Future[None] | None = None
    written: list[Written] = field(default_factory=list)

    @property
    def to_write(self) -> list[tuple[Exchange, Reading]]:
        """The exchanges to be recorded that are not in the file yet, in the order in which they took place."""
        exchange = self.exchange
        if exchange is None:
            return []
        both = [(exchange, self.reading)]
        if exchange.replaced is not None:
            both.insert(0, (exchange.replaced, Reading("retry", "kept-connection")))
        return [pair for pair in both if pair[0].request][len(self.written) :]
