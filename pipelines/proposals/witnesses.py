"""The same sentence elsewhere: near-duplicates found by MinHash, in files that many processes share.

Of a clause's shingles the few with the smallest hashes are its sketch (bottom-k MinHash): clauses that share most of
their shingles share one of these. What is found is compared character by character before it counts. Clauses are
known by hash: of very many, some are taken for known ones and left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pipelines.proposals.language import Ints
from pipelines.proposals.seen import Seen

_CLAUSE = re.compile(r"[^，：。；！？\s]{1}[^，：。；！？\n]{6,398}[^，：。；！？\s]")
"""A clause: what two documents share is seldom longer."""
_SHINGLE, _SKETCH, _BUCKET, _NEAREST = 4, 4, 24, 24
_LONGEST, _STEPS = 3, 2
_WEIGHTS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0xD6E8FEB86659FD93, 0xA0761D6478BD642F], np.uint64)
_LOW = np.uint64(0xFFFFFFFF)
_SEEN_BITS = 26

Keys = NDArray[np.uint64]
_Kind = TypeVar("_Kind", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Variant:
    """Code points `start` to `end` of a text stand otherwise elsewhere: `reading` for `before`, in a clause of the page
    with this WARC record id."""

    start: int
    end: int
    before: str
    reading: str
    record: str


class Witnesses:
    """Clauses of a collection, in files in *folder*: their text with the record id, a line each; where each begins; how
    many characters each has; and their sketches, hash and number of the clause in one key, which are sorted before the
    first question."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen = Seen(_SEEN_BITS)
        self._count = self._end = 0
        self._asked: _Asked | None = None
        self._texts = (folder / "clauses").open("wb")
        self._places = (folder / "places").open("wb")
        self._lengths = (folder / "lengths").open("wb")
        self._sketches = (folder / "sketches").open("wb")

    def __getstate__(self) -> Path:
        """For other processes, which only ask."""
        self.settle()
        return self._folder

    def __setstate__(self, folder: Path) -> None:
        self._folder = folder
        self._asked = _Asked(folder)

    def close(self) -> None:
        """No question comes any more."""
        self.settle()
        self._asked = None

    def settle(self) -> None:
        """To be called when all texts are taken in, before the first question."""
        if self._asked is None:
            for file in (self._texts, self._places, self._lengths, self._sketches):
                file.close()
            _mapped(self._folder / "sketches", np.uint64, write=True).sort()
            self._asked = _Asked(self._folder)

    def add(self, lines: Iterable[str], record: str) -> None:
        """Takes in the clauses of lines, each once; *record* is the page's WARC-Record-ID."""
        text = "\n".join(lines)
        spans = [span for span in _spans(text) if self._seen.add(text[slice(*span)])]
        if not spans:
            return
        clauses, hashes = _sketch(text, spans)
        (hashes << np.uint64(32) | (clauses + self._count).astype(np.uint64)).tofile(self._sketches)
        held = [f"{record}\t{text[slice(*span)]}\n".encode("utf-8", "surrogatepass") for span in spans]
        sizes = np.fromiter(map(len, held), np.int64, len(held))
        (np.cumsum(sizes) - sizes + self._end).tofile(self._places)
        np.array([end - begin for begin, end in spans], np.int64).tofile(self._lengths)
        self._texts.writelines(held)
        self._count += len(held)
        self._end += int(sizes.sum())

    def variants(self, text: str) -> Iterator[Variant]:
        """Where clauses of a text read a little otherwise elsewhere, in no certain order."""
        self.settle()
        assert self._asked is not None, "made when settled"
        spans = _spans(text)
        for clause, other, record in self._asked.near(text, spans):
            begin, end = spans[clause]
            for start, stop, reading in differences(text[begin:end], other):
                yield Variant(begin + start, begin + stop, text[begin + start : begin + stop], reading, record)


