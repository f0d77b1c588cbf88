"""The attempts of one crawl process, entered in state.db again from what the archive says of them.

Each goes through the reader's rules, the frontier and the ledger that it went through when it was made, so
that no rule stands here a second time. What has no record, because it was never asked for or no server was
reached, comes from the run's crawl.log.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from archive.reader import Record
from archive.urls import MergeRule, frontier_key
from archive.warc import RefersTo
from archive.writer import Location
from crawler.claims import Claim, Discovery, Known
from crawler.frontier import Frontier
from crawler.gates import settle_gate
from crawler.job import Job
from crawler.ledger import Ledger
from crawler.listing import known_lists
from crawler.logged import Logged
from crawler.metadata import Told, read_url
from crawler.politeness import DEAD, SPARED, Verdict
from crawler.reading import Reader, media_type, named_links
from crawler.records import Reading, Revisit
from crawler.reread import Asked, read_exchange, read_request
from crawler.revisits import Originals
from crawler.settlement import Settlement, Written
from crawler.state import QUEUED, WAITING
from crawler.units import Group
from crawler.wire.spool import Spool
from profiles.kinds import Kind
from profiles.links import Outlink
from profiles.load import ProfileSet

AGENT = "jiucang"
_KEPT_CONNECTION = "kept-connection"
_UNREADABLE = "recrawl:unreadable"
_KINDS: dict[str | None, Kind] = {kind.value: kind for kind in Kind}

#: What makes an address and a record quick to find; only a rebuild asks for them so.
INDEXES = "CREATE INDEX rebuild_urls ON urls(url); CREATE INDEX rebuild_records ON captures(record)"
NO_INDEXES = "DROP INDEX rebuild_urls; DROP INDEX rebuild_records"
_COLUMNS = "id, key, origin, tries, gates, last, run, state"


class _Row(NamedTuple):
    """A row of `urls`, as far as it is asked for."""

    id: int
    key: bytes
    origin: int
    tries: int
    gates: int | None
    last: int | None
    run: int
    state: int


class Process:
    """One process of a run. Every call comes inside a transaction."""

    def __init__(
        self, db: sqlite3.Connection, archive: Path, run: int, job: Job, profiles: ProfileSet, reader: Reader
    ) -> None:
        """Takes the run up, or begins it: what is queued from before, the job's seeds, and what its mode asks for."""
        self._db, self.run, self._profiles, self._reader = db, run, profiles, reader
        robots, recrawl = job.politeness.robots, job.recrawl.mode
        self._frontier = Frontier(db, run, robots=robots, agent=AGENT, recrawl=recrawl)
        self._originals = Originals(db, archive, run, dedup=job.recrawl.dedup)
        self._ledger = Ledger(run, self._frontier, self._originals)
        self._kept: list[Written] = []
        self._dead: set[int] = set()
        self._frontier.open(0)
        self._frontier.take_in(reader.seeds(job.seeds))
        if recrawl == "columns":
            self._frontier.take_in(reader.again(known_lists(db, run)))

    def enter(self, group: Group) -> None:
        """An attempt that has records. Raises OSError."""
        told, asked = group.told, read_request(group.request)
        url = read_url(group.request.target_uri or "")
        if url is None:
            return
        merge = self._merge(told)
        row = self._row(url, told, asked, merge)
        revisit = self._revisit(group.answer)
        exchange = read_exchange(url, asked, group, with_body=told.role == "robots")
        if revisit is not None and revisit.capture:
            exchange = replace(exchange, payload_length=revisit.payload_length)
        known = self._known(row) if exchange.status == 304 else None
        claim = _claim(row, url, asked, told, known)
        place = Location(group.file, group.offset, group.length)
        record_id = group.answer.id if group.answer is not None else group.metadata_id
        written = Written(told.exchange, record_id, exchange, told.kind, place, revisit)
        self._kept.append(written)
        if (told.outcome, told.reason) == ("retry", _KEPT_CONNECTION):
            return
        settlement = Settlement(claim, exchange, _verdict(told.outcome, told.reason), self._reading(told, merge))
        settlement.written, self._kept = self._kept, []
        settlement.media_type = self._media_type(revisit) if known is not None else media_type(exchange) or None
        settlement.forget = told.reason == _UNREADABLE
        settlement.discoveries = self._found(claim, told, merge)
        lost = revisit is not None and revisit.capture == 0
        if told.role == "robots" and told.outcome != "retry" and claim.gates is not None:
            lost = not self._settle_gate(settlement, revisit)
        self._settle(settlement, row, group)
        if lost:
            # as after a loss on disk: a payload that is gone is to be fetched anew
            self._db.execute(
                f"UPDATE urls SET state = {QUEUED}, reason = NULL, last = NULL WHERE id = ?",
                (row.id,),
            )

    def _settle_gate(self, settlement: Settlement, revisit: Revisit | None) -> bool:
        """As `settle_gate`; one that had not changed stands where it was first stored. False where that is lost."""
        exchange = settlement.exchange
        if revisit is not None and exchange is not None:
            block = self._originals.block(revisit.capture)
            if block is None:
                return False
            spool = Spool(Path(), len(block))
            spool.write(block)
            settlement.exchange = replace(exchange, response=spool)
        settle_gate(settlement)
        return True

    def _settle(self, settlement: Settlement, row: _Row, group: Group | None) -> None:
        if row.tries != settlement.claim.tries:
            self._db.execute("UPDATE urls SET tries = ? WHERE id = ?", (settlement.claim.tries, row.id))
        lengths = {group.file: group.offset + group.length} if group is not None else {}
        self._ledger.enter(self._db, [settlement], lengths)

    def enter_logged(self, line: Logged) -> None:
        """An attempt, or a refusal, that has a line in crawl.log; nothing where its records say more."""
        if line.outcome == "captured":
            return
        row = self._find_open(line)
        if row is None:
            if self._find(line.url, line.role, line.hops, line.via, Asked()) is not None:
                return
            row = self._row(line.url, line, Asked(), ())
        if line.attempt is not None and row.tries >= line.attempt:
            return
        tries = row.tries if line.attempt is None else line.attempt - 1
        claim = Claim(row.id, line.url, "GET", b"", row.origin, line.role, line.hops, line.via, tries, 0, row.gates)
        verdict = _verdict(line.outcome, line.reason)
        if verdict.gives_up:
            self._dead.add(row.origin)
            verdict = Verdict(verdict.outcome, verdict.reason)
        settlement = Settlement(claim, None, verdict, Reading(line.outcome, line.reason))
        if line.role == "robots" and line.outcome != "retry" and row.gates is not None:
            settle_gate(settlement)
        self._settle(settlement, row, None)

    def give_up_dead(self) -> None:
        """Origins that were given up in the log fail with all that is open of them; call after the log's last line."""
        for origin in self._dead:
            self._frontier.give_up(origin)

    def end(self, how: str) -> None:
        """The run had ended so, and early: what is open was dropped."""
        self._frontier.end(how)

    # -- rows --------------------------------------------------------------------------------------

    def _find(self, url: str, role: str, hops: str, via: str | None, asked: Asked) -> _Row | None:
        row = self._db.execute(
            f"SELECT {_COLUMNS} FROM urls WHERE url = ? AND method = ? AND body = ? AND (gates IS NOT NULL) = ?"
            " ORDER BY via IS ? DESC, hops = ? DESC LIMIT 1",
            (url, asked.method, asked.body, role == "robots", via, hops),
        ).fetchone()
        return _Row(*row) if row else None

    def _find_open(self, line: Logged) -> _Row | None:
        row = self._db.execute(
            f"SELECT {_COLUMNS} FROM urls WHERE url = ? AND (gates IS NOT NULL) = ? AND run = ?"
            f" AND state IN ({QUEUED}, {WAITING}) ORDER BY via IS ? DESC, hops = ? DESC LIMIT 1",
            (line.url, line.role == "robots", self.run, line.via, line.hops),
        ).fetchone()
        return _Row(*row) if row else None

    def _row(self, url: str, told: Told | Logged, asked: Asked, merge: Sequence[MergeRule]) -> _Row:
        """The address's row in this run; made where what led to it is lost."""
        row = self._find(url, told.role, told.hops, told.via, asked)
        if row is not None and row.run == self.run:
            return row
        key = row.key if row is not None else frontier_key(url, asked.method, asked.body, merge)
        found = Discovery(key, url, told.role, told.hops, told.via, asked.method, asked.body)
        self._frontier.take_in([found])
        return _Row(*self._db.execute(f"SELECT {_COLUMNS} FROM urls WHERE key = ?", (key,)).fetchone())

    def _known(self, row: _Row) -> Known | None:
        found = self._db.execute(
            "SELECT id, etag, last_modified, kind FROM captures WHERE id = ?", (row.last,)
        ).fetchone()
        return Known(*found) if found else None

    # -- what a record says ------------------------------------------------------------------------

    def _merge(self, told: Told) -> Sequence[MergeRule]:
        profile = self._profiles.named(told.profile) if told.profile is not None else None
        return profile.merge_rules if profile is not None else ()

    def _reading(self, told: Told, merge: Sequence[MergeRule]) -> Reading:
        kind = _KINDS.get(told.kind)
        named = named_links(kind, told.outlinks, merge) if kind is not None else frozenset()
        return Reading(told.outcome, told.reason, told.kind, told.profile, told.note, pager=told.pager, named=named)

    def _found(self, claim: Claim, told: Told, merge: Sequence[MergeRule]) -> list[Discovery]:
        # where a robots.txt redirects to is its gate's matter, and no page
        links = (link for link in told.outlinks if link.role != "robots")
        found = self._reader.discover(claim, links, merge)
        for drop in told.drops:
            link = drop.outlink
            if link is not None:
                found.append(_dropped(claim, link, drop.reason, merge))
        return found

    def _revisit(self, answer: Record | None) -> Revisit | None:
        """What a revisit refers to; capture 0 where the archive no longer has it."""
        if answer is None or answer.type != "revisit":
            return None
        profile, record_id, url, date, digest = (answer.fields.get(name) or "" for name in _REFERENCE)
        row = self._db.execute(
            "SELECT coalesce(original, id), payload_length FROM captures WHERE record = ?", (record_id,)
        ).fetchone()
        capture, length = row or (0, None)
        return Revisit(capture, RefersTo(profile, record_id, url, date, digest), length or 0)

    def _media_type(self, revisit: Revisit | None) -> str | None:
        if revisit is None:
            return None
        row = self._db.execute("SELECT media_type FROM captures WHERE id = ?", (revisit.capture,)).fetchone()
        return row[0] if row else None


_REFERENCE = (
    "WARC-Profile",
    "WARC-Refers-To",
    "WARC-Refers-To-Target-URI",
    "WARC-Refers-To-Date",
    "WARC-Payload-Digest",
)


def _verdict(outcome: str, reason: str | None) -> Verdict:
    return Verdict(outcome, reason, counted=reason != SPARED.reason, gives_up=(outcome, reason) == ("failed", DEAD))


def _claim(row: _Row, url: str, asked: Asked, told: Told, known: Known | None) -> Claim:
    return Claim(
        id=row.id,
        url=url,
        method=asked.method,
        body=asked.body,
        origin=row.origin,
        role=told.role,
        hops=told.hops,
        via=told.via,
        tries=told.attempt - 1,
        deaths=0,
        gates=row.gates,
        known=known,
    )


def _dropped(claim: Claim, link: Outlink, reason: str, merge: Sequence[MergeRule]) -> Discovery:
    key = frontier_key(link.url, link.method, link.body, merge)
    return Discovery(key, link.url, link.role, claim.hops + link.hop, claim.url, link.method, link.body, reason)
