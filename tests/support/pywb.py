"""pywb, in an environment of its own, over WARC files."""

from __future__ import annotations

import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from crawls import PROJECT, plain


def programs() -> Path:
    """Folder of pywb's programs; skips the test where they are not installed."""
    folder = PROJECT / ".venv-peers" / "bin"
    if not (folder / "wayback").exists():
        pytest.skip("pywb is not installed: make .venv-peers/.installed")
    return folder


@contextmanager
def replaying(warcs: Sequence[str | Path], folder: Path) -> Iterator[str]:
    """Serves the files on loopback from *folder*: the address of the collection, with a slash at its end."""
    programs_folder = programs()
    for words in (["init", "peers"], ["add", "peers", *map(str, warcs)]):
        subprocess.run(
            [programs_folder / "wb-manager", *words], cwd=folder, check=True, capture_output=True, timeout=120
        )
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [programs_folder / "wayback", "--bind", "127.0.0.1", "--port", str(port)]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env={**os.environ, "NO_PROXY": "*"})
        try:
            deadline = time.monotonic() + 60
            while not _listens(port):
                assert server.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < deadline, "pywb does not answer"
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}/peers/"
        finally:
            server.terminate()
            server.wait(timeout=20)


def replayed(address: str) -> bytes:
    """The body that pywb gives, content coding undone. Raises urllib.error.HTTPError."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(address, timeout=30) as answer:
        return plain(answer.read())


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
