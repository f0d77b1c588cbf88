"""Findings for people, in lines of 80 columns, and for machines, as JSON."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TextIO

from archive.verify.codes import CODES, HEADINGS, SEVERITIES
from archive.verify.findings import Finding, Findings, printable

_WIDTH = 80
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Source:
    """What was verified."""

    source: str
    kind: str
    files: int
    records: int


def tell(
    checked: list[Source], found: Findings, done: list[str], *, headings: bool = False, said: TextIO | None = None
) -> None:
    """Prints the findings by code, the gravest first, or under the headings of DA/T 70; then what was *done*."""
    for source in checked:
        size = f"{source.files} WARC file{_s(source.files)}, {source.records} record{_s(source.records)}"
        _lines(f"{source.kind}: {size}", "", said)
        _lines(printable(source.source), "  ", said)
    groups: Iterable[tuple[str, list[str]]] = [("", list(CODES))]
    if headings:
        groups = [(name, [code for code in CODES if CODES[code].heading == name]) for name in HEADINGS]
    for name, codes in groups:
        present = [code for code in codes if found.counts[code]]
        if name:
            print(f"\n{name}  {_totals(found, codes)}", file=said)
        for code in sorted(present, key=lambda code: SEVERITIES.index(CODES[code].severity)):
            _tell_code(code, found, said)
    if done:
        print(file=said)
    for line in done:
        _lines(printable(line), "", said)
    print(f"\n{_totals(found, CODES)}", file=said)


def tell_json(checked: list[Source], found: Findings, done: list[str], said: TextIO | None = None) -> None:
    """One object: `sound`, `sources`, `counts` by severity, `codes`, the `findings` that were kept, what was `done`."""
    report = {
        "sound": found.count("error") == 0,
        "sources": [asdict(source) for source in checked],
        "counts": {severity: found.count(severity) for severity in SEVERITIES},
        "codes": dict(sorted(found.counts.items())),
        "findings": [asdict(finding) | {"severity": finding.severity} for finding in found.kept],
        "done": done,
    }
    print(json.dumps(report, ensure_ascii=False), file=said)


def _totals(found: Findings, codes: Iterable[str]) -> str:
    numbers = dict.fromkeys(SEVERITIES, 0)
    for code in codes:
        numbers[CODES[code].severity] += found.counts[code]
    if not any(numbers.values()):
        return "nothing found wrong"
    return ", ".join(f"{number} {severity}{_s(number)}" for severity, number in numbers.items())


def _tell_code(code: str, found: Findings, said: TextIO | None) -> None:
    row, count = CODES[code], found.counts[code]
    times = f" ({count} times)" if count > 1 else ""
    _lines(f"\n{row.severity} {code}{times}: {row.meaning} [{row.clause}]", "", said)
    kept: list[Finding] = [finding for finding in found.kept if finding.code == code]
    for finding in kept[:_SHOWN]:
        _lines(finding.where, "  ", said)
        if finding.detail:
            _lines(finding.detail, "    ", said)
    if count > _SHOWN:
        print(f"  and {count - min(_SHOWN, len(kept))} more", file=said)


def _lines(text: str, indent: str, said: TextIO | None) -> None:
    if text.startswith("\n"):
        print(file=said)
    for line in textwrap.wrap(text.strip(), _WIDTH, initial_indent=indent, subsequent_indent=indent):
        print(line, file=said)


def _s(number: int) -> str:
    return "" if number == 1 else "s"
