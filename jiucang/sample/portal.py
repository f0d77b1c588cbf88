"""The sample portal: four sites on loopback, one ledger, one clock.

>>> import asyncio
>>> async def first_page() -> bytes:
...     async with SamplePortal() as portal:
...         reader, writer = await asyncio.open_connection("127.0.0.1", portal.ports["main"])
...         writer.write(b"GET /robots.txt HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n")
...         answer = await reader.read()
...         writer.close()
...         assert portal.ledger.entries[0].sent == answer
...         return answer.split(b"\\r\\n")[0]
>>> asyncio.run(first_page())
b'HTTP/1.1 200 OK'
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from jiucang.sample.build import build_catalogues, build_sites
from jiucang.sample.catalogue import Catalogue
from jiucang.sample.ledger import Ledger
from jiucang.sample.replies import Clock, Reply, Request
from jiucang.sample.server import Answer, SiteServer
from jiucang.sample.site import ADDRESSES, SITES, Origins, Site, SiteName
from jiucang.sample.truth import Truth, build_truth

FIXED = datetime(2014, 11, 3, 2, 0, 0, tzinfo=UTC)


def fixed_clock() -> datetime:
    """The sample's own time: always the same, so that two runs send the same bytes."""
    return FIXED


class SamplePortal:
    """Serves the sample while its `async with` block lasts.

    `ports`: a port per site, 0 or missing for a free one. `patience`: seconds that a stalled
    connection is held at most. Raises OSError on entering where a port cannot be had.
    """

    def __init__(
        self,
        ports: Mapping[SiteName, int] | None = None,
        ledger_path: Path | None = None,
        clock: Clock = fixed_clock,
        patience: float = 30.0,
    ) -> None:
        self.ledger = Ledger(ledger_path)
        self.ports: dict[SiteName, int] = {site: (ports or {}).get(site, 0) for site in SITES}
        self.sites: dict[SiteName, Site] = {}
        self.catalogues: dict[SiteName, Catalogue] = {}
        self._clock = clock
        self._servers = {site: SiteServer(site, self._answerer(site), self.ledger, patience=patience) for site in SITES}

    def _answerer(self, name: SiteName) -> Answer:
        def answer(request: Request) -> Reply:
            return self.sites[name].answer(request)

        return answer

    async def __aenter__(self) -> SamplePortal:
        try:
            for site, server in self._servers.items():
                await server.start(ADDRESSES[site], self.ports[site])
                self.ports[site] = server.port
        except OSError:
            await self.__aexit__(None, None, None)
            raise
        self.catalogues = build_catalogues(self.origins, self._clock)
        self.sites = build_sites(self.catalogues, self._clock)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers.values():
            await server.stop()
        self.ledger.close()

    @property
    def truth(self) -> Truth:
        """What a right crawl and a right extraction make of the sites as they are served now."""
        return build_truth(self.origins, self.catalogues)

    @property
    def origins(self) -> Origins:
        return Origins.at(self.ports)

    @property
    def urls(self) -> dict[SiteName, str]:
        """The home page of each site."""
        return {site: self.origins.of(site) + "/" for site in SITES}

    @property
    def urls_v6(self) -> dict[SiteName, str]:
        """The same on ::1; only those sites that could listen there."""
        return {site: f"http://[::1]:{server.port}/" for site, server in self._servers.items() if server.ipv6}
