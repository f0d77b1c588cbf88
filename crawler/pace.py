"""When a host may be asked, and whether it answers at all. Pure; a process's own, begun anew with it.

All times are seconds on the loop's monotonic clock.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from crawler.politeness import Trouble

#: How long a host is left alone that says it is busy, the first, second, third … time in a row.
BUSY_HOLDS = (5.0, 20.0, 60.0)

#: An answer's time, smoothed, that is nobody's fault; what is beyond it is rested, so often, up to the most.
PROMPT = 1.0
REST = 2.0
MAX_REST = 30.0
SMOOTHING = 0.25
#: A longer answer takes its time on any host and says nothing about this one (bytes).
TELLING = 256 * 1024

#: What a failure in a row says against an origin, and what is enough to set it aside: five connections that
#: did not come about, or twenty URLs one after the other that nobody answered.
WEIGHTS = {Trouble.NETWORK: 4, Trouble.DNS: 4, Trouble.TLS: 4, Trouble.SILENCE: 1}
ENOUGH = 20
#: Seconds until an origin that was set aside is tried again, the first, second, third time; then it is given up.
ASIDE_WAITS = (60.0, 300.0, 1800.0)


@dataclass(slots=True)
class Pace:
    """One host's pace. `delay` is the least pause that is asked of us."""

    delay: float
    concurrency: int
    in_flight: int = 0
    last_start: float = -math.inf
    held_until: float = -math.inf
    answer_time: float | None = None
    """Smoothed over the last answers; None before the first."""
    busy: int = 0
    """How often in a row the host said that it is busy, and when it did so last."""
    busy_at: float = -math.inf

    @property
    def pause(self) -> float:
        """Seconds between two requests: longer the longer the host takes to answer.

        >>> [Pace(1.0, 2, answer_time=took).pause for took in (0.2, 3.0, 40.0)]
        [1.0, 4.0, 30.0]
        >>> Pace(0.0, 2, answer_time=0.9).pause
        0.0
        """
        over = (self.answer_time or 0.0) - PROMPT
        return self.delay if over <= 0 else max(self.delay, min(REST * over, MAX_REST))

    @property
    def prompt(self) -> bool:
        """Whether the host is known to answer quickly."""
        return self.answer_time is not None and self.answer_time <= PROMPT

    def wait(self, now: float) -> float | None:
        """Seconds until the next request may start; None while all places are taken."""
        if self.in_flight >= self.concurrency:
            return None
        return max(self.last_start + self.pause - now, self.held_until - now, 0.0)

    def started(self, now: float) -> None:
        self.in_flight += 1
        self.last_start = now

    def ended(self) -> None:
        self.in_flight -= 1

    def took(self, seconds: float) -> None:
        """An attempt lasted so long."""
        known = self.answer_time or 0.0
        self.answer_time = known + SMOOTHING * (seconds - known)

    def hold(self, now: float, began: float, asked: float | None) -> None:
        """A request that began at *began* was told that the host is busy, for *asked* seconds or for no one knows.

        Requests that were under way when it said so first are no second time.
        """
        if began >= self.busy_at:
            self.busy += 1
            self.busy_at = now
        rest = BUSY_HOLDS[min(self.busy, len(BUSY_HOLDS)) - 1] if asked is None else asked
        self.held_until = max(self.held_until, now + rest)


class Standing(Enum):
    """What a failure came to for its origin."""

    IN_USE = 0
    SET_ASIDE = 1
    STILL_ASIDE = 2
    UNTOLD = 3
    """It is set aside already, and this attempt was no probe."""
    GIVEN_UP = 4


@dataclass(slots=True)
class Health:
    """Whether an origin answers. One that does not is set aside and tried again, one request at a time.

    When that has failed as often as there are `waits`, it is given up.
    """

    waits: Sequence[float] = ASIDE_WAITS
    against: int = 0
    probes: int = 0
    until: float = 0.0
    probe: int | None = None
    dead: bool = False

    @property
    def aside(self) -> bool:
        return self.probes > 0

    def wait(self, now: float) -> float | None:
        """Seconds until it may be asked; None where only the end of the probe under way can tell."""
        if not self.probes:
            return 0.0
        return None if self.dead or self.probe is not None else max(self.until - now, 0.0)

    def started(self, claim: int) -> None:
        if self.probes:
            self.probe = claim

    def given_back(self, claim: int) -> None:
        """An attempt that came to nothing, for no fault of the origin."""
        if self.probe == claim:
            self.probe = None

    def answered(self) -> None:
        """It lives, whatever it said."""
        self.against = self.probes = 0
        self.probe = None

    def failed(self, claim: int, trouble: Trouble, tries: int, now: float) -> Standing:
        """No answer came. A URL's silence counts once: it may be that nobody ever answers it."""
        if self.probes:
            if self.probe != claim:
                return Standing.UNTOLD
            self.probe = None
            return self._set_aside(now, Standing.STILL_ASIDE)
        if trouble is not Trouble.SILENCE or tries == 1:
            self.against += WEIGHTS.get(trouble, 0)
        return Standing.IN_USE if self.against < ENOUGH else self._set_aside(now, Standing.SET_ASIDE)

    def _set_aside(self, now: float, standing: Standing) -> Standing:
        if self.probes >= len(self.waits):
            self.dead = True
            return Standing.GIVEN_UP
        self.until = now + self.waits[self.probes]
        self.probes += 1
        return standing
