"""What witnesses of the same sentence read, and which of it is likelier than what the text has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipelines.proposals.finder import Suspect
from pipelines.proposals.language import KEPT, Language, is_han
from pipelines.proposals.likelihood import Likelihood
from pipelines.proposals.witnesses import Variant

_GAIN = 2.0
"""How much likelier, as a power of e, a witness's reading must be."""
_NAMED = 3


@dataclass(slots=True)
class _Reading:
    """What witnesses read in a place, and where they stand."""

    gain: float
    records: list[str]


def collated(text: str, variants: Iterable[Variant], likelihood: Likelihood) -> Iterator[Suspect]:
    """The likelier readings of witnesses, from left to right, disjoint.

    Sentences that differ may both be right. A reading counts where it sounds or looks like what stands in the line, or,
    of one character, where neighbours that chance would not put together stand in the line and not in the witness.
    Where witnesses disagree, all are shown and the likeliest is proposed, if it is alike.
    """
    places: dict[tuple[int, int], dict[str, list[str]]] = {}
    for one in variants:
        if not is_kept(one.before + one.reading):
            records = places.setdefault((one.start, one.end), {}).setdefault(one.reading, [])
            if one.record not in records:
                records.append(one.record)
    end = -1
    for (start, stop), held in sorted(places.items()):
        if not any(_may_count(text[start:stop], reading, likelihood.language, len(held)) for reading in held):
            continue
        readings = {
            reading: _Reading(likelihood.gain(text, start, stop, reading), records) for reading, records in held.items()
        }
        ranked = sorted(readings.items(), key=lambda item: (-item[1].gain, -len(item[1].records), item[0]))
        after, best = ranked[0]
        if (
            start < end
            or best.gain < _GAIN
            or not _credible(text, start, stop, after, likelihood, agreed=len(ranked) == 1)
        ):
            continue
        end = max(stop, start + 1)
        evidence = [f"{_shown(reading)} in {_named(held.records)}" for reading, held in ranked[:_NAMED]]
        if len(ranked) > 1:
            evidence.append(f"the witnesses disagree: {len(ranked)} readings beside this one")
        confidence = round(min(0.97, 0.6 + 0.03 * best.gain), 2)
        yield Suspect(start, stop, text[start:stop], after, confidence, tuple(evidence))


def _credible(text: str, start: int, end: int, reading: str, likelihood: Likelihood, *, agreed: bool) -> bool:
    before = text[start:end]
    if _all_alike(before, reading, likelihood.language):
        return True
    if not agreed or max(len(before), len(reading)) > 1:
        return False
    there = text[:start] + reading + text[end:]
    return likelihood.strange(text, start, end) and not likelihood.strange(there, start, start + len(reading))


def _may_count(before: str, reading: str, language: Language, readings: int) -> bool:
    """What of `_credible` can be told without weighing."""
    return (readings == 1 and max(len(before), len(reading)) == 1) or _all_alike(before, reading, language)


def _all_alike(before: str, reading: str, language: Language) -> bool:
    return len(before) == len(reading) and all(
        _alike(one, other, language) for one, other in zip(before, reading, strict=True)
    )


def _alike(one: str, other: str, language: Language) -> bool:
    return one == other or other in language.sound_alike(one) or other in language.look_alike(one)


def is_kept(text: str) -> bool:
    """Whether a text holds a figure, a numeral or a negation, whose change may be a change of facts.

    >>> is_kept("二〇"), is_kept("不"), is_kept("把")
    (True, True, False)
    """
    return any(char in KEPT or not is_han(char) for char in text)


def _shown(reading: str) -> str:
    return repr(reading) if reading else "nothing"


def _named(records: list[str]) -> str:
    rest = f" and {len(records) - _NAMED} more" if len(records) > _NAMED else ""
    return ", ".join(records[:_NAMED]) + rest
