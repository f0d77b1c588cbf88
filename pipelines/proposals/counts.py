"""How often characters stand side by side in a collection's own documents, in memory that does not grow.

Counts stand in a file of fixed size, by hash, each in three places: the smallest of the three is too high where all
three are shared, never too low (a count-min sketch; 255 stands for more). Where the file has filled up so far that
chance alone gives a count, that much is taken off. Each different line is counted once: a line that stands on every
page, or in every version of a document, is no more evidence for itself than one that stands once. Lines are known by
hash as well; of very many, some are taken for known ones and not counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipelines.proposals.language import EDGE, Ints, Language, Reals, pair_keys, triple_keys
from pipelines.proposals.seen import Seen

_PLACE_BITS = 24
_FACTORS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0xD6E8FEB86659FD93], np.uint64)
_SEEN_BITS = 26
_BY_CHANCE = 0.02
_PAIR = 1 << 40
_KNOWN_WELL = 8
"""Three characters that stand together so often in the tables need no evidence of the collection's."""
_BLOCK = 1 << 16
"""Characters that are counted at a time."""


class Counts:
    """Counts in a file at *path*; made there, or opened as another process made it."""

    def __init__(self, path: Path, language: Language, *, made: bool = False) -> None:
        self._language = language
        shape = (len(_FACTORS), 1 << _PLACE_BITS)
        self._held: NDArray[np.uint8] = np.memmap(path, np.uint8, "r" if made else "w+", shape=shape).view(np.ndarray)
        self._seen = Seen(0 if made else _SEEN_BITS)
        self._floor = self._chance() if made else 0

    def add(self, text: str) -> list[str]:
        """Counts the lines of a text that are new; returns these."""
        fresh = [line for line in text.split("\n") if self._seen.add(line)]
        for block in _blocks(fresh):
            self._count(block)
        return fresh

    def settle(self) -> None:
        """To be called when all texts are counted, before counts are asked for."""
        self._floor = self._chance()

    def pairs(self, first: Ints, second: Ints) -> Reals:
        """In how many different lines two characters stand side by side."""
        return self._times(pair_keys(first, second) | _PAIR)

    def triples(self, first: Ints, second: Ints, third: Ints) -> Reals:
        """In how many different lines three characters stand side by side."""
        return self._times(triple_keys(first, second, third))

    def _times(self, keys: Ints) -> Reals:
        times = np.zeros(len(keys))
        # most of what is asked for never stood there, and nearly always its first place says so
        held = self._held[0, _place(keys, 0)]
        some = np.flatnonzero(held > self._floor)
        least = held[some]
        for row in range(1, len(_FACTORS)):
            least = np.minimum(least, self._held[row, _place(keys[some], row)])
        times[some] = np.maximum(0, least.astype(np.int64) - self._floor)
        return times

    def _chance(self) -> int:
        """What something that never stood there would seldom be counted above."""
        held = np.bincount(self._held[0, : 1 << _PLACE_BITS - 4], minlength=256)
        above: Reals = 1.0 - np.cumsum(held) / held.sum()
        return int(np.argmax(above ** len(_FACTORS) <= _BY_CHANCE))

    def _count(self, block: str) -> None:
        framed = f"\n\n{block}\n\n"
        numbers = self._language.numbers(framed)
        line = np.cumsum(np.frombuffer(framed.encode("utf-32-le", "surrogatepass"), "<u4") == 10)
        first, second, third = numbers[:-2], numbers[1:-1], numbers[2:]
        triples, pairs = triple_keys(first, second, third), pair_keys(first, second)
        new = (second > EDGE) & (self._language.triples[triples] < _KNOWN_WELL)
        some = (first > EDGE) | (second > EDGE)
        keys = np.concatenate([triples[new], pairs[some] | _PAIR])
        lines = np.concatenate([line[1:-1][new], np.where(first > EDGE, line[:-2], line[1:-1])[some]])
        # each kind once a line
        once = np.unique(lines << 41 | keys) & (1 << 41) - 1
        kinds, times = np.unique(once, return_counts=True)
        for row in range(len(_FACTORS)):
            places = _place(kinds, row)
            self._held[row, places] = np.minimum(255, self._held[row, places] + times)


def _place(keys: Ints, row: int) -> Ints:
    place: Ints = (keys.astype(np.uint64) * _FACTORS[row] >> np.uint64(64 - _PLACE_BITS)).astype(np.int64)
    return place


def _blocks(lines: list[str]) -> Iterator[str]:
    """Lines joined, about as long as is counted at a time; a longer line is cut."""
    held: list[str] = []
    length = 0
    for line in lines:
        for at in range(0, len(line), _BLOCK):
            part = line[at : at + _BLOCK]
            if held and length + len(part) > _BLOCK:
                yield "\n\n".join(held)
                held, length = [], 0
            held.append(part)
            length += len(part)
    if held:
        yield "\n\n".join(held)
