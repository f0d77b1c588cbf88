"""`jiucang replay` as a process, and Debian's Chromium looking at what it serves and at nothing else."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from crawls import PROJECT
from needed import needed
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, expect, sync_playwright

WAYBACK = PROJECT / ".venv-peers" / "bin" / "wayback"
REPLAYWEB = PROJECT / ".viewers" / "replaywebpage" / "ui.js"
# what Chromium would ask of its maker; the sandbox is not to be had for root
QUIET = (
    "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync "
    "--no-first-run --disable-default-apps --disable-domain-reliability --no-pings "
    "--disable-features=AutofillServerCommunication,Translate,MediaRouter,OptimizationHints,AcceptCHFrame"
).split()


@contextmanager
def chromium() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    needed(program, "Chromium (apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=QUIET)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def replay_of(*words: str | Path) -> Iterator[str]:
    """The real command until it is told to stop; the address that it prints."""
    command = [sys.executable, "-m", "jiucang", "replay", *map(str, words), "--no-browser"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=PROJECT)
    assert process.stdout is not None and process.stderr is not None
    try:
        said = [process.stdout.readline(), process.stdout.readline()]
        assert said[1].strip().startswith("http://127.0.0.1:"), process.stderr.read()
        yield said[1].strip()
    finally:
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors
    assert "Traceback" not in errors


@dataclass
class Trap:
    """A proxy that notes what it is asked for, and answers nothing."""

    port: int = 0
    asked: list[str] = field(default_factory=list)


@contextmanager
def trap() -> Iterator[Trap]:
    found = Trap()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        found.port = listening.getsockname()[1]

        def answer() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    connection.settimeout(5)
                    found.asked.append(connection.recv(2000).partition(b"\r\n")[0].decode("latin-1"))

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield found
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(10)


@dataclass
class Visit:
    """A browser window of its own; `place` is the inner frame, where the archived page is."""

    viewer: str
    address: str
    page: Page

    @property
    def place(self) -> FrameLocator:
        if self.viewer == "pywb":
            return self.page.frame_locator("#replay_iframe")
        return self.page.frame_locator("replay-web-page iframe").frame_locator("iframe[name='___wb_replay_top_frame']")

    def open(self, url: str) -> FrameLocator:
        """Goes to an archived page by the viewer's own address for it."""
        if self.viewer == "pywb":
            self.page.goto(f"{self.address}{url}")
        else:
            self.page.goto("about:blank")
            self.page.goto(f"{self.address}#view=replay&url={quote(url, safe='')}")
        return self.place

    def title(self, expected: str) -> None:
        """Waits for the archived page of that title."""
        expect(self.place.locator("title").first).to_have_text(expected, timeout=20000)

    def run(self, code: str) -> Any:
        """JavaScript in the archived page, given its root element."""
        return self.place.locator("html").evaluate(code)


@contextmanager
def visit(browser: Browser, viewer: str, address: str) -> Iterator[Visit]:
    """Everything that is not the viewer's own origin goes to a trap, the live portal on loopback too."""
    own = urlsplit(address).netloc
    with trap() as caught:
        proxy: Any = {"server": f"http://127.0.0.1:{caught.port}", "bypass": f"<-loopback>,{own}"}
        context: BrowserContext = browser.new_context(proxy=proxy, locale="zh-CN", accept_downloads=True)
        asked: list[str] = []
        context.on("request", lambda request: asked.append(request.url))
        try:
            yield Visit(viewer, address, context.new_page())
        finally:
            context.close()
    abroad = [url for url in asked if urlsplit(url).scheme in ("http", "https", "ws") and urlsplit(url).netloc != own]
    assert asked
    assert not abroad, abroad
    assert not caught.asked, caught.asked
