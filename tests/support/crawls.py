"""The sample portal served from a thread, and crawls of it by the real command in processes of their own."""

from __future__ import annotations

import gzip
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from archive.http1 import parse_response
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

    def sent(self, url: str) -> bytes:
        """The body that the portal sent for *url*, by its ledger, without codings."""
        for entry in self.portal.ledger.entries:
            if self.portal.origins.of(entry.site) + entry.target.decode("latin-1") == url:
                return plain(parse_response(entry.sent).payload)
        raise AssertionError(f"{url} was never asked for")


def plain(body: bytes) -> bytes:
    return gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
