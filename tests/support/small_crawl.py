"""Stands in for `jiucang crawl --json JOB.yaml` where only its outside matters: lock, state.db, exit code, report.

What it does stands in JOB.do, one line for each call: `exit N`; `die` (by kill -9, with the run open); `never` (killed
before a run began); `wait` (until the FIFO JOB.go is opened for writing). It writes what happens to the FIFO `trace`
beside the job file, and takes the time from the file `now` there.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import sqlite3
import sys
from pathlib import Path


def main() -> int:
    job = Path(sys.argv[-1])
    todo = job.with_suffix(".do")
    word, _, rest = (todo.read_text() if todo.exists() else "").partition("\n")
    if rest:
        todo.write_text(rest)
    trace = os.open(job.parent / "trace", os.O_WRONLY)

    def note(what: str) -> None:
        os.write(trace, f"{job.stem} {what}\n".encode())

    if word == "never":
        os.kill(os.getpid(), signal.SIGKILL)
    folder = job.parent / "collections" / job.stem
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / "crawl.lock", os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        note("overlap")
        return 2
    db = sqlite3.connect(folder / "state.db", isolation_level=None)
    db.execute("CREATE TABLE IF NOT EXISTS runs(id INTEGER PRIMARY KEY, name TEXT, started TEXT, ended TEXT, how TEXT)")
    row = db.execute("SELECT id FROM runs WHERE ended IS NULL").fetchone()
    note("resume" if row else "start")
    now = (job.parent / "now").read_text()
    number = row[0] if row else db.execute("INSERT INTO runs(started) VALUES(?)", (now,)).lastrowid
    db.execute("UPDATE runs SET name = ? WHERE id = ?", (f"run-{number}", number))
    if word == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if word == "wait":
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            note("waits")
            job.with_suffix(".go").open().close()
        except KeyboardInterrupt:
            note("stopped")
            return 130
    code = int(word.removeprefix("exit ")) if word.startswith("exit ") else 0
    db.execute("UPDATE runs SET ended = ?, how = 'finished' WHERE id = ?", (now, number))
    note(f"end {code}")
    print(f"the end of {job.stem}", file=sys.stderr)
    print(json.dumps({"run": f"run-{number}", "how": "finished", "urls": {"captured": 1}}))
    return code


if __name__ == "__main__":
    sys.exit(main())
