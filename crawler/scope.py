"""Whether a URL belongs to the crawl. Pure: the job in, a reason to drop or None out.

Navigation stays on the scope's hosts and within its depth. What a page needs to be shown (a
requisite) may come from any host unless the job says otherwise, but at most five hops from the page
that shows it and through at most three redirects, and it never widens navigation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from urllib.parse import urlsplit

from crawler.job import Scope, Traps
from crawler.traps import TrapRules

MAX_EMBEDS = 5
MAX_REDIRECTS = 5
MAX_REQUISITE_REDIRECTS = 3
#: Roles that a page needs to be whole; they follow the rule for requisites.
REQUISITE_ROLES = frozenset({"requisite", "attachment", "clicks"})


@dataclass(frozen=True, slots=True)
class Candidate:
    """A URL on its way into the frontier. `hops` is its path from a seed in Heritrix's letters."""

    url: str
    role: str
    hops: str


class ScopeRules:
    """The job's scope, compiled. `reason_to_drop` is called for every link that is not known yet."""

    def __init__(self, scope: Scope, traps: Traps, seeds: list[str], today: date | None = None) -> None:
        """*today* (the day it is, where none is given) is where calendars run away from."""
        self._hosts = [host.lower() for host in scope.hosts] or [urlsplit(seed).netloc.lower() for seed in seeds]
        self._include = [re.compile(pattern) for pattern in scope.include]
        self._exclude = [re.compile(pattern) for pattern in scope.exclude]
        self._depth = scope.depth
        self._any_host = scope.requisites == "any-host"
        self._traps = TrapRules(traps.allow, today or datetime.now(UTC).date())

    def reason_to_drop(self, candidate: Candidate) -> str | None:
        url, hops = candidate.url, candidate.hops
        if any(pattern.search(url) for pattern in self._exclude):
            return "scope:excluded"
        embeds = len(hops) - len(hops.rstrip("ER"))
        redirects = len(hops) - len(hops.rstrip("R"))
        if candidate.role in REQUISITE_ROLES:
            if hops[len(hops) - embeds :].count("E") > MAX_EMBEDS:
                return "scope:embed-depth"
            if redirects > MAX_REQUISITE_REDIRECTS:
                return "scope:redirects"
            if not self._any_host and not self.holds_host(url):
                return "scope:requisite-host"
        else:
            if redirects > MAX_REDIRECTS:
                return "scope:redirects"
            if not self.holds_host(url) and not any(pattern.search(url) for pattern in self._include):
                return "scope:host"
            if self._depth is not None and hops.count("L") + hops.count("X") > self._depth:
                return "scope:depth"
        return self._traps.reason(url, candidate.role)

    def holds_host(self, url: str) -> bool:
        """Whether the URL's host is one of the scope's: `host`, `host:port`, or `.suffix`/`*.suffix`."""
        parts = urlsplit(url)
        netloc, host = parts.netloc.lower(), (parts.hostname or "").lower()
        for wanted in self._hosts:
            suffix = wanted.removeprefix("*") if wanted.startswith(("*.", ".")) else None
            if suffix is not None and (host.endswith(suffix) or host == suffix[1:]):
                return True
            if wanted in (netloc, host) or wanted.strip("[]") == host:
                return True
        return False

    def trap_allowed(self, url: str) -> bool:
        """Whether the job's traps.allow lets this URL through whatever trap it looks like."""
        return self._traps.allowed(url)
