"""What has been claimed and waits to be sent, origin by origin, each host at its own pace.

Lives on the event loop, in memory alone: what is lost with it is claimed again. Origins take turns, so
that a slow one never stalls another, and none is looked at before it may be asked: what a call costs
does not grow with the number of hosts.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import islice

from crawler.claims import Claim
from crawler.pace import ASIDE_WAITS, TELLING, WEIGHTS, Health, Pace, Standing
from crawler.politeness import GIVEN_UP, SPARED, TOO_LATE, Attempt, Verdict

#: Claims kept ready for an origin, as a multiple of its host's concurrency; and the least where there is no delay.
READY_FACTOR = 2
READY_LEAST_UNDELAYED = 48
#: Requests under way at once, over all hosts; and how many of them may be to hosts not known to answer quickly,
#: and how often (seconds) one of those looks whether there is room.
MAX_IN_FLIGHT = 128
MAX_TARDY = 96
TARDY_LOOK = 0.25
#: Origins that one commit makes claims for.
MAX_ORIGINS = 512


class _Where(Enum):
    OUT = 0
    DUE = 1
    LATER = 2
    PARKED = 3


@dataclass(slots=True)
class _Host:
    pace: Pace
    places: list[_Place] = field(default_factory=list)


@dataclass(slots=True)
class _Place:
    """An origin: its claims ready to be sent, and how many more the frontier has."""

    number: int
    name: str
    host: _Host
    health: Health
    ready: deque[Claim] = field(default_factory=deque)
    queued: int = 0
    where: _Where = _Where.OUT

    def wait(self, now: float) -> float | None:
        """Seconds until a request may be sent; None where only an ending one can tell."""
        waits = self.host.pace.wait(now), self.health.wait(now)
        return None if waits[0] is None or waits[1] is None else max(waits[0], waits[1])


class Dispatcher:
    """Hands out claims when their host may be asked. Times are the loop's monotonic seconds."""

    def __init__(
        self,
        delay: float,
        concurrency: int,
        host_of: Callable[[int], str],
        tell: Callable[[str], None],
        aside_waits: Sequence[float] = ASIDE_WAITS,
    ) -> None:
        """*host_of* names an origin's host and port; *tell* is told of origins set aside and back again."""
        self._delay, self._concurrency, self._aside_waits = delay, concurrency, aside_waits
        self._host_of, self._tell = host_of, tell
        self._goal = max(concurrency * READY_FACTOR, READY_LEAST_UNDELAYED if delay == 0 else 1)
        self._hosts: dict[str, _Host] = {}
        self._places: dict[int, _Place] = {}
        self._due: deque[_Place] = deque()
        self._later: list[tuple[float, int]] = []
        self._hungry: dict[int, None] = {}
        self.in_flight = 0
        self.ready = 0

    # -- coming in -------------------------------------------------------------------------------

    def told(self, queued: dict[int, int]) -> None:
        """How many URLs of which origin the frontier could hand out: those that changed."""
        for number, count in queued.items():
            place = self._place(number)
            place.queued = count
            self._weigh(place)

    def add(self, claims: Iterable[Claim]) -> None:
        """Claims to be sent. Those of an origin given up meanwhile are closed with it."""
        for claim in claims:
            place = self._place(claim.origin)
            if place.health.dead:
                continue
            place.ready.append(claim)
            self.ready += 1
            if place.where is _Where.OUT:
                self._make_due(place)
            self._weigh(place)

    def slow_to(self, host: str, delay: float) -> None:
        """The host asks for at least *delay* seconds between requests (Crawl-delay)."""
        pace = self._host(host).pace
        pace.delay = max(pace.delay, delay)

    @property
    def hungry(self) -> bool:
        """Whether claims should be made."""
        return bool(self._hungry)

    def wants(self) -> dict[int, int]:
        """How many claims of which origin would keep the hosts busy, out of what is queued."""
        places = (self._places[number] for number in islice(self._hungry, MAX_ORIGINS))
        return {place.number: min(self._goal - len(place.ready), place.queued) for place in places}

    def _host(self, name: str) -> _Host:
        host = self._hosts.get(name)
        if host is None:
            host = self._hosts[name] = _Host(Pace(self._delay, self._concurrency))
        return host

    def _place(self, number: int) -> _Place:
        place = self._places.get(number)
        if place is None:
            name = self._host_of(number)
            host = self._host(name)
            place = self._places[number] = _Place(number, name, host, Health(self._aside_waits))
            host.places.append(place)
        return place

    def _weigh(self, place: _Place) -> None:
        if place.queued > 0 and len(place.ready) * 2 <= self._goal and not place.health.dead:
            self._hungry[place.number] = None
        else:
            self._hungry.pop(place.number, None)

    # -- going out -------------------------------------------------------------------------------

    def next(self, now: float) -> Claim | None:
        """The next claim that may be sent now, its host's pace taken up; None where there is none."""
        if self.in_flight >= MAX_IN_FLIGHT:
            return None
        while self._later and self._later[0][0] <= now:
            place = self._places[heapq.heappop(self._later)[1]]
            if place.where is _Where.LATER:
                self._make_due(place)
        while self._due:
            place = self._due.popleft()
            place.where = _Where.OUT
            if not place.ready:
                continue
            wait = place.wait(now)
            if wait is None:
                place.where = _Where.PARKED
            elif wait > 0.0 or (self.in_flight >= MAX_TARDY and not place.host.pace.prompt):
                place.where = _Where.LATER
                heapq.heappush(self._later, (now + (wait or TARDY_LOOK), place.number))
            else:
                return self._send(place, now)
        return None

    def _send(self, place: _Place, now: float) -> Claim:
        claim = place.ready.popleft()
        self.ready -= 1
        self.in_flight += 1
        place.host.pace.started(now)
        place.health.started(claim.id)
        if place.ready:
            self._make_due(place)
        self._weigh(place)
        return claim

    def _make_due(self, place: _Place) -> None:
        place.where = _Where.DUE
        self._due.append(place)

    def wake_in(self, now: float) -> float | None:
        """Seconds until some host with ready claims may be asked; None where only an ending request can help."""
        if self.in_flight >= MAX_IN_FLIGHT:
            return None
        if self._due:
            return 0.0
        return max(self._later[0][0] - now, 0.0) if self._later else None

    # -- coming back -----------------------------------------------------------------------------

    def given_back(self, claim: Claim) -> None:
        """An attempt has ended that says nothing of its host."""
        place = self._places[claim.origin]
        place.health.given_back(claim.id)
        self._released(place)

    def ended(self, claim: Claim, attempt: Attempt, verdict: Verdict, now: float) -> Verdict:
        """An attempt has ended; what it means for its URL once its origin is looked at as well."""
        place = self._places[claim.origin]
        pace = place.host.pace
        if attempt.sent and attempt.size <= TELLING:
            pace.took(attempt.duration)
        if verdict.busy:
            pace.hold(now, now - attempt.duration, verdict.asked)
        elif attempt.status is not None:
            pace.busy = 0
        verdict = self._weigh_health(place, claim, attempt, verdict, now)
        self._released(place)
        return verdict

    def _released(self, place: _Place) -> None:
        self.in_flight -= 1
        place.host.pace.ended()
        for other in place.host.places:
            if other.where in (_Where.PARKED, _Where.LATER):
                self._make_due(other)

    def _weigh_health(self, place: _Place, claim: Claim, attempt: Attempt, verdict: Verdict, now: float) -> Verdict:
        health, trouble = place.health, attempt.trouble
        if trouble is None or trouble not in WEIGHTS:
            if attempt.error is not None:
                health.given_back(claim.id)
                return verdict
            if health.aside:
                self._tell(f"{place.name} answers again")
            health.answered()
            return verdict
        if health.dead:
            return TOO_LATE
        standing = health.failed(claim.id, trouble, attempt.tries, now)
        if standing is Standing.IN_USE:
            return verdict
        if standing is Standing.GIVEN_UP:
            self._tell(f"{place.name} is given up: {health.probes} times it did not answer ({attempt.error})")
            self._forget_ready(place)
            return GIVEN_UP
        if standing is not Standing.UNTOLD:
            self._tell(f"{place.name} does not answer ({attempt.error}): tried again in {health.until - now:g} s")
        return SPARED

    def _forget_ready(self, place: _Place) -> None:
        self.ready -= len(place.ready)
        place.ready.clear()
        self._weigh(place)

    def take_back(self) -> list[Claim]:
        """Everything that was not sent, removed."""
        claims = [claim for place in self._places.values() for claim in place.ready]
        for place in self._places.values():
            self._forget_ready(place)
        return claims
