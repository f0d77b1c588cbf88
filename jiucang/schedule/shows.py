"""What the schedules of a folder are, will do and have done; and the switch that pauses them. Nothing here crawls."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from jiucang.codes import BAD_INPUT, DONE
from jiucang.schedule.folder import LEDGER, Entry, Listing, read_folder
from jiucang.schedule.ledger import INTERRUPTED, Ledger, LedgerError, Run
from jiucang.schedule.notices import notice_of

Fields = dict[str, str | int | bool | list[str] | None]


def _reported(work: Callable[[], int]) -> int:
    """*work*'s exit code, or that of input which cannot be used."""
    try:
        return work()
    except LedgerError as error:
        print(f"jiucang: {error}", file=sys.stderr)
    except OSError as error:
        print(f"jiucang: {error.filename}: {error.strerror}", file=sys.stderr)
    return BAD_INPUT


def show_list(folder: Path, *, as_json: bool, now: datetime) -> int:
    """`jiucang schedule list`; returns the exit code."""

    def work() -> int:
        listing, ledger = read_folder(folder), Ledger(folder / LEDGER)
        rows = [_listed(entry, ledger, now) for entry in listing.entries.values()]
        if as_json:
            _print_json(rows)
        for row in [] if as_json else rows:
            print(f"{row['file']:<24} {row['timetable']}\n    {row['state']}")
        return _complain(listing)

    return _reported(work)


def _listed(entry: Entry, ledger: Ledger, now: datetime) -> Fields:
    standing = ledger.standing(entry.file)
    runs = ledger.runs(entry.file, limit=1)
    upcoming = entry.timetable.next(now)
    parts = [f"last run: {_outcome(run)} (no. {run.id}, {entry.timetable.local(run.started)})" for run in runs]
    if standing and standing.paused:
        parts.insert(
            0, f"paused since {entry.timetable.local(standing.paused)}" + (standing.why and f": {standing.why}")
        )
    else:
        parts.insert(0, f"next {entry.timetable.local(upcoming)}" if upcoming else "nothing more is due")
    return {
        "file": entry.file,
        "job": entry.job.name,
        "timetable": entry.timetable.text,
        "timezone": entry.timetable.zone.key,
        "paused": bool(standing and standing.paused),
        "next": _z(upcoming) if upcoming else None,
        "last_outcome": _outcome(runs[0]) if runs else None,
        "state": "; ".join(parts),
    }


def show_next(folder: Path, *, count: int, as_json: bool, now: datetime) -> int:
    """`jiucang schedule next`; returns the exit code."""

    def work() -> int:
        listing, ledger = read_folder(folder), Ledger(folder / LEDGER)
        rows: list[Fields] = []
        for entry in listing.entries.values():
            standing = ledger.standing(entry.file)
            paused = bool(standing and standing.paused)
            moments = list(islice(entry.timetable.after(now), count))
            local = [entry.timetable.local(moment) for moment in moments]
            rows.append(
                {"file": entry.file, "paused": paused, "utc": [_z(moment) for moment in moments], "local": local}
            )
            if not as_json:
                print(f"{entry.file}  {entry.timetable.text}{'  (paused)' if paused else ''}")
                for here, moment in zip(local, moments, strict=True):
                    print(f"    {here}   {_z(moment)}")
                if not moments:
                    print("    nothing more is due")
        if as_json:
            _print_json(rows)
        return _complain(listing)

    return _reported(work)


def show_history(folder: Path, *, file: str | None, limit: int, as_json: bool) -> int:
    """`jiucang schedule history`: the latest run first; returns the exit code."""

    def work() -> int:
        folder.stat()
        runs = Ledger(folder / LEDGER).runs(file, limit)
        if as_json:
            _print_json([_told(run) for run in runs])
            return DONE
        for run in runs:
            took = f", {_length((run.ended - run.started).total_seconds())}" if run.ended else ""
            print(f"{run.id:>5}  {_z(run.started)}  {run.file}  {_outcome(run)}{took}")
            lines = [run.reason, f"run {run.crawl}" if run.crawl else "", *run.detail.splitlines()[-3:]]
            if run.passed_over:
                lines.append(f"{run.passed_over} came due while it went on, and were passed over")
            for line in filter(None, [*lines, run.told]):
                print(f"       {line}")
        return DONE

    return _reported(work)


def show_text(folder: Path, run: int) -> int:
    """`jiucang schedule history --job-of`: a job file as it was when that run started; returns the exit code."""

    def work() -> int:
        text = Ledger(folder / LEDGER).job_text(run)
        if text is None:
            print(f"jiucang: {folder}: has no run {run}; `jiucang schedule history` numbers them", file=sys.stderr)
            return BAD_INPUT
        sys.stdout.buffer.write(text)
        return DONE

    return _reported(work)


def pause(job_file: Path, *, resume: bool, why: str, now: datetime) -> int:
    """`jiucang schedule pause`; returns the exit code."""

    def work() -> int:
        ledger = Ledger(job_file.parent / LEDGER)
        standing = ledger.standing(job_file.name)
        if not job_file.exists() and standing is None:
            print(f"jiucang: {job_file}: there is no such job file", file=sys.stderr)
            return BAD_INPUT
        if resume:
            resumed = ledger.resume(job_file.name, now)
            effect = "goes on with its schedule; what was due meanwhile is not made up for"
            print(f"{job_file}: {effect if resumed else 'was not paused'}")
            return DONE
        ledger.pause(job_file.name, now, why)
        print(f"{job_file}: nothing of it starts until `jiucang schedule pause --resume {job_file}`")
        latest = ledger.runs(job_file.name, limit=1)
        if latest and latest[0].ended is None:
            print("a crawl of it is under way, and goes on to its end")
        return DONE

    return _reported(work)


def _told(run: Run) -> Fields:
    first = _z(run.first_due) if run.first_due else None
    told: Fields = {"id": run.id, "first_due": first, "job_sha256": run.text, "told": run.told}
    return told | notice_of(run).fields


def _outcome(run: Run) -> str:
    if run.outcome is None:
        return "under way"
    code = "" if run.outcome == INTERRUPTED or run.exit_code is None else f" (exit code {run.exit_code})"
    return f"{run.outcome}{code}"


def _length(seconds: float) -> str:
    """
    >>> _length(59.6), _length(3700), _length(90000)
    ('60 s', '62 min', '25.0 h')
    """
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _complain(listing: Listing) -> int:
    for error in listing.bad.values():
        print(error, file=sys.stderr)
    return BAD_INPUT if listing.bad else DONE


def _print_json(rows: list[Fields]) -> None:
    print(json.dumps(rows, ensure_ascii=False, indent=1))


def _z(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
