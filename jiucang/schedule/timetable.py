"""The moments at which a job is due.

Moments are aware, in UTC. A cron time is a time on the wall of the schedule's zone: where summer time begins, a time in
the hour that is left out counts as the same time an hour later; where it ends, a time in the hour that comes twice
counts at its first coming. So each time on the wall is due exactly once a day, whatever is done to the clocks. An
interval is time that really passes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

from crawler.cron import Cron, parse_cron
from crawler.job import Schedule
from crawler.when import FIRST_YEAR, LAST_YEAR, first_moment, last_moment

DAY = timedelta(days=1)
#: Years without a fitting day after which a cron expression is taken to have no more. February 29 on a given weekday
#: can take 40.
_HORIZON = 50
#: Missed moments are counted so far; "1000 or more" says enough.
MAX_COUNTED = 1000


@dataclass(frozen=True, slots=True)
class Timetable:
    """When a schedule is due; `text` is how staff wrote it."""

    zone: ZoneInfo
    text: str
    cron: Cron | None
    every: timedelta
    first: datetime
    last: datetime

    def after(self, moment: datetime) -> Iterator[datetime]:
        """Moments later than *moment*, in order, without end unless the schedule has one."""
        # what is due at the very start counts
        moment = max(moment, self.first - timedelta(microseconds=1))
        found = self._by_interval(moment) if self.cron is None else _by_cron(self.cron, self.zone, moment)
        return takewhile(lambda due: due <= self.last, found)

    def next(self, moment: datetime) -> datetime | None:
        """The first moment later than *moment*; None where the schedule has ended."""
        return next(self.after(moment), None)

    def between(self, after: datetime, until: datetime) -> list[datetime]:
        """What is due later than *after*, and no later than *until*; at most the first `MAX_COUNTED`."""
        return list(islice(takewhile(lambda due: due <= until, self.after(after)), MAX_COUNTED))

    def local(self, moment: datetime) -> str:
        """*moment* as the schedule's zone tells it."""
        return f"{moment.astimezone(self.zone):%Y-%m-%d %H:%M %z}"

    def _by_interval(self, moment: datetime) -> Iterator[datetime]:
        number = (moment - self.first) // self.every + 1
        while True:
            try:
                yield self.first + number * self.every
            except OverflowError:
                return
            number += 1


def timetable(schedule: Schedule) -> Timetable:
    """The timetable of a schedule that has been validated."""
    zone = ZoneInfo(schedule.timezone)
    start = first_moment(schedule.start or date(FIRST_YEAR, 1, 1))
    end = last_moment(schedule.end or date(LAST_YEAR, 12, 31))
    parts = [f"cron {schedule.cron}" if schedule.cron is not None else f"every {_in_words(schedule.every or 0)}"]
    parts += [f"{word} {bound}" for word, bound in (("from", schedule.start), ("to", schedule.end)) if bound]
    return Timetable(
        zone=zone,
        text=" ".join([*parts, f"({schedule.timezone})"]),
        cron=None if schedule.cron is None else parse_cron(schedule.cron),
        every=timedelta(seconds=schedule.every or 0),
        first=start.replace(tzinfo=zone).astimezone(UTC),
        last=end.replace(tzinfo=zone).astimezone(UTC),
    )


def _in_words(seconds: float) -> str:
    """
    >>> _in_words(21600), _in_words(604800), _in_words(5400), _in_words(90)
    ('6 h', '7 d', '90 min', '90 s')
    """
    unit, size = next((pair for pair in (("d", 86400), ("h", 3600), ("min", 60)) if seconds % pair[1] == 0), ("s", 1))
    return f"{seconds / size:g} {unit}"


def _by_cron(cron: Cron, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """Walks over days. A moment is held back until no later day can have an earlier one: a clock that is put forward
    (by a whole day at most: Apia, 2011) takes times past those of the next day."""
    held: set[datetime] = set()
    day = after.astimezone(zone).date() - 2 * DAY
    patience = _HORIZON * 366
    while patience and day.year < date.max.year:
        if held:
            certain = sorted(due for due in held if due < _moment(day, time.min, zone) - DAY)
            held.difference_update(certain)
            yield from certain
        if cron.on(day):
            held.update(due for at in cron.times if (due := _moment(day, at, zone)) > after)
            patience = _HORIZON * 366
        patience -= 1
        day += DAY
    yield from sorted(held)


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    # fold 0: in a gap the offset before it, which leads past it; in a doubled hour the first
    return datetime.combine(day, at, zone).astimezone(UTC)
