"""What is usual in Chinese: how often characters stand side by side, words, which characters sound or look alike.

The tables stand beside this module in `language.bin`. `benchmarks/language.py` made them from texts and word lists of
installable packages; numbers and single words are in it, no text. A character is known by its number; every character
that is neither Han nor a common mark counts as 0, the edge of a stretch, and Han that the tables do not know as 1.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

# numpy's algebra would begin a thread a core, with memory for each, in every process; nothing here needs it
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Reals = NDArray[np.float64]

LANGUAGE = Path(__file__).with_name("language.bin")
MARKS = "，。、；：！？（）“”《》"
EDGE, UNKNOWN, KNOWN = 0, 1, 2
"""The first known character's number is `KNOWN`."""
BITS = 13
KEPT = frozenset("〇零一二三四五六七八九十百千万亿两半双甲乙丙丁不没未无非莫勿否别免毋负除")
"""Numerals and negations: nothing is proposed for them, nor in their favour."""
_MARK_BITS, _FACTOR = 23, np.uint64(0x9E3779B97F4A7C15)
_STRONG, _STRONG_LIFT = 20, 60.0
"""From how often, and how many times oftener than by chance, two characters count as a word without being one."""


def is_han(char: str) -> bool:
    """Whether a character is one of the common ideographs.

    >>> is_han("把"), is_han("。"), is_han("a")
    (True, False, False)
    """
    return "\u4e00" <= char <= "\u9fff"


def pair_keys(first: Ints, second: Ints) -> Ints:
    return first << BITS | second


def triple_keys(first: Ints, second: Ints, third: Ints) -> Ints:
    return first << 2 * BITS | second << BITS | third


@dataclass(frozen=True, slots=True)
class Table:
    """Counts, at most 65,535, by keys in ascending order.

    Most of what is asked for is not there: `_marks`, a bit a key, tells nearly all of that without a search.
    """

    keys: Ints
    counts: NDArray[np.uint16]
    _marks: NDArray[np.uint8] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        marks = np.zeros(1 << _MARK_BITS, np.uint8)
        marks[_mark(self.keys)] = 1
        object.__setattr__(self, "_marks", np.packbits(marks, bitorder="little"))

    @classmethod
    def of_mapping(cls, counts: Mapping[int, int]) -> Table:
        keys = sorted(counts)
        return cls(np.array(keys, np.int64), np.array([min(counts[key], 0xFFFF) for key in keys], np.uint16))

    def __getitem__(self, asked: Ints) -> Reals:
        """The counts of the keys asked for, 0 for those that are not there."""
        found = np.zeros(len(asked))
        marks = _mark(asked)
        marked = np.flatnonzero(self._marks[marks >> 3] >> (marks & 7).astype(np.uint8) & 1)
        keys = asked[marked]
        places = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        found[marked] = np.where(self.keys[places] == keys, self.counts[places], 0)
        return found


def _mark(keys: Ints) -> Ints:
    return (keys.astype(np.uint64) * _FACTOR >> np.uint64(64 - _MARK_BITS)).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Tables:
    """As built. `singles` counts characters, by number; `alone` says how often one is a word of its own, `ends`
    how often such a word ends what is said (0 to 1).

    `words` holds words of two to four characters: up to 16 for each power of e of how often they are used. `sounds`
    gives the syllables of a character, blanks between them, `shapes` what looks like it, `weights`, by group, what
    speaks for a typing error (`pipelines.proposals.finder`).
    """

    chars: str
    singles: list[int]
    alone: list[float]
    ends: list[float]
    sounds: dict[str, str]
    shapes: dict[str, str]
    weights: dict[str, dict[str, float]]
    pairs: Table
    triples: Table
    words: Table


_TABLES = ("pairs", "triples", "words")


def pack(tables: Tables) -> bytes:
    """Tables as bytes: a JSON head and, of each table, the differences between keys and the counts, compressed."""
    parts: list[bytes] = []
    for name in _TABLES:
        table: Table = getattr(tables, name)
        steps = np.diff(table.keys, prepend=0).astype("<i8")
        # bytes of equal weight together, which is how small numbers compress well
        parts.append(zlib.compress(np.ascontiguousarray(steps.view(np.uint8).reshape(-1, 8).T).tobytes(), 9))
        parts.append(zlib.compress(np.ascontiguousarray(table.counts.view(np.uint8).reshape(-1, 2).T).tobytes(), 9))
    values = {name: getattr(tables, name) for name in Tables.__slots__ if name not in _TABLES}
    head = zlib.compress(json.dumps({**values, "sizes": [len(part) for part in parts]}, ensure_ascii=False).encode(), 9)
    return len(head).to_bytes(4, "big") + head + b"".join(parts)


