"""One process from start to end: its wall time, its CPU time, its peak memory.

Times are in seconds, memory in bytes. CPU is user and system time of the process and of all that descend
from it, threads included: those that it did not wait for are adopted (prctl, on Linux) and waited for here.
The peak is the kernel's `ru_maxrss` of the largest of these processes,
which cannot fall below what this process itself holds, because the kernel counts the moment between
fork and exec: hence nothing heavy is imported here.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True, slots=True)
class Usage:
    """What one process used; `exit_code` is negative where a signal ended it."""

    wall: float
    cpu: float
    peak_bytes: int
    exit_code: int


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str], patience: float) -> Usage:
    """Runs it in `folder`, its output in `output.log` there; after `patience` seconds it is killed."""
    _adopt_orphans()
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
            wall = time.monotonic() - started
            left = list(_left_behind(process.pid))
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        finally:
            watchdog.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    cpu = sum(one.ru_utime + one.ru_stime for one in (used, *left))
    return Usage(wall, cpu, max(one.ru_maxrss for one in (used, *left)) * 1024, process.returncode)


def _adopt_orphans() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _left_behind(group: int) -> Iterator[resource.struct_rusage]:
    """What each process of the group used that its leader did not wait for, once it has ended."""
    while True:
        try:
            yield os.wait4(-group, 0)[2]
        except ChildProcessError:
            return
