"""What a test needs of the machine: where it is missing the test is skipped with the reason, and in CI it fails."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest


def needed(path: Path | str | None, what: str) -> None:
    """Skips the test where it is missing; in CI that is a failure."""
    if path is not None and Path(path).exists():
        return
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing")
    pytest.skip(f"{what} is missing")


def cdxj_indexer() -> Path:
    """The program of that name beside this Python."""
    program = Path(sys.executable).with_name("cdxj-indexer")
    needed(program, "cdxj-indexer (make .venv/.dev)")
    return program


def wget() -> str:
    """The command."""
    needed(shutil.which("wget"), "wget (apt-packages.txt)")
    return "wget"