def unpack(packed: bytes) -> Tables:
    """What `pack` packed."""
    at = 4 + int.from_bytes(packed[:4], "big")
    head = json.loads(zlib.decompress(packed[4:at]))
    parts: list[bytes] = []
    for size in head.pop("sizes"):
        parts.append(zlib.decompress(packed[at : at + size]))
        at += size
    for number, name in enumerate(_TABLES):
        steps = np.frombuffer(parts[2 * number], np.uint8).reshape(8, -1).T
        counts = np.frombuffer(parts[2 * number + 1], np.uint8).reshape(2, -1).T
        keys = np.cumsum(np.ascontiguousarray(steps).view("<i8").ravel())
        head[name] = Table(keys, np.ascontiguousarray(counts).view("<u2").ravel())
    return Tables(**head)


class Language:
    """The tables, to be asked by the numbers of characters."""

    def __init__(self, tables: Tables) -> None:
        self.chars = tables.chars
        self.pairs, self.triples, self.words = tables.pairs, tables.triples, tables.words
        self.weights = tables.weights
        self.singles = np.array(tables.singles, np.float64)
        self.alone = np.array(tables.alone, np.float64)
        self.total = float(self.singles.sum())
        self.number = {char: number for number, char in enumerate(tables.chars) if number >= KNOWN}
        self._numbers = np.zeros(0x10000, np.int64)
        self._numbers[0x4E00:0xA000] = UNKNOWN
        for char, number in self.number.items():
            self._numbers[ord(char)] = number
        self.open = np.array([is_han(char) and char not in KEPT for char in tables.chars])
        """By number: whether something may be proposed for a character, and in its favour."""
        self._sounds = {char: text.split() for char, text in tables.sounds.items()}
        self._shapes = tables.shapes
        self._homophones: dict[str, list[str]] = {}
        for char, sounds in self._sounds.items():
            for sound in sounds:
                self._homophones.setdefault(sound, []).append(char)
        self._alike: dict[int, Ints] = {}
        self.ends = np.array(tables.ends, np.float64)
        self._bind()

    def _bind(self) -> None:
        first, second = self.pairs.keys >> BITS, self.pairs.keys & (1 << BITS) - 1
        strong = (self.pairs.counts >= _STRONG) & self.open[first] & self.open[second]
        strong &= self.lift(first, second, self.pairs.counts.astype(np.float64)) >= _STRONG_LIFT
        self._firsts, self._followers = first[strong], second[strong]
        order = np.argsort(self._followers, kind="stable")
        self._seconds, self._leaders = self._followers[order], self._firsts[order]

    def numbers(self, text: str) -> Ints:
        """The number of each code point.

        >>> language().numbers("a\\n").tolist()
        [0, 0]
        """
        points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
        return self._numbers[np.where(points < 0x10000, points, 0)]

    def lift(self, first: Ints, second: Ints, times: Reals) -> Reals:
        """How many times oftener than by chance two characters stand together that do so *times*."""
        chance: Reals = np.maximum(5.0, self.singles[first]) * np.maximum(5.0, self.singles[second])
        return times * self.total / chance

    def sound_alike(self, char: str) -> set[str]:
        """Characters with a reading of the same sound, tones and what is commonly confused left aside.

        >>> {"把", "巴"} <= language().sound_alike("吧")
        True
        """
        return {other for sound in self._sounds.get(char, ()) for other in self._homophones[sound]} - {char}

    def look_alike(self, char: str) -> str:
        """Characters that are written much alike, the likest first.

        >>> "已" in language().look_alike("己")
        True
        """
        return self._shapes.get(char, "")

    def alike(self, number: int) -> Ints:
        """The numbers of what sounds or looks like a character and may be proposed."""
        if number not in self._alike:
            char = self.chars[number]
            found = {*self.sound_alike(char), *self.look_alike(char)} - KEPT
            self._alike[number] = np.array(sorted(self.number[one] for one in found if one in self.number), np.int64)
        return self._alike[number]

    def makes_word(self, left: int, right: int) -> Ints:
        """The numbers of what makes a word with the character before or the one behind."""
        first = np.searchsorted(self._firsts, [left, left + 1])
        second = np.searchsorted(self._seconds, [right, right + 1])
        return np.union1d(self._followers[slice(*first)], self._leaders[slice(*second)])


@cache
def language() -> Language:
    """The tables that come with the software; read once."""
    return Language(unpack(LANGUAGE.read_bytes()))
