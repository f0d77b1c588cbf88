"""When a host may be asked again, and what becomes of a URL whose attempt did not end well. Pure.

A retry is a state of the frontier, never a wait in memory: an attempt gives a `Verdict`, and the
frontier keeps its `not_before`.
"""

from __future__ import annotations

import email.utils
from dataclasses import dataclass
from datetime import datetime

#: Seconds before the second, third … attempt, by kind of trouble; as many retries as there are entries.
NETWORK_WAITS = (2.0, 15.0)
SERVER_WAITS = (3.0, 30.0)
BUSY_WAITS = (5.0, 60.0, 300.0)
MAX_RETRY_AFTER = 3600.0

_BUSY = frozenset({429, 503})
_SERVER = frozenset({500, 502, 504, 520, 522, 524})
#: Failures that a second attempt cannot mend.
_OUR_DISK = "spool"
_FINAL_ERRORS = frozenset({"address_forbidden", "bad_url"})


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one attempt ended. `tries` counts this one; `error` and `truncated` as in an exchange."""

    tries: int
    status: int | None
    error: str | None
    truncated: str | None
    retry_after: bytes | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """`outcome` is captured, failed or retry; `wait` is seconds until the retry; `host_wait` holds the whole host."""

    outcome: str
    reason: str | None = None
    wait: float = 0.0
    host_wait: bool = False


def judge(attempt: Attempt, now: datetime) -> Verdict:
    """What an attempt means for its URL.

    A portal's own 404 is captured; a reply that broke off is asked for again and, if it breaks off
    each time, kept as far as it came.

    >>> judge(Attempt(1, 404, None, None), datetime(2014, 11, 3)).outcome
    'captured'
    >>> judge(Attempt(1, None, "no_reply", None), datetime(2014, 11, 3)).wait
    2.0
    >>> judge(Attempt(3, None, "no_reply", None), datetime(2014, 11, 3))
    Verdict(outcome='failed', reason='no_reply', wait=0.0, host_wait=False)
    """
    if attempt.status in _BUSY:
        asked = parse_retry_after(attempt.retry_after, now)
        return _again(attempt, BUSY_WAITS, Verdict("captured", f"status:{attempt.status}"), asked, host_wait=True)
    if attempt.status in _SERVER:
        return _again(attempt, SERVER_WAITS, Verdict("captured", f"status:{attempt.status}"))
    if attempt.truncated in ("disconnect", "time"):
        return _again(attempt, NETWORK_WAITS, Verdict("captured", f"truncated:{attempt.truncated}"))
    if attempt.truncated == "length":
        return Verdict("captured", "truncated:length")
    if attempt.status is None and attempt.error is not None:
        failed = Verdict("failed", attempt.error)
        if attempt.error in _FINAL_ERRORS:
            return failed
        return _again(attempt, BUSY_WAITS if attempt.error == _OUR_DISK else NETWORK_WAITS, failed)
    return Verdict("captured")


def _again(
    attempt: Attempt, waits: tuple[float, ...], last: Verdict, asked: float | None = None, host_wait: bool = False
) -> Verdict:
    if attempt.tries > len(waits):
        return last
    wait = asked if asked is not None else waits[attempt.tries - 1]
    return Verdict("retry", last.reason, wait, host_wait)


def parse_retry_after(value: bytes | None, now: datetime) -> float | None:
    """Seconds to wait (RFC 9110 §10.2.3: a number or an HTTP date), at most an hour; None where unreadable.

    >>> parse_retry_after(b"120", datetime(2014, 11, 3)), parse_retry_after(b"later", datetime(2014, 11, 3))
    (120.0, None)
    """
    if value is None:
        return None
    text = value.decode("latin-1").strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return min(float(text), MAX_RETRY_AFTER)
    try:
        when = email.utils.parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    aware = now if now.tzinfo else now.replace(tzinfo=when.tzinfo)
    if when.tzinfo is None:
        aware = aware.replace(tzinfo=None)
    return min(max((when - aware).total_seconds(), 0.0), MAX_RETRY_AFTER)


@dataclass(slots=True)
class Pace:
    """One host's pace, on the loop's monotonic clock (seconds)."""

    delay: float
    concurrency: int
    in_flight: int = 0
    next_start: float = 0.0

    def wait(self, now: float) -> float | None:
        """Seconds until the next request may start; None while all places are taken."""
        if self.in_flight >= self.concurrency:
            return None
        return max(self.next_start - now, 0.0)

    def started(self, now: float) -> None:
        self.in_flight += 1
        self.next_start = max(now, self.next_start) + self.delay

    def ended(self) -> None:
        self.in_flight -= 1

    def hold(self, until: float) -> None:
        """No request before *until*."""
        self.next_start = max(self.next_start, until)
