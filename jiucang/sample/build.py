"""All sites of the sample, built from the origins they link to."""

from __future__ import annotations

from jiucang.sample.replies import Clock, Resource
from jiucang.sample.site import SITES, Origins, Site, SiteName


def build_sites(origins: Origins, clock: Clock) -> dict[SiteName, Site]:
    page = Resource("<title>首页</title>".encode(), b"text/html; charset=utf-8")
    robots = Resource(b"User-agent: *\nDisallow: /nbzl/\n", b"text/plain")
    missing = Resource(b"404", status=404)
    return {name: Site(name, {b"/": page, b"/robots.txt": robots}, missing, clock) for name in SITES}
