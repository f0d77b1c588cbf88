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

import numpy as np

from pipelines.proposals.language import KNOWN, Ints, Reals, is_han
from pipelines.proposals.likelihood import Likelihood
from pipelines.proposals.pages import BLOCK, BOUND, Page, page_of

SURE = 0.0
"""The weight of evidence, as a power of e, from which something is proposed; the fit puts it there."""
ALONE = 0.25
"""From which share of its uses on a character counts as a word of its own."""
_FREE = 2.5
_LEAST_GAIN = 3.0
_NO_RIVAL = 6.0
_SHIFT = -0.5
QUOTED = re.compile("《[^《》\n]{1,200}》")
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
        for begin in range(0, len(text), BLOCK):
            block = text[begin : begin + BLOCK]
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
        if self._bond(other + behind) >= max(BOUND, self._bond(before + other)):
            end = at + 2
        elif self._bond(before + other) >= BOUND:
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
