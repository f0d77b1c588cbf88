"""What a check found, as data: each finding names a code of the table in `codes` and the place it stands at."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from archive.verify.codes import CODES, Severity

KEPT = 100
"""Findings of one code that are kept word for word; further ones are counted. A file may be wrong in every record."""

MAX_DETAIL = 300


class Problem(NamedTuple):
    """A finding without its place: what a pure check of a record gives."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Finding:
    """`where` is `FILE`, `FILE:BYTE` or `FILE:LINE` as the code's meaning says; `detail` what was found there."""

    code: str
    clause: str
    where: str
    detail: str

    @property
    def severity(self) -> Severity:
        return CODES[self.code].severity


class Findings:
    """The findings of one verification: all are counted, the first `KEPT` of each code are kept, in their order."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.kept: list[Finding] = []

    def add(self, code: str, where: str, detail: str) -> None:
        """KeyError for a code that is not in the table."""
        clause = CODES[code].clause
        self.counts[code] += 1
        if self.counts[code] <= KEPT:
            self.kept.append(Finding(code, clause, printable(where), printable(detail)))

    def absorb(self, other: Findings) -> None:
        """Adds another's findings behind these."""
        room = {code: KEPT - min(self.counts[code], KEPT) for code in other.counts}
        for finding in other.kept:
            if room[finding.code]:
                room[finding.code] -= 1
                self.kept.append(finding)
        self.counts += other.counts

    def count(self, severity: Severity) -> int:
        """Findings of that severity, kept or not."""
        return sum(number for code, number in self.counts.items() if CODES[code].severity == severity)


def printable(text: str) -> str:
    """A file's own words as a terminal may show them: one line, bounded, without control characters.

    >>> printable("a\\x1b[2Jb\\n")
    'a\\\\x1b[2Jb\\\\x0a'
    """
    # surrogates stand for bytes of a file name that are no UTF-8
    shown = text if len(text) <= MAX_DETAIL else text[: MAX_DETAIL - 1] + "…"
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in shown)
