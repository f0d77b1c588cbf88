"""The same sentence elsewhere: near-duplicates found by MinHash, kept in a SQLite file.

Of a sentence's shingles the few with the smallest hashes are its sketch (bottom-k MinHash): sentences that share most
of their shingles share one of these. What is found is compared character by character before it counts.
"""

from __future__ import annotations

import re
import sqlite3
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from hashlib import blake2b
from pathlib import Path

_SENTENCE = re.compile(r"[^，：。；！？\n]{8,400}")
"""A clause: what two documents share is seldom longer."""
_SHINGLE, _SKETCH, _BUCKET, _NEAREST = 4, 4, 24, 24
_LONGEST, _WIDEST, _STEPS = 3, 60, 2
_TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE sentences (number INTEGER PRIMARY KEY, digest BLOB UNIQUE, text TEXT, record TEXT);
CREATE TABLE sketches (hash INTEGER, number INTEGER, PRIMARY KEY (hash, number)) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Variant:
    """Code points `start` to `end` of a line stand otherwise elsewhere: `reading` for `before`, in a sentence of the
    page with this WARC record id."""

    start: int
    end: int
    before: str
    reading: str
    record: str


class Witnesses:
    """Sentences of a collection, in a SQLite file of their own at `path` (created)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.executescript(_TABLES)
        self._db.execute("BEGIN")

    def __getstate__(self) -> Path:
        """For other processes, which only look: nothing is taken in from now on."""
        self._db.commit()
        return self._path

    def __setstate__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)

    def close(self) -> None:
        self._db.close()

    def add(self, lines: list[str], record: str) -> None:
        """Takes in the sentences of lines, each once; *record* is the page's WARC-Record-ID."""
        for line in lines:
            for found in _SENTENCE.finditer(line):
                text = found[0].strip()
                digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).digest()
                insert = "INSERT OR IGNORE INTO sentences (digest, text, record) VALUES (?, ?, ?)"
                made = self._db.execute(insert, (digest, text, record))
                if made.rowcount == 1:
                    rows = [(key, made.lastrowid) for key in _sketch(text)]
                    self._db.executemany("INSERT OR IGNORE INTO sketches VALUES (?, ?)", rows)

    def variants(self, line: str) -> Iterator[Variant]:
        """Where sentences of a line read a little otherwise elsewhere."""
        for found in _SENTENCE.finditer(line):
            text = found[0].strip()
            begin = found.start() + found[0].index(text)
            for other, record in self._near(text):
                for start, end, reading in differences(text, other):
                    yield Variant(begin + start, begin + end, text[start:end], reading, record)

    def _near(self, text: str) -> Iterable[tuple[str, str]]:
        """The sentences that share most of the sketch, with their records."""
        shared: Counter[int] = Counter()
        for key in _sketch(text):
            query = "SELECT number FROM sketches WHERE hash = ? LIMIT ?"
            shared.update(number for (number,) in self._db.execute(query, (key, _BUCKET)))
        nearest = sorted(shared, key=lambda number: (-shared[number], number))[:_NEAREST]
        query = "SELECT text, record FROM sentences WHERE number = ?"
        for number in nearest:
            other, record = self._db.execute(query, (number,)).fetchone()
            if other != text and abs(len(other) - len(text)) <= _STEPS * _LONGEST:
                yield other, record


def _sketch(text: str) -> list[int]:
    raw = text.encode("utf-16-le", "surrogatepass")
    width = 2 * _SHINGLE
    # crc32 is linear: without the product, neighbours in the alphabet would have neighbouring hashes
    hashes = {
        zlib.crc32(raw[at : at + width]) * 0x9E3779B1 & 0xFFFFFFFF for at in range(0, max(1, len(raw) - width + 1), 2)
    }
    return sorted(hashes)[:_SKETCH]


def differences(text: str, other: str) -> list[tuple[int, int, str]]:
    """Where a text differs from another, at most in two short places, else none: start, end and the other's reading.

    >>> differences("要吧工作做好", "要把工作做好")
    [(1, 2, '把')]
    >>> differences("今年的工作", "去年已经结束的工作")
    []
    """
    head = _same(zip(text, other, strict=False))
    most = min(len(text), len(other)) - head
    tail = min(most, _same(zip(reversed(text), reversed(other), strict=False)))
    one, two = text[head : len(text) - tail], other[head : len(other) - tail]
    longest = max(len(one), len(two))
    if longest <= _LONGEST:
        return [(head, head + len(one), two)]
    if longest > _WIDEST:
        return []
    steps = [step for step in SequenceMatcher(None, one, two, autojunk=False).get_opcodes() if step[0] != "equal"]
    if len(steps) > _STEPS or any(max(end - start, last - first) > _LONGEST for _, start, end, first, last in steps):
        return []
    return [(head + start, head + end, two[first:last]) for _, start, end, first, last in steps]


def _same(pairs: Iterable[tuple[str, str]]) -> int:
    count = 0
    for one, other in pairs:
        if one != other:
            break
        count += 1
    return count
