"""The commit protocol: a batch of exchanges into the WARC, to disk, then one transaction in state.db.

1. Each exchange is appended as one contiguous group of records.
2. One fsync covers all groups of the batch.
3. One transaction records captures, committed lengths, outcomes, outlinks and the next claims.

Killed before 3, the file is longer than its committed length and is cut at the next start; killed
after 3, all of it stands. All of this runs on one thread, the writer's.
"""

from __future__ import annotations

import sqlite3
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from archive.warc import RecordDraft
from archive.writer import Location, WarcWriter
from crawler.claims import Claim, Counts, Discovery
from crawler.crawllog import CrawlLog, log_line, refused_line
from crawler.frontier import Frontier
from crawler.ledger import Ledger
from crawler.records import OCTETS, WIRE_PART, exchange_records, wire_urn
from crawler.revisits import Originals
from crawler.settlement import Late, Settlement, Written
from crawler.state import CAPTURED, DROPPED, FAILED, State

#: Responses whose record ids are kept, for bytes that arrive late.
MAX_RESPONSES = 1000


@dataclass(frozen=True, slots=True)
class Flushed:
    """What a flush brought: claims to send, and what is still open."""

    claims: list[Claim]
    counts: Counts
    crawl_delays: dict[str, float]


@dataclass(slots=True)
class Tally:
    """What a run has done so far, for progress and limits; `bytes` are those written to the archive."""

    captured: int = 0
    failed: int = 0
    dropped: int = 0
    retried: int = 0
    bytes: int = 0
    documents: int = 0
    challenges: int = 0


