"""Passages taken out of lines, and what would be left over by it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipelines.repair.chars import BLANK
from pipelines.repair.rule import Change

_LINE = re.compile("[^\n]+")


def removals(text: str, runs: list[tuple[int, int]]) -> Iterator[Change]:
    """The removal of `runs` (sorted, none across lines) and of what would be left over by it: blanks at an
    end of the line, and the break of a line that holds nothing else. A row's lines are trimmed, none is empty.
    """
    at = index = 0
    for line in _LINE.finditer(text) if runs else ():
        first = index
        while index < len(runs) and runs[index][0] < line.end():
            index += 1
        here = runs[first:index]
        if not here:
            continue
        lead = _edge(text, line.start(), line.end(), here)
        tail = _edge(text, line.end(), line.start(), here[::-1])
        if lead < line.end():
            yield from _inside(line, here, lead, tail)
            continue
        start, end = line.span()
        if start > at:
            start -= 1
        elif end < len(text):
            end += 1
        yield Change(start, end, "")
        at = end


def _edge(text: str, at: int, stop: int, runs: list[tuple[int, int]]) -> int:
    """How far the line's beginning `at` moves towards `stop`, its other end (or the end towards the
    beginning), by runs that meet it and the blanks about them; not by blanks alone.
    """
    edge = at
    for run in runs:
        near, far = sorted(run, key=lambda side: abs(side - at))
        if text[min(edge, near) : max(edge, near)].strip(BLANK):
            break
        edge = far
    if edge == at:
        return at
    rest = text[min(edge, stop) : max(edge, stop)]
    if stop > at:
        return stop - len(rest.lstrip(BLANK))
    return stop + len(rest.rstrip(BLANK))


def _inside(line: re.Match[str], runs: list[tuple[int, int]], lead: int, tail: int) -> Iterator[Change]:
    spans = [(line.start(), lead), *(run for run in runs if lead <= run[0] and run[1] <= tail), (tail, line.end())]
    for start, end in spans:
        if start < end:
            yield Change(start, end, "")
