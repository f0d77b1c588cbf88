"""Traps: addresses without end that lead to nothing new. Pure; docs/traps.md says what each reason means.

A trap stops what would be followed, never what was captured, and a job's `traps.allow` opens each. Where
a page of its own might stand behind an address the rule stays silent: a trap costs requests, a wrong
guess costs the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

LONG_URL = "trap:long-url"
REPEATED_PATH = "trap:repeated-path"
DEEP_PATH = "trap:deep-path"
CALENDAR = "trap:calendar"
SESSION_ID = "trap:session-id"
QUERY_SERIES = "trap:query-series"
SOFT_404 = "trap:soft-404"
NEAR_IDENTICAL = "trap:near-identical"

MAX_URL = 4096
#: Parts of a path; as many as Heritrix's TooManyPathSegmentsDecideRule lets through.
MAX_PARTS = 20
#: Nothing of a portal is about days so long ago, and nothing announced so many months ahead.
FIRST_YEAR = 1900
MONTHS_AHEAD = 13
#: Roles of links that may be one of an endless series: what is known to be an article or a file is not.
SERIES_ROLES = frozenset({"page", "list"})
_DATED_ROLES = SERIES_ROLES | {"column", "redirect", "frame"}

_REPEATED = re.compile(r"/([^/]+(?:/[^/]+){0,2})(?:/\1){2,}(?=/|$)")
# 2011/11/11/11.htm is a day and a number
_NUMBERS_REPEATED = re.compile(r"/(\d+)(?:/\1){4,}(?=/|$)")
# 1019/05 or 1591-1 may be a column and an article, or an article's second page: a path has to say more than a month
_PATH_DATE = re.compile(r"[/_-](\d{4})([/-])(0?[1-9]|1[0-2])(?:\2([0-2]\d|3[01]))?(?!\d)")
_CALENDAR_WORD = re.compile(r"calendar|rili|riqi|month|event", re.I)
# in a query, a value that is a year, a month or a day counts where its name says so
_DATE_VALUE = re.compile(r"(\d{4})(?:(?:[-/.]|%2F)?(0?[1-9]|1[0-2])(?:(?:[-/.]|%2F)?(?:[0-2]?\d|3[01]))?)?", re.I)
_DATE_NAME = re.compile(r"date|day|month|year|calendar|rili|riqi|^(?:y|ym|yymm|yyyymm|rq|ny|nian)$", re.I)
_MONTH = re.compile(r"[?&](?:m|mon|month|yue)=(0?[1-9]|1[0-2])(?=[&#]|$)", re.I)

_VALUE = r"[0-9A-Za-z!_.~-]"
_PATH_SESSION = re.compile(
    rf";(?:jsessionid|phpsessid|sessionid|sid)={_VALUE}{{8,}}|/\((?:[A-Z]\({_VALUE}{{12,}}\))+\)(?=/)", re.I
)
_QUERY_SESSION = re.compile(
    rf"(?<=[?&])(?:(?:jsessionid|phpsessid|aspsessionid[a-z]{{8}}|asp\.net_sessionid)={_VALUE}{{8,}}"
    rf"|(?:sessionid|session_id|sessid|oscsid|zenid)={_VALUE}{{16,}}|cftoken={_VALUE}{{6,}})(?:&|$)",
    re.I,
)
# in lower case; one of these stands in every address that any of the patterns would find
_SESSION_WORDS = ("sess", "sid=", "cftoken", "token=", "ticket=", "?s=", "&s=", "zenid", "/(")
_CFID = re.compile(r"(?<=[?&])cfid=\d+(?:&|$)", re.I)
_MAY_BE_SESSION = re.compile(rf"(?<=[?&])(s|sid|ssid|session|token|ticket)=({_VALUE}{{16,}})(?:&|$)", re.I)

# the digits of a percent-escape are part of a character
_KEY = re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f]{16,}(?![0-9A-Za-z])")
_VARYING = re.compile(r"(?<!%)(?<!%[0-9A-F])(?:[0-9A-Fa-f]{16,}|\d+)")


class TrapRules:
    """What an address alone tells. *today* is where calendars run away from."""

    def __init__(self, allow: Iterable[str], today: date) -> None:
        self._allow = [re.compile(pattern) for pattern in allow]
        months = today.year * 12 + today.month - 1 + MONTHS_AHEAD
        self._last = (months // 12, months % 12 + 1)

    def allowed(self, url: str) -> bool:
        """Whether the job lets this URL through whatever trap it looks like."""
        return any(pattern.search(url) for pattern in self._allow)

    def reason(self, url: str, role: str) -> str | None:
        """The trap that the URL of a link of *role* looks like; None where it looks like none, or is allowed."""
        reason = None
        if len(url) > MAX_URL:
            reason = LONG_URL
        elif (running := _running(url)) is not None:
            reason = running
        elif role in _DATED_ROLES and self._runs_away(url):
            reason = CALENDAR
        return None if reason is None or self.allowed(url) else reason

    def _runs_away(self, url: str) -> bool:
        path, question, query = url.partition("?")
        for found in _PATH_DATE.finditer(path):
            year = int(found[1])
            told = (found[4] and year >= FIRST_YEAR) or _CALENDAR_WORD.search(path)
            if self._far(year, int(found[3])) and told:
                return True
        return any(self._runs_away_by(pair, url) for pair in query.split("&")) if question else False

    def _runs_away_by(self, pair: str, url: str) -> bool:
        name, _, value = pair.partition("=")
        year = value[:4]
        if len(year) < 4 or not year.isdigit() or FIRST_YEAR <= int(year) < self._last[0]:
            return False
        found = _DATE_VALUE.fullmatch(value) if _DATE_NAME.search(name) else None
        if found is None:
            return False
        month = found[2] or (beside[1] if (beside := _MONTH.search(url)) else None)
        # a bare y may be anything: a co-ordinate, a choice
        return (month is not None or len(name) > 1) and self._far(int(year), int(month) if month else None)

    def _far(self, year: int, month: int | None) -> bool:
        if month is None:
            return year > self._last[0]
        return year < FIRST_YEAR or (year, month) > self._last


def _running(url: str) -> str | None:
    """The trap of a path that goes round, or ever deeper; most addresses are too short for either."""
    parts = url.partition("?")[0].split("/")[3:]
    if len(parts) > MAX_PARTS:
        return DEEP_PATH
    if len(parts) - len(set(parts)) < 2:
        return None
    path = "/" + "/".join(parts)
    for found in _REPEATED.finditer(path):
        if not found[1].isdigit() or _NUMBERS_REPEATED.search(path):
            return REPEATED_PATH
    return None


class SessionUrl(NamedTuple):
    """An address that carries what looks like a session id. `plain` is it without; `sure`: by its name alone."""

    plain: str
    name: str
    value: str
    sure: bool


def session_url(url: str) -> SessionUrl | None:
    """The session id in a request_url, None where there is none.

    Names that only sessions have are believed. Short ones (`sid`) are as often a section's number: with a
    long value they may be a session, and what the pages behind them show decides.

    >>> session_url("http://h/a.jsp;jsessionid=0F3A55D1?id=3")
    SessionUrl(plain='http://h/a.jsp?id=3', name='jsessionid', value='0F3A55D1', sure=True)
    >>> session_url("http://h/a.php?id=3&PHPSESSID=0f3a55d10f3a55d1").plain
    'http://h/a.php?id=3'
    >>> session_url("http://h/list.jsp?sid=12") is None
    True
    """
    if "?" not in url and ";" not in url and "(" not in url:
        return None
    lower = url.lower()
    for word in _SESSION_WORDS:
        if word in lower:
            break
    else:
        return None
    found = _PATH_SESSION.search(url) or _QUERY_SESSION.search(url)
    if found is not None:
        name, _, value = found[0].strip(";&/").partition("=")
        plain = _PATH_SESSION.sub("", url)
        plain = _QUERY_SESSION.sub("", plain)
        if name.lower() == "cftoken":
            plain = _CFID.sub("", plain)
        return SessionUrl(plain.rstrip("?&"), name.lower(), value, True)
    found = _MAY_BE_SESSION.search(url)
    if found is None or found[2].isalpha():
        return None
    return SessionUrl((url[: found.start()] + url[found.end() :]).rstrip("?&"), found[1].lower(), found[2], False)


def without_keys(url: str) -> str:
    """The address without what may be the key of a session: long runs of hexadecimal digits.

    >>> without_keys("http://h/0f3a55d10f3a55d1/12/a.htm")
    'http://h/0/12/a.htm'
    """
    return _KEY.sub("0", url)


def series_of(url: str) -> str:
    """What addresses have in common that differ in numbers only.

    >>> series_of("http://h/rili/2014/11.htm?day=3&a=b")
    'http://h/rili/0/0.htm?day=0&a=b'
    >>> series_of("http://h/t?q=%E4%BD%A0") == series_of("http://h/t?q=%E5%BD%A0")
    False
    """
    return _VARYING.sub("0", url)
