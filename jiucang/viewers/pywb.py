"""pywb over our own index, as a process of its own: no copies, no recording, and no way to the live web.

pywb is under the GPL and wants older libraries than the crawler, so it lives in an environment of its own.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import yaml

from jiucang.viewers.looked_up import LookUp
from jiucang.viewers.names import address_of
from jiucang.viewers.sources import NotReplayable

#: Seconds between looks at whether a crawl has brought more.
REFRESH = 10.0
_START = 60.0
_PEERS = Path(__file__).resolve().parents[2] / ".venv-peers" / "bin"
_NAME = "archive"


def find_program(given: str | None) -> Path:
    """pywb's `wayback`: the one that is named, or installed beside this Python, or for the tests, or on PATH.

    Raises `NotReplayable`.
    """
    beside = [str(folder / "wayback") for folder in (Path(sys.executable).parent, _PEERS)]
    for candidate in [given] if given is not None else [*beside, "wayback"]:
        if found := shutil.which(candidate):
            return Path(found).absolute()
    if given is not None:
        raise NotReplayable(f"{given}: is no program")
    raise NotReplayable(
        "pywb is not installed; in the project's folder: make .venv-peers/.installed\n"
        "or put it into any environment (pip install pywb) and name it: --pywb ENVIRONMENT/bin/wayback"
    )


def serve(
    program: Path,
    looked_up: LookUp,
    refresh: Callable[[], None],
    main_page: str | None,
    host: str,
    port: int,
    ready: Callable[[str], None],
) -> None:
    """Serves until KeyboardInterrupt, calling *refresh* now and then; *ready* gets the address of the archive.

    Raises `NotReplayable` where pywb does not start, or ends.
    """
    folder = looked_up.index.parent
    collection = {"index_paths": str(looked_up.index), "archive_paths": str(looked_up.paths)}
    config = {"collections": {_NAME: collection}, "enable_auto_fetch": False}
    (folder / "config.yaml").write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
    port = _usable(host, port)
    command = [str(program), "--bind", host, "--port", str(port)]
    log = folder / "pywb.log"
    environment = {name: value for name, value in os.environ.items() if not name.upper().endswith("_PROXY")}
    with log.open("wb") as file:
        server = subprocess.Popen(  # noqa: S603 - the program the user has named or installed
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=file, stderr=file, env=environment
        )
    try:
        _await(server, host, port, log)
        ready(f"{address_of(host, port)}{_NAME}/{main_page or ''}")
        while True:
            try:
                server.wait(REFRESH)
            except subprocess.TimeoutExpired:
                refresh()
            else:
                raise NotReplayable(f"pywb has ended:\n{_tail(log)}")
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _usable(host: str, port: int) -> int:
    """The port, or a free one for 0: pywb would take another one without a word. Raises `NotReplayable`."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.create_server((host, port), family=family) as free:
            return int(free.getsockname()[1])
    except OSError as error:
        raise NotReplayable(f"{address_of(host, port)}: {error.strerror or error}") from None


def _await(server: subprocess.Popen[bytes], host: str, port: int, log: Path) -> None:
    deadline = time.monotonic() + _START
    while True:
        if server.poll() is not None:
            raise NotReplayable(f"pywb does not start:\n{_tail(log)}")
        try:
            socket.create_connection((host, port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise NotReplayable(f"pywb does not answer:\n{_tail(log)}") from None
            time.sleep(0.05)


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-12:])
