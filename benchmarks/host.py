"""The site in a process of its own, the machine it runs on, and the folders of the runs."""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "benchmarks" / "out"


@dataclass(frozen=True, slots=True)
class Counts:
    """What the site was asked: page requests, distinct pages, everything else by status and path.

    `span` is the time in seconds from the first page asked for to the last.
    """

    pages: int
    distinct: int
    others: Mapping[str, int]
    span: float


@dataclass(frozen=True, slots=True)
class RunningSite:
    """The site's address, ending in a slash."""

    url: str

    def reset(self) -> None:
        self._get("-/reset")

    def counts(self) -> Counts:
        return Counts(**json.loads(self._get("-/counts")))

    def _get(self, path: str) -> bytes:
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            body: bytes = answer.read()
        return body


def environment() -> dict[str, str]:
    """This process's environment, the project importable, no Scrapy project of the user's."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "SCRAPY_SETTINGS_MODULE": "", "PYTHONWARNINGS": "ignore"}


@contextmanager
def serving(pages: int, latency_ms: float = 0.0, big_bytes: int = 1 << 30) -> Iterator[RunningSite]:
    """A site that is listening; it ends with the block."""
    options = ["--pages", str(pages), "--latency", str(latency_ms), "--big", str(big_bytes)]
    command = [sys.executable, "-m", "benchmarks.site", *options]
    with subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            if not url:
                raise RuntimeError("the site did not start; its message stands above")
            yield RunningSite(url)
        finally:
            process.terminate()


@contextmanager
def scratch(keep: bool = False) -> Iterator[Path]:
    """A folder on the project's disk, not in a temporary file system where fsync costs nothing.

    What earlier runs wrote is on the disk before the block begins, so no contestant pays for another.
    """
    runs = OUT / "runs"
    runs.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=runs))
    os.sync()
    try:
        yield folder
    finally:
        if not keep:
            shutil.rmtree(folder)


def describe() -> dict[str, object]:
    """The machine and the versions, for the record beside the figures."""
    packages = ("scrapy", "twisted", "selectolax", "uvloop", "isal", "lxml")
    return {
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "packages": {name: metadata.version(name) for name in packages},
        "wget": _first_line(["wget", "--version"]),
        "commit": _first_line(["git", "-C", str(ROOT), "rev-parse", "HEAD"]),
        "load_average": os.getloadavg()[0],
        "fsync_ms": _fsync_ms(),
    }


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def _first_line(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.partition("\n")[0]
    except (OSError, subprocess.CalledProcessError):
        return "none"


def _fsync_ms(times: int = 30) -> float:
    """The median of an appended block's fsync, in milliseconds, on the disk the runs use."""
    spans = []
    with scratch() as folder, (folder / "probe").open("wb", buffering=0) as file:
        for _ in range(times):
            file.write(bytes(4096))
            started = time.monotonic()
            os.fsync(file.fileno())
            spans.append((time.monotonic() - started) * 1000)
    return round(statistics.median(spans), 3)
