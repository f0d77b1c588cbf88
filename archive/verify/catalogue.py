"""The records of a set of WARC files, in a temporary SQLite file, and what can only be told from all of them.

Memory stays flat whatever the size of the set: rows go in as the walk passes, and the questions are asked at the end.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from archive.reader import parse_date
from archive.verify.findings import Findings
from archive.verify.rules import IDENTICAL, bare_uri, read_digest
from archive.verify.seen import Seen
from archive.warc import WARC_FIELDS
from archive.writer import OPEN_SUFFIX

_BATCH = 2000
_REFERENCES = (("warc-concurrent-to", "ref.concurrent-to"), ("warc-warcinfo-id", "ref.warcinfo"))
_CAPTURES = ("response", "revisit", "resource", "metadata")
_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -8000;
CREATE TABLE records(n INTEGER PRIMARY KEY, file TEXT, offset INTEGER, length INTEGER, type TEXT, id TEXT, uri TEXT,
  date TEXT, digest TEXT, exchange TEXT, listed INTEGER, sound INTEGER);
CREATE TABLE refs(n INTEGER, code TEXT, target TEXT);
CREATE TABLE lines(file TEXT, offset INTEGER);
CREATE TABLE revisits(n INTEGER, id TEXT, uri TEXT, date TEXT, identical INTEGER);
"""

_NUMBERED = {
    "records": ("file", "offset", "length", "type", "id", "uri", "date", "digest", "exchange", "listed", "sound"),
    "refs": ("code", "target"),
    "revisits": ("id", "uri", "date", "identical"),
}
"""Tables whose rows belong to a record, and their columns beside its number."""


@dataclass(frozen=True, slots=True)
class Known:
    """A record of the set. `date` and `digest` as written; `listed` whether an index has a line for it."""

    file: str
    offset: int
    length: int
    type: str
    id: str
    uri: str
    date: str
    digest: str | None
    sound: bool


class Catalogue:
    """Filled by `add`, then `close_entry` once, then asked. `db` is open for the checks that join it with more."""

    def __init__(self, path: Path) -> None:
        """A new SQLite file at *path*."""
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.executescript(_SCHEMA)
        self.db.execute("BEGIN")
        self._n = 0
        self._records: list[tuple[object, ...]] = []
        self._refs: list[tuple[object, ...]] = []
        self._warcinfo = ""

    def add(self, seen: Seen) -> None:
        head = seen.head
        self._n += 1
        if head is None:
            self._records.append((self._n, seen.file, seen.offset, 0, "", "", "", "", None, "", 0, 0))
            return
        record_type, record_id = head.get("warc-type") or "", head.get("warc-record-id") or ""
        uri = bare_uri(head.get("warc-target-uri") or "")
        digest = head.get("warc-payload-digest")
        listed = record_type in _CAPTURES and bool(uri) and seen.length > 0
        if listed and record_type in ("resource", "metadata"):
            listed = head.get("content-type") != WARC_FIELDS
        self._records.append(
            (
                self._n,
                seen.file,
                seen.offset,
                seen.length,
                record_type,
                record_id,
                uri,
                head.get("warc-date") or "",
                digest,
                seen.exchange,
                listed,
                seen.sound,
            )
        )
        if record_type == "warcinfo":
            self._warcinfo = record_id
        for name, code in _REFERENCES:
            for target in head.fields.get(name, ()):
                # nearly every record names the warcinfo it stands behind
                if target != self._warcinfo or code != "ref.warcinfo":
                    self._refs.append((self._n, code, target))
        if record_type == "revisit":
            self._add_revisit(seen)
        elif (referred := head.get("warc-refers-to")) is not None:
            self._refs.append((self._n, "ref.refers-to", referred))
        if len(self._records) >= _BATCH:
            self._flush()

    def _add_revisit(self, seen: Seen) -> None:
        head = seen.head
        assert head is not None
        uri, date = head.get("warc-refers-to-target-uri"), head.get("warc-refers-to-date")
        identical = (head.get("warc-profile") or "").strip("<>").endswith(IDENTICAL)
        row = (self._n, head.get("warc-refers-to"), bare_uri(uri) if uri else None, date, identical)
        self.db.execute("INSERT INTO revisits VALUES(?, ?, ?, ?, ?)", row)

    def _flush(self) -> None:
        self.db.executemany("INSERT INTO records VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", self._records)
        self.db.executemany("INSERT INTO refs VALUES(?, ?, ?)", self._refs)
        self._records.clear()
        self._refs.clear()

    def save(self) -> None:
        """Everything into the file, which another catalogue may then absorb."""
        self._flush()
        self.db.execute("COMMIT")
        self.db.close()

    def absorb(self, path: Path) -> None:
        """Adds the records of a saved catalogue behind these."""
        self._flush()
        self.db.execute("COMMIT")
        self.db.execute("ATTACH ? AS other", (str(path),))
        self.db.execute("BEGIN")
        for table, columns in _NUMBERED.items():
            names = ", ".join(columns)
            self.db.execute(
                f"INSERT INTO main.{table}(n, {names}) SELECT n + ?, {names} FROM other.{table} ORDER BY rowid",  # noqa: S608
                (self._n,),
            )
        self.db.execute("COMMIT")
        self._n = self.db.execute("SELECT coalesce(max(n), 0) FROM records").fetchone()[0]
        self.db.execute("DETACH other")
        self.db.execute("BEGIN")

    def close_entry(self) -> None:
        """No record comes any more: what follows may be asked."""
        self._flush()
        self.db.execute("CREATE INDEX by_id ON records(id)")
        self.db.execute("CREATE INDEX by_place ON records(file, offset)")
        self.db.execute("COMMIT")

    def close(self) -> None:
        self.db.close()

    def at(self, file: str, offset: int) -> Known | None:
        """The record that begins there. What was derived while a file was open may name it so."""
        return next(self._known("file = ? AND offset = ?", (file.removesuffix(OPEN_SUFFIX), offset)), None)

    def has_file(self, file: str) -> bool:
        return self.db.execute("SELECT 1 FROM records WHERE file = ? LIMIT 1", (file,)).fetchone() is not None

    def named(self, record_id: str) -> Known | None:
        """The first record with that id."""
        return next(self._known("id = ? ORDER BY n", (record_id,)), None)

    def of_uri(self, uri: str) -> Iterator[Known]:
        """Captures of that URI."""
        self.db.execute("CREATE INDEX IF NOT EXISTS by_uri ON records(uri)")
        return self._known("uri = ? AND type IN ('response', 'resource', 'revisit')", (uri,))

    def _known(self, where: str, values: tuple[object, ...]) -> Iterator[Known]:
        columns = "file, offset, length, type, id, uri, date, digest, sound"
        for row in self.db.execute(f"SELECT {columns} FROM records WHERE {where}", values):  # noqa: S608
            yield Known(*row)


