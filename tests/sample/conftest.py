"""The sample's sites without a socket, and ways to ask them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from archive.http1 import parse_response
from jiucang.sample.build import build_catalogues, build_sites
from jiucang.sample.catalogue import Catalogue
from jiucang.sample.portal import fixed_clock
from jiucang.sample.replies import Request, parse_request
from jiucang.sample.site import SITES, Origins, Site, SiteName
from jiucang.sample.truth import Truth, build_truth

ORIGINS = Origins.at({site: 8000 + number for number, site in enumerate(SITES)})


@pytest.fixture(scope="session")
def origins() -> Origins:
    return ORIGINS


@pytest.fixture(scope="session")
def catalogues() -> dict[SiteName, Catalogue]:
    return build_catalogues(ORIGINS, fixed_clock)


@pytest.fixture(scope="session")
def sites(catalogues: dict[SiteName, Catalogue]) -> dict[SiteName, Site]:
    return build_sites(catalogues, fixed_clock)


@pytest.fixture(scope="session")
def truth(catalogues: dict[SiteName, Catalogue]) -> Truth:
    return build_truth(ORIGINS, catalogues)


def request_for(target: str, method: str = "GET", *fields: str) -> Request:
    lines = [f"{method} {target} HTTP/1.1", "Host: sample", *fields]
    return parse_request("\r\n".join(lines).encode("ascii") + b"\r\n\r\n")


@pytest.fixture(scope="session")
def fetch(sites: dict[SiteName, Site]) -> Callable[[SiteName, str], tuple[int | None, dict[bytes, bytes], bytes]]:
    """Status, last header of each name (lower case) and payload of a target, without a socket."""

    def fetched(site: SiteName, target: str) -> tuple[int | None, dict[bytes, bytes], bytes]:
        answer = parse_response(sites[site].answer(request_for(target)).wire)
        return answer.status, {name.lower(): value for name, value in answer.headers}, answer.payload

    return fetched


async def exchange(host: str, port: int, sent: bytes) -> bytes:
    """Everything a server answers to these bytes until it closes."""
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(sent)
    received = bytearray()
    try:
        while part := await reader.read(65536):
            received += part
    except ConnectionResetError:
        pass
    finally:
        writer.close()
    return bytes(received)


@pytest.fixture(scope="session")
def ask() -> Callable[[str, int, bytes], asyncio.Future[bytes]]:
    return exchange  # type: ignore[return-value]
