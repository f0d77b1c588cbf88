"""Runs into medians, medians into verdicts, all of it into a table and a JSON file.

A ratio is one median over another. A contestant of which any run is invalid has no median, and a target
that needs it is not met.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.host import Counts
from benchmarks.measure import Usage


@dataclass(frozen=True, slots=True)
class Run:
    """One contestant's run. `fault` says why the figures do not count; None where they do."""

    contestant: str
    turn: int
    usage: Usage
    counts: Counts
    archived: Mapping[str, int] | None
    fault: str | None


@dataclass(frozen=True, slots=True)
class Medians:
    """Of a contestant's runs: `rate` in pages a second of the whole process, `asking` of the time between
    the first page asked for and the last (both 0 where none was), times in seconds, memory in bytes."""

    wall: float
    cpu: float
    rate: float
    asking: float
    cpu_per_page: float
    peak_bytes: float


@dataclass(frozen=True, slots=True)
class Target:
    """What must hold: `measured(medians of every contestant)` above (or below) `bound`; `aim` is better yet."""

    name: str
    needs: tuple[str, ...]
    measured: Callable[[Mapping[str, Medians]], float]
    bound: float
    aim: float | None = None
    above: bool = True
    strict: bool = False

    def holds(self, value: float) -> bool:
        """
        >>> target = Target("rate", (), lambda medians: 3.0, bound=3.0)
        >>> target.holds(3.0), target.holds(2.9)
        (True, False)
        """
        if value == self.bound:
            return not self.strict
        return (value > self.bound) is self.above


@dataclass(frozen=True, slots=True)
class Verdict:
    """`value` is None where it could not be measured."""

    name: str
    value: float | None
    wanted: str
    passed: bool


def medians(runs: Sequence[Run]) -> dict[str, Medians]:
    """By contestant, of those whose runs are all valid."""
    found = {}
    for name in dict.fromkeys(run.contestant for run in runs):
        own = [run for run in runs if run.contestant == name]
        if not any(run.fault for run in own):
            found[name] = Medians(
                wall=statistics.median(run.usage.wall for run in own),
                cpu=statistics.median(run.usage.cpu for run in own),
                rate=statistics.median(run.counts.pages / run.usage.wall for run in own),
                asking=statistics.median(run.counts.pages / max(run.counts.span, 1e-9) for run in own),
                cpu_per_page=statistics.median(run.usage.cpu / max(run.counts.pages, 1) for run in own),
                peak_bytes=statistics.median(run.usage.peak_bytes for run in own),
            )
    return found


def judge(targets: Sequence[Target], measured: Mapping[str, Medians]) -> list[Verdict]:
    verdicts = []
    for target in targets:
        sign = (">" if target.above else "<") + ("" if target.strict else "=")
        wanted = f"{sign} {target.bound:.3g}" + (f", aim {target.aim:g}" if target.aim is not None else "")
        value = target.measured(measured) if set(target.needs) <= set(measured) else None
        verdicts.append(Verdict(target.name, value, wanted, value is not None and target.holds(value)))
    return verdicts


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a benchmark: its runs in the order they ran, and what was to hold."""

    title: str
    remark: str
    runs: Sequence[Run]
    verdicts: Sequence[Verdict]

    @property
    def passed(self) -> bool:
        return all(verdict.passed for verdict in self.verdicts) and not any(run.fault for run in self.runs)


def show(section: Section) -> str:
    """The section for people, in Markdown."""
    parts = [f"\n### {section.title}\n\n{section.remark}\n", *_table(section.runs)]
    parts += [f"\ninvalid: {run.contestant}, turn {run.turn + 1}: {run.fault}" for run in section.runs if run.fault]
    return "\n".join([*parts, *_verdicts(section.verdicts)])


def _table(runs: Sequence[Run]) -> list[str]:
    lines = ["| | s | CPU s | peak MB | pages/s | while asking | CPU ms/page | runs |"]
    lines.append("|---|--:|--:|--:|--:|--:|--:|--:|")
    measured = medians(runs)
    for name in dict.fromkeys(run.contestant for run in runs):
        times = sum(run.contestant == name for run in runs)
        if m := measured.get(name):
            speed = f"{m.rate:.0f} | {m.asking:.0f} | {m.cpu_per_page * 1e3:.2f}" if m.rate else "– | – | –"
            lines.append(f"| {name} | {m.wall:.2f} | {m.cpu:.2f} | {m.peak_bytes / 1e6:.0f} | {speed} | {times} |")
        else:
            lines.append(f"| {name} | invalid | | | | | | {times} |")
    return lines


def _verdicts(verdicts: Sequence[Verdict]) -> list[str]:
    lines = ["", "| target | measured | wanted | |", "|---|--:|--:|---|"] if verdicts else []
    for verdict in verdicts:
        value = "not measured" if verdict.value is None else f"{verdict.value:.3g}"
        lines.append(f"| {verdict.name} | {value} | {verdict.wanted} | {'pass' if verdict.passed else 'FAIL'} |")
    return lines


def write(file: Path, machine: Mapping[str, object], sections: Sequence[Section]) -> None:
    """Everything measured, as JSON: times in seconds, memory in bytes."""
    content = {"machine": machine, "sections": [asdict(section) for section in sections]}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
