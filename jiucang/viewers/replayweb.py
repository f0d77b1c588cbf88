"""ReplayWeb.page, served with one WACZ on an origin of its own.

Its files are under the AGPL: they are installed by `make viewers`, served as they are, and no part of this program.
A browser is told by Content-Security-Policy, for the viewer's worker too, to ask this server and no other.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from twisted.internet import reactor
from twisted.internet.error import CannotListenError
from twisted.web import server, static
from twisted.web.resource import Resource

from jiucang.viewers.names import address_of
from jiucang.viewers.sources import NotReplayable

FILES = Path(__file__).resolve().parents[2] / ".viewers" / "replaywebpage"
"""Where `make viewers` puts them."""

# Twisted's own types say too little
_REACTOR: Any = reactor
_SITE: Any = server.Site
_DATA: Any = static.Data
_FILE: Any = static.File

_POLICY = b"default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; form-action 'self'; base-uri 'self'"
_SUFFIX = re.compile(rb"bytes=-(\d{1,18})")
# The viewer's worker answers for its frame, so the frame may not be there before the worker runs.
_PAGE = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<title>{title} · ReplayWeb.page</title>
<script src="/ui.js"></script>
<style>html, body, replay-web-page {{ display: block; height: 100%; margin: 0 }}</style>
</head>
<body>
<template>
<replay-web-page source="{source}" replayBase="/replay/" embed="default" deepLink></replay-web-page>
</template>
<p hidden>ReplayWeb.page needs a service worker. Browsers allow one on this machine's own addresses and over HTTPS,
and not in every private window.</p>
<script>
const show = () => document.body.replaceChildren(document.querySelector("template").content);
const refuse = () => {{ document.querySelector("p").hidden = false; }};
if (navigator.serviceWorker) {{
  navigator.serviceWorker.register("/replay/sw.js?serveIndex=1", {{ scope: "/replay/" }}).then((found) => {{
    const worker = found.active || found.waiting || found.installing;
    const look = () => {{ if (worker.state === "activated") show(); }};
    worker.addEventListener("statechange", look);
    look();
  }}, refuse);
}} else refuse();
</script>
</body>
</html>
"""


def require_files() -> None:
    """Raises `NotReplayable` where ReplayWeb.page is not installed."""
    if not all((FILES / name).is_file() for name in ("ui.js", "sw.js")):
        raise NotReplayable("ReplayWeb.page is not installed; in the project's folder: make viewers (it needs npm)")


def serve(wacz: Path, title: str, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serves until SIGINT or SIGTERM; *port* 0 means a free one. *ready* gets the address of the viewer.

    Raises `NotReplayable` where the address cannot be had.
    """
    try:
        listening = _REACTOR.listenTCP(port, _SITE(_Place(_parts(wacz, title))), interface=host)
    except CannotListenError as error:
        raise NotReplayable(f"{address_of(host, port)}: {error.socketError}") from None
    _REACTOR.callWhenRunning(ready, address_of(host, listening.getHost().port))
    _REACTOR.run()


def _parts(wacz: Path, title: str) -> dict[bytes, Any]:
    """What there is, by path."""
    # the viewer remembers an index by its package's address, in the browser and beyond this run
    status = wacz.stat()
    token = hashlib.sha256(f"{wacz} {status.st_size} {status.st_mtime_ns}".encode()).hexdigest()[:16]
    place = f"/package/{token}/{quote(wacz.name)}"
    page = _PAGE.format(title=html.escape(title), source=html.escape(place))
    return {
        b"/": _DATA(page.encode(), "text/html; charset=utf-8"),
        b"/ui.js": _FILE(str(FILES / "ui.js")),
        b"/replay/ui.js": _FILE(str(FILES / "ui.js")),
        b"/replay/sw.js": _FILE(str(FILES / "sw.js")),
        place.encode(): _FILE(str(wacz), defaultType="application/wacz+zip"),
    }


class _Place(Resource):
    """Everything that is served."""

    isLeaf = True  # noqa: N815

    def __init__(self, parts: dict[bytes, Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._parts = parts

    def render_GET(self, request: Any) -> bytes | int:  # noqa: N802
        part = self._parts.get(request.path)
        request.setHeader(b"content-security-policy", _POLICY)
        request.setHeader(b"cache-control", b"no-cache")
        if part is None:
            request.setResponseCode(404)
            return b"not here\n"
        _widen(request, part)
        found: bytes | int = part.render_GET(request)
        return found

    render_HEAD = render_GET  # noqa: N815


def _widen(request: Any, part: Any) -> None:
    """The last so many bytes are all, of a file that has fewer (RFC 9110 §14.1.2): Twisted would answer 500."""
    wanted = _SUFFIX.fullmatch(request.getHeader(b"range") or b"")
    if wanted is not None and isinstance(part, static.File) and int(wanted[1]) > part.getsize():
        request.requestHeaders.setRawHeaders(b"range", [b"bytes=0-"])
