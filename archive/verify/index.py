"""CDXJ against WARC, both ways: every line names a record, every capture has a line, and they agree.

A line's digest is compared where the record states one: indexers fill in a digest of their own where it does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from archive.reader import parse_date
from archive.verify.catalogue import Catalogue, Known
from archive.verify.findings import Findings
from archive.verify.lines import bounded_lines, json_object
from archive.verify.rules import read_digest
from archive.writer import OPEN_SUFFIX

MAX_LINE = 1024 * 1024
_BATCH = 2000


@dataclass(frozen=True, slots=True)
class Entry:
    """A line's key, time (digits), and of its JSON what is compared; `method` where it is no GET."""

    key: str
    timestamp: str
    file: str
    offset: int
    length: int
    url: str | None
    digest: str | None
    method: str | None


def read_entry(line: bytes) -> Entry | None:
    """An index line; None where it is none, or lacks file, offset or length.

    >>> read_entry(b'cn,h)/ 20141103020000 {"filename": "a.warc.gz", "offset": "0", "length": "9"}').length
    9
    """
    try:
        key, timestamp, text = line.decode("utf-8").split(" ", 2)
        values = json_object(text)
        if not timestamp.isdigit() or values is None:
            return None
        file, offset, length = str(values["filename"]), int(str(values["offset"])), int(str(values["length"]))
    except (ValueError, KeyError):
        return None
    if offset < 0 or length < 0 or offset >= 1 << 62 or length >= 1 << 62:
        return None
    url, digest, method = (
        value if isinstance(value := values.get(name), str) else None for name in ("url", "digest", "method")
    )
    return Entry(key, timestamp, file, offset, length, url, digest, method)


def check_index(source: Iterable[bytes], name: str, catalogue: Catalogue, found: Findings) -> int:
    """Checks the lines of an index, given as its bytes in pieces; how many there were. *name* is what findings call it.

    `index.no-line` is judged by `check_unlisted`, once all indexes were read.
    """
    places: list[tuple[str, int]] = []
    before, number = b"", 0
    for number, line in enumerate(bounded_lines(source, MAX_LINE), 1):
        where = f"{name}:{number}"
        if line is None:
            found.add("index.syntax", where, f"longer than {MAX_LINE} bytes")
            continue
        if line.startswith(b"!meta "):
            continue
        if line < before:
            found.add("index.unsorted", where, line[:80].decode("utf-8", "replace"))
        before = line
        entry = read_entry(line)
        if entry is None:
            found.add("index.syntax", where, line[:80].decode("utf-8", "replace"))
            continue
        places.append((entry.file.removesuffix(OPEN_SUFFIX), entry.offset))
        if len(places) >= _BATCH:
            catalogue.db.executemany("INSERT INTO lines VALUES(?, ?)", places)
            places.clear()
        _check_entry(entry, where, catalogue, found)
    catalogue.db.executemany("INSERT INTO lines VALUES(?, ?)", places)
    return number


def check_unlisted(catalogue: Catalogue, found: Findings) -> None:
    """Captures without a line in any of the indexes that were checked."""
    catalogue.db.execute("CREATE INDEX IF NOT EXISTS lines_place ON lines(file, offset)")
    for where, uri in catalogue.db.execute(
        "SELECT file || ':' || offset, uri FROM records AS r WHERE listed AND sound AND NOT EXISTS "
        "(SELECT 1 FROM lines AS l WHERE l.file = r.file AND l.offset = r.offset) ORDER BY n"
    ):
        found.add("index.no-line", where, uri)


def _check_entry(entry: Entry, where: str, catalogue: Catalogue, found: Findings) -> None:
    record = catalogue.at(entry.file, entry.offset)
    if record is None:
        found.add("index.no-record", where, f"{entry.file}:{entry.offset}")
    elif record.sound:
        for what in _differences(entry, record):
            found.add("index.entry", where, what)


def _differences(entry: Entry, record: Known) -> list[str]:
    differing = []
    if entry.length != record.length:
        differing.append(f"length {entry.length}, the record's {record.length}")
    if entry.url is not None and entry.method is None and entry.url != record.uri.replace(" ", "%20"):
        differing.append(f"url {entry.url}, the record's {record.uri}")
    moment = parse_date(record.date)
    if moment is not None and entry.timestamp[:14] != f"{moment:%Y%m%d%H%M%S}":
        differing.append(f"time {entry.timestamp}, the record's {record.date}")
    if entry.digest is not None and record.digest is not None and not _same_digest(entry.digest, record.digest):
        differing.append(f"digest {entry.digest}, the record's {record.digest}")
    return differing


def _same_digest(one: str, other: str) -> bool:
    """Whether a line's digest is the record's; older indexes leave the algorithm's name out."""
    if ":" not in one:
        one = f"{other.partition(':')[0]}:{one}"
    a, b = read_digest(one), read_digest(other)
    return one == other or (a is not None and a == b)
