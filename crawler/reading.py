"""What a capture means for the crawl: its kind, its outlinks, and which of them are new. Pure.

The page is read with its profile; the outlinks go to the frontier as one batch. Links met before in
this run are told apart by their address alone, which is where the speed of a crawl is decided.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from archive.http1 import header
from archive.urls import BadUrl, MergeRule, frontier_key, request_url
from crawler.claims import MAX_DEATHS, Claim, Discovery
from crawler.records import Reading, drop_line, link_line
from crawler.repeats import Repeats, below
from crawler.scope import REQUISITE_ROLES, Candidate, ScopeRules
from crawler.traps import NEAR_IDENTICAL, QUERY_SERIES, REPEATED_PATH, SERIES_ROLES, SESSION_ID, SOFT_404, series_of
from crawler.wire.exchange import Exchange
from profiles.css import css_references
from profiles.kinds import Kind
from profiles.links import Drop, Outlink, Role
from profiles.load import ProfileSet
from profiles.outlinks import PageLinks, read_outlinks
from profiles.page import Page

#: Requests remembered to spare the database; beyond that many the memory starts anew.
MAX_KNOWN = 100_000
#: Addresses that differ only in the query, of one role and path. More than this is no archive of articles that
#: happens to live in one script, unless they differ in numbers only; series that show nothing new are stopped long
#: before (`repeats`).
MAX_SERIES = 10_000
MAX_NUMBERED = 100_000

#: What is remembered of a page of which kind: the articles that it shows, the neighbours that it names.
_NAMED = {Kind.LIST: Role.ARTICLE, Kind.INDEX: Role.ARTICLE, Kind.ARTICLE: Role.CHAIN}
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MISSING = frozenset({404, 410})
_HTML = ("text/html", "application/xhtml+xml", "")
#: What a list may come as, piece by piece, for a script to put into the page.
_XML = ("text/xml", "application/xml")
_LISTING = frozenset({"list", "column", "page"})


class _Counted(NamedTuple):
    """A link's series, as a `Discovery` names it."""

    series: bytes | None = None
    limit: int = 0
    reason: str = QUERY_SERIES
    twin: bytes | None = None


_UNCOUNTED = _Counted()


