"""What the pages of a run have shown already: series that bring nothing new, error pages in disguise, sessions.

Memory of one process, bounded, and harmless to lose: what it would have stopped is fetched a few more
times. Only what is certain counts. Two pages are not alike because little differs between them: notices
of a sentence in a frame of a thousand words differ in little, and each is a document.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from urllib.parse import unquote

from archive.urls import origin
from crawler.claims import Claim, Discovery
from crawler.traps import SERIES_ROLES, SessionUrl, series_of, session_url, without_keys
from profiles.kinds import STAND_INS, Kind
from profiles.page import Page

#: So many pages of a series, one after the other, each of which the series has shown before to the letter; or,
#: where the address speaks of dates, to the number.
ALIKE_IN_A_ROW = 20
#: So many that show no line which the series has not shown, numbers aside, where it does not.
NUMBERED_IN_A_ROW = 200
#: Lines and pages remembered of one series and of all; beyond that the series' memory, or the oldest series,
#: begins anew.
MAX_LINES = 2_000
MAX_ALL_LINES = 200_000
#: Addresses left out of stopped series that are kept in mind.
MAX_HELD = 20_000
#: Addresses without keys of sessions that are remembered.
MAX_PLAIN = 100_000
#: Forms of a query, numbers aside, that one path may have and still be counted by each; and paths remembered.
MAX_FORMS = 50
MAX_PATHS = 10_000
#: Folders remembered that have shown the same.
MAX_FOLDERS = 100
#: Characters of an error page: one that says more has something to say.
MAX_ERROR_TEXT = 800
MIN_ERROR_TEXT = 4
#: Error texts that are remembered of an origin, and how many origins.
MAX_ERRORS = 8
MAX_ORIGINS = 1_000
#: Pages under a possible session that are remembered, and how often two of them must be one page.
MAX_SESSIONS = 5_000
SESSION_PROOFS = 3

_DATED = re.compile(r"calendar|rili|riqi|date|month|year|[?&]ym?=\d|/(?:19|20)\d\d(?:[/-]|$)", re.I)
_NUMBERS = re.compile(r"\d+")
_BLANKS = re.compile(r"\s+")
_ERROR_ADDRESS = re.compile(
    r"(?:^|/)(?:err(?:or)?[-_]?)?(?:404|error|not[-_]?found|nopage)(?:\.\w{2,5})?(?:\?|$)", re.I
)
_SAYS_NOTHING = STAND_INS | {Kind.ERROR, Kind.REDIRECT}


@dataclass(slots=True)
class _Series:
    shown: set[int] = field(default_factory=set)
    alike: int = 0
    numbered: int = 0


class SeriesMemory:
    """Series of addresses that differ in numbers, and whether their pages still show anything new."""

    def __init__(self) -> None:
        self._series: OrderedDict[str, _Series] = OrderedDict()
        self._size = 0
        self._stopped: set[str] = set()
        self._held: dict[str, list[Discovery]] = {}
        self._count_held = 0

    def stops(self, url: str) -> bool:
        """Whether the URL belongs to a series that has come to nothing."""
        return bool(self._stopped) and series_of(url) in self._stopped

    def hold(self, left_out: Discovery) -> None:
        """Keeps in mind what is not asked for because its series has been stopped."""
        if self._count_held < MAX_HELD:
            self._held.setdefault(series_of(left_out.url), []).append(left_out)
            self._count_held += 1

    def released(self, url: str) -> list[Discovery]:
        """What was left out of the URL's series, once that is followed again."""
        if not self._held or self.stops(url):
            return []
        held = self._held.pop(series_of(url), [])
        self._count_held -= len(held)
        return held

    def page(self, url: str, text: str, *, numbers_differ: bool, leads_on: bool) -> bool:
        """Takes in a page's visible text; True where its series has come to nothing.

        A page brings something if it has a line that no page of its series had, or if it leads to something
        new elsewhere. *numbers_differ*: a page that differs in numbers only brings something too.
        """
        name = series_of(url)
        series = self._series.pop(name, None) or _Series()
        self._series[name] = series
        whole = hash(text)
        lines = set() if numbers_differ else {hash(line.strip()) for line in _NUMBERS.sub("0", text).split("\n")}
        series.alike = series.alike + 1 if whole in series.shown and not leads_on else 0
        alike_in_lines = not numbers_differ and not leads_on and lines <= series.shown
        series.numbered = series.numbered + 1 if alike_in_lines else 0
        enough = ALIKE_IN_A_ROW if _DATED.search(url) else NUMBERED_IN_A_ROW
        if series.alike >= ALIKE_IN_A_ROW or series.numbered >= enough:
            self._stopped.add(name)
        else:
            self._stopped.discard(name)
        self._keep(series, lines | {whole})
        return name in self._stopped

    def _keep(self, series: _Series, shown: set[int]) -> None:
        self._size -= len(series.shown)
        if len(series.shown) + len(shown) > MAX_LINES:
            series.shown = set(islice(shown, MAX_LINES))
        else:
            series.shown |= shown
        self._size += len(series.shown)
        while self._size > MAX_ALL_LINES and len(self._series) > 1:
            name, oldest = self._series.popitem(last=False)
            self._size -= len(oldest.shown)
            self._stopped.discard(name)


