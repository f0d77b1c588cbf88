"""The metadata record of an attempt, read again. Pure, and suspicious: what it holds may come from anywhere.

`records` writes it; docs/warc.md says what the fields mean. A line that could not have been written is
passed over; a record without what makes it an attempt's is none.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from crawler.frontier import PRIORITIES
from profiles.links import Drop, Hop, Outlink
from profiles.outlinks import Pager

OUTCOMES = frozenset({"captured", "failed", "dropped", "retry"})
#: Attempts of one address, articles of a list: larger figures are no figures.
MAX_NUMBER = 10**9

_NAME = re.compile(r"[\w.-]{1,64}", re.ASCII)
_HOPS = re.compile(r"[LERXP]{0,10000}")
_URL = re.compile(r"https?://[!-.0-~][!-~]{0,32767}")
_METHOD = re.compile(r"[A-Z]{1,20}")
_LETTERS = frozenset(Hop)
# menus and neighbours come back on every page
_MAX_REMEMBERED = 16_384


@dataclass(frozen=True, slots=True)
class Told:
    """What the record of an attempt says. `drops` are those that have an address, so that they are in the frontier."""

    exchange: str
    run: str
    attempt: int
    role: str
    outcome: str
    via: str | None = None
    hops: str = ""
    reason: str | None = None
    kind: str | None = None
    profile: str | None = None
    note: str | None = None
    pager: Pager | None = None
    outlinks: tuple[Outlink, ...] = ()
    drops: tuple[Drop, ...] = ()


@dataclass(slots=True)
class _Lines:
    first: dict[str, str] = field(default_factory=dict)
    outlinks: list[Outlink] = field(default_factory=list)
    drops: list[Drop] = field(default_factory=list)


def read_metadata(block: bytes) -> Told | None:
    r"""The attempt that a block of type application/warc-fields is about; None where it is about none.

    >>> told = read_metadata(b"exchange: 0f\r\nrun: 20141103\r\nattempt: 1\r\nrole: page\r\noutcome: captured\r\n")
    >>> told.run, told.outlinks
    ('20141103', ())
    >>> read_metadata(b"via: http://a.example/\r\n") is None
    True
    """
    lines = _lines(block)
    get = lines.first.get
    attempt = _number(get("attempt"))
    if attempt is None or attempt < 1 or get("outcome") not in OUTCOMES or get("role") not in PRIORITIES:
        return None
    exchange, run = get("exchange", ""), get("run", "")
    hops = read_hops(get("hopsFromSeed", ""))
    if not _NAME.fullmatch(exchange) or not _NAME.fullmatch(run) or hops is None:
        return None
    return Told(
        exchange=exchange,
        run=run,
        attempt=attempt,
        role=get("role", ""),
        outcome=get("outcome", ""),
        via=read_url(get("via", "")),
        hops=hops,
        reason=get("reason"),
        kind=get("kind"),
        profile=get("profile"),
        note=get("note"),
        pager=_pager(get),
        outlinks=tuple(lines.outlinks),
        drops=tuple(lines.drops),
    )


def read_url(text: str) -> str | None:
    """*text* where it has the form of a request_url."""
    return text if _URL.fullmatch(text) else None


def read_hops(text: str) -> str | None:
    """*text* where it is a path from a seed in Heritrix's letters."""
    return text if _HOPS.fullmatch(text) else None


@lru_cache(maxsize=_MAX_REMEMBERED)
def read_outlink(line: str) -> Outlink | None:
    """What `link_line` wrote.

    >>> read_outlink("http://a.example/b.htm L article").role
    'article'
    >>> read_outlink("http://a.example/b.htm L emperor") is None
    True
    """
    words = line.split(" ")
    if len(words) not in (3, 5):
        return None
    url, hop, role = words[:3]
    if hop not in _LETTERS or role not in PRIORITIES or read_url(url) is None:
        return None
    if len(words) == 3:
        return Outlink(url, hop, role)
    method, body = words[3], _body(words[4])
    return Outlink(url, hop, role, "", method, body) if body is not None and _METHOD.fullmatch(method) else None


def read_drop(line: str) -> Drop | None:
    """A link that was left out although it has an address: `URL HOP ROLE [METHOD BODY] REASON`; None for others.

    >>> read_drop("http://a.example/rili.jsp?y=2999 L page trap:calendar").reason
    'trap:calendar'
    >>> read_drop("javascript:void(0) scheme:javascript") is None
    True
    """
    link, _, reason = line.rpartition(" ")
    outlink = read_outlink(link) if ":" in reason else None
    return Drop(outlink.url, reason, outlink) if outlink is not None else None


def _lines(block: bytes) -> _Lines:
    found = _Lines()
    for line in block.decode("utf-8", "replace").split("\r\n"):
        name, _, value = line.partition(": ")
        if name == "outlink":
            if (outlink := read_outlink(value)) is not None:
                found.outlinks.append(outlink)
        elif name == "drop":
            if (drop := read_drop(value)) is not None:
                found.drops.append(drop)
        elif value:
            found.first.setdefault(name, value)
    return found


def _pager(get: Callable[[str], str | None]) -> Pager | None:
    items, pages, page = (_number(get(name)) for name in ("pagerItems", "pagerPages", "pagerPage"))
    return Pager(items, pages, page) if (items, pages, page) != (None, None, None) else None


def _number(text: str | None) -> int | None:
    if text is None or not text.isascii() or not text.isdigit() or len(text) > len(str(MAX_NUMBER)):
        return None
    return int(text) if int(text) <= MAX_NUMBER else None


def _body(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return None
