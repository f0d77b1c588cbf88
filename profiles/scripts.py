"""Addresses in scripts, as far as they stand there as literals. No script is ever run.

Only the simple forms are read: an assignment to `location`, a call of `location.replace` or
`window.open` with one string. A string that is joined to something else is no address.
"""

from __future__ import annotations

import html
import re
from urllib.parse import unquote

MAX_SCRIPT = 20_000
"""Characters of a handler or an inline script that are looked at."""

_STRING = r"(?:\"(?P<double>[^\"\\\r\n]{1,2000})\"|'(?P<single>[^'\\\r\n]{1,2000})')\s{0,9}(?P<more>\+)?"
_LOCATION = r"(?:(?:window|self|top|parent|document|this)\s{0,9}\.\s{0,9}){0,2}location"
_GO = re.compile(
    rf"(?<![\w.$]){_LOCATION}\s{{0,9}}(?:(?:\.\s{{0,9}}href\s{{0,9}})?=(?!=)|\.\s{{0,9}}(?:replace|assign)\s{{0,9}}\()\s{{0,9}}{_STRING}"
)
_OPEN = re.compile(rf"(?<![\w$])(?:window\s{{0,9}}\.\s{{0,9}})?open\s{{0,9}}\(\s{{0,9}}{_STRING}")
_STRING_OR_COMMENT = re.compile(
    r"\"(?:[^\"\\\n]|\\.)*+\"?|'(?:[^'\\\n]|\\.)*+'?|(?P<comment>/\*.*?(?:\*/|\Z)|//[^\n]*)", re.S
)


def redirect_target(script: str) -> str | None:
    """Where an inline script sends the reader, if it does so by a literal.

    >>> redirect_target("window.location.href='main.htm';")
    'main.htm'
    >>> redirect_target("location.replace('a.jsp?id=' + id)") is None
    True
    """
    return _literal(_GO.search(_without_comments(script[:MAX_SCRIPT])))


def sent_on(script: str) -> list[str]:
    """The literal addresses that an inline script opens, at once, later or when it is called; nothing for one that
    asks what its reader's device is.

    >>> sent_on("setTimeout(function () { location.href='b.htm' }, 3000); // location='c.htm'")
    ['b.htm']
    """
    script = script[:MAX_SCRIPT]
    if "location" not in script or "userAgent" in script or not opened(script):
        return []
    return opened(_without_comments(script))


def _without_comments(script: str) -> str:
    return _STRING_OR_COMMENT.sub(lambda found: "" if found["comment"] else found[0], script)


def opened(handler: str) -> list[str]:
    """The literal addresses that an event handler, or a `javascript:` link, opens.

    A `javascript:` link is percent-decoded, as a browser does before it runs one.

    >>> opened("window.open('list.htm', '_blank'); return false")
    ['list.htm']
    >>> opened("javascript:if(confirm(%27no%27))window.location=%27http://a.example/b%27")
    ['http://a.example/b']
    """
    handler = handler[:MAX_SCRIPT]
    if handler[:11].lower() == "javascript:":
        handler = unquote(handler[11:])
    if "location" not in handler and "open" not in handler:
        return []
    found = (_literal(match) for pattern in (_OPEN, _GO) for match in pattern.finditer(handler))
    return [reference for reference in found if reference is not None]


def _literal(match: re.Match[str] | None) -> str | None:
    if match is None or match["more"]:
        return None
    reference = html.unescape(match["double"] or match["single"]).strip()
    return reference or None
