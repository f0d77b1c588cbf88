"""All sites of the sample, built from the origins they link to. Pure but for the one page that counts."""

from __future__ import annotations

from jiucang.sample.catalogue import Catalogue
from jiucang.sample.edition import build_edition
from jiucang.sample.replies import Clock
from jiucang.sample.shelfsite import MISSING, build_other, build_shelf
from jiucang.sample.site import Origins, Site, SiteName


def build_catalogues(origins: Origins, clock: Clock) -> dict[SiteName, Catalogue]:
    """Every address of every site, with what a right crawl does about it."""
    return {
        "main": build_edition("main", origins),
        "gbk": build_edition("gbk", origins),
        "shelf": build_shelf(clock),
        "other": build_other(),
    }


def build_sites(catalogues: dict[SiteName, Catalogue], clock: Clock) -> dict[SiteName, Site]:
    return {
        name: Site(name, catalogue.files, MISSING, clock, catalogue.handlers) for name, catalogue in catalogues.items()
    }
