"""The look-up key of CDXJ files: host reversed, and forgetful of what seldom tells two pages apart.

Rules are those of the Wayback Machine's URL key (WaybackURLKeyMaker), which pywb and cdxj-indexer share; the
peculiarities (a bare `www.` goes even before a single label, escapes are undone until none is left) are kept
because a key that differs from theirs is never found.
"""

from __future__ import annotations

import re
import socket
from contextlib import suppress
from urllib.parse import SplitResultBytes, quote_from_bytes, unquote_to_bytes

_SAFE = "!\"$&'()*+,-./:;<=>?@[\\]^_`{|}~"
_PLAIN_SURT = re.compile(r"http(?:s?)://([a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]+)((?:/(?!\.)[\w.-]+)+|/)", re.ASCII)
_WWW = re.compile(r"www\d*\.", re.ASCII)
_HAS_SCHEME = re.compile(rb"[a-zA-Z][a-zA-Z0-9+.\-]*:")
_REPEATED_SCHEME = re.compile(rb"(https?://)+")
_PARTS = re.compile(rb"(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#.*)?", re.DOTALL)
_NUMERIC_HOST = re.compile(rb"(?:0[0-7]*(?:\.[0-7]+){0,3}|[1-9][0-9]*(?:\.[0-9]+){0,3})")
_PATH_SESSIONS = (
    re.compile(rb"(.*/)\((?:[a-z]\([0-9a-z]{24}\))+\)/([^?]+\.aspx.*)", re.IGNORECASE),
    re.compile(rb"(.*/)\([0-9a-z]{24}\)/([^?]+\.aspx.*)", re.IGNORECASE),
)
_QUERY_SESSIONS = tuple(
    re.compile(rb"(.*)" + pattern + rb"(?:&(.*))?", re.IGNORECASE)
    for pattern in (
        rb"jsessionid=[0-9a-z]{32}",
        rb"phpsessid=[0-9a-z]{32}",
        rb"sid=[0-9a-z]{32}",
        rb"aspsessionid[a-z]{8}=[a-z]{24}",
        rb"cfid=[^&]+&cftoken=[^&]+",
    )
)


def surt(url: str) -> str:
    """CDXJ look-up key of any URI; what the rules cannot read is its own key, as cdxj-indexer has it.

    >>> surt("http://www.Example.edu.cn:80/Info/?b=2&a=1#top")
    'cn,edu,example)/info?a=1&b=2'
    """
    plain = _PLAIN_SURT.fullmatch(url)
    if plain:
        www = _WWW.match(plain[1])
        name = plain[1][www.end() :] if www else plain[1]
        return ",".join(reversed(name.split("."))) + ")" + plain[2].lower()
    if not url:
        return "-"
    if url.startswith("filedesc"):
        return url
    try:
        return _surt(url.encode("utf-8")).decode("ascii")
    except ValueError:
        return url


def _surt(url: bytes) -> bytes:
    url = url.strip().translate(None, b"\n\r\t")
    if not url:
        raise ValueError("nothing but blanks")
    if not _HAS_SCHEME.match(url):
        url = b"http://" + url
    if repeated := _REPEATED_SCHEME.match(url):
        url = repeated[1] + url[repeated.end() :]
    parts = _PARTS.fullmatch(url)
    assert parts is not None, "every group is optional and the rest is free"
    scheme, netloc, path, query = (parts[n] or b"" for n in range(1, 5))
    authority = SplitResultBytes(scheme, netloc.rstrip(b":"), b"", b"", b"")
    port, name = authority.port, authority.hostname or b""
    if not name and path and scheme.startswith(b"http"):
        name, _, rest = path.lstrip(b"/").partition(b"/")
        path = b"/" + rest
    name = _host_name(name, massage=scheme != b"dns")
    path = _unescaped(path)
    path = _surt_path(_escaped(_normal_path(path) if name else path))
    key = _reversed(scheme, name, port) + path
    if query := _surt_query(_escaped(_unescaped(query))):
        key += (b"?" if path else b"/?") + query
    return key


def _host_name(name: bytes, massage: bool) -> bytes:
    name = _unescaped(name)
    if not name.isascii():
        with suppress(ValueError):
            name = name.decode("utf-8", "ignore").encode("idna")
    name = name.replace(b"..", b".").strip(b".")
    name = _dotted_quad(name) or _escaped(name.lower()).lower()
    return re.sub(rb"\Awww\d*\.", b"", name) if massage else name


def _reversed(scheme: bytes, name: bytes, port: int | None) -> bytes:
    if not name:
        return scheme + b":"
    default = {b"http": 80, b"https": 443}.get(scheme.lower())
    suffix = b":%d" % port if port and port != default else b""
    return b",".join(reversed(name.split(b"."))) + suffix + b")"


def _dotted_quad(name: bytes) -> bytes | None:
    """An IPv4 address written as one number, in octal, or with fewer parts, in its usual form."""
    if name.isdigit():
        return ".".join(str(int(name) >> shift & 0xFF) for shift in (24, 16, 8, 0)).encode("ascii")
    if not _NUMERIC_HOST.fullmatch(name):
        return None
    try:
        return socket.inet_ntoa(socket.inet_aton(name.decode("ascii"))).encode("ascii")
    except OSError:
        return None


def _normal_path(path: bytes) -> bytes:
    kept: list[bytes] = []
    for segment in path.split(b"/")[1:]:
        if segment == b"..":
            # a step above the root is left standing
            kept = kept[:-1] if kept else [segment]
        elif segment != b".":
            kept.append(segment)
    return b"/" + b"".join(segment + b"/" for segment in kept[:-1] if segment) + (kept[-1] if kept else b"")


def _surt_path(path: bytes) -> bytes:
    path = path.lower()
    for pattern in _PATH_SESSIONS:
        if match := pattern.fullmatch(path):
            path = match[1] + match[2]
    return path[:-1] if path.endswith(b"/") and len(path) > 1 else path


def _surt_query(query: bytes) -> bytes:
    for pattern in _QUERY_SESSIONS:
        if match := pattern.fullmatch(query):
            query = match[1] + (match[2] or b"")
    arguments = query.lower().split(b"&")
    arguments.sort(key=lambda argument: argument.split(b"=", 1))
    return b"&".join(arguments)


def _unescaped(text: bytes) -> bytes:
    """Percent-decoding until nothing changes."""
    decoded = unquote_to_bytes(text)
    while decoded != text:
        text, decoded = decoded, unquote_to_bytes(decoded)
    return text


def _escaped(text: bytes) -> bytes:
    return quote_from_bytes(text, safe=_SAFE).encode("ascii")
