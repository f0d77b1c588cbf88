"""Proposals for the rows of a whole collection: first all are taken in, then each is looked at.

What is proposed depends on the set of rows and their order alone. Every proposal has the status `proposed`: the
text stays as it is until a person has decided.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pipelines.edits import CONTEXT, Edit, edit_id, from_json, revert
from pipelines.proposals.counts import Counts
from pipelines.proposals.finder import Finder, Suspect, is_kept
from pipelines.proposals.language import language
from pipelines.proposals.witnesses import Variant, Witnesses
from pipelines.review.applying import in_order, with_edits
from pipelines.schema import Row

TYPO, GARBLED, COLLATION = "typo", "garbled", "collation"
_VERSION = "1"
_MOST = 200
"""Proposals for a document; a text in another language or script could give thousands."""
_WITNESS_GAIN = 1.0
"""How much likelier, as a power of e, a witness's reading must be where as many witnesses read as the text does."""
_NAMED = 3


class Proposals:
    """Proposals for rows; its database stands in *folder*."""

    def __init__(self, folder: Path, agent: str) -> None:
        self._counts = Counts()
        self._witnesses = Witnesses(folder / "witnesses.db")
        self._agent = agent
        self._finder: Finder | None = None

    def close(self) -> None:
        self._witnesses.close()

    def __getstate__(self) -> dict[str, object]:
        """For other processes, once all rows are known."""
        return self.__dict__ | {"_finder": None}

    def take(self, row: Row) -> None:
        """Makes a row known. All are, before the first is looked at."""
        fresh = self._counts.add(row["text"])
        self._witnesses.add(fresh, row["provenance"]["record_id"])

    def propose(self, row: Row) -> Row:
        """The row with proposals among its edits."""
        if self._finder is None:
            self._finder = Finder(language(), self._counts)
        edits = [from_json(edit) for edit in row["edits"]]
        suspects: list[tuple[str, Suspect]] = []
        at = 0
        for line in row["text"].split("\n"):
            for rule, found in self._of_line(line, self._finder):
                suspects.append((rule, replace(found, start=found.start + at, end=found.end + at)))
            at += len(line) + 1
        if not suspects:
            return row
        original = revert(row["text"], edits)
        proposed = list(self._as_edits(suspects[:_MOST], row, original, edits))
        return with_edits(row, original, in_order([*edits, *proposed]))

    def _of_line(self, line: str, finder: Finder) -> Iterator[tuple[str, Suspect]]:
        collated = list(_collated(line, self._witnesses.variants(line), finder))
        taken = [(one.start, one.end) for one in collated]
        found = [(COLLATION, one) for one in collated]
        for one in finder.suspects(line):
            if not any(one.start < end and start < one.end for start, end in taken):
                found.append((GARBLED if one.after is None else TYPO, one))
        yield from sorted(found, key=lambda item: item[1].start)

    def _as_edits(
        self, suspects: Iterable[tuple[str, Suspect]], row: Row, original: str, edits: list[Edit]
    ) -> Iterator[Edit]:
        seen: Counter[tuple[str, ...]] = Counter()
        places = _Places(edits)
        for rule, one in suspects:
            start = places.original(one.start, one.end)
            if start is None or original[start : start + len(one.before)] != one.before:
                continue
            end = start + len(one.before)
            prefix, suffix = original[max(0, start - CONTEXT) : start], original[end : end + CONTEXT]
            key = (rule, one.before, prefix, suffix)
            seen[key] += 1
            yield Edit(
                id=edit_id(row["id"], *key, seen[key] - 1),
                rule=rule,
                rule_version=_VERSION,
                kind="repair",
                status="proposed",
                start=start,
                end=end,
                before=one.before,
                after=one.after,
                prefix=prefix,
                suffix=suffix,
                confidence=one.confidence,
                evidence=one.evidence,
                agent=self._agent,
            )


@dataclass(slots=True)
class _Reading:
    """What witnesses read in a place, and where they stand."""

    gain: float
    records: list[str]


def _collated(line: str, variants: Iterable[Variant], finder: Finder) -> Iterator[Suspect]:
    """The likelier readings of witnesses. Where they disagree, all are shown and the likeliest is proposed."""
    places: dict[tuple[int, int], dict[str, _Reading]] = {}
    for one in variants:
        if is_kept(one.before + one.reading):
            continue
        gain = finder.gain_of(line, one.start, one.end, one.reading)
        reading = places.setdefault((one.start, one.end), {}).setdefault(one.reading, _Reading(gain, []))
        if one.record not in reading.records:
            reading.records.append(one.record)
    end = -1
    for (start, stop), readings in sorted(places.items()):
        ranked = sorted(readings.items(), key=lambda item: (-item[1].gain, -len(item[1].records), item[0]))
        after, best = ranked[0]
        if start < end or best.gain < _WITNESS_GAIN:
            continue
        end = max(stop, start + 1)
        evidence = [f"{_shown(reading)} in {_named(held.records)}" for reading, held in ranked[:_NAMED]]
        if len(ranked) > 1:
            evidence.append(f"the witnesses disagree: {len(ranked)} readings beside this one")
        confidence = round(min(0.97, 0.6 + 0.05 * best.gain), 2)
        yield Suspect(start, stop, line[start:stop], after, confidence, tuple(evidence))


def _shown(reading: str) -> str:
    return repr(reading) if reading else "nothing"


def _named(records: list[str]) -> str:
    rest = f" and {len(records) - _NAMED} more" if len(records) > _NAMED else ""
    return ", ".join(records[:_NAMED]) + rest


class _Places:
    """From offsets in a row's text to offsets in the text as extracted. To be asked from left to right."""

    def __init__(self, edits: Iterable[Edit]) -> None:
        self._spans: list[tuple[int, int, int]] = []
        shift = 0
        for edit in edits:
            if edit.status in ("applied", "accepted") and edit.after is not None:
                start = edit.start + shift
                shift += len(edit.after) - len(edit.before)
                self._spans.append((start, start + len(edit.after), shift))

    def original(self, start: int, end: int) -> int | None:
        """Where the passage begins there; None where an edit touches it."""
        shift = 0
        for first, last, behind in self._spans:
            if first > end:
                break
            if last >= start:
                return None
            shift = behind
        return start - shift
