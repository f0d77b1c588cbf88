"""The sample portal served from a thread, and crawls of it by the real command in processes of their own."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from jiucang.sample.portal import SamplePortal


def jiucang(*arguments: str | Path, timeout: float = 240) -> subprocess.CompletedProcess[str]:
    """The real command."""
    command = [sys.executable, "-m", "jiucang", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)


@dataclass(frozen=True)
class Crawled:
    """A finished crawl of the sample portal, undisturbed."""

    portal: SamplePortal
    collection: Path
    job: Path
    done: subprocess.CompletedProcess[str]
