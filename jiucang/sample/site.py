"""A site: which file stands at which address, matched on the exact bytes of the request target."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from jiucang.sample.replies import Clock, Reply, Request, Resource

SiteName = Literal["main", "gbk", "shelf", "other"]
SITES: tuple[SiteName, ...] = ("main", "gbk", "shelf", "other")
ADDRESSES: dict[SiteName, str] = {"main": "127.0.0.1", "gbk": "127.0.0.2", "shelf": "127.0.0.3", "other": "127.0.0.4"}
"""Each site has a loopback address of its own, so that scope, robots.txt and pace tell them apart."""

Handler = Callable[[Request], Resource | Reply]


@dataclass(frozen=True, slots=True)
class Origins:
    """The origins of the four sites, `http://address:port` without a slash; pages link across them."""

    main: str
    gbk: str
    shelf: str
    other: str

    @classmethod
    def at(cls, ports: Mapping[SiteName, int]) -> Origins:
        return cls(**{site: f"http://{ADDRESSES[site]}:{ports[site]}" for site in SITES})

    def of(self, site: SiteName) -> str:
        found: str = getattr(self, site)
        return found


@dataclass(frozen=True, slots=True)
class Site:
    """Files and handlers of one site.

    `files` is keyed by request target (path and query, as sent). `handlers` are asked next, by the
    path alone, for what depends on the query or on how often it was asked. Everything else is
    `missing`, which a link check takes for a broken link.
    """

    name: SiteName
    files: dict[bytes, Resource | Handler]
    missing: Resource
    clock: Clock
    handlers: dict[bytes, Handler] = field(default_factory=dict)

    def find(self, target: bytes) -> Resource | Handler | None:
        """What stands at a request target, None where the answer is a 404 page."""
        target = target.partition(b"#")[0]
        return self.files.get(target) or self.handlers.get(target.partition(b"?")[0])

    def answer(self, request: Request) -> Reply:
        found = self.find(request.target) or self.missing
        made = found if isinstance(found, Resource) else found(request)
        return made if isinstance(made, Reply) else made.reply(request, self.clock())
