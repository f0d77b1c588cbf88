"""WARC files that other software wrote, as runs that ended before the collection's own.

Each file is a run, named after its first WARC-Date. What it holds serves later crawls: its addresses are
known, with what a conditional request needs; its payloads are originals that a revisit may refer to. The
files are never changed. Nothing they hold makes this raise, short of a disk that fails.
"""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from archive.cdxj import payload_digest
from archive.collection import Collection
from archive.http1 import BadContent, decode_content, header, header_values
from archive.reader import Fault, Record
from archive.urls import BadUrl, frontier_key, request_url
from archive.warc import IDENTICAL_PAYLOAD, BadRecord, RecordDraft, RefersTo
from archive.writer import Location
from crawler.claims import Claim, Discovery
from crawler.frontier import Frontier
from crawler.job import load_job
from crawler.ledger import Ledger
from crawler.politeness import Verdict
from crawler.reading import media_type
from crawler.recorder import utc_text
from crawler.records import Reading, Revisit
from crawler.reenact import AGENT
from crawler.reread import Asked, Payload, read_payload, read_request, truncation
from crawler.revisits import Originals
from crawler.settlement import Settlement, Written
from crawler.units import records
from crawler.wire.exchange import Exchange
from crawler.wire.text import TEXT_LIMIT
from profiles.kinds import kind_of
from profiles.load import ProfileSet
from profiles.page import Page
from profiles.strict_yaml import BadFile

IMPORTED = "imported"
_ROLE = "page"
_CAPTURES = frozenset({"response", "revisit"})
_HTML = frozenset({"text/html", "application/xhtml+xml"})
#: Requests other than GET whose response has not come yet.
_MAX_ASKED = 1000


@dataclass(frozen=True, slots=True)
class ForeignCapture:
    """A response or revisit record, and how it was asked for."""

    record: Record
    asked: Asked


