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

from crawls import PROJECT, plain
from needed import needed


def programs() -> Path:
    """Folder of pywb's programs."""
    folder = PROJECT / ".venv-peers" / "bin"
    needed(folder / "wayback", "pywb (make .venv-peers/.installed)")
    return folder


@contextmanager
def replaying(warcs: Sequence[str | Path], folder: Path) -> Iterator[str]:
    """Serves the files on loopback from *folder*: the address of the collection, with a slash at its end."""
    programs_folder = programs()
    for words in (["init", "peers"], ["add", "peers", *map(str, warcs)]):
        subprocess.run(
            [programs_folder / "wb-manager", *words], cwd=folder, check=True, capture_output=True, timeout=120
        )
    with _served(programs_folder, folder) as address:
        yield f"{address}peers/"


def recorded(home: str, asked: Sequence[tuple[str, bytes | None]], folder: Path) -> list[Path]:
    """The files that pywb's recorder writes when it is asked for names below *home*, with posted bodies."""
    programs_folder = programs()
    subprocess.run(
        [programs_folder / "wb-manager", "init", "c"], cwd=folder, check=True, capture_output=True, timeout=60
    )
    (folder / "config.yaml").write_text("recorder: live\n", encoding="utf-8")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with _served(programs_folder, folder, "--live", "--record") as address:
        for name, body in asked:
            opener.open(f"{address}c/record/id_/{home}{name}", body, timeout=30).read()
        deadline = time.monotonic() + 60
        while not (files := list(folder.glob("collections/c/archive/*.warc.gz"))):
            assert time.monotonic() < deadline, "pywb wrote nothing"
            time.sleep(0.1)
    return files


@contextmanager
def _served(programs_folder: Path, folder: Path, *options: str) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [programs_folder / "wayback", "--bind", "127.0.0.1", "--port", str(port), *options]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env={**os.environ, "NO_PROXY": "*"})
        try:
            deadline = time.monotonic() + 60
            while not _listens(port):
                assert server.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < deadline, "pywb does not answer"
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}/"
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
