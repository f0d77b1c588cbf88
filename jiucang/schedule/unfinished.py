"""What a collection says of its crawls: one under way in some process, one that was interrupted."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archive.collection import Collection
from crawler.recorder import utc_text


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of a collection. `unfinished` is the name of one that the next crawl resumes; `latest` began last."""

    unfinished: str | None
    latest: str | None
    latest_started: str

    def begun_since(self, moment: datetime) -> bool:
        """Whether a run began at *moment* or later, to the second."""
        return self.latest_started >= utc_text(moment)


def runs_of(folder: Path) -> Runs:
    """What state.db says; nothing where it cannot be read, since the crawl itself says why."""
    path = Collection(folder).state
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=30.0)) as db:
            rows = db.execute("SELECT name, started, ended FROM runs ORDER BY id DESC").fetchall()
    except sqlite3.Error:
        rows = []
    unfinished = next((name for name, _, ended in rows if ended is None), None)
    return Runs(unfinished, *(rows[0][:2] if rows else (None, "")))


def crawled_by(folder: Path) -> str | None:
    """Who crawls the collection in *folder* at the moment, in the words of its lock; None where nobody does."""
    try:
        lock = os.open(folder / "crawl.lock", os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return os.pread(lock, 200, 0).decode("utf-8", "replace").strip() or "it is just starting"
    finally:
        os.close(lock)
    return None
