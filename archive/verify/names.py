"""Names inside packages: which may be followed. Pure."""

from __future__ import annotations

import re

_DRIVE = re.compile(r"[A-Za-z]:")


def leads_out(name: str) -> str | None:
    """Why a part's name must not be followed; None for a plain relative one with slashes.

    >>> leads_out("archive/a.warc.gz"), leads_out("archive/../../x")
    (None, "a part '..'")
    """
    if not name or any(ord(c) < 32 for c in name):
        return "empty, or control characters"
    if name.startswith(("/", "~")) or _DRIVE.match(name):
        return "absolute"
    if "\\" in name:
        return "a backslash"
    parts = name.removesuffix("/").split("/")
    return next((f"a part {part!r}" for part in parts if part in ("", ".", "..")), None)
