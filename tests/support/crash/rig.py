"""Runs crawl processes by plan, one at a time, and keeps what they committed."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from crawls import PROJECT

from crash.journal import read_journal
from crash.plan import Fault, Kill, Plan
from crash.power import Disk, fail_power

PATIENCE = 20.0


class Zygote:
    """The process that forks the crawls."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "crash.child"],
            env={"PYTHONPATH": f"{PROJECT}:{PROJECT / 'tests/support'}", "PATH": "/usr/bin:/bin"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._running: int | None = None

    def start(self, plan: Plan) -> int:
        """The pid of the process that now does as planned; one that a failed test has left behind ends."""
        assert self._process.stdin is not None
        if self._running is not None:
            self._end()
            self.wait()
        self._process.stdin.write(plan.to_json() + "\n")
        self._process.stdin.flush()
        self._running = int(self._line())
        return self._running

    def wait(self) -> int:
        """Its exit code, negative for a signal."""
        self._running = None
        return int(self._line())

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def _end(self) -> None:
        if self._running is not None:
            with suppress(ProcessLookupError):
                os.kill(self._running, signal.SIGKILL)

    def close(self) -> None:
        self._end()
        self._process.communicate(timeout=PATIENCE)


@contextmanager
def zygote() -> Iterator[Zygote]:
    running = Zygote()
    try:
        yield running
    finally:
        running.close()


@dataclass(slots=True)
class Rig:
    """A job's collection under attack.

    `committed` are the exchanges whose COMMIT returned, those that state.db held after a power cut, and those that
    it held when a process began that committed others.
    """

    zygote: Zygote
    job: Path
    collection: Path
    mutant: str | None = None
    silence: float = 2.0
    committed: set[str] = field(default_factory=set)
    _operations: int = 0
    deaths: int = 0
    _disk: Disk = field(default_factory=Disk)
    _seen: set[str] = field(default_factory=set)
    _noted: int = 0

    @property
    def journal(self) -> Path:
        return self.job.with_suffix(".journal")

    @property
    def log(self) -> Path:
        return self.job.with_suffix(".log")

    @property
    def operations(self) -> int:
        """Operations begun by all processes so far."""
        return self._operations + sum(not entry.done for entry in read_journal(self.journal))

    def run(self, kill: Kill | None = None, *faults: Fault, disk: Path | None = None) -> int:
        """One process to its end; its exit code."""
        self.start(kill, *faults, disk=disk)
        return self.wait()

    def start(self, kill: Kill | None = None, *faults: Fault, disk: Path | None = None) -> int:
        self.log.write_text("")
        self._seen, self._noted = exchanges(self.collection / "state.db"), len(read_journal(self.journal))
        plan = Plan(
            str(self.job),
            str(self.job.parent),
            str(self.journal),
            str(self.log),
            kill,
            list(faults),
            self.mutant,
            None if disk is None else str(disk),
            self.silence,
        )
        return self.zygote.start(plan)

    def wait(self) -> int:
        code = self.zygote.wait()
        if code == -signal.SIGKILL:
            self.deaths += 1
            self._absolve()
        commits = [entry for entry in read_journal(self.journal)[self._noted :] if entry.op == "commit" and entry.done]
        self.committed.update(exchange for entry in commits for exchange in entry.exchanges)
        if commits:
            # a COMMIT that returns makes durable what stood in the log before it
            self.committed |= self._seen
        return code

    def _absolve(self) -> None:
        """Our kills are no page's doing: none comes to stand for three deaths, and so to be kept unread."""
        mark, state = self.collection / "reading.mark", self.collection / "state.db"
        if mark.exists() and look(state, "SELECT 1 FROM urls WHERE deaths > 0"):
            mark.unlink()

    def said(self, words: str) -> None:
        """Returns when the process has logged *words*. Raises TimeoutError."""
        until = time.monotonic() + PATIENCE
        while words not in self.log.read_text("utf-8", "replace"):
            if time.monotonic() > until:
                raise TimeoutError(f"{words!r} was never said: {self.log.read_text('utf-8', 'replace')}")
            time.sleep(0.005)

    def fail_power(self, rng: Random, *, worst: bool = False) -> list[str]:
        self._operations = self.operations
        told = fail_power(self.job.parent, self.journal, self._disk, rng, worst=worst)
        self._disk = Disk.at_rest(self.job.parent)
        self.committed.update(exchanges(self.collection / "state.db"))
        return told

    def finished(self) -> bool:
        """Whether runs were begun and all have ended."""
        ends = look(self.collection / "state.db", "SELECT ended FROM runs")
        return bool(ends) and (None,) not in ends

    def until_finished(self, most: int = 5) -> list[int]:
        """Runs what is left, without a kill; the exit codes."""
        codes = []
        while not self.finished() and len(codes) < most:
            codes.append(self.run())
        return codes


def look(state: Path, question: str) -> list[tuple[object, ...]]:
    """Asks a copy of *state*, so that nothing is recovered in place; nothing where there is no database yet."""
    if not state.exists():
        return []
    copy = state.with_name("look.db")
    wal, copied = (path.with_name(path.name + "-wal") for path in (state, copy))
    shutil.copyfile(state, copy)
    if wal.exists():
        shutil.copyfile(wal, copied)
    db = sqlite3.connect(copy)
    try:
        return db.execute(question).fetchall()
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return []
        raise
    finally:
        db.close()
        for part in copy.parent.glob(copy.name + "*"):
            part.unlink()


def exchanges(state: Path) -> set[str]:
    return {str(row[0]) for row in look(state, "SELECT exchange FROM captures")}


def awaited(condition: Callable[[], bool], patience: float = PATIENCE) -> bool:
    """Whether *condition* came true in time."""
    until = time.monotonic() + patience
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.002)
    return True