@dataclass(slots=True)
class _Errors:
    marks: set[int] = field(default_factory=set)
    longest: int = 0


class ErrorMemory:
    """What each origin shows where there is nothing, learnt from answers that said so."""

    def __init__(self) -> None:
        self._origins: OrderedDict[str, _Errors] = OrderedDict()

    def wants(self, origin: str) -> bool:
        """Whether more is to be learnt of the origin."""
        errors = self._origins.get(origin)
        return errors is None or len(errors.marks) < MAX_ERRORS

    def learn(self, page: Page) -> None:
        """The page is what its origin shows for an address that it says it has not."""
        mark, site = error_mark(page), origin(page.url)
        if mark is not None and self.wants(site):
            errors = self._origins.setdefault(site, _Errors())
            errors.marks.add(mark)
            errors.longest = max(errors.longest, len(page.text))
            if len(self._origins) > MAX_ORIGINS:
                self._origins.popitem(last=False)

    def knows(self, page: Page) -> bool:
        """Whether the page's origin shows this where there is nothing."""
        errors = self._origins.get(origin(page.url))
        # the address of the page may stand in it, often twice
        if errors is None or len(page.text) > errors.longest + 4 * len(page.url):
            return False
        return error_mark(page) in errors.marks


def error_mark(page: Page) -> int | None:
    """What two error pages have in common, for different addresses and at different times; None for other pages."""
    text, url = _shown(page), page.url
    path = url.partition("://")[2].partition("/")[2]
    for echo in (url, path, unquote(path)):
        if len(echo) > 3:
            text = text.replace(echo, "")
    text = _BLANKS.sub("", _NUMBERS.sub("", text))
    return hash(text) if MIN_ERROR_TEXT <= len(text) <= MAX_ERROR_TEXT else None


class SessionMemory:
    """Which parameters that may be a session id are one: pages under two of its values are the same page."""

    def __init__(self) -> None:
        self._pages: OrderedDict[str, tuple[str, int]] = OrderedDict()
        self._proofs: dict[tuple[str, str], int] = {}

    def proven(self, found: SessionUrl) -> bool:
        """Whether what was *found* in an address is a session id."""
        return found.sure or self._proofs.get(_script(found), 0) >= SESSION_PROOFS

    def page(self, found: SessionUrl, text: str) -> None:
        """Takes in the visible text of a page whose address has what may be a session id."""
        shown = hash(_NUMBERS.sub("0", text))
        before = self._pages.pop(found.plain, None)
        self._pages[found.plain] = (found.value, shown)
        if len(self._pages) > MAX_SESSIONS:
            self._pages.popitem(last=False)
        if before is None or before[0] == found.value or len(self._proofs) > MAX_SESSIONS:
            return
        # one counter-proof is enough for good: it is a section's or an article's key
        proofs = self._proofs.get(_script(found), 0)
        self._proofs[_script(found)] = -SESSION_PROOFS * MAX_SESSIONS if before[1] != shown else proofs + 1


def _script(found: SessionUrl) -> tuple[str, str]:
    return found.plain.partition("?")[0], found.name


