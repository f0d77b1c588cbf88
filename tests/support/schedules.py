"""A folder of jobs, a clock the test puts, and a crawl small enough to be started often."""

from __future__ import annotations

import os
import select
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from jiucang.schedule.attendant import Attendant
from jiucang.schedule.crawls import Crawls
from jiucang.schedule.folder import LEDGER, Entry, read_folder
from jiucang.schedule.ledger import Ledger, Run
from jiucang.schedule.notices import MailServer

PROGRAM = Path(__file__).with_name("small_crawl.py")
MAIL_SERVER = MailServer(sender="jiucang@example.edu.cn")


class Clock:
    """Says what time the test wants it to be; the small crawls read it from *path*."""

    def __init__(self, path: Path, now: str) -> None:
        self._path = path
        self.put(datetime.fromisoformat(now).replace(tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def put(self, now: datetime) -> None:
        self.now = now
        self._path.write_text(f"{now:%Y-%m-%dT%H:%M:%SZ}", encoding="utf-8")

    def advance(self, **how_long: float) -> None:
        self.put(self.now + timedelta(**how_long))


class Jobs:
    """A folder of job files whose crawls are small ones, under the test's clock.

    `crawls` and `attendant` are those of a service; `restart` ends it and begins another one.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = Clock(folder / "now", "2026-03-01T00:00")
        self.ledger = Ledger(folder / LEDGER)
        os.mkfifo(folder / "trace")
        # for writing too, so that it is open before the first crawl and after the last
        self._trace = os.open(folder / "trace", os.O_RDWR)
        self._read = b""
        self.restart()

    def restart(self) -> None:
        self.ledger.abandon(self.clock())
        self.crawls = Crawls((sys.executable, "-S", "-E", str(PROGRAM)))
        self.attendant = Attendant(self.ledger, self.crawls, MAIL_SERVER, self.clock, "while the service was down")

    def write(self, name: str, schedule: str = "{every: 1 d, timezone: UTC}", do: str = "", more: str = "") -> Entry:
        """Writes a job file, and takes note of it as a service does; *do* is what its crawls do."""
        path = self.folder / f"{name}.yaml"
        path.write_text(f"name: {name}\nseeds: [http://127.0.0.1:9/]\nschedule: {schedule}\n{more}", encoding="utf-8")
        (self.folder / f"{name}.do").write_text(do, encoding="utf-8")
        if not (self.folder / f"{name}.go").exists():
            os.mkfifo(self.folder / f"{name}.go")
        entry = read_folder(self.folder).entries[path.name]
        self.ledger.meet(entry.file, entry.timetable.text, self.clock())
        return entry

    def go(self, name: str) -> None:
        """Lets a crawl that waits go on."""
        os.close(os.open(self.folder / f"{name}.go", os.O_WRONLY))

    def notes(self, count: int, patience: float = 120.0) -> list[str]:
        """The next *count* things that crawls have noted, as they come; fewer if nothing comes for so many seconds."""
        while self._read.count(b"\n") < count and select.select([self._trace], [], [], patience)[0]:
            self._read += os.read(self._trace, 65536)
        *lines, rest = self._read.decode().split("\n")
        self._read = "\n".join([*lines[count:], rest]).encode()
        return lines[:count]

    @property
    def runs(self) -> list[Run]:
        """All runs, the first one first."""
        return self.ledger.runs()[::-1]

    def kill(self) -> None:
        """Ends what a failed test has left waiting."""
        for process in tuple(self.crawls._running):
            process.kill()

    def close(self) -> None:
        os.close(self._trace)
