"""Crawls as processes of their own, and the order to stop that reaches them all."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

COMMAND = (sys.executable, "-m", "jiucang", "crawl", "--json")
_MAX_REPORT = 10_000_000
_MAX_LINE = 2000
#: Seconds that a dead crawl's helpers may keep its last words from us.
_LINGER = 5.0


@dataclass(frozen=True, slots=True)
class Ended:
    """A crawl's end. `exit_code` is negative for a signal; `last_words` are the last lines of its stderr.

    `crawl`, `how` and `counts` are the run's name, how it ended and its counts of URLs, if it gave a report.
    """

    exit_code: int
    crawl: str | None
    how: str | None
    counts: dict[str, int]
    last_words: str


class Crawls:
    """Starts crawls and stops them. `run` may be called from many threads, `stop` from a signal's handler."""

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        self._command = command
        self._starting = threading.RLock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._stopped = threading.Event()

    @property
    def stopped(self) -> bool:
        return self._stopped.is_set()

    def run(self, job_file: Path, say: Callable[[str], None]) -> Ended | None:
        """Crawls and waits for the end; None if there has been an order to stop. Lines of its stderr go to *say*.

        Raises OSError where no process can be started.
        """
        with tempfile.TemporaryFile() as report:
            with self._starting:
                if self.stopped:
                    return None
                # a group of its own: a terminal's Ctrl-C must reach it once, through `stop`, not twice
                process = subprocess.Popen(  # noqa: S603
                    [*self._command, str(job_file)],
                    stdin=subprocess.DEVNULL,
                    stdout=report,
                    stderr=subprocess.PIPE,
                    process_group=0,
                )
                self._running.add(process)
            assert process.stderr is not None
            words: deque[str] = deque(maxlen=5)
            pump = threading.Thread(target=_pump, args=(process.stderr, words, say), daemon=True)
            pump.start()
            process.wait()
            self._running.discard(process)
            pump.join(_LINGER)
            report.seek(0)
            name, how, counts = _report(report.read(_MAX_REPORT))
        return Ended(process.returncode, name, how, counts, "\n".join(words))

    def stop(self) -> None:
        """Passes SIGTERM on to every crawl, and lets no other start. A second call makes them end at once."""
        with self._starting:
            self._stopped.set()
            for process in tuple(self._running):
                process.send_signal(signal.SIGTERM)


def _pump(stream: IO[bytes], words: deque[str], say: Callable[[str], None]) -> None:
    with stream:
        while line := stream.readline(_MAX_LINE):
            text = line.decode("utf-8", "replace").rstrip()
            if text:
                words.append(text)
                say(text)


def _report(raw: bytes) -> tuple[str | None, str | None, dict[str, int]]:
    """A run's name, how it ended, and its counts of URLs, from what `crawl --json` printed."""
    try:
        found = json.loads(raw)
        return str(found["run"]), str(found["how"]), {str(k): int(n) for k, n in found["urls"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None, None, {}
