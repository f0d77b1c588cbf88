"""Time zones, dates and intervals as people write them in a job file's schedule."""

from __future__ import annotations

import difflib
import re
import zoneinfo
from datetime import date, datetime, time

from crawler.quantities import parse_time

#: The years in which a schedule can begin and end.
FIRST_YEAR, LAST_YEAR = 1970, 2999
SHORTEST, LONGEST = 60.0, 3660 * 86400.0
# what people call the time that is kept in all of China; the database knows it by one name only
_CHINA = {"beijing", "peking", "china", "cst", "prc", "utc+8", "gmt+8", "utc+08:00", "gmt+08:00", "+8", "+08:00"}
_UNITS = {
    "min": ("m", "min", "mins", "minute", "minutes", "分", "分钟"),
    "h": ("h", "hr", "hrs", "hour", "hours", "时", "小时"),
    "d": ("d", "day", "days", "天", "日"),
    "s": ("s", "sec", "secs", "second", "seconds", "秒"),
}


def parse_zone(value: str) -> str:
    """A name from the time zone database. Raises ValueError, naming the nearest one.

    >>> parse_zone("Asia/Shanghai")
    'Asia/Shanghai'
    >>> parse_zone("Asia/Beijing")
    Traceback (most recent call last):
    ValueError: expected a time zone; did you mean Asia/Shanghai?
    """
    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        near = _near_zone(value)
        raise ValueError(
            f"expected a time zone; did you mean {near}?" if near else "expected a time zone such as Asia/Shanghai"
        ) from None
    return value


def _near_zone(value: str) -> str | None:
    said = value.strip().lower().replace(" ", "_")
    if difflib.get_close_matches(said.rpartition("/")[2], _CHINA, n=1, cutoff=0.9):
        return "Asia/Shanghai"
    known = {name.lower(): name for name in sorted(zoneinfo.available_timezones())}
    # most people know the city rather than the continent
    places = {low.rpartition("/")[2]: name for low, name in known.items() if "/" in low} | known
    near = difflib.get_close_matches(said, known, n=1, cutoff=0.7)
    return known[near[0]] if near else _of_place(said.rpartition("/")[2], places)


def _of_place(place: str, places: dict[str, str]) -> str | None:
    near = difflib.get_close_matches(place, places, n=1, cutoff=0.7)
    return places[near[0]] if near else None


def parse_moment(value: object) -> date:
    """A day, or a day with a time, without an offset: it is read in the schedule's own zone. Raises ValueError.

    >>> parse_moment("2026-03-01"), parse_moment("2026-03-01 02:30")
    (datetime.date(2026, 3, 1), datetime.datetime(2026, 3, 1, 2, 30))
    >>> parse_moment("2026-3-1")
    Traceback (most recent call last):
    ValueError: expected a date such as 2026-03-01 or a time such as 2026-03-01 02:30; did you mean 2026-03-01?
    """
    if isinstance(value, str):
        text = value.strip()
        try:
            value = date.fromisoformat(text) if len(text) <= 10 else datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(_no_moment(text)) from None
    if isinstance(value, datetime) and value.tzinfo is not None:
        raise ValueError(f"expected no offset (schedule.timezone counts); did you mean {value:%Y-%m-%d %H:%M}?")
    if not isinstance(value, date):
        raise ValueError(_no_moment(""))
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError(f"expected a year between {FIRST_YEAR} and {LAST_YEAR}")
    return value


def first_moment(value: date) -> datetime:
    """When a day, or a day with a time, begins."""
    return value if isinstance(value, datetime) else datetime.combine(value, time.min)


def last_moment(value: date) -> datetime:
    """When a day, or a day with a time, ends.

    >>> last_moment(parse_moment("2026-03-01"))
    datetime.datetime(2026, 3, 1, 23, 59, 59, 999999)
    """
    return value if isinstance(value, datetime) else datetime.combine(value, time.max)


def _no_moment(text: str) -> str:
    expected = "expected a date such as 2026-03-01 or a time such as 2026-03-01 02:30"
    match = re.match(r"([0-9]{4})\D{1,2}([0-9]{1,2})\D{1,2}([0-9]{1,2})(?![0-9])", text)
    if match is None:
        return expected
    year, month, day = (int(number) for number in match.groups())
    for last in range(day, max(day - 4, 0), -1):
        try:
            return f"{expected}; did you mean {date(year, month, last)}?"
        except ValueError:
            continue
    return expected


def parse_interval(value: object) -> float:
    """Seconds from one run to the next, between a minute and ten years. Raises ValueError.

    >>> parse_interval("6 h"), parse_interval("1.5 d")
    (21600.0, 129600.0)
    >>> parse_interval("6 hours")
    Traceback (most recent call last):
    ValueError: expected a time such as 30 min, 6 h or 7 d; did you mean 6 h?
    """
    try:
        seconds = parse_time(value)
    except ValueError:
        near = _near_interval(value)
        expected = "expected a time such as 30 min, 6 h or 7 d"
        raise ValueError(f"{expected}; did you mean {near}?" if near else expected) from None
    if not SHORTEST <= seconds <= LONGEST:
        near = "1 min" if seconds < SHORTEST else "3660 d"
        raise ValueError(f"expected an interval between 1 min and 3660 d; did you mean {near}?")
    return seconds


def _near_interval(value: object) -> str | None:
    match = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*(\w+)\s*", str(value))
    if match is None:
        return None
    number, word = match[1], match[2].lower()
    if word in ("w", "wk", "week", "weeks", "周", "星期"):
        return f"{float(number) * 7:g} d"
    every = {name: unit for unit, names in _UNITS.items() for name in names}
    near = difflib.get_close_matches(word, every, n=1, cutoff=0.6)
    return f"{number} {every[near[0]]}" if near else None
