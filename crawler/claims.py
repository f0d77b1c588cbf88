"""What goes into the frontier and what comes out of it, as values."""

from __future__ import annotations

from dataclasses import dataclass, field

from crawler.robots import RobotsRules

#: A URL whose reading killed the process so often is stored unread.
MAX_DEATHS = 3


@dataclass(frozen=True, slots=True)
class Discovery:
    """A URL as the frontier takes it in: to be queued, or dropped at once for `drop`."""

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
    """`robots` is None until its robots.txt is known; `queued_gates` are the requests for that among `queued`."""

    id: int
    origin: str
    robots: RobotsRules | None
    queued: int = 0
    queued_gates: int = 0

    @property
    def claimable(self) -> int:
        return self.queued_gates if self.robots is None else self.queued


@dataclass(slots=True)
class Counts:
    """Open work: what of each origin may be claimed now; `waiting_until` is the earliest retry (epoch seconds)."""

    queued: dict[int, int] = field(default_factory=dict)
    waiting: int = 0
    waiting_until: float | None = None
