"""What viewers are called, and where they are."""

from __future__ import annotations

from enum import StrEnum


class Viewer(StrEnum):
    """The values are those of the command's option."""

    REPLAYWEB = "replayweb"
    PYWB = "pywb"


def address_of(host: str, port: int) -> str:
    """
    >>> address_of("127.0.0.1", 8080), address_of("::1", 8080)
    ('http://127.0.0.1:8080/', 'http://[::1]:8080/')
    """
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches *host*, and browsers allow service workers there."""
    return host in ("localhost", "::1") or host.startswith("127.")
