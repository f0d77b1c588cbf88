"""How likely characters are where they stand, going by the language and by the rest of the collection."""

from __future__ import annotations

import numpy as np

from pipelines.proposals.counts import Counts
from pipelines.proposals.language import Ints, Language, Reals, pair_keys, triple_keys

_COLLECTION = 4.0
"""How much more a line of the collection counts than a place in the tables."""
_AROUND = 8
_LOOSE = 1.5


class Likelihood:
    """Asked for arrays of characters' numbers. One line of the collection is no evidence: where what is asked for
    stands in the line that is looked at, it is that one, and where it does not, it may be the error."""

    def __init__(self, language: Language, counts: Counts) -> None:
        self.language = language
        self._counts = counts

    def pairs(self, first: Ints, second: Ints) -> Reals:
        known = self.language.pairs[pair_keys(first, second)]
        return known + _COLLECTION * np.maximum(0.0, self._counts.pairs(first, second) - 1)

    def lines(self, first: Ints, second: Ints) -> Reals:
        """In how many different lines of the collection two characters stand side by side."""
        return self._counts.pairs(first, second)

    def lines_of(self, number: int) -> float:
        """About how many different lines of the collection hold a character that does not end a stretch there."""
        following = np.arange(len(self.language.chars))
        return float(self._counts.pairs(np.full(len(following), number), following).sum())

    def triples(self, first: Ints, second: Ints, third: Ints) -> Reals:
        known = self.language.triples[triple_keys(first, second, third)]
        return known + _COLLECTION * np.maximum(0.0, self._counts.triples(first, second, third) - 1)

    def log(self, second: Ints, third: Ints, triples: Reals, before: Reals, behind: Reals) -> Reals:
        """The logarithm of how likely a third character is after two others, backing off to pairs and singles; given
        how often the three stand together, the first two, and the last two."""
        single = self.language.singles
        with np.errstate(divide="ignore"):
            by_three = np.log(np.minimum(1.0, triples / (before + 0.5)))
            by_two = np.log(np.minimum(1.0, 0.4 * behind / (single[second] + 1)))
        by_one = np.log(0.08 * (single[third] + 1) / self.language.total)
        return np.where(triples > 0, by_three, np.where(behind > 0, by_two, by_one))

    def gain(self, line: str, start: int, end: int, reading: str) -> float:
        """How much likelier a line becomes with another reading in a place, as a power of e."""
        head, tail = "\n\n" + line[max(0, start - _AROUND) : start], line[end : end + _AROUND] + "\n\n"
        return self._sum(head + reading + tail) - self._sum(head + line[start:end] + tail)

    def strange(self, line: str, start: int, end: int) -> bool:
        """Whether in a place or at its ends neighbours stand together no oftener than chance would have it, and no
        three characters that hold them are known."""
        first = max(0, start - 2)
        numbers = self.language.numbers("\n\n"[: 2 - start + first] + line[first : end + 2] + "\n\n")
        pairs = self.pairs(numbers[:-1], numbers[1:])
        loose = self.language.lift(numbers[:-1], numbers[1:], pairs) < _LOOSE
        known = self.triples(numbers[:-2], numbers[1:-1], numbers[2:]) > 0
        at = np.arange(1, 2 + end - start)
        return bool((loose[at] & ~known[at - 1] & ~known[at]).any())

    def _sum(self, text: str) -> float:
        numbers = self.language.numbers(text)
        first, second, third = numbers[:-2], numbers[1:-1], numbers[2:]
        before, behind = self.pairs(first, second), self.pairs(second, third)
        return float(self.log(second, third, self.triples(first, second, third), before, behind).sum())
