"""The article that an address names, whichever of its addresses and pages it is."""

from __future__ import annotations

from typing import NamedTuple

from profiles.compiled import CompiledProfile


class ArticleId(NamedTuple):
    """`id` as the profile's pattern finds it; `page` is the number in the address of a further page (what the
    CMS counts from differs; it only orders them), None for the address of the article itself."""

    id: str
    page: int | None = None

    @property
    def own(self) -> str:
        """What the page's scripts call the article.

        >>> ArticleId("12/345").own
        '345'
        """
        return self.id.rpartition("/")[2]


def identify(url: str, compiled: CompiledProfile) -> ArticleId | None:
    """The article of a request_url; None where the profile's patterns name none."""
    for pattern in compiled.identities:
        found = pattern.search(url)
        if found is None:
            continue
        groups = found.groupdict()
        if identity := groups.get("id"):
            page = groups.get("page")
            return ArticleId(identity, int(page) if page and page.isdecimal() and len(page) < 6 else None)
    return None
