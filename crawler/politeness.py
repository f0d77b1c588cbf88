"""What becomes of a URL whose attempt did not end well. Pure.

A retry is a state of the frontier, never a wait in memory: an attempt gives a `Verdict`, and the
frontier keeps its `not_before`.
"""

from __future__ import annotations

import email.utils
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crawler.wire.exchange import ErrorCode, Truncated


class Trouble(StrEnum):
    """What went wrong with an attempt, as far as it decides whether and when there is another."""

    NETWORK = "network"
    SILENCE = "silence"
    """A connection came about, and no answer with it: it may be the URL, it may be the host."""
    DNS = "dns"
    TLS = "tls"
    BROKEN_OFF = "broken-off"
    SERVER = "server"
    BUSY = "busy"
    DISK = "disk"
    """Our own."""
    FINAL = "final"
    """A second attempt cannot mend it."""


#: Seconds before the second, third … attempt; as many retries as there are entries. A handshake that failed
#: fails again unless a balancer sends the next one elsewhere.
RETRY_WAITS: dict[Trouble, tuple[float, ...]] = {
    Trouble.NETWORK: (2.0, 15.0),
    Trouble.SILENCE: (2.0, 15.0),
    Trouble.DNS: (2.0, 15.0),
    Trouble.TLS: (5.0,),
    Trouble.BROKEN_OFF: (2.0, 15.0),
    Trouble.SERVER: (3.0, 30.0),
    Trouble.BUSY: (5.0, 60.0, 300.0),
    Trouble.DISK: (5.0, 60.0, 300.0),
    Trouble.FINAL: (),
}
OF_ERROR: dict[str, Trouble] = {
    ErrorCode.BAD_URL: Trouble.FINAL,
    ErrorCode.ADDRESS_FORBIDDEN: Trouble.FINAL,
    ErrorCode.DNS: Trouble.DNS,
    ErrorCode.REFUSED: Trouble.NETWORK,
    ErrorCode.UNREACHABLE: Trouble.NETWORK,
    ErrorCode.CONNECT_TIMEOUT: Trouble.NETWORK,
    ErrorCode.CONNECT_FAILED: Trouble.NETWORK,
    ErrorCode.TLS: Trouble.TLS,
    ErrorCode.TLS_TIMEOUT: Trouble.TLS,
    ErrorCode.NO_REPLY: Trouble.SILENCE,
    ErrorCode.RESET: Trouble.SILENCE,
    ErrorCode.READ_TIMEOUT: Trouble.SILENCE,
    ErrorCode.INTERIM_FLOOD: Trouble.BROKEN_OFF,
    ErrorCode.SPOOL: Trouble.DISK,
}
OF_STATUS = dict.fromkeys((429, 503), Trouble.BUSY) | dict.fromkeys((500, 502, 504, 520, 522, 524), Trouble.SERVER)
_BROKE_OFF = frozenset({Truncated.DISCONNECT, Truncated.TIME})

#: Retry-After is honoured within these bounds (seconds).
MIN_RETRY_AFTER = 1.0
MAX_RETRY_AFTER = 3600.0
DEAD = "host:dead"


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one attempt ended. `tries` counts this one; `error` and `truncated` as in an exchange.

    `duration` is seconds to the answer's end, `size` the bytes of it; `sent` is False where no request
    went out, so that its duration says nothing.
    """

    tries: int
    status: int | None
    error: str | None
    truncated: str | None
    retry_after: bytes | None = None
    duration: float = 0.0
    size: int = 0
    sent: bool = True

    @property
    def trouble(self) -> Trouble | None:
        """
        >>> Attempt(1, 503, None, None).trouble, Attempt(1, 404, None, None).trouble
        (<Trouble.BUSY: 'busy'>, None)
        """
        if self.status in OF_STATUS:
            return OF_STATUS[self.status]
        if self.truncated in _BROKE_OFF:
            return Trouble.BROKEN_OFF
        if self.status is None and self.error is not None:
            return OF_ERROR[self.error]
        return None


@dataclass(frozen=True, slots=True)
class Verdict:
    """`outcome` is captured, failed, dropped or retry; `wait` is seconds until the retry.

    `busy`: the whole host asks to be left alone, for `asked` seconds where it says so. `counted`: whether the
    attempt is one of those that the URL has. `gives_up`: all that is open of the origin fails with it.
    """

    outcome: str
    reason: str | None = None
    wait: float = 0.0
    busy: bool = False
    asked: float | None = None
    counted: bool = True
    gives_up: bool = False


#: What an attempt means that was cut short by its origin's being set aside: as if it had not been made.
SPARED = Verdict("retry", "host:aside", counted=False)
GIVEN_UP = Verdict("failed", DEAD, gives_up=True)
#: An attempt that ended after its origin had been given up.
TOO_LATE = Verdict("failed", DEAD)


def judge(attempt: Attempt, now: datetime) -> Verdict:
    """What an attempt means for its URL.

    A portal's own 404 is captured; a reply that broke off is asked for again and, if it breaks off
    each time, kept as far as it came.

    >>> judge(Attempt(1, 404, None, None), datetime(2014, 11, 3)).outcome
    'captured'
    >>> judge(Attempt(1, None, "no_reply", None), datetime(2014, 11, 3)).wait
    2.0
    >>> judge(Attempt(3, None, "no_reply", None), datetime(2014, 11, 3)).outcome
    'failed'
    """
    trouble = attempt.trouble
    if trouble is None:
        return Verdict("captured", f"truncated:{attempt.truncated}" if attempt.truncated else None)
    if trouble in (Trouble.BUSY, Trouble.SERVER):
        outcome, reason = "captured", f"status:{attempt.status}"
    elif trouble is Trouble.BROKEN_OFF and attempt.error is None:
        outcome, reason = "captured", f"truncated:{attempt.truncated}"
    else:
        outcome, reason = "failed", str(attempt.error)
    busy = trouble is Trouble.BUSY
    asked = parse_retry_after(attempt.retry_after, now) if busy else None
    asked = None if asked is None else max(asked, MIN_RETRY_AFTER)
    waits = RETRY_WAITS[trouble]
    if attempt.tries > len(waits):
        return Verdict(outcome, reason, busy=busy, asked=asked)
    return Verdict("retry", reason, waits[attempt.tries - 1] if asked is None else asked, busy, asked)


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
