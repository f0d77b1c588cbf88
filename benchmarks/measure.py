"""One process from start to end: its wall time, its CPU time, its peak memory.

Times are in seconds, memory in bytes. CPU is user and system time of the process and of the children it
waited for, threads included. The peak is the kernel's `ru_maxrss` of the process (or its largest child),
which cannot fall below what this process itself holds, because the kernel counts the moment between
fork and exec: hence nothing heavy is imported here.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Usage:
    """What one process used; `exit_code` is negative where a signal ended it."""

    wall: float
    cpu: float
    peak_bytes: int
    exit_code: int


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str], patience: float) -> Usage:
    """Runs it in `folder`, its output in `output.log` there; after `patience` seconds it is killed."""
    with (folder / "output.log").open("wb") as log:
        started = time.monotonic()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        watchdog = threading.Timer(patience, os.killpg, (process.pid, signal.SIGKILL))
        watchdog.start()
        try:
            _, status, used = os.wait4(process.pid, 0)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        finally:
            watchdog.cancel()
        wall = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    return Usage(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024, process.returncode)
