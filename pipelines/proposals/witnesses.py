"""The same sentence elsewhere: near-duplicates found by MinHash, kept in a SQLite file.

Of a sentence's shingles the few with the smallest hashes are its sketch (bottom-k MinHash): sentences that share most
of their shingles share one of these. What is found is compared character by character before it counts.
"""

from __future__ import annotations

import re
import sqlite3
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from hashlib import blake2b
from pathlib import Path

_SENTENCE = re.compile(r"[^。；！？\n]{12,400}")
_SHINGLE, _SKETCH, _BUCKET = 5, 6, 24
_LONGEST = 3
_TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE sentences (number INTEGER PRIMARY KEY, digest BLOB UNIQUE, text TEXT, record TEXT);
CREATE TABLE sketches (hash INTEGER, number INTEGER, PRIMARY KEY (hash, number)) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Variant:
    """Code points `start` to `end` of a line stand otherwise elsewhere: `reading` for `before`, in the sentence
    `witness` of the page with this WARC record id, behind as many code points of it as `at` says."""

    start: int
    end: int
    before: str
    reading: str
    record: str
    witness: str
    at: int


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
                digest = blake2b(text.encode(), digest_size=12).digest()
                insert = "INSERT OR IGNORE INTO sentences (digest, text, record) VALUES (?, ?, ?)"
                made = self._db.execute(insert, (digest, text, record))
                if made.rowcount == 1:
                    rows = ((key, made.lastrowid) for key in _sketch(text))
                    self._db.executemany("INSERT OR IGNORE INTO sketches VALUES (?, ?)", rows)

    def variants(self, line: str) -> Iterator[Variant]:
        """Where sentences of a line read a little otherwise elsewhere."""
        for found in _SENTENCE.finditer(line):
            text = found[0].strip()
            begin = found.start() + found[0].index(text)
            for other, record in self._near(text):
                yield from _differences(text, other, begin, record)

    def _near(self, text: str) -> list[tuple[str, str]]:
        numbers: set[int] = set()
        for key in _sketch(text):
            query = "SELECT number FROM sketches WHERE hash = ? LIMIT ?"
            numbers.update(number for (number,) in self._db.execute(query, (key, _BUCKET)))
        near: list[tuple[str, str]] = []
        for number in sorted(numbers):
            query = "SELECT text, record FROM sentences WHERE number = ?"
            other, record = self._db.execute(query, (number,)).fetchone()
            if other != text and abs(len(other) - len(text)) <= _LONGEST:
                near.append((other, record))
        return near


def _sketch(text: str) -> list[int]:
    hashes = {
        zlib.crc32(text[at : at + _SHINGLE].encode()) * 0x9E3779B1 & 0xFFFFFFFF
        for at in range(len(text) - _SHINGLE + 1)
    }
    return sorted(hashes)[:_SKETCH]


def _differences(text: str, other: str, begin: int, record: str) -> Iterator[Variant]:
    """At most two short ones; texts that differ more are not the same sentence."""
    steps = [step for step in SequenceMatcher(None, text, other, autojunk=False).get_opcodes() if step[0] != "equal"]
    if len(steps) > 2:
        return
    if any(max(end - start, last - first) > _LONGEST for _, start, end, first, last in steps):
        return
    for _, start, end, first, last in steps:
        yield Variant(begin + start, begin + end, text[start:end], other[first:last], record, other, first)
