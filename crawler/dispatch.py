"""What has been claimed and waits to be sent, host by host, each at its own pace.

Lives on the event loop, in memory alone: what is lost with it is claimed again. Hosts take turns, so
that a slow one never stalls another.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from crawler.claims import Claim
from crawler.politeness import Pace

#: Claims kept ready for a host, as a multiple of its concurrency; and the least where there is no delay.
READY_FACTOR = 2
READY_LEAST_UNDELAYED = 48
#: Requests under way at once, over all hosts.
MAX_IN_FLIGHT = 128


@dataclass(slots=True)
class _Host:
    pace: Pace
    ready: deque[Claim] = field(default_factory=deque)


class Dispatcher:
    """Hands out claims when their host may be asked. Times are the loop's monotonic seconds."""

    def __init__(self, delay: float, concurrency: int) -> None:
        self._delay, self._concurrency = delay, concurrency
        self._hosts: dict[str, _Host] = {}
        self._turns: deque[str] = deque()
        self.in_flight = 0

    def add(self, claims: Iterable[Claim], host_of: Callable[[int], str]) -> None:
        for claim in claims:
            self._host(host_of(claim.origin)).ready.append(claim)

    def _host(self, name: str) -> _Host:
        host = self._hosts.get(name)
        if host is None:
            host = self._hosts[name] = _Host(Pace(self._delay, self._concurrency))
            self._turns.append(name)
        return host

    def next(self, now: float) -> Claim | None:
        """The next claim that may be sent now, its host's pace taken up; None where there is none."""
        if self.in_flight >= MAX_IN_FLIGHT:
            return None
        for _ in range(len(self._turns)):
            name = self._turns[0]
            self._turns.rotate(-1)
            host = self._hosts[name]
            if host.ready and host.pace.wait(now) == 0.0:
                host.pace.started(now)
                self.in_flight += 1
                return host.ready.popleft()
        return None

    def wake_in(self, now: float) -> float | None:
        """Seconds until some host with ready claims may be asked; None where only an ending request can help."""
        if self.in_flight >= MAX_IN_FLIGHT:
            return None
        waits = (host.pace.wait(now) for host in self._hosts.values() if host.ready)
        return min((wait for wait in waits if wait is not None), default=None)

    def ended(self, host: str) -> None:
        self.in_flight -= 1
        self._hosts[host].pace.ended()

    def hold(self, host: str, until: float) -> None:
        """Nothing is sent to *host* before *until*: it said that it is busy."""
        self._hosts[host].pace.hold(until)

    def slow_to(self, host: str, delay: float) -> None:
        """The host asks for at least *delay* seconds between requests (Crawl-delay)."""
        pace = self._host(host).pace
        pace.delay = max(pace.delay, delay)

    def wants(self, queued: dict[int, int], host_of: Callable[[int], str]) -> dict[int, int]:
        """How many claims of which origin would keep the hosts busy, out of what is queued."""
        wanted: dict[int, int] = {}
        least = READY_LEAST_UNDELAYED if self._delay == 0 else 1
        for number, count in queued.items():
            host = self._hosts.get(host_of(number))
            ready = len(host.ready) if host else 0
            goal = max(self._concurrency * READY_FACTOR, least)
            if ready * 2 <= goal and count > 0:
                wanted[number] = min(goal - ready, count)
        return wanted

    @property
    def ready(self) -> int:
        return sum(len(host.ready) for host in self._hosts.values())

    def take_back(self) -> list[Claim]:
        """Everything that was not sent, removed."""
        claims = [claim for host in self._hosts.values() for claim in host.ready]
        for host in self._hosts.values():
            host.ready.clear()
        return claims
