"""state.db: what a collection knows about its crawl, in SQLite.

A convenience, not a record: everything here can be restored from the WARC files. One connection,
used by one thread (the writer's). WAL with synchronous=FULL: a transaction that returned is on disk.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCHEMA_VERSION = 2

#: A URL's state. QUEUED, WAITING (for a retry's time) and CLAIMED are open; the others are final for a run.
QUEUED, WAITING, CLAIMED, CAPTURED, FAILED, DROPPED = range(6)
STATE_NAMES = ("queued", "waiting", "claimed", "captured", "failed", "dropped")

# urls.last is a URL's last good capture; captures.record the record id of the response (or revisit), and
# captures.original the capture that holds a revisit's payload, 0 where the disk has lost it. pagers is what a list
# page says of its list; links the keys of the articles that a list page shows (role article) and of the neighbours
# that an article names (role chain), as they were last read. runs.plan and runs.yield serve to compare runs, log
# and runs.logged to keep crawl.log, runs.spent is how many seconds the run has taken; those may be NULL.
_SCHEMA = f"""
CREATE TABLE runs(
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, started TEXT NOT NULL, ended TEXT, how TEXT,
  plan TEXT, yield INTEGER, logged INTEGER, spent REAL);
CREATE TABLE files(
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, committed INTEGER NOT NULL, sealed INTEGER NOT NULL DEFAULT 0);
CREATE TABLE origins(
  id INTEGER PRIMARY KEY, origin TEXT NOT NULL UNIQUE, run INTEGER NOT NULL,
  robots TEXT NOT NULL, robots_text TEXT NOT NULL DEFAULT '');
CREATE TABLE urls(
  id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, run INTEGER NOT NULL, state INTEGER NOT NULL, reason TEXT,
  origin INTEGER NOT NULL, priority INTEGER NOT NULL, url TEXT NOT NULL, method TEXT NOT NULL, body BLOB NOT NULL,
  role TEXT NOT NULL, hops TEXT NOT NULL, via TEXT, gates INTEGER,
  tries INTEGER NOT NULL DEFAULT 0, not_before REAL NOT NULL DEFAULT 0, deaths INTEGER NOT NULL DEFAULT 0,
  last INTEGER);
CREATE INDEX queue ON urls(origin, priority, id) WHERE state = {QUEUED};
CREATE INDEX waiting ON urls(not_before) WHERE state = {WAITING};
CREATE INDEX claimed ON urls(id) WHERE state = {CLAIMED};
CREATE TABLE series(key BLOB PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE captures(
  id INTEGER PRIMARY KEY, exchange TEXT NOT NULL UNIQUE, url_id INTEGER NOT NULL, run INTEGER NOT NULL,
  attempt INTEGER NOT NULL, file INTEGER NOT NULL, offset INTEGER NOT NULL, length INTEGER NOT NULL,
  record TEXT NOT NULL, date TEXT NOT NULL, status INTEGER, media_type TEXT, kind TEXT, truncated TEXT,
  payload_digest TEXT, payload_length INTEGER, etag BLOB, last_modified BLOB, original INTEGER);
CREATE INDEX captures_url ON captures(url_id);
CREATE INDEX captures_file ON captures(file, offset);
CREATE INDEX captures_run ON captures(run);
CREATE TABLE payloads(digest BLOB PRIMARY KEY, length INTEGER NOT NULL, capture INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE pagers(url_id INTEGER PRIMARY KEY, run INTEGER, items INTEGER, pages INTEGER, page INTEGER);
CREATE TABLE links(source INTEGER, key BLOB, role TEXT, PRIMARY KEY(source, key)) WITHOUT ROWID;
CREATE TABLE log(id INTEGER PRIMARY KEY, line TEXT NOT NULL);
PRAGMA user_version = {SCHEMA_VERSION};
"""

# A URL with its newest capture in its run: whether that shows all that it should, or that it is gone. Without a
# join, or SQLite would make the whole view anew for each look into it.
_VIEW = """
CREATE VIEW outcomes AS SELECT u.*,
  (SELECT c.status FROM captures c WHERE c.url_id = u.id AND c.run = u.run ORDER BY c.id DESC LIMIT 1) AS status,
  coalesce((SELECT c.status IN (404, 410) FROM captures c WHERE c.url_id = u.id AND c.run = u.run
    ORDER BY c.id DESC LIMIT 1), 0) AS gone,
  coalesce((SELECT c.status BETWEEN 200 AND 399 AND c.truncated IS NULL
    AND coalesce(c.kind, '') NOT IN ('challenge', 'captcha', 'error') FROM captures c
    WHERE c.url_id = u.id AND c.run = u.run ORDER BY c.id DESC LIMIT 1), 0) AS read
  FROM urls u;
"""


class StateError(RuntimeError):
    """state.db cannot be used; the message says why and what to do."""


def advice(error: sqlite3.Error) -> str:
    """What to do about a database that cannot be read; empty where it can, but not now."""
    # the low byte is the primary code, the rest says more (https://www.sqlite.org/rescode.html)
    if getattr(error, "sqlite_errorcode", 0) & 0xFF not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return ""
    return "; jiucang rebuild, with the collection's folder, makes it anew from the WARC files"


class State:
    """The open database. `transaction()` commits at its end or rolls back whole."""

    def __init__(self, path: Path) -> None:
        """Opens or creates the database at *path*. Raises `StateError`."""
        self.path = path
        try:
            self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=60.0)
            self.db.execute("PRAGMA journal_mode = WAL")
            self.db.execute("PRAGMA synchronous = FULL")
            self.db.execute("PRAGMA temp_store = MEMORY")
            self.db.execute("PRAGMA cache_size = -16000")
            version = int(self.db.execute("PRAGMA user_version").fetchone()[0])
            if version == 0:
                self.db.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} {_VIEW} COMMIT;")
        except sqlite3.Error as error:
            raise StateError(f"{path}: {error}{advice(error)}") from error
        if version not in (0, SCHEMA_VERSION):
            raise StateError(f"{path}: is of schema {version}, expected {SCHEMA_VERSION}")

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield self.db
            self.db.execute("COMMIT")
        except BaseException:
            # a full disk makes SQLite roll back by itself; a failed COMMIT leaves the transaction open
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")
            raise

    def close(self) -> None:
        self.db.close()
