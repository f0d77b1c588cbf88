"""What a set of WARC files holds: an index of its captures, so that a page finds its answers and enclosures.

The index lives in a temporary SQLite file: memory stays flat whatever the size of the set. It knows
records by their WARC-Record-ID; a record that stands in two files is one.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from archive.http1 import ParsedResponse, parse_response
from archive.http1_head import content_type
from archive.reader import Fault, Record, parse_date
from archive.resync import read_past_damage
from archive.run_records import PROFILES, read_run_urn
from pipelines import revisits
from pipelines.captures import Capture, Head, Place, identity_of, seconds_between

MAX_BLOCK = 32 * 1024 * 1024
"""Bytes of a record's block that are looked at."""

HTML = ("text/html", "application/xhtml+xml")

_HEAD = 64 * 1024
_FIELDS = 256 * 1024
_PROFILES = 4 * 1024 * 1024
_REQUEST_LINE = re.compile(rb"\s*([A-Za-z]{1,20}) ")
_RUN = re.compile(rb"^run: (\S+)\s*$", re.MULTILINE)
_TYPES = frozenset({"response", "revisit", "request", "metadata", "resource"})

_TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE captures (record_id TEXT PRIMARY KEY, path TEXT, offset INTEGER, length INTEGER, number INTEGER,
    url TEXT, date TEXT, moment TEXT, run TEXT, status INTEGER, media_type TEXT, content_type TEXT, coding TEXT,
    digest TEXT, body TEXT, request TEXT,
    kind TEXT, refers_to TEXT, refers_url TEXT, refers_moment TEXT, payload TEXT) WITHOUT ROWID;
CREATE TABLE requests (request_id TEXT PRIMARY KEY, method TEXT, asked TEXT) WITHOUT ROWID;
CREATE TABLE runs (record_id TEXT PRIMARY KEY, run TEXT) WITHOUT ROWID;
CREATE VIEW whole AS SELECT captures.record_id, captures.path, captures.offset, captures.length, captures.url,
    captures.date, captures.moment, captures.run, captures.status, captures.media_type, captures.content_type,
    captures.coding, captures.kind, captures.request, captures.refers_to, captures.refers_url,
    captures.payload IS NOT NULL AS readable, held.record_id AS held_id, held.path AS held_path,
    held.offset AS held_offset, held.length AS held_length, held.number AS held_number, held.body AS body
    FROM captures JOIN captures AS held ON held.record_id = coalesce(captures.payload, captures.record_id);
"""
# A page's readings: captures of one address that gave the same bytes with the same head, which are read once
_READINGS = """
CREATE TABLE readings AS SELECT record_id, first_value(record_id) OVER (
    PARTITION BY url, body, status, content_type, coding ORDER BY moment, record_id) AS first
    FROM whole WHERE readable AND (media_type IS NULL OR media_type IN ('text/html', 'application/xhtml+xml'));
