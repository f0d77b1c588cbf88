"""What goes into the frontier and what comes out of it, as values."""

from __future__ import annotations

from dataclasses import dataclass, field

from crawler.robots import UNKNOWN
from crawler.traps import QUERY_SERIES

#: A URL whose reading killed the process so often is stored unread.
MAX_DEATHS = 3


@dataclass(frozen=True, slots=True)
class Discovery:
    """A URL as the frontier takes it in: to be queued, or dropped at once for `drop`.

    Of a `series` only so many (`series_limit`) are taken in, the others are dropped for `series_reason`. `twin` is the
    key of the same request without what makes it one of the series: where that is known, none is taken in.
    """

    key: bytes
    url: str
    role: str
    hops: str
    via: str | None
    method: str = "GET"
    body: bytes = b""
    drop: str | None = None
    series: bytes | None = None
    series_limit: int = 0
    series_reason: str = QUERY_SERIES
    twin: bytes | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """The last good capture of a URL, and what a conditional request says of it (bytes as the server sent them)."""

    capture: int
    etag: bytes | None
    last_modified: bytes | None
    kind: str | None


@dataclass(frozen=True, slots=True)
class Claim:
    """A URL handed out. `tries` counts attempts made before this one; `gates` is the origin a robots.txt is for.

    `known` is the capture that the portal is to be asked about; None where it is asked for the page itself.
    """

    id: int
    url: str
    method: str
    body: bytes
    origin: int
    role: str
    hops: str
    via: str | None
    tries: int
    deaths: int
    gates: int | None
    known: Known | None = None


Refused = tuple[Claim, str]
"""A claim that robots.txt or the recrawl's mode forbids, and the reason as it stands in state.db."""


@dataclass(slots=True)
class Origin:
    """`robots` is the state of its robots.txt; `queued_gates` are the requests for that among `queued`.

    `dead`: it was given up, and nothing of it is asked for in this process any more.
    """

    id: int
    origin: str
    robots: str
    queued: int = 0
    queued_gates: int = 0
    dead: bool = False

    @property
    def claimable(self) -> int:
        return self.queued_gates if self.robots == UNKNOWN else self.queued


class OpenWork:
    """How much of which origin may be claimed, kept up to date so that a commit costs what it changes."""

    def __init__(self) -> None:
        self._changed: dict[int, Origin] = {}
        self._claimable: dict[int, int] = {}
        self.total = 0

    def touch(self, place: Origin) -> None:
        """What is queued of *place* may have changed."""
        self._changed[place.id] = place

    def changes(self) -> dict[int, int]:
        """The origins touched since the last call, with what may be claimed of them now."""
        changed = {number: place.claimable for number, place in self._changed.items()}
        self._changed.clear()
        for number, count in changed.items():
            self.total += count - self._claimable.pop(number, 0)
            if count:
                self._claimable[number] = count
        return changed

    def everything(self) -> dict[int, int]:
        """All origins of which something may be claimed."""
        self.changes()
        return self._claimable.copy()


@dataclass(slots=True)
class Counts:
    """Open work. `queued` is what may be claimed now of each origin (or of those where that has changed), `claimable`

    the sum over all; `waiting_until` is the earliest retry (epoch seconds).
    """

    queued: dict[int, int] = field(default_factory=dict)
    claimable: int = 0
    waiting: int = 0
    waiting_until: float | None = None