class Recorder:
    """The one writer of a run. Not thread-safe: every call comes from the writer's thread."""

    def __init__(
        self,
        run: tuple[int, str],
        state: State,
        frontier: Frontier,
        writer: WarcWriter,
        log: CrawlLog,
        originals: Originals,
        opening: Callable[[], list[RecordDraft]],
    ) -> None:
        """*run* is its number and name; *opening* gives the records that begin the run's first file."""
        self._run, self._run_name = run
        self._state, self._frontier, self._writer, self._log = state, frontier, writer, log
        self.originals, self._opening = originals, opening
        self._ledger = Ledger(self._run, frontier, originals)
        self._opened = False
        self._grown: dict[str, int] = {}
        self._responses: dict[str, tuple[str, str]] = {}
        self.tally = self._resumed_tally()
        spent = state.db.execute("SELECT spent FROM runs WHERE id = ?", (self._run,)).fetchone()[0]
        self._began = time.monotonic() - (spent or 0.0)

    @property
    def spent(self) -> float:
        """Seconds that the run has taken, over all its processes."""
        return time.monotonic() - self._began

    def _note_time(self, db: sqlite3.Connection) -> None:
        db.execute("UPDATE runs SET spent = ? WHERE id = ?", (self.spent, self._run))

    def _resumed_tally(self) -> Tally:
        """Limits are the run's, so a resumed one goes on counting where it was."""
        by_state = "SELECT count(*) FROM urls WHERE run = ? AND state = ?"
        captured, failed, dropped = (
            self._state.db.execute(by_state, (self._run, state)).fetchone()[0] for state in (CAPTURED, FAILED, DROPPED)
        )
        size = self._state.db.execute("SELECT total(length) FROM captures WHERE run = ?", (self._run,)).fetchone()[0]
        return Tally(captured, failed, dropped, bytes=int(size))

    def take_in(self, discoveries: list[Discovery]) -> None:
        """Queues what a run begins with."""
        with self._state.transaction():
            self._frontier.take_in(discoveries)

    def flush(self, batch: list[Settlement], wants: dict[int, int], late: list[Late]) -> Flushed:
        """Commits the batch and claims what is wanted. Raises OSError or sqlite3.Error with nothing half done:

        called again with the same batch, it goes on where it failed. *late* are bytes that arrived after
        the exchange of their URL was over; each becomes a metadata record and leaves the list. Those whose
        exchange is not written yet stay in it, unless they are to stand alone.
        """
        self._append(batch)
        for item in [item for item in late if item.alone or item.url in self._responses]:
            self._append_group([self._late_record(item)])
            late.remove(item)
        self._sync()
        try:
            with self._state.transaction() as db:
                self._note_time(db)
                delays = self._ledger.enter(db, batch, self._grown)
                claims, refused = self._frontier.claim(wants, time.time())
                counts = self._frontier.changes()
                self._log.enter(db, [*map(log_line, batch), *(refused_line(*one) for one in refused)])
        except BaseException:
            self._frontier.reload()
            raise
        self._grown.clear()
        for settlement in batch:
            self._count(settlement)
            for written in settlement.written:
                written.exchange.close()
        self._log.publish()
        self.tally.dropped += len(refused)
        return Flushed(claims, counts, delays)

    def close(self, unused: list[Claim], papers: Callable[[sqlite3.Connection], list[RecordDraft]]) -> None:
        """Gives unused claims back, appends what *papers* gives, and seals the file.

        *papers* is called inside the one transaction of all this: a run that it ends has its papers in the
        archive, or has not ended.
        """
        with self._state.transaction() as db:
            self._note_time(db)
            self._frontier.give_back(unused)
            drafts = papers(db)
            if drafts:
                self._append_group(drafts)
            self._grown |= {grown.file: grown.length for grown in self._writer.seal()}
            self._ledger.enter_lengths(db, self._grown)
            db.execute("UPDATE files SET sealed = 1")

    def _append(self, batch: list[Settlement]) -> None:
        for settlement in batch:
            for exchange, reading in settlement.to_write:
                exchange_id = uuid.uuid4().hex
                revisit = self.originals.revisit(settlement.claim, exchange, reading.kind)
                drafts = exchange_records(exchange, exchange_id, self._run_name, settlement.claim, reading, revisit)
                places = self._append_group(drafts)
                place = replace(places[0], length=sum(part.length for part in places))
                record_id = next(draft.record_id for draft in drafts if draft.type != "request")
                settlement.written.append(Written(exchange_id, record_id, exchange, reading.kind, place, revisit))
                self._remember_response(settlement.claim.url, exchange_id, record_id)

    def _append_group(self, drafts: list[RecordDraft]) -> list[Location]:
        if not self._opened:
            self._writer.append_group(self._opening())
            self._opened = True
        return self._writer.append_group(drafts)

    def _remember_response(self, url: str, exchange_id: str, record_id: str) -> None:
        self._responses.pop(url, None)
        self._responses[url] = (exchange_id, record_id)
        if len(self._responses) > MAX_RESPONSES:
            del self._responses[next(iter(self._responses))]

    def _late_record(self, late: Late) -> RecordDraft:
        known = self._responses.get(late.url)
        exchange_id = known[0] if known else uuid.uuid4().hex
        return RecordDraft(
            type="metadata",
            date=datetime.now(UTC),
            target_uri=wire_urn(exchange_id, "late"),
            content_type=OCTETS,
            block=late.data,
            concurrent_to=(known[1],) if known else (),
            fields=((WIRE_PART, "late"), ("Jiucang-Late-For", late.url)),
        )

    def _sync(self) -> None:
        self._grown |= {grown.file: grown.length for grown in self._writer.sync()}

    def _count(self, settlement: Settlement) -> None:
        tally, outcome = self.tally, settlement.verdict.outcome
        if outcome == "retry":
            tally.retried += 1
        elif outcome == "failed":
            tally.failed += 1 + settlement.closed
        else:
            tally.captured += outcome == "captured"
            tally.dropped += outcome == "dropped"
        tally.documents += settlement.reading.kind == "article"
        tally.challenges += settlement.reading.kind == "challenge"
        tally.bytes += sum(written.place.length for written in settlement.written)


def utc_text(moment: datetime) -> str:
    """`2014-11-03T02:00:00Z`, as all our records write a time to the second."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
