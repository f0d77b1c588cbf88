"""A run's crawl.log: one line an attempt, in Heritrix's columns.

Time, status, size, URI, path from the seed, via, media type, thread, start+duration, digest, source,
annotations. A status of 0 or less is no HTTP status: -1 DNS, -2 connection, -3 broken off, -404 no
HTTP at all, -9998 robots.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crawler.recorder import Settlement

_CODES = {"dns": -1, "no_reply": -404, "reset": -3, "read_timeout": -3}


class CrawlLog:
    """Appends lines; flushed with each commit."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8", newline="\n")

    def write(self, line: str) -> None:
        self._file.write(line + "\n")

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self._file.close()


def log_line(settlement: Settlement) -> str:
    """One attempt in Heritrix's columns."""
    claim, exchange = settlement.claim, settlement.exchange
    started = exchange.started if exchange is not None else datetime.now(UTC)
    millis = round(exchange.duration * 1000) if exchange is not None else 0
    size = exchange.response.length if exchange is not None and exchange.response is not None else 0
    digest = exchange.payload_digest if exchange is not None else None
    notes = [f"{settlement.claim.tries + 1}t", f"role:{claim.role}", settlement.verdict.outcome]
    notes += [note for note in (settlement.verdict.reason, settlement.reading.note) if note]
    columns = (
        datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
        f"{_status(settlement):>5}",
        f"{size:>10}",
        claim.url,
        claim.hops or "-",
        claim.via or "-",
        settlement.media_type or "-",
        "#000",
        f"{started.strftime('%Y%m%d%H%M%S%f')[:-3]}+{millis}",
        str(digest) if digest is not None else "-",
        "-",
        ",".join(notes),
    )
    return " ".join(columns)


def _status(settlement: Settlement) -> int:
    exchange = settlement.exchange
    if exchange is not None and exchange.status is not None:
        return exchange.status
    if settlement.verdict.reason == "robots":
        return -9998
    error = exchange.error if exchange is not None else None
    return _CODES.get(str(error), -2)