class Repeats:
    """The three memories, as the reading of a page uses them."""

    def __init__(self) -> None:
        self.series = SeriesMemory()
        self._errors = ErrorMemory()
        self._sessions = SessionMemory()
        self._plain: set[int] = set()
        self._forms: dict[str, set[int]] = {}
        self._folders: dict[int, list[str]] = {}

    def wants_missing(self, url: str) -> bool:
        """Whether the page of an answer 404 for *url* should be shown to `missing`."""
        return self._errors.wants(origin(url))

    def missing(self, page: Page) -> None:
        """The page that an origin gave with a 404 or 410."""
        self._errors.learn(page)

    def soft_404(self, claim: Claim, page: Page, kind: Kind) -> bool:
        """Whether a page of status 200 says that there is nothing.

        A seed and a home page are what they are: some portals show their home page for what is missing.
        """
        path = claim.url.partition("://")[2].partition("/")[2]
        if not claim.hops or not path or kind in STAND_INS:
            return False
        if kind is Kind.ERROR or (kind is not Kind.ARTICLE and _ERROR_ADDRESS.search(path)):
            self._errors.learn(page)
            return error_mark(page) is not None
        return self._errors.knows(page)

    def page(self, claim: Claim, page: Page, kind: Kind, found: Iterable[Discovery]) -> bool:
        """Takes in a page and what it leads to; True where its series has come to nothing."""
        session = session_url(claim.url)
        if session is not None and not session.sure:
            self._sessions.page(session, _shown(page))
        if claim.role not in SERIES_ROLES or kind in _SAYS_NOTHING:
            return False
        differ, leads_on = kind is Kind.ARTICLE, self._leads_on(claim, found)
        return self.series.page(claim.url, _shown(page), numbers_differ=differ, leads_on=leads_on)

    def _leads_on(self, claim: Claim, found: Iterable[Discovery]) -> bool:
        """Whether a page led to anything new beyond its series. Where its address holds what may be a session's key, so
        may those of its links, which are new only without it."""
        here = series_of(claim.url.partition("?")[0])
        beyond = [new.url for new in found if new.drop is None and series_of(new.url.partition("?")[0]) != here]
        if without_keys(claim.url) == claim.url:
            return bool(beyond)
        plain = {hash(without_keys(url)) for url in beyond}
        if plain <= self._plain:
            return False
        if len(self._plain) > MAX_PLAIN:
            self._plain.clear()
        self._plain |= plain
        return True

    def goes_round(self, claim: Claim, page: Page, kind: Kind) -> bool:
        """Takes in a page; True where two folders around it have shown the same, numbers aside. A server that gives one
        page for every address below it makes ever more of them out of that page's relative links."""
        folder = _folder(claim.url)
        depth = folder.count("/") - 3
        if kind is Kind.ARTICLE or kind in _SAYS_NOTHING:
            return False
        shown = hash(_NUMBERS.sub("", _shown(page)))
        folders = self._folders.setdefault(shown, [])
        around = sum(folder.startswith(other) and folder != other for other in folders) if depth >= 2 else 0
        if len(folders) < MAX_FOLDERS and folder not in folders:
            folders.append(folder)
        if len(self._folders) > MAX_PATHS:
            self._folders.clear()
        return around >= 2

    def numbered(self, url: str) -> bool:
        """Whether addresses with the URL's path differ in the numbers of their queries, and hardly in anything else."""
        path, name = url.partition("?")[0], hash(series_of(url))
        forms = self._forms.setdefault(path, set())
        if len(forms) < MAX_FORMS:
            forms.add(name)
        if len(self._forms) > MAX_PATHS:
            self._forms.clear()
        return name in forms

    def session(self, url: str) -> SessionUrl | None:
        """The session id in an address, as far as it is known to be one."""
        found = session_url(url)
        return found if found is not None and self._sessions.proven(found) else None


def _folder(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[0] + "/"


def below(url: str, folder_of: str) -> bool:
    """Whether the URL lies in the folder of another, or deeper.

    >>> below("http://h/a/b/c.htm", "http://h/a/x.htm"), below("http://h/a.htm", "http://h/a/")
    (True, False)
    """
    return url.startswith(_folder(folder_of))


def _shown(page: Page) -> str:
    """What a reader sees of a page: its title, then its body."""
    title = page.tree.css_first("title")
    return f"{title.text() if title is not None else ''}\n{page.visible_text}"