CREATE INDEX by_first ON readings (first, record_id);
"""
_COLUMNS = (
    "record_id, path, offset, length, held_id, held_path, held_offset, held_length, url, date, moment, run, "
    "media_type, kind, status, content_type, coding"
)


class CaptureIndex:
    """The captures of a set of files, in a SQLite file of its own at `path` (created)."""

    def __init__(self, path: Path) -> None:
        self._records = 0
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.executescript(_TABLES)

    def close(self) -> None:
        self._db.close()

    def scan(self, paths: Sequence[Path], progress: Callable[[Path], None]) -> tuple[list[Fault], dict[str, bytes]]:
        """Takes the files in. Returns what could not be read and each run's stored profiles (YAML)."""
        faults: list[Fault] = []
        profiles: dict[str, bytes] = {}
        for path in paths:
            self._db.execute("BEGIN")
            for record in read_past_damage(path, types=_TYPES):
                if isinstance(record, Fault):
                    faults.append(record)
                else:
                    self._take(record, profiles)
            self._db.execute("COMMIT")
            progress(path)
        self._db.execute(
            "UPDATE captures SET run = coalesce((SELECT run FROM runs WHERE runs.record_id = captures.record_id), '')"
        )
        revisits.resolve(self._db)
        self._db.executescript(_READINGS)
        return faults, profiles

    def _take(self, record: Record, profiles: dict[str, bytes]) -> None:
        kind = record.type
        if kind in ("response", "revisit"):
            self._take_capture(record)
        elif kind == "request":
            method = _REQUEST_LINE.match(record.block(_FIELDS))
            if method is not None and method[1] != b"GET":
                body = record.block(_FIELDS).partition(b"\r\n\r\n")[2]
                values = (record.id, method[1].decode("ascii"), hashlib.sha256(body).hexdigest())
                self._db.execute("INSERT OR IGNORE INTO requests VALUES (?, ?, ?)", values)
        elif kind == "metadata":
            if run := _RUN.search(record.block(_FIELDS)):
                name = run[1].decode("utf-8", "replace")
                rows = [(other, name) for other in record.concurrent_to]
                self._db.executemany("INSERT OR IGNORE INTO runs VALUES (?, ?)", rows)
        else:
            named = read_run_urn(record.target_uri or "")
            if named is not None and named[1] == PROFILES:
                text = record.block(_PROFILES)
                # most runs have the same: held once
                profiles.setdefault(named[0], next((held for held in profiles.values() if held == text), text))

    def _take_capture(self, record: Record) -> None:
        url = record.target_uri
        is_http = (record.content_type or "").lower().startswith("application/http")
        # some writers leave a revisit without a block, and then without a type of it
        if not url or not (is_http or (record.type == "revisit" and not record.block_length)):
            return
        response = parse_response(record.block(_HEAD))
        head = Head.of(response.status, response.headers)
        media_type = content_type(response.headers).media_type
        moment = parse_date(record.date)
        identity = identity_of(record)
        values = (
            identity,
            str(record.path),
            record.offset,
            record.length,
            self._records,
            url,
            record.date,
            moment.isoformat(timespec="microseconds") if moment is not None else "",
            "",
            head.status,
            media_type,
            head.content_type,
            head.coding,
            str(record.payload_digest) if record.payload_digest else None,
            _body(record, response, media_type),
            record.concurrent_to[0] if record.concurrent_to else None,
            *revisits.reference_of(record, identity),
        )
        self._records += 1
        # files come ordered by name, so that of two copies of a record the same one always counts
        self._db.execute(f"INSERT OR IGNORE INTO captures VALUES ({', '.join('?' * len(values))})", values)  # noqa: S608

    def pages(self) -> Iterator[Capture]:
        """Captures that may be HTML and differ from all earlier ones of their address, in the order in which
        their payloads stand in the files."""
        return self._captures(
            "WHERE record_id IN (SELECT first FROM readings) ORDER BY held_path, held_number, record_id"
        )

    def count_pages(self) -> int:
        return int(self._db.execute("SELECT count(DISTINCT first) FROM readings").fetchone()[0])

    def capture(self, record_id: str) -> Capture:
        """The capture of that record. Raises StopIteration where there is none."""
        return next(self._captures("WHERE record_id = ?", record_id))

    def same_as(self, page: Capture) -> Iterator[Capture]:
        """The captures, in order of time, that gave what `page` (one of `pages`) gave; it comes first."""
        return self._captures(
            "WHERE record_id IN (SELECT record_id FROM readings WHERE first = ?) ORDER BY moment, record_id",
            page.record_id,
        )

    def astray(self) -> Iterator[tuple[Capture, str]]:
        """Revisits that may be HTML and cannot be read, and why."""
        found = self._db.execute(
            f"SELECT {_COLUMNS}, refers_to, refers_url FROM whole WHERE NOT readable "  # noqa: S608
            "AND (media_type IS NULL OR media_type IN ('text/html', 'application/xhtml+xml')) ORDER BY record_id"
        )
        for row in found:
            yield _capture(row), _why_astray(row[13], row[-2] or row[-1])

    def answers(self, url: str, method: str = "GET", body: bytes | None = None) -> list[Capture]:
        """The captures of `url` with status 200, asked for in this way, in order of time."""
        wanted = (method, hashlib.sha256(body or b"").hexdigest())
        rows = self._db.execute(
            f"SELECT {_COLUMNS}, method, asked FROM whole LEFT JOIN requests ON request_id = request "  # noqa: S608
            "WHERE url = ? AND status = 200 AND readable ORDER BY moment, record_id",
            (url,),
        )
        return [
            _capture(row)
            for row in rows
            if (method == "GET" and row[-2] is None) or (row[-2] is not None and (row[-2], row[-1]) == wanted)
        ]

    def nearest(self, url: str, of: Capture) -> Capture | None:
        """The capture of `url` with status 200 that goes with `of`: of the same run, else of an earlier time rather
        than a later one, and then the nearest. So a later run changes nothing."""
        return min(self.answers(url), key=lambda capture: _distance(capture, of), default=None)

    def _captures(self, which: str, *values: str) -> Iterator[Capture]:
        return map(_capture, self._db.execute(f"SELECT {_COLUMNS} FROM whole {which}", values))  # noqa: S608


def _distance(capture: Capture, of: Capture) -> tuple[bool, bool, float, str, str]:
    other_run = capture.run != of.run
    later = other_run and capture.moment > of.moment
    return other_run, later, seconds_between(capture.date, of.date), capture.moment, capture.record_id


def _body(record: Record, response: ParsedResponse, media_type: str | None) -> str:
    """What tells a page's body from others: its hash as it stands in the record. Computed here, because a written
    digest that is wrong would hide changes. Other bodies are all taken to differ; a revisit has none."""
    if record.type == "revisit" or not (media_type is None or media_type in HTML):
        return identity_of(record)
    digest, skip = hashlib.sha256(), response.body_offset
    for piece in record.chunks(MAX_BLOCK):
        digest.update(piece[skip:])
        skip = max(0, skip - len(piece))
    return f"{record.truncated} {digest.hexdigest()}"


def _why_astray(kind: str, reference: str | None) -> str:
    if kind not in (revisits.IDENTICAL, revisits.NOT_MODIFIED):
        return f"revisit: unknown profile {kind}"
    return f"revisit: the record it refers to is not among these files: {reference or 'it names none'}"


def _capture(row: Iterable[str]) -> Capture:
    record_id, path, offset, length, held_id, held_path, held_offset, held_length, *rest = row
    url, date, moment, run, media_type, kind, status, declared, coding, *_ = rest
    return Capture(
        place=Place(record_id, Path(path), int(offset), int(length)),
        payload=Place(held_id, Path(held_path), int(held_offset), int(held_length)),
        url=url,
        date=date,
        moment=moment,
        run=run,
        media_type=media_type,
        head=Head(None if status is None else int(status), declared, coding) if kind == revisits.IDENTICAL else None,
    )
