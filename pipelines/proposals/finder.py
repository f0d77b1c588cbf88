"""Characters that fit neither side, and what would fit better.

A character is looked at where it stands beside its neighbours no more often than chance would have it, in the
language and in the rest of the collection. What sounds or looks like it is tried in its place, and so is what
makes one of the collection's own words with a neighbour; how much likelier the passage becomes is measured by
pairs and triples of characters. Numerals and negations are neither doubted nor put in anyone's place.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.proposals.counts import Counts
from pipelines.proposals.language import RUN, Language

_KEPT = frozenset("〇零一二三四五六七八九十百千万亿两半双甲乙丙丁不没未无非莫勿否别免毋负除")
_LIGHT = frozenset("不没未")
_COLLECTION = 4
"""How much more a neighbourhood in the collection counts than one in the tables."""
_WEAK = 1.5
_WEAK_STRETCH = 3.0
_OWN_WORD = 3
"""Lines of the collection in which a word must stand to be put where nothing sounds or looks alike."""
_GAIN, _GAIN_OF_ONE_SIDE = 5.5, 9.0
"""How much likelier, as a power of e, a passage must become where the character fits neither side, or one."""
_MARGIN = 1.0
_ORPHAN, _FREE = 1.0, 2.5
_WORD_GAIN = 1.5
_RIVAL = 3
"""How many times more lines than any other a word of the collection must stand in."""
_WORD_LIFT = 60.0


@dataclass(frozen=True, slots=True)
class Suspect:
    """Code points `start` to `end` of a line read `before`; `after` is null where no reading is better."""

    start: int
    end: int
    before: str
    after: str | None
    confidence: float
    evidence: tuple[str, ...]


class Finder:
    """Looks for suspects in lines that *counts* has counted already."""

    def __init__(self, language: Language, counts: Counts) -> None:
        self._language = language
        self._counts = counts
        self._before: dict[str, list[str]] = {}
        self._after: dict[str, list[str]] = {}
        for pair, count in counts.pairs.items():
            if count >= _OWN_WORD and _han(pair[0]) and _han(pair[1]) and self._lift(pair, 0) > _WORD_LIFT:
                self._after.setdefault(pair[0], []).append(pair[1])
                self._before.setdefault(pair[1], []).append(pair[0])

    def suspects(self, line: str) -> Iterator[Suspect]:
        """Those of a line, from left to right, disjoint."""
        end = 0
        for run in RUN.finditer(line):
            framed = f"\n\n{run[0]}\n\n"
            weak = [self._lift(framed[at : at + 2], 1) for at in range(len(framed) - 1)]
            found = [*self._typos(framed, weak), *self._garbled(framed, weak)]
            for one in sorted(found, key=lambda suspect: (suspect.start, suspect.after is None)):
                start = one.start - 2 + run.start()
                if start >= end:
                    end = start + len(one.before)
                    yield Suspect(start, end, one.before, one.after, one.confidence, one.evidence)

    def gain_of(self, line: str, start: int, end: int, reading: str) -> float:
        """How much likelier a line becomes with another reading in a place, as a power of e."""
        head, tail = "\n\n" + line[max(0, start - 8) : start], line[end : end + 8] + "\n\n"
        here, there = head + line[start:end] + tail, head + reading + tail
        return sum(self._log(there[at : at + 3], 1) for at in range(len(there) - 2)) - sum(
            self._log(here[at : at + 3], 1) for at in range(len(here) - 2)
        )

    def _pair(self, pair: str, own: int) -> int:
        known = self._language.pairs.get(pair, 0)
        return known + _COLLECTION * max(0, self._counts.pairs[pair] - own)

    def _triple(self, triple: str, own: int) -> int:
        return self._language.triple(triple) + _COLLECTION * max(0, self._counts.triples.get(triple, 0) - own)

    def _lift(self, pair: str, own: int) -> float:
        """How many times oftener than by chance two characters stand together."""
        single = self._language.singles
        chance: int = single.get(pair[0], 5) * single.get(pair[1], 5)
        return float(self._pair(pair, own) * self._language.total / chance)

    def _typos(self, text: str, lifts: list[float]) -> Iterator[Suspect]:
        known = self._language.singles
        for at in range(2, len(text) - 2):
            char, left, right = text[at], lifts[at - 1], lifts[at]
            if min(left, right) >= _WEAK or max(left, right) >= _WORD_LIFT or not _han(char) or char in _KEPT:
                continue
            if any(one not in known for one in text[at - 1 : at + 2]) or self._usual(text, at):
                continue
            needed = _GAIN if max(left, right) < _WEAK else _GAIN_OF_ONE_SIDE
            best = self._alike(text, at, needed)
            if best is None and max(left, right) < _ORPHAN:
                best = self._own_word(text, at, lifts)
            if best is not None:
                yield best

    def _usual(self, text: str, at: int) -> bool:
        """Whether one of the three triples that hold the character is known from elsewhere."""
        return any(self._triple(text[first : first + 3], 1) for first in (at - 2, at - 1, at))

    def _alike(self, text: str, at: int, needed: float) -> Suspect | None:
        """What sounds or looks like the character and fits far better, if one thing does."""
        char, left, right = text[at], text[at - 1], text[at + 1]
        kinds = dict.fromkeys(self._language.shapes.get(char, ""), "looks alike")
        kinds |= dict.fromkeys(self._language.sound_alike(char), "sounds alike")
        scored: list[tuple[float, str]] = []
        for other in kinds.keys() - _KEPT:
            if max(self._pair(left + other, 0), self._pair(other + right, 0)) >= _COLLECTION * 2:
                scored.append((-self._gain(text, at, other), other))
        scored.sort()
        if not scored or -scored[0][0] < needed or (len(scored) > 1 and scored[1][0] - scored[0][0] < _MARGIN):
            return None
        gain, other = -scored[0][0], scored[0][1]
        confidence = min(0.95, 0.5 + 0.06 * (gain - needed))
        return self._suspect(text, at, other, kinds[other], confidence)

    def _own_word(self, text: str, at: int, lifts: list[float]) -> Suspect | None:
        """A word of the collection that the character makes with another neighbour than the one it has, where that
        neighbour belongs to nothing else."""
        char = text[at]
        scored: list[tuple[int, int, str]] = []
        for place, outer, others in (
            (at - 1, lifts[at - 2], self._before.get(char, ())),
            (at + 1, lifts[at + 1], self._after.get(char, ())),
        ):
            if outer >= _FREE or not _han(text[place]) or text[place] in _KEPT or not 2 <= place < len(text) - 2:
                continue
            for other in others:
                if other not in _KEPT and other != text[place] and self._gain(text, place, other) >= _WORD_GAIN:
                    word = other + char if place < at else char + other
                    scored.append((-self._counts.pairs[word], place, other))
        scored.sort()
        if not scored or (len(scored) > 1 and -scored[0][0] < _RIVAL * -scored[1][0]):
            return None
        return self._suspect(text, scored[0][1], scored[0][2], "makes a word of the collection", 0.4)

    def _gain(self, text: str, at: int, other: str) -> float:
        """How much likelier five characters become by another one in their middle, as a power of e."""
        passage = text[at - 2 : at] + other + text[at + 1 : at + 3]
        return self._likelihood(passage, 0) - self._likelihood(text[at - 2 : at + 3], 1)

    def _likelihood(self, five: str, own: int) -> float:
        return sum(self._log(five[at : at + 3], own) for at in range(3))

    def _log(self, triple: str, own: int) -> float:
        """The logarithm of how likely the third is after the first two, backing off to pairs and singles."""
        seen = self._triple(triple, own)
        if seen:
            return math.log(min(1.0, seen / (self._pair(triple[:2], own) + 0.5)))
        single = self._language.singles
        pair = self._pair(triple[1:], own)
        if pair:
            return math.log(min(1.0, 0.4 * pair / (single.get(triple[1], 0) + 1)))
        return math.log(0.08 * (single.get(triple[2], 0) + 1) / self._language.total)

    def _suspect(self, text: str, at: int, other: str, why: str, confidence: float) -> Suspect:
        start, end = at, at + 1
        before_it, behind_it = self._lift(text[at - 1] + other, 0), self._lift(other + text[at + 1], 0)
        if max(before_it, behind_it) > _WORD_LIFT:
            start, end = (at, at + 2) if behind_it >= before_it else (at - 1, at + 1)
        after = text[start:at] + other + text[at + 1 : end]
        lines = self._counts.pairs.get(after, 0)
        around = text[at - 1 : at + 2].strip()
        evidence = [f"{around!r} is unheard of; {other!r} {why}: {text[at - 1]}{other}{text[at + 1]}".strip()]
        if len(after) == 2 and lines:
            evidence.append(f"{after!r} stands in this collection in {lines} different lines")
        return Suspect(start, end, text[start:end], after, round(confidence, 2), tuple(evidence))

    def _garbled(self, text: str, lifts: list[float]) -> Iterator[Suspect]:
        """Stretches in which no two neighbours belong together, nor any three, about a word of negation: the
        sentence has lost something, and nothing here tells what."""
        at = 2
        while at < len(text) - 3:
            last = at
            while last < len(text) - 2 and self._loose(text, at, last, lifts[last]):
                last += 1
            inside = text[at + 1 : last]
            joined = text[at] + inside + text[last : last + 2]
            if last - at >= 3 and any(char in _LIGHT for char in inside) and all(map(_han, joined)):
                core = inside.rstrip("的地得了")
                if len(core) >= 2:
                    why = f"no neighbours in {joined!r} are known to stand together; something may be missing"
                    yield Suspect(at + 1, at + 1 + len(core), core, None, 0.3, (why,))
            at = max(last, at + 1)

    def _loose(self, text: str, first: int, at: int, lift: float) -> bool:
        """Whether a pair belongs to the stretch that begins at `first`; a negation goes with almost any verb,
        and 的 with almost any word."""
        weak = lift < _WEAK_STRETCH or (at > first and (text[at] in _LIGHT or text[at + 1] == "的"))
        return weak and (at == first or not self._triple(text[at - 1 : at + 2], 1))


def is_kept(text: str) -> bool:
    """Whether a text holds a figure, a numeral or a negation, whose change may be a change of facts.

    >>> is_kept("二〇"), is_kept("不"), is_kept("把")
    (True, True, False)
    """
    return any(char in _KEPT or not _han(char) for char in text)


def _han(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"
