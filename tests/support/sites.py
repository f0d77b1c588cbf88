"""Small sites on loopback, each a function from request to reply, and job files for them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import yaml

from jiucang.sample.ledger import Ledger
from jiucang.sample.replies import Reply, Request, Resource
from jiucang.sample.server import SiteServer
from jiucang.sample.serving import serving

ADDRESS = "127.0.0.1"
MISSING = Resource(b"<html><body>404</body></html>", status=404)


@dataclass(frozen=True)
class Site:
    """A site being served: its home page, and every request it received."""

    home: str
    ledger: Ledger

    @property
    def asked(self) -> list[str]:
        return [entry.target.decode("latin-1") for entry in self.ledger.entries]


@contextmanager
def site(
    find: Callable[[Request], Resource | None], address: str = ADDRESS, ledger: Ledger | None = None
) -> Iterator[Site]:
    """Serves what *find* gives for a request, and a 404 for None. Sites with one *ledger* share its order."""
    ledger = ledger if ledger is not None else Ledger()

    def answer(request: Request) -> Reply:
        return (find(request) or MISSING).reply(request, datetime(2014, 11, 3, tzinfo=UTC))

    @asynccontextmanager
    async def server() -> AsyncIterator[Site]:
        running = SiteServer("small" if address == ADDRESS else address, answer, ledger)
        await running.start(address)
        yield Site(f"http://{address}:{running.port}/", ledger)
        await running.stop()

    with serving(server()) as served:
        yield served


def write_job(folder: Path, *seeds: str, **sections: object) -> Path:
    """A job file that may reach loopback and does not dawdle; *sections* replace its sections."""
    job: dict[str, object] = {
        "name": "small",
        "seeds": list(seeds),
        "network": {"allow": ["127.0.0.0/8"]},
        "politeness": {"delay": "0 s"},
        "limits": {"free_disk": "1 MB"},
    }
    path = folder / "small.yaml"
    path.write_text(yaml.safe_dump(job | sections), encoding="utf-8")
    return path
