"""A character astray in a compound: two characters between two words belong to neither, nor to each other, and one of
them makes one of the collection's own words with another character, as 任 in 完善对任机制 does where 责任 is what the
collection speaks of. Nothing need sound or look alike.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pipelines.proposals.finder import QUOTED, Suspect
from pipelines.proposals.language import EDGE, Ints
from pipelines.proposals.likelihood import Likelihood
from pipelines.proposals.pages import BLOCK, Page, page_of

_WORD, _FREE, _ASTRAY, _ALONE = 10.0, 2.0, 0.7, 0.2
_LINES, _SHARE = 4, 0.4
_GAIN = 1.0
_CONFIDENCE = 0.4


def compounds(text: str, likelihood: Likelihood) -> Iterator[Suspect]:
    """The stretches of two characters in a text of which one belongs to another, from left to right."""
    for begin in range(0, len(text), BLOCK):
        block = text[begin : begin + BLOCK]
        page = page_of(block, likelihood)
        quoted = [found.span() for found in QUOTED.finditer(block)]
        for at in _gaps(page).tolist():
            start = at - 3
            after = None if any(s <= start < e for s, e in quoted) else _word(page, at, likelihood)
            if after is not None:
                why = f"{block[start : start + 2]!r} goes with nothing; {after!r} is a word of this collection"
                was = block[start : start + 2]
                yield Suspect(begin + start, begin + start + 2, was, after, _CONFIDENCE, (why,))


def _gaps(page: Page) -> Ints:
    """Where two characters begin that stand between words."""
    at = np.arange(3, len(page.numbers) - 4)
    lifts, are_open = page.lifts, page.language.open[page.numbers]
    found = (lifts[at - 2] >= _WORD) & (lifts[at - 1] < _FREE) & (lifts[at] < _ASTRAY) & (lifts[at + 1] < _ASTRAY)
    found &= (lifts[at + 2] >= _WORD) & are_open[at - 1] & are_open[at] & are_open[at + 1] & are_open[at + 2]
    gaps: Ints = at[found]
    return gaps


def _word(page: Page, at: int, likelihood: Likelihood) -> str | None:
    """The word of the collection that one of two characters makes, if it is what that one mostly stands for."""
    language, numbers = likelihood.language, page.numbers
    best: tuple[float, str] | None = None
    for place, partner in ((at, int(numbers[at + 1])), (at + 1, int(numbers[at]))):
        first = place == at
        found = language.makes_word(EDGE, partner) if first else language.makes_word(partner, EDGE)
        found = found[found != numbers[place]]
        if not len(found) or language.alone[partner] >= _ALONE:
            continue
        beside: Ints = np.full(len(found), partner)
        lines = likelihood.lines(found, beside) if first else likelihood.lines(beside, found)
        most = int(np.argmax(lines))
        if lines[most] < _LINES or lines[most] < _SHARE * likelihood.lines_of(partner):
            continue
        options = page.options(np.array([place]), found[most : most + 1])
        if len(options.where) and options.fit()[0] - page.fit(np.array([place]))[0] >= _GAIN:
            char, other = language.chars[int(found[most])], language.chars[partner]
            best = max(best or (0.0, ""), (float(lines[most]), char + other if first else other + char))
    return best[1] if best else None