class Reader:
    """Reads captures for one run. Holds the memory of requests that this process has met."""

    def __init__(self, profiles: ProfileSet, scope: ScopeRules) -> None:
        self._profiles, self._scope = profiles, scope
        self._known: dict[str, bool] = {}
        self._repeats = Repeats()

    def read(
        self, claim: Claim, exchange: Exchange, body: bytes | None, outcome: Reading
    ) -> tuple[Reading, list[Discovery]]:
        """The reading to be recorded and the URLs to be taken in. *body* is None where it was not text.

        Raises whatever a page can make a parser raise; the caller commits the exchange all the same.
        """
        status = exchange.status
        if status in _REDIRECTS:
            return self._redirect(claim, exchange, outcome)
        if status in _MISSING and body and media_type(exchange) in _HTML and self._repeats.wants_missing(claim.url):
            self._repeats.missing(_parsed(claim, exchange, body))
        if status is None or not 200 <= status < 300 or not body or exchange.truncated == "length":
            return outcome, []
        if claim.deaths >= MAX_DEATHS:
            return replace(outcome, note="unread: reading it killed the process"), []
        media = media_type(exchange)
        if media == "text/css" or (claim.role == "requisite" and claim.url.partition("?")[0].endswith(".css")):
            return self._stylesheet(claim, body, outcome)
        if claim.role != "clicks" and (media in _HTML or (media in _XML and claim.role in _LISTING)):
            return self._page(claim, exchange, body, outcome)
        return outcome, []

    def _redirect(self, claim: Claim, exchange: Exchange, outcome: Reading) -> tuple[Reading, list[Discovery]]:
        location = redirect_target(claim.url, exchange)
        if location is None:
            return replace(outcome, kind=Kind.REDIRECT, note="redirect without a usable Location"), []
        role = claim.role if claim.role in REQUISITE_ROLES or claim.role == "robots" else "redirect"
        link = Outlink(location, "R", role, "")
        found = [] if role == "robots" else self.discover(claim, [link])
        return replace(outcome, kind=Kind.REDIRECT, outlinks=(link_line(link),)), found

    def _stylesheet(self, claim: Claim, body: bytes, outcome: Reading) -> tuple[Reading, list[Discovery]]:
        links: dict[str, Outlink] = {}
        drops = []
        for reference, _ in css_references(body.decode("utf-8", "replace")):
            try:
                url = request_url(reference, claim.url)
            except BadUrl as error:
                drops.append(f"{reference[:200]} {error.why}")
                continue
            links.setdefault(url, Outlink(url, "E", "requisite", ""))
        return self._finish(claim, outcome, list(links.values()), drops, ())

    def _page(self, claim: Claim, exchange: Exchange, body: bytes, outcome: Reading) -> tuple[Reading, list[Discovery]]:
        page = _parsed(claim, exchange, body)
        profile = self._profiles.recognise(page)
        links: PageLinks = read_outlinks(page, profile)
        if self._repeats.soft_404(claim, page, links.kind) and not self._scope.trap_allowed(claim.url):
            return self._soft_404(claim, links, outcome, profile.merge_rules)
        allowed = [drop.outlink for drop in links.drops if drop.outlink and self._allowed(drop)]
        refused = [drop for drop in links.drops if drop.outlink not in allowed]
        outlinks = [*links.outlinks, *allowed]
        if self._repeats.goes_round(claim, page, links.kind):
            round_and_round = [link for link in outlinks if self._goes_round(claim, link)]
            refused += [Drop(link.url, REPEATED_PATH, link) for link in round_and_round]
            outlinks = [link for link in outlinks if link not in round_and_round]
        if claim.role in REQUISITE_ROLES:
            outlinks = [link for link in outlinks if link.hop == "E"]
        named = named_links(links.kind, outlinks, profile.merge_rules)
        outcome = replace(outcome, kind=links.kind, profile=links.profile, pager=links.pager, named=named)
        drops = [drop_line(drop) for drop in refused]
        reading, found = self._finish(claim, outcome, outlinks, drops, profile.merge_rules)
        if self._repeats.page(claim, page, links.kind, found):
            reading = replace(reading, note=NEAR_IDENTICAL)
        found += self._released(claim)
        return reading, found + self._dropped(claim, refused, profile.merge_rules)

    def _goes_round(self, claim: Claim, link: Outlink) -> bool:
        return link.hop != "E" and below(link.url, claim.url) and not self._scope.trap_allowed(link.url)

    def _released(self, claim: Claim) -> list[Discovery]:
        """What was left out of the page's series, where that has come to something after all."""
        released = [replace(left_out, drop=None) for left_out in self._repeats.series.released(claim.url)]
        self._known.update((_request(new.url, new.method, new.body), True) for new in released)
        return released

    def _soft_404(
        self, claim: Claim, links: PageLinks, outcome: Reading, merge: Sequence[MergeRule]
    ) -> tuple[Reading, list[Discovery]]:
        """A page that says with status 200 that there is none: it is kept, and nothing on it is followed."""
        drops = [Drop(link.url, self._out_of_scope(claim, link) or SOFT_404, link) for link in links.outlinks]
        lines = tuple(map(drop_line, drops))
        outcome = replace(outcome, kind=Kind.ERROR, profile=links.profile, note=SOFT_404, drops=lines)
        return outcome, self._dropped(claim, drops, merge)

    def _allowed(self, drop: Drop) -> bool:
        return (
            drop.reason.startswith("trap:") and drop.outlink is not None and self._scope.trap_allowed(drop.outlink.url)
        )

    def _dropped(self, claim: Claim, drops: Iterable[Drop], merge: Sequence[MergeRule]) -> list[Discovery]:
        """What the profile refused but could have been asked: in the frontier it stands as dropped, with its reason."""
        found = []
        for drop in drops:
            link = drop.outlink
            if link is None:
                continue
            if link.url in self._known:
                continue
            self._known[link.url] = False
            key = frontier_key(link.url, link.method, link.body, merge)
            hops = claim.hops + link.hop
            found.append(Discovery(key, link.url, link.role, hops, claim.url, link.method, link.body, drop.reason))
        return found

    def _finish(
        self, claim: Claim, outcome: Reading, links: list[Outlink], drops: list[str], merge: Sequence[MergeRule]
    ) -> tuple[Reading, list[Discovery]]:
        found = self.discover(claim, links, merge)
        # what the pages of this process have shown cannot be told from the address again
        stopped = [Drop(link.url, why, link) for link in links if (why := self._comes_to_nothing(link))]
        gone = {drop.outlink for drop in stopped}
        lines = tuple(link_line(link) for link in links if link not in gone)
        return replace(outcome, outlinks=lines, drops=(*drops, *map(drop_line, stopped))), found

    def discover(self, claim: Claim, links: Iterable[Outlink], merge: Sequence[MergeRule] = ()) -> list[Discovery]:
        """The links that this process has not handed to the frontier yet, each judged by the scope."""
        found: list[Discovery] = []
        known = self._known
        if len(known) > MAX_KNOWN:
            known.clear()
        for link in links:
            name = _request(link.url, link.method, link.body)
            if known.get(name):
                continue
            drop = self._out_of_scope(claim, link) or self._comes_to_nothing(link)
            if drop is not None and name in known:
                continue
            known[name] = drop is None
            key = frontier_key(link.url, link.method, link.body, merge)
            counted = _UNCOUNTED if drop else self._counted(link, key, merge)
            new = Discovery(
                key=key,
                url=link.url,
                role=link.role,
                hops=claim.hops + link.hop,
                via=claim.url,
                method=link.method,
                body=link.body,
                drop=drop,
                series=counted.series,
                series_limit=counted.limit,
                series_reason=counted.reason,
                twin=counted.twin,
            )
            if drop == NEAR_IDENTICAL:
                self._repeats.series.hold(new)
            found.append(new)
        return found

    def _out_of_scope(self, claim: Claim, link: Outlink) -> str | None:
        return self._scope.reason_to_drop(Candidate(link.url, link.role, claim.hops + link.hop))

    def _comes_to_nothing(self, link: Outlink) -> str | None:
        if link.role not in SERIES_ROLES or not self._repeats.series.stops(link.url):
            return None
        return None if self._scope.trap_allowed(link.url) else NEAR_IDENTICAL

    def _counted(self, link: Outlink, key: bytes, merge: Sequence[MergeRule]) -> _Counted:
        """The series of which a link is one, if it is one of many."""
        path, question, _ = link.url.partition("?")
        session = self._repeats.session(link.url)
        if session is not None and not self._scope.trap_allowed(link.url):
            twin = frontier_key(session.plain, link.method, link.body, merge)
            if twin != key:
                # where a server gives everyone a session by a redirect, the page stands behind it and nowhere else
                known = None if link.hop == "R" else twin
                return _Counted(_digest(f"session {session.plain}"), 1, SESSION_ID, known)
        if not question or link.role not in SERIES_ROLES or self._scope.trap_allowed(link.url):
            return _UNCOUNTED
        if link.method != "GET":  # what makes them differ stands in the body: each is a series of its own
            path = _request(path, link.method, link.body)
        elif self._repeats.numbered(link.url):
            return _Counted(_digest(f"{link.role} {series_of(link.url)}"), MAX_NUMBERED)
        return _Counted(_digest(f"{link.role} {path}"), MAX_SERIES)

    def seeds(self, urls: Iterable[str]) -> list[Discovery]:
        """The job's seeds as the frontier takes them in; they are in scope whatever their host."""
        return [Discovery(frontier_key(url), url, "seed", "", None) for url in urls]

    def again(self, known: Iterable[Discovery]) -> list[Discovery]:
        """What an earlier run found, judged by the scope of this one."""
        return [
            replace(found, drop=self._scope.reason_to_drop(Candidate(found.url, found.role, found.hops)))
            for found in known
        ]


