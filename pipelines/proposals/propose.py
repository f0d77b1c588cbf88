"""Proposals for the rows of a whole collection: first all are taken in, then each is looked at.

What is proposed depends on the set of rows and their order alone. Every proposal has the status `proposed`: the
text stays as it is until a person has decided.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from pipelines.edits import CONTEXT, Edit, edit_id, from_json, revert
from pipelines.proposals.collation import collated
from pipelines.proposals.compounds import compounds
from pipelines.proposals.counts import Counts
from pipelines.proposals.finder import Finder, Suspect
from pipelines.proposals.garbled import garbled
from pipelines.proposals.language import language
from pipelines.proposals.likelihood import Likelihood
from pipelines.proposals.witnesses import Witnesses
from pipelines.review.applying import in_order, with_edits
from pipelines.schema import Row

TYPO, GARBLED, COLLATION = "typo", "garbled", "collation"
_VERSION = "2"
_MOST = 200
"""Proposals for a document; those after are left out."""


class Proposals:
    """Proposals for rows; what it counts stands in *folder*. Once all rows are known it can be sent to other processes,
    which then propose what this one would."""

    def __init__(self, folder: Path, agent: str) -> None:
        self._path = folder / "counts"
        self._counts = Counts(self._path, language())
        self._witnesses = Witnesses(folder)
        self._agent = agent
        self._likelihood: Likelihood | None = None

    def close(self) -> None:
        self._witnesses.close()

    def __getstate__(self) -> tuple[Path, Witnesses, str]:
        return self._path, self._witnesses, self._agent

    def __setstate__(self, state: tuple[Path, Witnesses, str]) -> None:
        self._path, self._witnesses, self._agent = state
        self._counts = Counts(self._path, language(), made=True)
        self._likelihood = None

    def take(self, row: Row) -> None:
        """Makes a row known. All are, before the first is looked at."""
        fresh = self._counts.add(row["text"])
        self._witnesses.add(fresh, row["provenance"]["record_id"])

    def propose(self, row: Row) -> Row:
        """The row with proposals among its edits."""
        if self._likelihood is None:
            self._counts.settle()
            self._likelihood = Likelihood(language(), self._counts)
        suspects = self._suspects(row["text"], self._likelihood)
        if not suspects:
            return row
        edits = [from_json(edit) for edit in row["edits"]]
        original = revert(row["text"], edits)
        proposed = list(self._as_edits(suspects[:_MOST], row, original, edits))
        return with_edits(row, original, in_order([*edits, *proposed]))

    def _suspects(self, text: str, likelihood: Likelihood) -> list[tuple[str, Suspect]]:
        """By the rules, from left to right, disjoint: where two rules suspect a place, the better evidence counts."""
        found = [(COLLATION, one) for one in collated(text, self._witnesses.variants(text), likelihood)]
        found += [(TYPO, one) for one in Finder(likelihood).suspects(text)]
        found += [(TYPO, one) for one in compounds(text, likelihood)]
        found += [(GARBLED, one) for one in garbled(text, likelihood)]
        taken: set[int] = set()
        kept: list[tuple[str, Suspect]] = []
        for rule, one in found:
            places = range(one.start, max(one.end, one.start + 1))
            if taken.isdisjoint(places):
                taken.update(places)
                kept.append((rule, one))
        return sorted(kept, key=lambda item: item[1].start)

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
