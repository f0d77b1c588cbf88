"""state.db: a transaction ends whole or not at all, whatever the disk does."""

import sqlite3
from pathlib import Path

import pytest

from crawler.state import State, StateError


def fill(state: State, rows: int) -> None:
    with state.transaction() as db:
        db.executemany("INSERT INTO series VALUES(?, 1)", [(f"{n:01000}".encode(),) for n in range(rows)])


def test_a_full_disk_is_said_as_such_and_the_next_transaction_works(tmp_path: Path) -> None:
    state = State(tmp_path / "state.db")
    pages = state.db.execute("PRAGMA page_count").fetchone()[0]
    state.db.execute(f"PRAGMA max_page_count = {pages + 20}")
    with pytest.raises(sqlite3.OperationalError) as caught:
        fill(state, 1000)
    assert caught.value.sqlite_errorcode == sqlite3.SQLITE_FULL
    state.db.execute("PRAGMA max_page_count = 100000")
    fill(state, 10)
    assert state.db.execute("SELECT count(*) FROM series").fetchone() == (10,)


def test_a_commit_that_fails_is_rolled_back(tmp_path: Path) -> None:
    state = State(tmp_path / "state.db")
    state.db.execute("CREATE TABLE later(run INTEGER REFERENCES runs(id) DEFERRABLE INITIALLY DEFERRED)")
    state.db.execute("PRAGMA foreign_keys = ON")
    with pytest.raises(sqlite3.IntegrityError), state.transaction() as db:
        db.execute("INSERT INTO later VALUES(77)")
    fill(state, 1)
    assert state.db.execute("SELECT count(*) FROM later").fetchone() == (0,)


def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_bytes(b"<html>" * 1000)
    with pytest.raises(StateError, match="not a database"):
        State(tmp_path / "state.db")


def test_a_run_is_looked_at_without_its_predecessors(tmp_path: Path) -> None:
    state = State(tmp_path / "state.db")
    plan = state.db.execute("EXPLAIN QUERY PLAN SELECT total(length) FROM captures WHERE run = 7").fetchall()
    assert "USING INDEX captures_run" in plan[0][3]
