"""Requests as bytes. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from archive.http1 import Header
from crawler.wire.pool import Origin

_URL = re.compile(r"(https?)://(?:[^/?#@]*@)?(\[[0-9A-Fa-f:.]+\]|[^/?#@:\[\]]+)(?::(\d{1,5}))?([/?][^#]*)?(?:#.*)?")
_PORTS = {"http": 80, "https": 443}


class UnusableUrl(ValueError):
    """A URL that no request line can be made of."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes and what its first two lines say."""

    origin: Origin
    host: bytes
    """The Host field: the port only where the URL names one."""
    path: bytes
    """Path and query."""


def read_target(url: str) -> Target:
    """The parts of a request_url: absolute, http or https, serialised (ASCII, no blanks). Raises `UnusableUrl`.

    >>> read_target("http://[::1]:8080/a?b#c")
    Target(origin=('http', '::1', 8080), host=b'[::1]:8080', path=b'/a?b')
    """
    match = _URL.fullmatch(url)
    if match is None or not url.isascii() or not url.isprintable() or " " in url:
        raise UnusableUrl(f"not a serialised http or https URL: {url[:200]!r}")
    scheme, host, port, path = match.groups()
    number = int(port) if port else _PORTS[scheme]
    if not 0 < number < 65536:
        raise UnusableUrl(f"no such port: {port}")
    path = path or "/"
    return Target(
        origin=(scheme, host.strip("[]").lower(), number),
        host=(f"{host}:{port}" if port else host).encode("ascii"),
        path=(path if path.startswith("/") else "/" + path).encode("ascii"),
    )


def serialise(target: Target, method: str, headers: Iterable[Header], body: bytes = b"") -> bytes:
    r"""A request, Host first, the other fields as given and in their order; Content-Length where there is a body.

    Raises `ValueError` where a field or the method would break the lines.

    >>> serialise(read_target("http://a.example/"), "GET", [(b"User-Agent", b"x")])
    b'GET / HTTP/1.1\r\nHost: a.example\r\nUser-Agent: x\r\n\r\n'
    """
    lines = [b"%b %b HTTP/1.1" % (method.encode("ascii"), target.path), b""]
    host = target.host
    counted = False
    for name, value in headers:
        lowered = name.lower()
        if lowered == b"host":
            host = value
        else:
            counted = counted or lowered == b"content-length"
            lines.append(b"%b: %b" % (name, value))
    lines[1] = b"Host: " + host
    if not counted and (body or method in ("POST", "PUT")):
        lines.append(b"Content-Length: %d" % len(body))
    head = b"\r\n".join(lines)
    breaks = len(lines) - 1
    if head.count(b"\n") != breaks or head.count(b"\r") != breaks or b"\0" in head or not method.isalpha():
        raise ValueError("a request field or the method contains a line break or NUL")
    return head + b"\r\n\r\n" + body
