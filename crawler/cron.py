"""Times as crontab writes them: minute, hour, day of month, month, day of week.

The rules are those of Vixie's cron, crontab(5): 0 and 7 are both Sunday, months and days may be given by the first
three letters of their English names, and a day counts when either its day of the month or its day of the week is
named, provided that neither field begins with `*`; otherwise both must fit.
"""

from __future__ import annotations

import calendar
import difflib
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, time

_PART = re.compile(r"(?:(\*)|(\w+)(?:-(\w+))?)(?:/(\w+))?", re.ASCII)
_MACROS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}


class BadCron(ValueError):
    """Why an expression is none; the message names the field and what it may hold."""


class _Bad(Exception):
    """A mistake in a text, and that text with the mistake put right, where one can guess."""

    def __init__(self, why: str, better: str | None = None) -> None:
        self.why, self.better = why, better


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    low: int
    high: int
    # by number; months have none for 0
    names: tuple[str, ...] = ()

    @property
    def expected(self) -> str:
        known = [name for name in self.names if name]
        named = f" or {known[0]}-{known[-1]}" if known else ""
        return f"{self.name} takes {self.low}-{self.high}{named}"

    def values(self, text: str) -> frozenset[int]:
        """The numbers a field stands for. Raises `_Bad` with the whole field put right, where one can guess."""
        parts = text.split(",")
        found: set[int] = set()
        for place, part in enumerate(parts):
            try:
                found.update(self._part(part))
            except _Bad as bad:
                better = None if bad.better is None else ",".join([*parts[:place], bad.better, *parts[place + 1 :]])
                raise _Bad(bad.why, better) from None
        return frozenset(found)

    def _part(self, part: str) -> range:
        match = _PART.fullmatch(part)
        if match is None:
            raise _Bad(f"{self.expected}, *, ranges, lists and steps, not {part!r}", self._guess(part))
        star, first, last, step = match.groups()
        if star:
            low, high = self.low, self.high
        else:
            low = self._number(first, part)
            high = low if last is None else self._number(last, part)
            if last is not None and high == 0 and self.names[:1] == ("SUN",):
                high = 7
        if low > high:
            better = f"{low}-{self.high},{self.low}-{high}"
            raise _Bad(f"{self.expected}, and ranges from low to high, not {part!r}", better)
        if step is None:
            return range(low, high + 1)
        if not star and last is None:
            raise _Bad(f"a step follows * or a range, which {part!r} does not have", f"{first}-{self.high}/{step}")
        return range(low, high + 1, self._step(step, high - low))

    def _step(self, step: str, span: int) -> int:
        if not step.isdecimal() or not 1 <= int(step) <= max(span, 1):
            raise _Bad(f"a step here is 1-{max(span, 1)}, not {step!r}; for other distances there is the key every")
        return int(step)

    def _number(self, word: str, part: str) -> int:
        if word.upper() in self.names:
            return self.names.index(word.upper())
        if word.isdecimal() and self.low <= int(word) <= self.high:
            return int(word)
        guess = self._guess(word)
        raise _Bad(f"{self.expected}, not {word!r}", guess and part.replace(word, guess, 1))

    def _guess(self, word: str) -> str | None:
        if re.fullmatch("[0-9]{1,9}", word):
            # 24 o'clock and minute 60 are somebody's name for 0
            return str(self.low if int(word) == self.high + 1 and self.low == 0 else self._nearest(int(word)))
        if word == "?":
            return "*"
        known = [name for name in self.names if name]
        return next(iter(difflib.get_close_matches(word.upper()[:3], known, n=1, cutoff=0.6)), None)

    def _nearest(self, number: int) -> int:
        return min(max(number, self.low), self.high)


_MONTHS = ("", *(name.upper() for name in "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()))
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of month", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of week", 0, 7, _DAYS),
)


@dataclass(frozen=True, slots=True)
class Cron:
    """An expression, understood. `weekdays` count from 0, Sunday, to 6; `times` are in order.

    >>> cron = parse_cron("30 2 * * 7")
    >>> cron.weekdays, cron.times, cron.on(date(2014, 11, 2)), cron.on(date(2014, 11, 3))
    (frozenset({0}), (datetime.time(2, 30),), True, False)
    """

    times: tuple[time, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either: bool

    def on(self, day: date) -> bool:
        """Whether anything is due on *day*."""
        if day.month not in self.months:
            return False
        of_month, of_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return of_month or of_week if self.either else of_month and of_week


def parse_cron(text: str) -> Cron:
    """Five fields, as in crontab. Raises `BadCron`, naming the nearest expression that is one where it can be guessed.

    >>> parse_cron("0 24 * * *")
    Traceback (most recent call last):
    crawler.cron.BadCron: hour takes 0-23, not '24'; did you mean '0 0 * * *'?
    """
    try:
        return _understood(text)
    except _Bad as bad:
        better = _mended(bad.better or _plain(text))
        raise BadCron(f"{bad.why}; did you mean '{better}'?" if better else bad.why) from None


def _understood(text: str) -> Cron:
    words = text.split()
    if len(words) != len(_FIELDS):
        raise _Bad("expected five fields: minute, hour, day of month, month, day of week", _with_five_fields(text))
    found: list[frozenset[int]] = []
    for place, (field, word) in enumerate(zip(_FIELDS, words, strict=True)):
        try:
            found.append(field.values(word))
        except _Bad as bad:
            raise _Bad(bad.why, bad.better and " ".join([*words[:place], bad.better, *words[place + 1 :]])) from None
    minutes, hours, days, months, weekdays = found
    either = not words[2].startswith("*") and not words[4].startswith("*")
    longest = max(calendar.monthrange(2000, month)[1] for month in months)
    if not either and min(days) > longest:
        better = " ".join([*words[:2], str(longest), *words[3:]])
        raise _Bad(f"is never due: month {words[3]!r} has no day {min(days)}", better)
    times = tuple(time(hour, minute) for hour in sorted(hours) for minute in sorted(minutes))
    return Cron(times, days, months, frozenset(day % 7 for day in weekdays), either)


def _plain(text: str) -> str:
    """Characters of Chinese width as the ASCII ones they stand for."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _with_five_fields(text: str) -> str:
    words = _plain(text).split()
    if len(words) == 1 and words[0].lower() in _MACROS:
        return _MACROS[words[0].lower()]
    if len(words) > len(_FIELDS):
        # some schedulers begin with seconds
        return " ".join(words[1:6])
    return " ".join([*words, *["*"] * (len(_FIELDS) - len(words))])


def _mended(text: str) -> str | None:
    """An expression made from *text*, one mistake after the other put right; None where one cannot be guessed."""
    for _ in range(10):
        try:
            _understood(text)
        except _Bad as bad:
            if bad.better is None:
                return None
            text = bad.better
        else:
            return text
    return None