def check_references(catalogue: Catalogue, found: Findings) -> None:
    """Ids that stand twice, and references that lead to nothing or to what cannot be meant.

    Where a file holds a record whose id could not be read, nobody knows what its neighbours' references lead to.
    """
    for record_id, count, where in catalogue.db.execute(
        "SELECT id, count(*), max(file || ':' || offset) FROM records WHERE id != '' GROUP BY id HAVING count(*) > 1"
    ):
        found.add("id.duplicate", where, f"{record_id} stands {count} times")
    for code, target, where in catalogue.db.execute(
        "SELECT code, target, file || ':' || offset FROM refs JOIN records USING(n) "
        "WHERE NOT EXISTS (SELECT 1 FROM records AS r WHERE r.id = target "
        "AND (code != 'ref.warcinfo' OR r.type IN ('warcinfo', ''))) "
        "AND file NOT IN (SELECT DISTINCT file FROM records WHERE id = '' AND NOT sound) ORDER BY refs.rowid"
    ):
        found.add(code, where, target)
    _check_revisits(catalogue, found)


def _check_revisits(catalogue: Catalogue, found: Findings) -> None:
    rows = catalogue.db.execute(
        "SELECT r.id, r.uri, r.date, r.identical, digest, file || ':' || offset "
        "FROM revisits AS r JOIN records USING(n) ORDER BY n"
    )
    for record_id, uri, date, identical, digest, where in rows:
        original = _original(catalogue, record_id, uri, date)
        if original is None:
            found.add("ref.refers-to", where, record_id or f"{uri or 'no URI'} of {date or 'no date'}")
            continue
        if original.type == "revisit":
            found.add("revisit.of-revisit", where, original.id)
        if record_id and uri and uri != original.uri:
            found.add("revisit.uri", where, f"stated {uri}, found {original.uri}")
        if record_id and date and not _same_moment(date, original.date):
            found.add("revisit.date", where, f"stated {date}, found {original.date}")
        stated, kept = read_digest(digest or ""), read_digest(original.digest or "")
        if identical and stated and kept and stated.algorithm == kept.algorithm and stated.value != kept.value:
            found.add("revisit.payload", where, f"stated {stated}, found {kept}")


def _original(catalogue: Catalogue, record_id: str | None, uri: str | None, date: str | None) -> Known | None:
    if record_id:
        return catalogue.named(record_id)
    if uri is None or date is None:
        return None
    captures = [known for known in catalogue.of_uri(uri) if _same_moment(date, known.date)]
    return min(captures, key=lambda known: known.type == "revisit", default=None)


def _same_moment(one: str, other: str) -> bool:
    """Whether two dates agree as far as the coarser one goes: an index keeps seconds, a record microseconds.

    >>> _same_moment("2014-11-03T02:00:00Z", "2014-11-03T02:00:00.123456Z")
    True
    """
    a, b = parse_date(one), parse_date(other)
    if a is None or b is None:
        return False
    if "." not in one or "." not in other:
        a, b = a.replace(microsecond=0), b.replace(microsecond=0)
    return a == b
