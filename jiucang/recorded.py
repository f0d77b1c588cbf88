"""What state.db says of the archive, read without touching it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from archive.verify.captures import Captured


class Recorded:
    """One moment of a state.db, whatever is written to it meanwhile. Each call raises sqlite3.Error."""

    def __init__(self, path: Path) -> None:
        wal = path.with_name(path.name + "-wal")
        # without a log of changes nobody has it open, and SQLite need not make files beside it
        mode = "mode=ro" if wal.exists() and wal.stat().st_size else "immutable=1"
        self._db = sqlite3.connect(f"file:{quote(str(path.resolve()))}?{mode}", uri=True, isolation_level=None)
        self._db.execute("BEGIN")
        self.committed: dict[str, int] = dict(self._db.execute("SELECT name, committed FROM files").fetchall())

    def captures(self) -> Iterator[Captured]:
        """By file and offset."""
        columns = {row[1] for row in self._db.execute("PRAGMA table_info(captures)")}
        record = "captures.record" if "record" in columns else "NULL"
        for row in self._db.execute(
            f"SELECT exchange, files.name, offset, length, {record} FROM captures "  # noqa: S608
            "JOIN files ON files.id = captures.file ORDER BY files.name, offset"
        ):
            yield Captured(*row)

    def close(self) -> None:
        self._db.close()
