"""A negation and what follows it that belong to nothing about them: the sentence has lost something, and what is
unknown.

Looked at is what stands between a word and 的, such as 不落 in 问题不落的单位. It is flagged where no three characters
that reach out of it are known from elsewhere, and its ends go with what is beside them as chance would have it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipelines.proposals.finder import Suspect
from pipelines.proposals.language import KEPT
from pipelines.proposals.likelihood import Likelihood

_HAN = f"(?![{''.join(sorted(KEPT))}])[\u4e00-\u9fff]"
_STRETCH = re.compile(f"(?<=([\u4e00-\u9fff])({_HAN}))(?P<core>[不没未]{_HAN})(?=的({_HAN})([\u4e00-\u9fff]))")
_LOOSE_BEFORE, _WORD, _LOOSE_BEHIND = 25.0, 15.0, 10.0
"""How many times oftener than by chance the negation may follow what is before it, its verb it, and 的 that."""
_SELDOM = 2
_CONFIDENCE = 0.3


def garbled(text: str, likelihood: Likelihood) -> Iterator[Suspect]:
    """The stretches of a text, from left to right, without a reading."""
    for found in _STRETCH.finditer(text):
        start, end = found.span("core")
        around = text[start - 2 : end + 3]
        if _loose(around, likelihood):
            why = (
                f"{around!r}: what is before and behind {found['core']!r} does not go with it; something may be missing"
            )
            yield Suspect(start, end, found["core"], None, _CONFIDENCE, (why,))


def _loose(around: str, likelihood: Likelihood) -> bool:
    """Of two characters, a negation, its verb, 的 and two more: whether nothing binds the middle to the rest."""
    numbers = likelihood.language.numbers(around)
    triples = likelihood.triples(numbers[1:4], numbers[2:5], numbers[3:6])
    if triples[0] or triples[1] > _SELDOM or triples[2]:
        return False
    lifts = likelihood.language.lift(numbers[1:4], numbers[2:5], likelihood.pairs(numbers[1:4], numbers[2:5]))
    return bool(lifts[0] < _LOOSE_BEFORE and lifts[1] < _WORD and lifts[2] < _LOOSE_BEHIND)
