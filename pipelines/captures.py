"""What a set of WARC files holds: an index of its responses, so that a page finds its answers and enclosures.

The index lives in a temporary SQLite file: memory stays flat whatever the size of the set. It knows
records by their WARC-Record-ID; a record that stands in two files is one.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from archive.http1 import parse_response
from archive.http1_head import content_type
from archive.reader import Fault, Record, parse_date, read_record_at, read_records
from archive.run_records import PROFILES, read_run_urn

_HEAD = 64 * 1024
_FIELDS = 256 * 1024
_PROFILES = 4 * 1024 * 1024
_REQUEST_LINE = re.compile(rb"\s*([A-Za-z]{1,20}) ")
_RUN = re.compile(rb"^run: (\S+)\s*$", re.MULTILINE)
_TYPES = frozenset({"response", "request", "metadata", "resource"})
_WARC_NAMES = ("*.warc.gz", "*.warc.gz.open", "*.warc")


class NoSource(ValueError):
    """A source that is no file and no folder of WARC files; `path` as given, `why` in English."""

    def __init__(self, path: Path, why: str) -> None:
        self.path, self.why = path, why
        super().__init__(f"{path}: {why}")


@dataclass(frozen=True, slots=True)
class Capture:
    """A response record. `run` is empty for files of other software; `length` 0 means it cannot be addressed."""

    record_id: str
    path: Path
    offset: int
    length: int
    url: str
    date: str
    run: str
    status: int | None
    media_type: str | None
    payload_digest: str | None


def warc_files(sources: Iterable[Path]) -> list[Path]:
    """The files of the sources, each once, by name: a file stands for itself, a collection for what is in
    its `archive` folder, another folder for the WARC files in it. Raises `NoSource`."""
    found: dict[Path, None] = {}
    for source in sources:
        if source.is_file():
            found[source.resolve()] = None
        elif source.is_dir():
            folder = source / "archive" if (source / "archive").is_dir() else source
            files = [path for pattern in _WARC_NAMES for path in folder.glob(pattern) if path.is_file()]
            if not files:
                raise NoSource(source, "expected WARC files (*.warc.gz, *.warc) in the folder, found none")
            found.update((path.resolve(), None) for path in files)
        else:
            raise NoSource(source, "does not exist")
    return sorted(found, key=lambda path: (path.name, str(path)))


class CaptureIndex:
    """The responses of a set of files, in a SQLite file of its own at `path` (created)."""

    def __init__(self, path: Path) -> None:
        self._places = 0
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.executescript(
            """
            PRAGMA journal_mode = OFF;
            PRAGMA synchronous = OFF;
            CREATE TABLE captures (record_id TEXT PRIMARY KEY, path TEXT, offset INTEGER, length INTEGER, url TEXT,
                date TEXT, run TEXT, status INTEGER, media_type TEXT, digest TEXT, request TEXT,
                place INTEGER) WITHOUT ROWID;
            CREATE TABLE requests (record_id TEXT PRIMARY KEY, method TEXT, body TEXT) WITHOUT ROWID;
            CREATE TABLE runs (record_id TEXT PRIMARY KEY, run TEXT) WITHOUT ROWID;
            """
        )

    def close(self) -> None:
        self._db.close()

    def scan(self, paths: Sequence[Path], progress: Callable[[Path], None]) -> tuple[list[Fault], dict[str, bytes]]:
        """Takes the files in. Returns what could not be read and each run's stored profiles (YAML)."""
        faults: list[Fault] = []
        profiles: dict[str, bytes] = {}
        for path in paths:
            self._db.execute("BEGIN")
            for record in read_records(path, types=_TYPES):
                if isinstance(record, Fault):
                    faults.append(record)
                else:
                    self._take(record, profiles)
            self._db.execute("COMMIT")
            progress(path)
        self._db.execute(
            "UPDATE captures SET run = coalesce((SELECT run FROM runs WHERE runs.record_id = captures.record_id), '')"
        )
        self._db.execute("CREATE INDEX by_url ON captures (url, date)")
        return faults, profiles

    def _take(self, record: Record, profiles: dict[str, bytes]) -> None:
        kind = record.type
        if kind == "response":
            self._take_response(record)
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
                profiles.setdefault(named[0], record.block(_PROFILES))

    def _take_response(self, record: Record) -> None:
        url = record.target_uri
        if not url or not (record.content_type or "").lower().startswith("application/http"):
            return
        head = parse_response(record.block(_HEAD))
        values = (
            identity_of(record),
            str(record.path),
            record.offset,
            record.length,
            url,
            record.date,
            "",
            head.status,
            content_type(head.headers).media_type,
            str(record.payload_digest) if record.payload_digest else None,
            record.concurrent_to[0] if record.concurrent_to else None,
            self._places,
        )
        self._places += 1
        # files come ordered by name, so that of two copies of a record the same one always counts
        self._db.execute(f"INSERT OR IGNORE INTO captures VALUES ({', '.join('?' * len(values))})", values)  # noqa: S608

    def pages(self) -> Iterator[Capture]:
        """Responses that may be HTML, in the order of their files."""
        rows = self._db.execute(
            f"SELECT {_COLUMNS} FROM captures WHERE media_type IS NULL OR media_type IN "  # noqa: S608
            "('text/html', 'application/xhtml+xml') ORDER BY path, place"
        )
        return map(_capture, rows)

    def count_pages(self) -> int:
        return sum(1 for _ in self.pages())

    def nearest(self, url: str, of: Capture, method: str = "GET", body: bytes | None = None) -> Capture | None:
        """The capture of `url` with status 200 that lies nearest to `of`: of the same run, then in time."""
        rows = self._db.execute(
            f"SELECT {_COLUMNS}, requests.method, requests.body FROM captures LEFT JOIN requests "  # noqa: S608
            "ON requests.record_id = captures.request WHERE url = ? AND status = 200",
            (url,),
        )
        wanted = (method, hashlib.sha256(body or b"").hexdigest())
        found = [
            _capture(row)
            for row in rows
            if (method == "GET" and row[-2] is None) or (row[-2] is not None and (row[-2], row[-1]) == wanted)
        ]
        return min(found, key=lambda capture: _distance(capture, of), default=None)


def identity_of(record: Record) -> str:
    """The record's id, or where it stands if, against the standard, it has none."""
    return record.id or f"{record.file}:{record.offset}"


def record_of(capture: Capture) -> Record | None:
    """The record of a capture; None where the file no longer holds it there. Raises OSError."""
    if capture.length:
        record = read_record_at(capture.path, capture.offset)
        return record if isinstance(record, Record) and identity_of(record) == capture.record_id else None
    found = (record for record in read_records(capture.path, types={"response"}) if isinstance(record, Record))
    return next((record for record in found if identity_of(record) == capture.record_id), None)


_COLUMNS = "captures.record_id, path, offset, length, url, date, run, status, media_type, digest"


def _capture(row: tuple[str, ...]) -> Capture:
    record_id, path, offset, length, url, date, run, status, media_type, digest, *_ = row
    return Capture(
        record_id,
        Path(path),
        int(offset),
        int(length),
        url,
        date,
        run,
        None if status is None else int(status),
        media_type,
        digest,
    )


def _distance(capture: Capture, of: Capture) -> tuple[bool, float, str, str]:
    apart = abs(_seconds(capture.date) - _seconds(of.date))
    return capture.run != of.run, apart, capture.date, capture.record_id


def _seconds(date: str) -> float:
    moment = parse_date(date)
    return moment.timestamp() if moment is not None else 0.0
