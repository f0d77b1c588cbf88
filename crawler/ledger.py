"""What a commit writes into state.db: committed lengths, outcomes, captures, and the URLs that were found.

The recorder enters what it has just written to the archive; a rebuild, what it reads there again.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Mapping

from archive.warc import warc_date
from crawler.frontier import Frontier
from crawler.listing import keep_listing
from crawler.revisits import Originals, holds_payload, validator
from crawler.settlement import Settlement, Written
from profiles.kinds import Kind


class Ledger:
    """The book of one run. Every call comes inside a transaction of the one writer."""

    def __init__(self, run: int, frontier: Frontier, originals: Originals) -> None:
        self._run, self._frontier, self._originals = run, frontier, originals
        self._files: dict[str, int] = {}

    def enter(
        self, db: sqlite3.Connection, batch: Iterable[Settlement], lengths: Mapping[str, int]
    ) -> dict[str, float]:
        """Enters settlements whose exchanges stand in files of these *lengths*.

        Returns the Crawl-delays that robots.txt files among them ask for, by host.
        """
        delays: dict[str, float] = {}
        self.enter_lengths(db, lengths)
        batch = list(batch)
        for settlement in batch:
            self._settle(db, settlement, delays)
        self._frontier.take_in(d for s in batch for d in s.discoveries)
        return delays

    def enter_lengths(self, db: sqlite3.Connection, lengths: Mapping[str, int]) -> None:
        """How far which file is committed."""
        for name, length in lengths.items():
            self._files[name] = db.execute(
                "INSERT INTO files(name, committed) VALUES(?, ?)"
                " ON CONFLICT(name) DO UPDATE SET committed = excluded.committed RETURNING id",
                (name, length),
            ).fetchone()[0]

    def _settle(self, db: sqlite3.Connection, settlement: Settlement, delays: dict[str, float]) -> None:
        claim, verdict = settlement.claim, settlement.verdict
        not_before = time.time() + verdict.wait
        self._frontier.settle(claim, verdict.outcome, verdict.reason, not_before, counted=verdict.counted)
        if settlement.forget:
            self._frontier.remember(claim.id, None)
            if claim.known is not None:
                self._originals.forget(claim.known.capture)
        if settlement.robots_at is not None:
            self._frontier.redirect_gate(claim, settlement.robots_at)
        elif settlement.robots is not None and claim.gates is not None:
            delay = self._frontier.origins.open_gate(claim.gates, settlement.robots)
            if delay is not None:
                delays[self._frontier.origins.host_of(claim.gates)] = delay
        if verdict.gives_up:
            settlement.closed = self._frontier.give_up(claim.origin)
        keep_listing(db, self._run, claim.id, settlement.reading)
        for written in settlement.written:
            self._insert_capture(db, settlement, written)

    def _insert_capture(self, db: sqlite3.Connection, settlement: Settlement, written: Written) -> None:
        exchange, place, revisit = written.exchange, written.place, written.revisit
        digest = revisit.refers_to.payload_digest if revisit else exchange.payload_digest
        claim, known = settlement.claim, settlement.claim.known
        unmodified = revisit is not None and exchange.status == 304 and known is not None
        capture = db.execute(
            "INSERT INTO captures(exchange, url_id, run, attempt, file, offset, length, record, date, status,"
            " media_type, kind, truncated, payload_digest, payload_length, etag, last_modified, original)"
            " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
            (
                written.exchange_id,
                claim.id,
                self._run,
                claim.tries + 1,
                self._files[place.file],
                place.offset,
                place.length,
                written.record_id,
                warc_date(exchange.started),
                exchange.status,
                settlement.media_type,
                written.kind,
                exchange.truncated,
                None if digest is None else str(digest),
                revisit.payload_length if revisit else exchange.payload_length,
                validator(exchange, b"etag") or (known.etag if unmodified and known else None),
                validator(exchange, b"last-modified") or (known.last_modified if unmodified and known else None),
                revisit.capture if revisit else None,
            ),
        ).fetchone()[0]
        if revisit is None:
            self._originals.add(capture, exchange, written.kind)
        # the answer that nothing has changed since a capture which cannot be read is no good capture either
        good = (unmodified or holds_payload(exchange, written.kind)) and written.kind != Kind.ERROR
        if good and not settlement.forget:
            self._frontier.remember(claim.id, capture)
