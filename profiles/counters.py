"""The click counter of an article as its page's script would ask it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from archive.urls import BadUrl, request_url
from profiles.identity import identify
from profiles.model import Click, Profile
from profiles.page import Page


@dataclass(frozen=True, slots=True)
class ClickEndpoint:
    """A counter as the page's script would ask it; `answer` is the pattern that finds the number."""

    method: str
    url: str
    body: str | None
    effect: str
    answer: str


def click_endpoints(page: Page, profile: Profile) -> tuple[ClickEndpoint, ...]:
    """The article's counter as the page's scripts would ask it, comments apart; harmless ones first.

    Scripts ask for other things too, for the downloads of an attachment or the clicks of a neighbour: a
    counter whose `id` is not the document's is none of the article's, and where the address does not tell
    the document's id, a pattern that matches several ids tells nothing.
    """
    article = identify(page.url, profile.compiled)
    article_id = article.own if article is not None else None
    found: dict[tuple[str, str, str | None], ClickEndpoint] = {}
    for click in profile.clicks:
        matches = [match.groupdict() for match in re.finditer(click.pattern, page.live_source)]
        ids = {groups.get("id") for groups in matches}
        for groups in matches:
            own = groups.get("id") == article_id if article_id and groups.get("id") else len(ids) == 1
            endpoint = _endpoint(click, groups, page) if own else None
            if endpoint is not None:
                found.setdefault((endpoint.method, endpoint.url, endpoint.body), endpoint)
        if found:
            break
    return tuple(sorted(found.values(), key=lambda endpoint: endpoint.effect != "reads"))


def _endpoint(click: Click, groups: Mapping[str, str | None], page: Page) -> ClickEndpoint | None:
    values = {name: value or "" for name, value in groups.items()}
    try:
        url = request_url(click.url.format_map(values), page.base_url, page.encoding)
        body = click.body.format_map(values) if click.body is not None else None
    except BadUrl:
        return None
    return ClickEndpoint(click.method, url, body, click.effect, click.answer)
