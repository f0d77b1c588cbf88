"""What a run wrote of itself, read again: its crawl.log, line by line, and its run.json. Pure, and suspicious."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from crawler.frontier import PRIORITIES
from crawler.metadata import OUTCOMES, read_hops, read_url

#: Bytes of a line; an address has at most 32 KiB, and so has the one before it.
MAX_LINE = 100_000

_COLUMNS = 12
_ATTEMPT = re.compile(r"(\d{1,6})t")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_HOW = re.compile(r"[a-z][a-z:_-]{0,40}")


@dataclass(frozen=True, slots=True)
class Logged:
    """What became of an attempt. `attempt` is None where none was made: robots.txt or the recrawl's mode refused."""

    url: str
    hops: str
    via: str | None
    role: str
    attempt: int | None
    outcome: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Ended:
    """When and how a run began and ended; `ended` and `how` are None where it was to be resumed."""

    started: str | None = None
    ended: str | None = None
    how: str | None = None


def read_lines(pieces: Iterable[bytes]) -> Iterator[Logged]:
    """The lines of a crawl.log that arrives in *pieces*; those that cannot be read are passed over."""
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        yield from _read(lines)
        rest = rest[-MAX_LINE:]
    # a line that was being written when the process died has no end, and says nothing


def _read(lines: list[bytes]) -> Iterator[Logged]:
    for line in lines:
        logged = read_line(line.decode("utf-8", "replace")) if len(line) < MAX_LINE else None
        if logged is not None:
            yield logged


def read_line(line: str) -> Logged | None:
    """
    >>> read_line("2014-11-03T02:00:00.000Z -1 0 http://a.example/b L - - #000 - - - 2t,role:page,failed,dns").reason
    'dns'
    """
    columns = line.split()
    if len(columns) < _COLUMNS or read_url(columns[3]) is None:
        return None
    hops = read_hops("" if columns[4] == "-" else columns[4])
    attempt, (role, outcome, reason) = _notes(columns[-1])
    if hops is None or role not in PRIORITIES or outcome not in OUTCOMES:
        return None
    return Logged(columns[3], hops, read_url(columns[5]), role, attempt, outcome, reason)


def _notes(text: str) -> tuple[int | None, tuple[str, str, str | None]]:
    notes = text.split(",")
    found = _ATTEMPT.fullmatch(notes[0])
    role, outcome, *more = [*(notes[1:] if found else notes), "", ""]
    reason = more[0] if more and more[0] and not more[0].startswith("warcRevisit:") else None
    return int(found[1]) if found else None, (role.removeprefix("role:"), outcome, reason)


def read_ended(text: bytes) -> Ended | None:
    """What a run.json says; None where it is none.

    >>> read_ended(b'{"started": "2014-11-03T02:00:00Z", "ended": null, "how": "interrupted"}').ended is None
    True
    """
    try:
        report = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(report, dict):
        return None
    started, ended, how = (value if isinstance(value := report.get(key), str) else "" for key in _KEYS)
    if not _MOMENT.fullmatch(started):
        return None
    if not _MOMENT.fullmatch(ended) or not _HOW.fullmatch(how) or how in ("interrupted", "error"):
        return Ended(started)
    return Ended(started, ended, how)


_KEYS = ("started", "ended", "how")
