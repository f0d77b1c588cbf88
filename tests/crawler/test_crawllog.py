"""crawl.log: each committed attempt has its line exactly once, whenever the process dies and whatever the disk does."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from crawler import crawllog
from crawler.crawllog import CrawlLog
from crawler.state import State


@pytest.fixture
def state(tmp_path: Path) -> State:
    state = State(tmp_path / "state.db")
    state.db.execute("INSERT INTO runs(id, name, started) VALUES(1, 'one', '')")
    return state


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "reports" / "one").mkdir(parents=True)
    return tmp_path / "reports" / "one" / "crawl.log"


def commit(state: State, log: CrawlLog, *lines: str) -> None:
    with state.transaction() as db:
        log.enter(db, list(lines))


def journal(state: State) -> list[str]:
    return [line for (line,) in state.db.execute("SELECT line FROM log ORDER BY id")]


def test_a_line_that_was_committed_comes_into_the_file_after_a_kill(state: State, path: Path) -> None:
    log = CrawlLog(path, state, 1)
    commit(state, log, "a")
    log.publish()
    assert path.read_text() == "a\n"
    commit(state, log, "b 旧")
    assert path.read_text() == "a\n"
    CrawlLog(path, state, 1)
    assert path.read_text("utf-8") == "a\nb 旧\n"
    assert journal(state) == []


def test_lines_that_the_system_had_not_written_yet_come_back_after_a_power_cut(state: State, path: Path) -> None:
    log = CrawlLog(path, state, 1)
    for line in ("a", "b", "c"):
        commit(state, log, line)
        log.publish()
    for kept in (b"", b"a\nb", b"\0\0\0\0\0\0"):
        path.write_bytes(kept)
        with state.transaction() as db:
            db.execute("UPDATE runs SET logged = 0")
            db.execute("DELETE FROM log")
            db.executemany("INSERT INTO log(line) VALUES(?)", [("a",), ("b",), ("c",)])
        CrawlLog(path, state, 1)
        assert path.read_text() == "a\nb\nc\n"


def test_a_commit_that_did_not_happen_leaves_no_line(state: State, path: Path) -> None:
    log = CrawlLog(path, state, 1)
    with pytest.raises(RuntimeError), state.transaction() as db:
        log.enter(db, ["lost"])
        raise RuntimeError
    commit(state, log, "a")
    log.publish()
    assert path.read_text() == "a\n"
    assert journal(state) == ["a"]


def test_a_full_disk_keeps_lines_waiting(state: State, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, room = os.pwrite, 5

    def pwrite(handle: int, data: bytes, offset: int) -> int:
        if offset >= room:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(handle, data[: room - offset], offset)

    log = CrawlLog(path, state, 1)
    monkeypatch.setattr(os, "pwrite", pwrite)
    for line in ("abc", "def", "ghi"):
        commit(state, log, line)
        log.publish()
    assert path.read_text() == "abc\nd"
    with pytest.raises(OSError, match="No space"), state.transaction() as db:
        log.sync(db)
    assert journal(state) == ["abc", "def", "ghi"]
    monkeypatch.setattr(os, "pwrite", real)
    with state.transaction() as db:
        log.sync(db)
    assert path.read_text() == "abc\ndef\nghi\n"
    assert journal(state) == []


def test_what_the_file_has_for_good_leaves_state_db(state: State, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crawllog, "JOURNAL", 3)
    log = CrawlLog(path, state, 1)
    lines = [f"{number}" for number in range(8)]
    for line in lines:
        commit(state, log, line)
        log.publish()
        assert len(journal(state)) <= 3
    assert path.read_text().split() == lines
    assert state.db.execute("SELECT logged FROM runs").fetchone() == (2 * 6,)
    CrawlLog(path, state, 1)
    assert path.read_text().split() == lines


def test_where_state_db_knows_nothing_of_the_file_only_a_half_line_is_cut(state: State, path: Path) -> None:
    path.write_text("a\nb\nhal")
    log = CrawlLog(path, state, 1)
    assert path.read_text() == "a\nb\n"
    commit(state, log, "c")
    log.publish()
    assert path.read_text() == "a\nb\nc\n"


def test_a_file_that_is_gone_begins_anew(state: State, path: Path) -> None:
    log = CrawlLog(path, state, 1)
    commit(state, log, "a")
    log.publish()
    with state.transaction() as db:
        log.sync(db)
    path.unlink()
    log = CrawlLog(path, state, 1)
    commit(state, log, "b")
    log.publish()
    assert path.read_text() == "b\n"
