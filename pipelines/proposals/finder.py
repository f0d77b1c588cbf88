"""Characters that fit neither side, and what would fit better.

A character is looked at where no three characters that hold it are known from elsewhere and it stands beside one
neighbour at least no oftener than chance would have it. What sounds or looks like it is tried in its place, and what
makes a common word with a neighbour. The evidence for the likeliest is weighed by a logistic regression, whose weights
`benchmarks/language.py` fitted to errors planted in text that the tables do not know. Numerals and negations are
neither doubted nor put in anyone's place, and nothing within 《》 is doubted: the titles of laws and papers are
quoted, and are what they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pipelines.proposals.language import EDGE, KNOWN, UNKNOWN, Ints, Reals, is_han
from pipelines.proposals.likelihood import Likelihood

SURE = 0.0
"""The weight of evidence, as a power of e, from which something is proposed; the fit puts it there."""
ALONE = 0.25
"""From which share of its uses on a character counts as a word of its own."""
_WEAK, _FREE, _BOUND = 1.5, 2.5, 60.0
_LEAST_GAIN = 3.0
_NEAR = 6
_APT = 3
_NO_RIVAL = 6.0
_SOME_DOUBTS, _SOME_LENGTH = 10, 250
"""What a short text is taken to hold beside what it does: of that, how strange it is tells little."""
_SHIFT = -0.5
QUOTED = re.compile("《[^《》\n]{1,200}》")
_BLOCK = 1 << 13
_MOST = 1_600
"""A block with more places to look at is no ordinary Chinese, and what is not usual in it tells nothing."""

FEATURES = (
    "gain", "margin", "lift", "triples", "middle", "common", "orphan", "partner",
    "left", "right", "known", "near", "edge", "habit", "strange", "longer_word",
    "no_word", "was_word", "was_alone", "alone", "was_common", "alike",
)  # fmt: skip
_WAS_ALONE, _HABIT, _WAS_WORD = map(FEATURES.index, ("was_alone", "habit", "was_word"))
_ENDS, _ENDING = 2.5, 4.0
"""From which habit on, and how much it speaks: such errors are too few in what the weights were fitted to."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """Code points `start` to `end` of a text read `before`; `after` is null where no reading is better."""

    start: int
    end: int
    before: str
    after: str | None
    confidence: float
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """What was found to fit best in a place, by number, and the evidence for it in the order of `FEATURES`. The
    `group` has weights of its own: words of one character that are alike, others that are, what is not alike."""

    at: int
    number: int
    evidence: tuple[float, ...]

    @property
    def goes_on(self) -> bool:
        """Whether something follows a word of one character that ends what is said nearly always."""
        evidence = self.evidence
        return self.group == "alone" and evidence[_HABIT] >= _ENDS and not evidence[_WAS_WORD]

    @property
    def group(self) -> str:
        if not self.evidence[-1]:
            return "other"
        alone = min(self.evidence[_WAS_ALONE], self.evidence[_WAS_ALONE + 1])
        return "alone" if alone >= ALONE else "within"


class Finder:
    """Looks for suspects in texts whose lines are counted in *likelihood*."""

    def __init__(self, likelihood: Likelihood) -> None:
        self._likely = likelihood
        self._language = likelihood.language
        self._weights = {
            group: (np.array([weights[name] for name in FEATURES]), weights["bias"])
            for group, weights in self._language.weights.items()
        }

    def suspects(self, text: str) -> Iterator[Suspect]:
        """Those of a text, from left to right, no two of them in neighbouring places."""
        scored = sorted(
            ((self._score(trial), trial) for trial in self.trials(text)), key=lambda one: (-one[0], one[1].at)
        )
        taken: set[int] = set()
        kept: list[Suspect] = []
        for score, trial in scored:
            if score < SURE:
                break
            if taken.isdisjoint(range(trial.at - 1, trial.at + 2)):
                taken.add(trial.at)
                kept.append(self._suspect(text, trial, score))
        end = -1
        for one in sorted(kept, key=lambda one: one.start):
            if one.start >= end:
                end = one.end
                yield one

    def trials(self, text: str) -> Iterator[Trial]:
        """What fits best in each place that is looked at, however little speaks for it."""
        for begin in range(0, len(text), _BLOCK):
            block = text[begin : begin + _BLOCK]
            for trial in self._trials(block):
                yield Trial(trial.at + begin, trial.number, trial.evidence)

    def _score(self, trial: Trial) -> float:
        weights, bias = self._weights[trial.group]
        return float(weights @ trial.evidence) + bias + (_ENDING if trial.goes_on else 0.0)

    def _trials(self, text: str) -> Iterator[Trial]:
        page = page_of(text, self._likely)
        places = page.doubtful()
        quoted = [found.span() for found in QUOTED.finditer(text)]
        places = places[[not any(start + 3 <= at < end + 3 for start, end in quoted) for at in places.tolist()]]
        if not 0 < len(places) <= _MOST:
            return
        for alike in (True, False):
            where, tried = self._candidates(page, places, alike=alike)
            if len(where):
                yield from self._best(page, where, tried, alike=alike)

    def _candidates(self, page: Page, places: Ints, *, alike: bool) -> tuple[Ints, Ints]:
        """Places and what is tried in them, side by side."""
        where: list[Ints] = []
        tried: list[Ints] = []
        for at in places.tolist():
            before, number, behind = (int(one) for one in page.numbers[at - 1 : at + 2])
            if alike:
                found = self._language.alike(number)
            elif page.lifts[at - 1] >= _FREE or page.lifts[at] >= _FREE:
                continue
            else:
                words, others = self._language.makes_word(before, behind), self._language.alike(number)
                found = np.setdiff1d(words, others, assume_unique=True)
                found = found[found != number]
            where.append(np.full(len(found), at))
            tried.append(found)
        none = np.zeros(0, np.int64)
        return np.concatenate([none, *where]), np.concatenate([none, *tried])

    def _best(self, page: Page, where: Ints, tried: Ints, *, alike: bool) -> Iterator[Trial]:
        """Of each place the likeliest that is tried, where it is likelier than what stands there."""
        options = page.options(where, tried)
        fits = options.fit()
        order = np.lexsort((-fits, options.where))
        options, fits = options.chosen(order), fits[order]
        first = np.flatnonzero(np.diff(options.where, prepend=-1))
        second = np.minimum(first + 1, len(fits) - 1)
        rivals = options.where[second] == options.where[first]
        margin = np.where(rivals & (first < second), fits[first] - fits[second], _NO_RIVAL)
        best, fits = options.chosen(first), fits[first]
        gains = fits - page.fit(best.where)
        good = np.flatnonzero(gains >= _LEAST_GAIN)
        best = best.chosen(good)
        columns = [gains[good], np.minimum(_NO_RIVAL, margin[good]), *best.evidence(), *page.surroundings(best.where)]
        where, tried = best.where, best.tried
        columns += [*self._words(page.numbers, where, tried), np.full(len(where), float(alike))]
        for at, number, *evidence in zip(
            where.tolist(), tried.tolist(), *(one.tolist() for one in columns), strict=True
        ):
            yield Trial(at - 3, number, tuple(evidence))

    def _words(self, numbers: Ints, where: Ints, tried: Ints) -> list[Reals]:
        """Whether a known word holds the place: a longer one, none; with what stood there, any; and how often each of
        the two is a word of its own."""
        length, was = np.zeros(len(where)), np.zeros(len(where))
        best = np.zeros(len(where))
        for size in (2, 3, 4):
            for offset in range(size):
                new, old = np.zeros(len(where), np.int64), np.zeros(len(where), np.int64)
                whole = np.ones(len(where), bool)
                for step in range(size):
                    at = where - offset + step
                    char = numbers[np.clip(at, 0, len(numbers) - 1)]
                    whole &= char >= KNOWN
                    new, old = new << 13 | np.where(at == where, tried, char), old << 13 | char
                used = np.where(whole, self._language.words[new], 0)
                value = np.where(used > 0, used + 32 * (size - 2), 0)
                length = np.where(value > best, size, length)
                best = np.maximum(best, value)
                was = np.maximum(was, np.where(whole & (self._language.words[old] > 0), 1.0, 0.0))
        alone = self._language.alone
        known = [(length >= 3).astype(float), (length == 0).astype(float), was]
        was_common = np.log1p(self._language.singles[numbers[where]])
        return [*known, alone[numbers[where]], alone[tried], was_common]

    def _suspect(self, text: str, trial: Trial, score: float) -> Suspect:
        at, other = trial.at, self._language.chars[trial.number]
        char = text[at]
        before, behind = text[at - 1 : at], text[at + 1 : at + 2]
        start, end = at, at + 1
        if self._bond(other + behind) >= max(_BOUND, self._bond(before + other)):
            end = at + 2
        elif self._bond(before + other) >= _BOUND:
            start = at - 1
        after = text[start:at] + other + text[at + 1 : end]
        around = text[max(0, at - 1) : at + 2].strip()
        evidence = [f"{around!r} is unheard of; {other!r} {self._why(char, other)}: {before}{other}{behind}".strip()]
        if len(after) == 2:
            numbers = self._language.numbers(after)
            lines = int(self._likely.lines(numbers[:1], numbers[1:])[0])
            if lines:
                evidence.append(f"{after!r} stands in this collection in {lines} different lines")
        confidence = round(float(np.clip(1 / (1 + np.exp(_SHIFT - score)), 0.05, 0.97)), 2)
        return Suspect(start, end, text[start:end], after, confidence, tuple(evidence))

    def _why(self, char: str, other: str) -> str:
        if other in self._language.sound_alike(char):
            return "sounds alike"
        return "looks alike" if other in self._language.look_alike(char) else "makes a common word"

    def _bond(self, pair: str) -> float:
        if len(pair) < 2 or not all(map(is_han, pair)):
            return 0.0
        numbers = self._language.numbers(pair)
        first, second = numbers[:1], numbers[1:]
        return float(self._language.lift(first, second, self._likely.pairs(first, second))[0])


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
        found &= (np.maximum(left, right) < _BOUND) & (numbers[at - 1] != UNKNOWN) & (numbers[at + 1] != UNKNOWN)
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