def named_links(kind: Kind, links: Iterable[Outlink], merge: Sequence[MergeRule]) -> frozenset[tuple[bytes, str]]:
    """Keys and roles of what a page of this kind is remembered to show or to name."""
    role = _NAMED.get(kind)
    return frozenset((frontier_key(link.url, merge=merge), link.role) for link in links if link.role == role)


def _parsed(claim: Claim, exchange: Exchange, body: bytes) -> Page:
    content_type = header(exchange.headers, b"content-type")
    declared = content_type.decode("latin-1") if content_type else None
    return Page.parse(body, claim.url, declared, complete=exchange.truncated is None)


def _request(url: str, method: str, body: bytes) -> str:
    """What tells requests apart in this process; that of a GET is its address."""
    return url if method == "GET" else f"{method} {url} {body!r}"


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def redirect_target(url: str, exchange: Exchange) -> str | None:
    """Where a redirect leads, as a browser reads Location: raw bytes beyond ASCII are percent-encoded as they are."""
    location = header(exchange.headers, b"location")
    if location is None or exchange.status not in _REDIRECTS:
        return None
    text = "".join(chr(byte) if byte < 0x80 else f"%{byte:02X}" for byte in location.strip())
    try:
        return request_url(text, url)
    except BadUrl:
        return None


def media_type(exchange: Exchange) -> str:
    """The declared media type in lower case without parameters; empty where none is declared.

    The first Content-Type counts where there are several, as browsers' sniffing of legacy servers does.
    """
    value = header(exchange.headers, b"content-type") or b""
    return value.partition(b";")[0].strip().lower().decode("latin-1")