class _Asked:
    """What is in the files, to be asked."""

    def __init__(self, folder: Path) -> None:
        self._sketches = _mapped(folder / "sketches", np.uint64)
        self._places = _mapped(folder / "places", np.int64)
        self._lengths = _mapped(folder / "lengths", np.int64)
        self._texts = _mapped(folder / "clauses", np.uint8)

    def near(self, text: str, spans: list[tuple[int, int]]) -> Iterator[tuple[int, str, str]]:
        """Clauses, by number, with what shares most of their sketches: its text, and its record."""
        if not spans:
            return
        clauses, hashes = _sketch(text, spans)
        first = np.searchsorted(self._sketches, hashes << np.uint64(32))
        last = np.searchsorted(self._sketches, hashes << np.uint64(32) | _LOW, "right")
        found = np.minimum(last - first, _BUCKET)
        at = np.repeat(first - np.cumsum(found) + found, found) + np.arange(found.sum())
        pairs = np.repeat(clauses, found).astype(np.uint64) << np.uint64(32) | self._sketches[at] & _LOW
        kinds, shared = np.unique(pairs, return_counts=True)
        asking = (kinds >> np.uint64(32)).astype(np.int64)
        # the nearest of each clause first
        order = np.lexsort((kinds, -shared, asking))
        asking, numbers = asking[order], (kinds[order] & _LOW).astype(np.int64)
        rank = np.arange(len(asking)) - np.searchsorted(asking, asking)
        own = np.array([end - begin for begin, end in spans], np.int64)
        near = (rank < _NEAREST) & (np.abs(self._lengths[numbers] - own[asking]) <= _STEPS * _LONGEST)
        for clause, number in zip(asking[near].tolist(), numbers[near].tolist(), strict=True):
            begin, end = spans[clause]
            record, other = self._clause(number)
            if other != text[begin:end]:
                yield clause, other, record

    def _clause(self, number: int) -> tuple[str, str]:
        begin = int(self._places[number])
        end = int(self._places[number + 1]) if number + 1 < len(self._places) else len(self._texts)
        record, _, text = self._texts[begin : end - 1].tobytes().decode("utf-8", "surrogatepass").partition("\t")
        return record, text


def _mapped(path: Path, kind: type[_Kind], *, write: bool = False) -> NDArray[_Kind]:
    """A file as an array; an empty one cannot be mapped."""
    if not path.stat().st_size:
        return np.zeros(0, kind)
    held: NDArray[_Kind] = np.memmap(path, kind, "r+" if write else "r").view(np.ndarray)
    return held


def _spans(text: str) -> list[tuple[int, int]]:
    return [found.span() for found in _CLAUSE.finditer(text)]


def _sketch(text: str, spans: list[tuple[int, int]]) -> tuple[Ints, Keys]:
    """Numbers of clauses, and a hash of 32 bits beside each: at most `_SKETCH` different ones a clause."""
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint64)
    wide = np.zeros(max(0, len(points) - _SHINGLE + 1), np.uint64)
    for step, weight in enumerate(_WEIGHTS):
        wide += (points[step : step + len(wide)] + np.uint64(1)) * weight
    # the sum is linear: without this, neighbours in the alphabet would have neighbouring hashes
    wide ^= wide >> np.uint64(29)
    wide *= _WEIGHTS[1]
    begins = np.array([begin for begin, _ in spans], np.int64)
    sizes = np.array([end - begin - _SHINGLE + 1 for begin, end in spans], np.int64)
    at = np.repeat(begins - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())
    clauses = np.repeat(np.arange(len(spans), dtype=np.uint64), sizes)
    keys = np.unique(clauses << np.uint64(32) | wide[at] >> np.uint64(32))
    owners = keys >> np.uint64(32)
    few = np.arange(len(keys)) - np.searchsorted(owners, owners) < _SKETCH
    return owners[few].astype(np.int64), keys[few] & _LOW


def differences(text: str, other: str) -> list[tuple[int, int, str]]:
    """Where a text differs from another, at most in two short places, else none: start, end and the other's reading.

    >>> differences("要吧工作做好", "要把工作做好")
    [(1, 2, '把')]
    >>> differences("今年的工作", "去年已经结束的工作")
    []
    """
    most = min(len(text), len(other))
    head = 0
    while head < most and text[head] == other[head]:
        head += 1
    tail = 0
    while tail < most - head and text[-1 - tail] == other[-1 - tail]:
        tail += 1
    one, two = text[head : len(text) - tail], other[head : len(other) - tail]
    if max(len(one), len(two)) <= _LONGEST:
        return [(head, head + len(one), two)]
    between = _between(one, two)
    if between is None:
        return []
    first, second, same = between
    return [
        (head, head + first, two[:second]),
        (head + first + same, head + len(one), two[second + same :]),
    ]


def _between(one: str, two: str) -> tuple[int, int, int] | None:
    """The longest stretch of both outside which little is left at either end: its two beginnings, and its length."""
    best: tuple[int, int, int] | None = None
    if one[_LONGEST:-_LONGEST] not in two or two[_LONGEST:-_LONGEST] not in one:
        return best
    for first in range(min(_LONGEST, len(one)) + 1):
        for second in range(min(_LONGEST, len(two)) + 1):
            same = max(1, len(one) - first - _LONGEST, len(two) - second - _LONGEST)
            if one[first : first + same] != two[second : second + same] or first + same > len(one):
                continue
            while first + same < len(one) and second + same < len(two) and one[first + same] == two[second + same]:
                same += 1
            if best is None or same > best[2]:
                best = first, second, same
    return best
