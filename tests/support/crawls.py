"""The sample portal served from a thread, and crawls of it by the real command in processes of their own."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from jiucang.sample.portal import SamplePortal

PROJECT = Path(__file__).resolve().parents[2]


def jiucang(*arguments: str | Path, timeout: float = 240) -> subprocess.CompletedProcess[str]:
    """The real command."""
    command = [sys.executable, "-m", "jiucang", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)


def scrapy_crawl(job: str | Path, timeout: float = 2.0) -> subprocess.CompletedProcess[str]:
    """The crawl as Scrapy's own command runs it; *timeout* is how long an answer may be silent."""
    command = [
        sys.executable,
        "-m",
        "scrapy",
        "crawl",
        "portal",
        "-a",
        f"job={job}",
        "-s",
        f"DOWNLOAD_TIMEOUT={timeout}",
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, cwd=PROJECT)


@dataclass(frozen=True)
class Crawled:
    """A finished crawl of the sample portal, undisturbed."""

    portal: SamplePortal
    collection: Path
    job: Path
    done: subprocess.CompletedProcess[str]
