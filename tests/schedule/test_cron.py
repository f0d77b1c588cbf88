"""Cron expressions against another reader of crontab(5), and timetables against minutes tried one by one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from crawler.cron import BadCron, parse_cron
from crawler.job import Schedule
from jiucang.schedule.timetable import MAX_COUNTED, Timetable, timetable

SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)


def due(**keys: object) -> Timetable:
    return timetable(Schedule.model_validate(keys))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@st.composite
def fields(draw: st.DrawFn, low: int, high: int, names: tuple[str, ...] = ()) -> str:
    """A valid cron field."""

    def number(value: int) -> str:
        named = names[value - low] if value - low < len(names) else None
        return draw(st.sampled_from([str(value), named, named.lower()])) if named else str(value)

    def part() -> str:
        kind = draw(st.sampled_from(["*", "*/n", "a", "a-b", "a-b/n"]))
        # the other reader takes 5-5/2 for 5-59/2, crontab(5) does not
        first = draw(st.integers(low, high - 1))
        last = draw(st.integers(first + 1, high))
        if kind == "a":
            return number(first)
        step = f"/{draw(st.integers(1, max((high - low if kind[0] == '*' else last - first), 1)))}"
        begin = "*" if kind[0] == "*" else f"{first}-{last}"
        return begin + (step if kind.endswith("/n") else "")

    return ",".join(part() for _ in range(draw(st.integers(1, 3))))


MONTHS = tuple("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split())
WEEKDAYS = tuple("SUN MON TUE WED THU FRI SAT".split())
EXPRESSIONS = st.tuples(fields(0, 59), fields(0, 23), fields(1, 31), fields(1, 12, MONTHS), fields(0, 7, WEEKDAYS)).map(
    " ".join
)
MOMENTS = st.integers(0, 40 * 366 * 86400).map(lambda seconds: datetime(1999, 1, 1, tzinfo=UTC) + seconds * SECOND)


@given(EXPRESSIONS, MOMENTS)
@settings(max_examples=200, deadline=None)
def test_another_reader_of_crontab_agrees(text: str, moment: datetime) -> None:
    try:
        table = due(cron=text, timezone="UTC")
    except ValueError as error:
        assert "never due" in str(error)
        assume(False)
    assert list(islice(table.after(moment), 3)) == list(islice(CronSim(text, moment), 3))


# zones that put the clock by an hour, by half an hour, at midnight, and once by a whole day
CHANGES = [
    ("Europe/Berlin", "2026-03-29"),
    ("Europe/Berlin", "2026-10-25"),
    ("America/New_York", "2026-11-01"),
    ("Australia/Lord_Howe", "2026-10-04"),
    ("Australia/Lord_Howe", "2026-04-05"),
    ("America/Nuuk", "2026-03-28"),
    ("Africa/Cairo", "2026-04-24"),
    ("Pacific/Apia", "2011-12-30"),
    ("Asia/Shanghai", "1989-04-16"),
]
OFTEN = st.tuples(
    fields(0, 59), fields(0, 23), st.just("*"), st.just("*"), st.sampled_from(["*", "0-6/2", "6,7", "1-5"])
).map(" ".join)


def by_brute_force(text: str, zone: ZoneInfo, day: datetime) -> list[datetime]:
    """Every minute on the wall of five days around *day*, tried one by one: a minute left out comes an hour (or what
    the clock is put by) later, and one that comes twice counts once."""
    cron = parse_cron(text)
    walls = (day - 2 * DAY + n * MINUTE for n in range(5 * 1440))
    found = {
        wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
        for wall in walls
        if cron.on(wall.date()) and wall.time() in cron.times
    }
    return sorted(found)


@pytest.mark.parametrize(("name", "day"), CHANGES)
@given(text=OFTEN)
@settings(max_examples=8, deadline=None)
def test_clocks_that_are_put(name: str, day: str, text: str) -> None:
    zone, middle = ZoneInfo(name), datetime.fromisoformat(day)
    first = (middle - DAY).replace(tzinfo=zone).astimezone(UTC)
    last = (middle + DAY).replace(tzinfo=zone).astimezone(UTC)
    expected = [moment for moment in by_brute_force(text, zone, middle) if first < moment <= last]
    assert due(cron=text, timezone=name).between(first, last) == expected[:MAX_COUNTED]


def test_the_hour_that_is_left_out_runs_once() -> None:
    found = due(cron="30 2 * * *", timezone="Europe/Berlin").between(utc("2026-03-28T12:00"), utc("2026-03-30T12:00"))
    assert found == [utc("2026-03-29T01:30"), utc("2026-03-30T00:30")]  # 03:30 and 02:30, summer time


def test_the_hour_that_comes_twice_runs_once() -> None:
    found = due(cron="30 2 * * *", timezone="Europe/Berlin").between(utc("2026-10-24T12:00"), utc("2026-10-26T12:00"))
    assert found == [utc("2026-10-25T00:30"), utc("2026-10-26T01:30")]


def test_an_hourly_schedule_where_summer_time_begins() -> None:
    found = due(cron="30 * * * *", timezone="Europe/Berlin").between(utc("2026-03-29T00:00"), utc("2026-03-29T03:00"))
    assert found == [utc("2026-03-29T00:30"), utc("2026-03-29T01:30"), utc("2026-03-29T02:30")]


@pytest.mark.parametrize("sunday", ["0", "7", "SUN", "sun", "0,7", "7-7"])
def test_both_sundays(sunday: str) -> None:
    table = due(cron=f"0 2 * * {sunday}", timezone="Asia/Shanghai")
    assert table.between(utc("2026-01-01"), utc("2026-01-15")) == [utc("2026-01-03T18:00"), utc("2026-01-10T18:00")]


def test_either_day_counts_where_both_are_named() -> None:
    table = due(cron="0 0 13 * FRI", timezone="UTC")
    assert table.between(utc("2026-01-01T12:00"), utc("2026-01-14")) == [
        utc("2026-01-02"),
        utc("2026-01-09"),
        utc("2026-01-13"),
    ]


def test_a_leap_day_is_waited_for() -> None:
    # a field that begins with a star restricts too: here both must fit, February 29 and a Sunday
    assert due(cron="0 0 29 2 */7", timezone="UTC").next(utc("2080-01-01")) == utc("2088-02-29")
    assert due(cron="0 0 29 2 */7", timezone="UTC").next(utc("2089-01-01")) == utc("2128-02-29")
    assert due(cron="0 0 29 2 *", timezone="UTC").next(utc("2096-03-01")) == utc("2104-02-29")


def test_the_same_interval_whatever_is_done_to_the_clock() -> None:
    table = due(every="6 h", timezone="Europe/Berlin", start="2026-03-28 22:00")
    found = table.between(utc("2026-03-01"), utc("2026-03-29T12:00"))
    assert found == [utc("2026-03-28T21:00"), utc("2026-03-29T03:00"), utc("2026-03-29T09:00")]


def test_without_a_start_an_interval_is_counted_from_midnight() -> None:
    found = due(every="6 h").between(utc("2026-01-01"), utc("2026-01-01T20:00"))
    assert [moment.astimezone(ZoneInfo("Asia/Shanghai")).hour for moment in found] == [12, 18, 0]


def test_first_and_last_day_count() -> None:
    table = due(cron="0 0,23 * * *", timezone="Asia/Shanghai", start="2026-03-01", end="2026-03-02")
    found = [table.local(moment) for moment in table.after(utc("2020-01-01"))]
    assert found == [f"2026-03-0{day} {hour}:00 +0800" for day in (1, 2) for hour in ("00", "23")]


def test_an_end_with_a_time() -> None:
    table = due(cron="0 * * * *", timezone="UTC", start="2026-03-01 10:00", end="2026-03-01 12:00")
    assert [moment.hour for moment in table.after(utc("2020-01-01"))] == [10, 11, 12]


def test_missed_moments_are_counted_up_to_a_bound() -> None:
    assert len(due(every="1 min").between(utc("2000-01-01"), utc("2026-01-01"))) == MAX_COUNTED
    assert len(due(cron="* * * * *").between(utc("2000-01-01"), utc("2026-01-01"))) == MAX_COUNTED


@given(st.text(alphabet="0123456789*/-, ?LW#@abSUNmo＊０，", max_size=30))
def test_a_text_is_understood_or_refused_with_something_better(text: str) -> None:
    try:
        parse_cron(text)
    except BadCron as error:
        better = str(error).partition("did you mean '")[2]
        if better:
            parse_cron(better.removesuffix("'?"))
