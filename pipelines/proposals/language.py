"""What is usual in Chinese: how often characters stand side by side, which sound and which look alike.

The tables stand beside this module in `language.bin`. They were counted by `benchmarks/language.py` in law text and
newspaper text of installable packages; counts of pairs and triples are in it, no text.
"""

from __future__ import annotations

import json
import re
import zlib
from array import array
from bisect import bisect_left
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, pairwise
from pathlib import Path

LANGUAGE = Path(__file__).with_name("language.bin")

RUN = re.compile("[\u4e00-\u9fff〇，。、；：！？（）“”《》]+")
"""A stretch of text within which neighbours are counted; a line feed stands for its ends."""


@dataclass(frozen=True, slots=True)
class Tables:
    """As built: counts by one, two and three characters; syllables of a character; what looks like it."""

    singles: dict[str, int]
    pairs: dict[str, int]
    triples: dict[str, int]
    sounds: dict[str, str]
    shapes: dict[str, str]


def pack(tables: Tables) -> bytes:
    """Tables as bytes: a JSON head, then pairs and triples as sorted numbers, differences and counts, compressed."""
    rank = {char: number for number, char in enumerate(tables.singles)}
    parts: list[bytes] = []
    for counts in (tables.pairs, tables.triples):
        numbered = sorted((_number(key, rank), min(count, 0xFFFFFFFF)) for key, count in counts.items())
        keys = [0, *(key for key, _ in numbered)]
        steps = array("Q", (after - before for before, after in pairwise(keys)))
        parts += (_columns(steps), _columns(array("Q", (count for _, count in numbered))))
    sizes = [len(part) for part in parts]
    head = {"singles": tables.singles, "sounds": tables.sounds, "shapes": tables.shapes, "sizes": sizes}
    packed = zlib.compress(json.dumps(head, ensure_ascii=False).encode(), 9)
    return len(packed).to_bytes(4, "big") + packed + b"".join(parts)


def _columns(numbers: array[int]) -> bytes:
    """Bytes of equal weight together, which is how small numbers compress well."""
    raw = numbers.tobytes()
    return zlib.compress(b"".join(raw[at::8] for at in range(8)), 9)


def _numbers(packed: bytes) -> array[int]:
    raw = zlib.decompress(packed)
    count = len(raw) // 8
    whole = bytearray(len(raw))
    for at in range(8):
        whole[at::8] = raw[at * count : (at + 1) * count]
    numbers = array("Q")
    numbers.frombytes(bytes(whole))
    return numbers


def _number(key: str, rank: dict[str, int]) -> int:
    number = 0
    for char in key:
        number = number << 13 | rank[char]
    return number


class Language:
    """The tables, to be asked."""

    def __init__(self, packed: bytes) -> None:
        size = int.from_bytes(packed[:4], "big")
        head = json.loads(zlib.decompress(packed[4 : 4 + size]))
        self.singles: dict[str, int] = head["singles"]
        self.total = sum(self.singles.values())
        self.shapes: dict[str, str] = head["shapes"]
        self._sounds: dict[str, list[str]] = {char: text.split() for char, text in head["sounds"].items()}
        parts, at = [], 4 + size
        for length in head["sizes"]:
            parts.append(_numbers(packed[at : at + length]))
            at += length
        chars = list(self.singles)
        self._rank = {char: number for number, char in enumerate(chars)}
        self.pairs = {
            chars[key >> 13] + chars[key & 8191]: count
            for key, count in zip(accumulate(parts[0]), parts[1], strict=True)
        }
        self._triples, self._triple_counts = array("Q", accumulate(parts[2])), parts[3]
        self._homophones: dict[str, list[str]] = {}
        for char, sounds in self._sounds.items():
            for sound in sounds:
                self._homophones.setdefault(sound, []).append(char)

    def triple(self, key: str) -> int:
        """How often three characters stood side by side; 0 where seldom."""
        rank = self._rank
        try:
            number = rank[key[0]] << 26 | rank[key[1]] << 13 | rank[key[2]]
        except KeyError:
            return 0
        at = bisect_left(self._triples, number)
        return self._triple_counts[at] if at < len(self._triples) and self._triples[at] == number else 0

    def sound_alike(self, char: str) -> set[str]:
        """Characters with a reading of the same sound, tones and what is commonly confused left aside.

        >>> {"把", "巴"} <= language().sound_alike("吧")
        True
        """
        alike = {other for sound in self._sounds.get(char, ()) for other in self._homophones[sound]}
        alike.discard(char)
        return alike


@cache
def language() -> Language:
    """The tables that come with the software; read once."""
    return Language(LANGUAGE.read_bytes())
