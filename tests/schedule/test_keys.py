"""A bad schedule is refused with the file, the line, the key, what was found, and the nearest form that is valid."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.job import Job, load_job
from profiles.strict_yaml import BadFile

HEAD = "name: bwc\nseeds: [http://bwc.example.edu.cn/]\n"


def load(folder: Path, section: str) -> Job:
    path = folder / "job.yaml"
    path.write_text(HEAD + section + "\n", encoding="utf-8")
    return load_job(path)


@pytest.mark.parametrize(
    ("keys", "line", "said"),
    [
        (
            'cron: "60 2 * * *"',
            4,
            "schedule.cron: found '60 2 * * *'; minute takes 0-59, not '60'; did you mean '0 2 * * *'?",
        ),
        ('cron: "0 24 * * *"', 4, "hour takes 0-23, not '24'; did you mean '0 0 * * *'?"),
        ('cron: "0 0 32 * *"', 4, "day of month takes 1-31, not '32'; did you mean '0 0 31 * *'?"),
        ('cron: "0 0 1 0 *"', 4, "month takes 1-12 or JAN-DEC, not '0'; did you mean '0 0 1 1 *'?"),
        ('cron: "0 0 * * 8"', 4, "day of week takes 0-7 or SUN-SAT, not '8'; did you mean '0 0 * * 0'?"),
        ('cron: "0 2 * * Sunday"', 4, "not 'Sunday'; did you mean '0 2 * * SUN'?"),
        ('cron: "0 22-3 * * *"', 4, "ranges from low to high, not '22-3'; did you mean '0 22-23,0-3 * * *'?"),
        ('cron: "5/10 * * * *"', 4, "did you mean '5-59/10 * * * *'?"),
        ('cron: "*/90 * * * *"', 4, "a step here is 1-59, not '90'; for other distances there is the key every"),
        (
            'cron: "@daily"',
            4,
            "expected five fields: minute, hour, day of month, month, day of week; did you mean '0 0 * * *'?",
        ),
        (
            'cron: "0 0 2 * * *"',
            4,
            "expected five fields: minute, hour, day of month, month, day of week; did you mean '0 2 * * *'?",
        ),
        ('cron: "0 2 ? * 8"', 4, "did you mean '0 2 * * 0'?"),
        ('cron: "０ ２ * * 7"', 4, "did you mean '0 2 * * 7'?"),
        ('cron: "0 0 31 2 *"', 4, "is never due: month '2' has no day 31; did you mean '0 0 29 2 *'?"),
        ("cron: 5", 4, "schedule.cron: found 5; expected a text"),
        (
            "every: 6 hours",
            4,
            "schedule.every: found '6 hours'; expected a time such as 30 min, 6 h or 7 d; did you mean 6 h?",
        ),
        ("every: 30 m", 4, "did you mean 30 min?"),
        ("every: 2 weeks", 4, "did you mean 14 d?"),
        ("every: 3天", 4, "did you mean 3 d?"),
        ("every: 5 s", 4, "expected an interval between 1 min and 3660 d; did you mean 1 min?"),
        ("every: 99999999999 d", 4, "did you mean 3660 d?"),
        ("every: .inf", 4, "schedule.every: found inf; expected a time such as"),
        ('cron: "0 2 * * 0"\n  every: 7 d', 5, "schedule.every: found '7 d'; cron is given too; expected one of them"),
        ("timezone: UTC", 3, "expected cron or every"),
        (
            "every: 7 d\n  timezone: Asia/Beijing",
            5,
            "schedule.timezone: found 'Asia/Beijing'; expected a time zone; did you mean Asia/Shanghai?",
        ),
        ("every: 7 d\n  timezone: Asia/Bejing", 5, "did you mean Asia/Shanghai?"),
        ("every: 7 d\n  timezone: UTC+8", 5, "did you mean Asia/Shanghai?"),
        ("every: 7 d\n  timezone: asia/shanghai", 5, "did you mean Asia/Shanghai?"),
        ("every: 7 d\n  timezone: Urumchi", 5, "did you mean Asia/Urumqi?"),
        (
            "every: 7 d\n  timezone: ../../etc/passwd",
            5,
            "schedule.timezone: found '../../etc/passwd'; expected a time zone",
        ),
        (
            "every: 7 d\n  start: 2026-3-1",
            5,
            "or a time such as 2026-03-01 02:30; did you mean 2026-03-01?",
        ),
        ("every: 7 d\n  start: 2026年3月1日", 5, "did you mean 2026-03-01?"),
        ("every: 7 d\n  start: '2026-02-30'", 5, "did you mean 2026-02-28?"),
        ("every: 7 d\n  start: next spring", 5, "schedule.start: found 'next spring'; expected a date"),
        ("every: 7 d\n  start: '2026-03-01T02:00+08:00'", 5, "did you mean 2026-03-01 02:00?"),
        ("every: 7 d\n  start: '9999-12-31'", 5, "expected a year between 1970 and 2999"),
        ("every: 7 d\n  start: 2026-03-02\n  end: 2026-03-01", 6, "schedule.end: found"),
        ("corn: '0 2 * * 0'", 4, "schedule.corn: is not a known key; did you mean cron?"),
    ],
)
def test_a_bad_schedule(tmp_path: Path, keys: str, line: int, said: str) -> None:
    with pytest.raises(BadFile) as caught:
        load(tmp_path, f"schedule:\n  {keys}")
    assert str(caught.value).startswith(f"{tmp_path / 'job.yaml'}:{line}: schedule")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("mail: archives", "notify.mail: found 'archives'; expected one mail address"),
        ("mail: a@b.example, c@d.example", "expected one mail address"),
        ('mail: "a@b.example\\nBcc: c@d.example"', "expected one mail address"),
        ("webhook: hook.example/x", "notify.webhook: found 'hook.example/x'; expected an http or https URL"),
        ("webhook: file:///etc/passwd", "expected an http or https URL"),
    ],
)
def test_bad_addresses(tmp_path: Path, keys: str, said: str) -> None:
    with pytest.raises(BadFile) as caught:
        load(tmp_path, f"notify:\n  {keys}")
    assert said in str(caught.value)


def test_a_day_and_times_of_it(tmp_path: Path) -> None:
    job = load(tmp_path, "schedule: {every: 7 d, start: 2026-03-01 02:30, end: 2026-03-01}")
    assert job.schedule is not None
    assert (str(job.schedule.start), str(job.schedule.end)) == ("2026-03-01 02:30:00", "2026-03-01")
    assert Job.model_validate_json(job.model_dump_json()) == job


def test_who_is_told_is_not_archived(tmp_path: Path) -> None:
    job = load(tmp_path, "notify: {webhook: 'https://hook.example/?key=secret', mail: a@b.example}")
    assert job.notify.webhook == "https://hook.example/?key=secret"
    assert "secret" not in job.model_dump_json()
    assert "b.example" not in job.model_dump_json()