class ForeignFile:
    """Iterate once; then `faults` says what could not be read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.faults: list[Fault] = []
        self._asked: OrderedDict[str, Asked] = OrderedDict()

    def __iter__(self) -> Iterator[ForeignCapture]:
        """The captures, in order. A request stands before its response, or right behind it. Raises OSError."""
        waiting: Record | None = None
        for found in records(self._path):
            if isinstance(found, Fault):
                self.faults.append(found)
                continue
            if not found.length:
                why = "shares its gzip member, so it has no address; warcio recompress gives each record its own"
                self.faults.append(Fault("bad-field", found.file, found.offset, why))
                break
            asked = read_request(found) if found.type == "request" else None
            if waiting is not None:
                joined = asked is not None and _concurrent(found, waiting)
                yield ForeignCapture(waiting, asked if asked is not None and joined else Asked())
                waiting = None
            if asked is not None and asked.method != "GET":
                self._remember(found, asked)
            elif found.type in _CAPTURES and _is_http(found):
                known = self._known(found)
                if known is not None:
                    yield ForeignCapture(found, known)
                else:
                    waiting = found
        if waiting is not None:
            yield ForeignCapture(waiting, Asked())

    def _remember(self, request: Record, asked: Asked) -> None:
        for name in (request.id, *request.concurrent_to[:2]):
            self._asked[name] = asked
        while len(self._asked) > _MAX_ASKED:
            self._asked.popitem(last=False)

    def _known(self, record: Record) -> Asked | None:
        names = (record.id, *record.concurrent_to)
        return next((self._asked[name] for name in names if name in self._asked), None)


def _concurrent(one: Record, other: Record) -> bool:
    return other.id in one.concurrent_to or one.id in other.concurrent_to


def _is_http(record: Record) -> bool:
    return (record.target_uri or "").lower().startswith(("http:", "https:"))


class ForeignRun:
    """One foreign file, as a run. Every call comes inside a transaction."""

    def __init__(self, db: sqlite3.Connection, collection: Collection, path: Path, profiles: ProfileSet) -> None:
        self._db, self._profiles, self._path = db, profiles, path
        self._begun = next((at for at in _moments(path)), datetime.fromtimestamp(path.stat().st_mtime).astimezone())
        self._last = self._begun
        self._number = _begin_run(db, self._begun)
        # nothing is asked here, so robots.txt gates nothing
        self._frontier = Frontier(db, self._number, robots="ignore", agent=AGENT)
        self._frontier.open(0)
        originals = Originals(db, collection.archive, self._number, dedup=True)
        self._ledger = Ledger(self._number, self._frontier, originals)
        self._taken = self._left = 0

    def enter(self, capture: ForeignCapture) -> None:
        """Raises OSError."""
        record, asked = capture.record, capture.asked
        try:
            url = request_url(record.target_uri or "")
        except BadUrl:
            self._left += 1
            return
        name = record.id or f"{record.file}:{record.offset}"
        known = self._db.execute("SELECT 1 FROM captures WHERE exchange = ?", (name,)).fetchone()
        if record.moment is None or known is not None:
            self._left += 1
            return
        self._last = max(self._last, record.moment)
        payload = read_payload(record, asked.method)
        digest = payload_digest(record) or ""
        exchange = Exchange(
            url=url,
            method=asked.method,
            started=record.moment,
            duration=0.0,
            head=payload.head,
            truncated=None if record.type == "revisit" else truncation(record.truncated),
            payload_digest=payload.digest if _can_be_named(record, url, digest) else None,
            payload_length=payload.length,
        )
        self._settle(name, record, asked, exchange, self._kind(exchange, payload))
        self._db.execute(
            "UPDATE captures SET date = ?, payload_digest = ? WHERE exchange = ?", (record.date, digest or None, name)
        )
        self._taken += 1

    def end(self) -> str:
        """The run is over; returns what it came to."""
        self._db.execute("UPDATE runs SET ended = ? WHERE id = ?", (utc_text(self._last), self._number))
        [name] = self._db.execute("SELECT name FROM runs WHERE id = ?", (self._number,)).fetchone()
        left = f"; {self._left} records have no address or date, or stand in another file too" if self._left else ""
        return f"{self._path.name}: {self._taken} captures, as run {name}{left}"

    def _settle(self, name: str, record: Record, asked: Asked, exchange: Exchange, kind: str | None) -> None:
        key = frontier_key(exchange.url, asked.method, asked.body)
        self._frontier.take_in([Discovery(key, exchange.url, _ROLE, "", None, asked.method, asked.body)])
        number, origin, tries = self._db.execute("SELECT id, origin, tries FROM urls WHERE key = ?", (key,)).fetchone()
        claim = Claim(number, exchange.url, asked.method, asked.body, origin, _ROLE, "", None, tries, 0, None)
        revisit = self._revisit(record) if record.type == "revisit" else None
        if revisit is not None and revisit.capture == 0:
            exchange = replace(exchange, payload_digest=None)
        settlement = Settlement(claim, exchange, Verdict("captured"), Reading("captured", kind=kind))
        settlement.media_type = media_type(exchange) or None
        place = Location(record.file, record.offset, record.length)
        settlement.written.append(Written(name, record.id, exchange, kind, place, revisit))
        self._ledger.enter(self._db, [settlement], {record.file: record.offset + record.length})

    def _kind(self, exchange: Exchange, payload: Payload) -> str | None:
        """What the page is, as far as the collection's profiles tell; None for what is no page."""
        if exchange.status != 200 or payload.content is None or media_type(exchange) not in _HTML:
            return None
        declared = header(exchange.headers, b"content-type") or b""
        try:
            body = decode_content(payload.content, header_values(exchange.headers, b"content-encoding"), TEXT_LIMIT)
            page = Page.parse(body, exchange.url, declared.decode("latin-1"), complete=exchange.truncated is None)
            return kind_of(page, self._profiles.recognise(page)).kind
        except BadContent:
            return None

    def _revisit(self, record: Record) -> Revisit:
        """What the record refers to, by its id or else by address and date; capture 0 where that is not here."""
        get = record.fields.get
        url, date = get("WARC-Refers-To-Target-URI") or "", get("WARC-Refers-To-Date") or ""
        row = self._db.execute(
            "SELECT coalesce(original, id), payload_length FROM captures WHERE record = ?",
            (get("WARC-Refers-To") or "",),
        ).fetchone()
        row = (
            row
            or self._db.execute(
                "SELECT coalesce(c.original, c.id), c.payload_length FROM captures c JOIN urls u ON u.id = c.url_id"
                " WHERE u.url = ? AND c.date = ? AND c.original IS NULL",
                (url.strip("<>"), date),
            ).fetchone()
        )
        capture, length = row or (0, None)
        reference = RefersTo(get("WARC-Profile") or "", get("WARC-Refers-To") or "", url, date, "")
        return Revisit(capture, reference, length or 0)


def collection_profiles(collection: Collection) -> ProfileSet:
    """The profiles of the collection's job; all built-in ones where it has no job that can be read."""
    try:
        return ProfileSet.resolve(load_job(collection.job).profile, collection.root)
    except (BadFile, OSError):
        return ProfileSet.resolve()


def _moments(path: Path) -> Iterator[datetime]:
    return (found.moment for found in records(path) if isinstance(found, Record) and found.moment is not None)


def _begin_run(db: sqlite3.Connection, moment: datetime) -> int:
    name = f"{moment:%Y%m%d%H%M%S}"
    while db.execute("SELECT 1 FROM runs WHERE name = ?", (name,)).fetchone():
        name = str(int(name) + 1)
    number: int = db.execute(
        "INSERT INTO runs(name, started, how) VALUES(?, ?, ?) RETURNING id", (name, utc_text(moment), IMPORTED)
    ).fetchone()[0]
    return number


def _can_be_named(record: Record, url: str, digest: str) -> bool:
    """Whether a revisit of ours could name the record, exactly as it stands."""
    if record.target_uri != url or not digest or record.moment is None:
        return False
    reference = RefersTo(IDENTICAL_PAYLOAD, record.id, url, record.date, digest)
    try:
        RecordDraft(type="revisit", date=record.moment, block=b"", target_uri=url, refers_to=reference)
    except BadRecord:
        return False
    return True
