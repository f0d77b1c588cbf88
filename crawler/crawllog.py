"""A run's crawl.log: one line an attempt, in Heritrix's columns.

Time, status, size, URI, path from the seed, via, media type, thread, start+duration, digest, source,
annotations. A status of 0 or less is no HTTP status: -1 DNS, -2 connection, -3 broken off, -404 no
HTTP at all, -5001 the job's own settings, -9998 robots.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from crawler.claims import Claim
from crawler.settlement import Settlement

_ROBOTS = -9998
_BY_SETTING = -5001
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
    now = datetime.now(UTC)
    started = exchange.started if exchange is not None else now
    millis = round(exchange.duration * 1000) if exchange is not None else 0
    size = exchange.response.length if exchange is not None and exchange.response is not None else 0
    digest = exchange.payload_digest if exchange is not None else None
    notes = [f"{settlement.claim.tries + 1}t", f"role:{claim.role}", settlement.verdict.outcome]
    notes += [note for note in (settlement.verdict.reason, settlement.reading.note) if note]
    if any(written.revisit for written in settlement.written):
        notes.append("warcRevisit:notModified" if _status(settlement) == 304 else "warcRevisit:digest")
    columns = (
        _time(now),
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
        ",".join(note.replace(" ", "_") for note in notes),
    )
    return " ".join(columns)


def refused_line(claim: Claim, reason: str) -> str:
    """A URL that was never asked for: robots.txt forbids it, or the recrawl's mode takes it as known."""
    notes = f"role:{claim.role},dropped,{reason}"
    place = f"{claim.url} {claim.hops or '-'} {claim.via or '-'}"
    code = _ROBOTS if reason.startswith("robots") else _BY_SETTING
    return f"{_time(datetime.now(UTC))} {code:>5} {'-':>10} {place} - #000 - - - {notes}"


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _status(settlement: Settlement) -> int:
    exchange = settlement.exchange
    if exchange is not None and exchange.status is not None:
        return exchange.status
    error = exchange.error if exchange is not None else None
    return _CODES.get(str(error), -2)
