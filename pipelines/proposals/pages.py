"""A text in numbers, and how well the characters in it go together: what finders of errors look at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pipelines.proposals.language import EDGE, UNKNOWN, Ints, Reals
from pipelines.proposals.likelihood import Likelihood

BLOCK = 1 << 13
"""Characters of a text that are looked at together."""
BOUND = 60.0
"""From how many times oftener than by chance two characters are bound to each other."""
_WEAK = 1.5
_NEAR = 6
_APT = 3
_SOME_DOUBTS, _SOME_LENGTH = 10, 250
"""What a short text is taken to hold beside what it does: of that, how strange it is tells little."""


@lru_cache(maxsize=1)
def page_of(text: str, likelihood: Likelihood) -> Page:
    """The last one is kept: who looks for one thing in a text looks for others in it next."""
    return Page(likelihood, np.concatenate([[EDGE] * 3, likelihood.language.numbers(text), [EDGE] * 3]))


class Page:
    """A text as numbers, three edges before and behind it, and how well neighbours go together in it."""

    def __init__(self, likelihood: Likelihood, numbers: Ints) -> None:
        self.likely = likelihood
        self.language = likelihood.language
        self.numbers = numbers
        first, second = numbers[:-1], numbers[1:]
        self.pairs = likelihood.pairs(first, second)
        """How often a character and the next stand together, but for here."""
        self.lifts = self.language.lift(first, second, self.pairs)
        self._triples = likelihood.triples(numbers[:-2], numbers[1:-1], numbers[2:])
        loose = self.lifts < _WEAK
        alone = np.concatenate([[False], loose[:-1] & loose[1:], [False]]) & (numbers > EDGE)
        self._doubts = 0
        self._alone = alone
        self._alone_before = np.concatenate([[0], np.cumsum(alone)])

    def doubtful(self) -> Ints:
        """The places that are looked at."""
        numbers, lifts, triples = self.numbers, self.lifts, self._triples
        at = np.arange(3, len(numbers) - 3)
        left, right = lifts[at - 1], lifts[at]
        known = (triples[at - 1] > 0) | ((triples[at - 2] > 0) & (triples[at] > 0))
        found = self.language.open[numbers[at]] & ~known & (np.minimum(left, right) < _WEAK)
        found &= (np.maximum(left, right) < BOUND) & (numbers[at - 1] != UNKNOWN) & (numbers[at + 1] != UNKNOWN)
        doubtful: Ints = at[found]
        self._doubts = len(doubtful)
        return doubtful

    def options(self, where: Ints, tried: Ints) -> Options:
        """What is tried in places, without what stands beside neither neighbour elsewhere oftener than by chance."""
        one, plus = self.numbers[where - 1], self.numbers[where + 1]
        left, right = self.likely.pairs(one, tried), self.likely.pairs(tried, plus)
        lift = self.language.lift
        before = np.where(left >= _APT, lift(one, tried, left), 0)
        behind = np.where(right >= _APT, lift(tried, plus, right), 0)
        bond, goes_on = np.maximum(before, behind), behind >= before
        apt = np.flatnonzero(bond > 1)
        where, tried, left, right = where[apt], tried[apt], left[apt], right[apt]
        two, one, plus, more = (self.numbers[where + step] for step in (-2, -1, 1, 2))
        triples = self.likely.triples
        held = (triples(two, one, tried), triples(one, tried, plus), triples(tried, plus, more))
        return Options(self, where, tried, bond[apt], goes_on[apt], left, right, held)

    def fit(self, where: Ints) -> Reals:
        """How likely the three triples are that hold a place."""
        numbers, pairs, triples, log = self.numbers, self.pairs, self._triples, self.likely.log
        one, here, plus, more = (numbers[where + step] for step in (-1, 0, 1, 2))
        fit = log(one, here, triples[where - 2], pairs[where - 2], pairs[where - 1])
        fit = fit + log(here, plus, triples[where - 1], pairs[where - 1], pairs[where])
        return fit + log(plus, more, triples[where], pairs[where], pairs[where + 1])

    def surroundings(self, where: Ints) -> list[Reals]:
        """From `left` to `strange` in `FEATURES`."""
        first, last = np.maximum(0, where - _NEAR), np.minimum(len(self.numbers), where + _NEAR + 1)
        near = self._alone_before[last] - self._alone_before[first]
        near = near - self._alone[where] - self._alone[where - 1] - self._alone[where + 1]
        edge = (self.numbers[where - 1] == EDGE) | (self.numbers[where + 1] == EDGE)
        return [
            _log(np.minimum(100.0, self.lifts[where - 1])),
            _log(np.minimum(100.0, self.lifts[where])),
            ((self._triples[where - 2] > 0) | (self._triples[where] > 0)).astype(float),
            near.astype(float),
            edge.astype(float),
            self._habit(where),
            np.full(len(where), np.log((self._doubts + _SOME_DOUBTS) / (len(self.numbers) + _SOME_LENGTH))),
        ]

    def _habit(self, where: Ints) -> Reals:
        """How unlikely it is of a character that something follows, as a power of e: 吧 ends what is said."""
        behind = self.language.open[self.numbers[where + 1]]
        habit: Reals = np.where(behind, -np.log(1 - self.language.ends[self.numbers[where]]), 0)
        return habit


@dataclass(frozen=True, slots=True)
class Options:
    """What is tried in places of a page: how it is bound to a neighbour, whether to the next, how often it stands
    beside each, and how often three characters stand together of which it is the last, the middle, the first."""

    page: Page
    where: Ints
    tried: Ints
    bond: Reals
    goes_on: NDArray[np.bool_]
    left: Reals
    right: Reals
    held: tuple[Reals, Reals, Reals]

    def chosen(self, which: Ints) -> Options:
        held = (self.held[0][which], self.held[1][which], self.held[2][which])
        where, tried = self.where[which], self.tried[which]
        bond, goes_on = self.bond[which], self.goes_on[which]
        return Options(self.page, where, tried, bond, goes_on, self.left[which], self.right[which], held)

    def fit(self) -> Reals:
        """How likely the three triples are that hold a place, with what is tried in it."""
        numbers, where, pairs, log = self.page.numbers, self.where, self.page.pairs, self.page.likely.log
        one, plus, more = (numbers[where + step] for step in (-1, 1, 2))
        fit = log(one, self.tried, self.held[0], pairs[where - 2], self.left)
        fit = fit + log(self.tried, plus, self.held[1], self.left, self.right)
        return fit + log(plus, more, self.held[2], self.right, pairs[where + 1])

    def evidence(self) -> list[Reals]:
        """From `lift` to `partner` in `FEATURES`."""
        return [
            _log(np.minimum(1e4, self.bond)),
            np.sum([one > 0 for one in self.held], axis=0).astype(float),
            np.log1p(self.held[1]),
            np.log1p(self.page.language.singles[self.tried]),
            _log(np.minimum(100.0, self.page.lifts[np.where(self.goes_on, self.where + 1, self.where - 2)])),
            self.page.language.alone[self.page.numbers[np.where(self.goes_on, self.where + 1, self.where - 1)]],
        ]


def _log(value: Reals) -> Reals:
    logarithm: Reals = np.log(value + 0.05)
    return logarithm
