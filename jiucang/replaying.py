"""`jiucang replay`: an archive in a viewer, on this machine."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import webbrowser
from dataclasses import dataclass
from pathlib import Path

from jiucang.codes import BAD_INPUT, DONE
from jiucang.viewers import pywb, replayweb
from jiucang.viewers.looked_up import LookUp
from jiucang.viewers.names import Viewer, is_loopback
from jiucang.viewers.packed import wacz_of
from jiucang.viewers.sources import UNREADABLE, NotReplayable, Source


@dataclass(frozen=True, slots=True)
class Replay:
    """How it is served: port 0 is a free one; `pywb_program` is looked for where it is None."""

    viewer: Viewer
    host: str
    port: int
    browser: bool
    pywb_program: str | None = None


def replay_sources(paths: list[Path], how: Replay) -> int:
    """Serves what *paths* name until Ctrl-C or SIGTERM, which is how a replay ends well; returns the exit code."""
    # a terminal that is closed is Ctrl-C too: nothing may stay behind in the temporary folder
    signal.signal(signal.SIGHUP, signal.default_int_handler)
    try:
        with tempfile.TemporaryDirectory(prefix="jiucang-replay-") as folder:
            _replay(Source.find(paths), how, Path(folder))
    except NotReplayable as error:
        print(f"jiucang: {error}", file=sys.stderr)
        return BAD_INPUT
    except UNREADABLE as error:
        print(f"jiucang: {', '.join(map(str, paths))}: {error}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        pass
    return DONE


def _replay(source: Source, how: Replay, folder: Path) -> None:
    def ready(address: str) -> None:
        print(f"replaying {source.name} in {shown}; Ctrl-C ends it\n  {address}", flush=True)
        if how.browser and _has_screen():
            webbrowser.open(address)

    if how.viewer is Viewer.REPLAYWEB:
        shown = "ReplayWeb.page"
        replayweb.require_files()
        if not is_loopback(how.host):
            print("jiucang: from other machines, browsers load ReplayWeb.page over HTTPS only", file=sys.stderr)
        replayweb.serve(wacz_of(source, folder), source.name, how.host, how.port, ready)
        return
    shown = "pywb"
    program = pywb.find_program(how.pywb_program)
    looked_up = LookUp(source, folder)
    for fault in looked_up.refresh():
        print(f"{fault.where}: {fault.code}: {fault.detail}", file=sys.stderr)

    def refresh() -> None:
        try:
            looked_up.refresh()
        except (NotReplayable, *UNREADABLE) as error:
            # what was shown stays; a crawl may just have renamed a file
            print(f"jiucang: not refreshed: {error}", file=sys.stderr)

    pywb.serve(program, looked_up, refresh, source.main_page(), how.host, how.port, ready)


def _has_screen() -> bool:
    """Without one, the browser that is found would be one for terminals, and take this terminal."""
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))
