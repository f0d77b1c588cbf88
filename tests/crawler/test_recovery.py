"""Before a crawl writes: archive/ and state.db agree, nothing is cut away that was committed, and all is told."""

from pathlib import Path

import pytest

from archive.collection import Collection
from crawler.recovery import recover
from crawler.state import CAPTURED, DROPPED, QUEUED, State, StateError

NAME = "bwc-20141103020000-00000-host.warc.gz"


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    collection = Collection(tmp_path / "bwc")
    collection.create()
    return collection


@pytest.fixture
def state(collection: Collection) -> State:
    """A run that was interrupted; of NAME, 30 bytes in three captures are committed."""
    state = State(collection.state)
    state.db.executescript(
        f"""
        INSERT INTO runs(id, name, started) VALUES(1, 'one', '2014-11-03T02:00:00Z');
        INSERT INTO origins VALUES(1, 'http://a.example', 1, 'allow', '');
        INSERT INTO files VALUES(1, '{NAME}', 30, 0);
        """
    )
    for n in range(3):
        state.db.execute(
            "INSERT INTO urls(id, key, run, state, origin, priority, url, method, body, role, hops)"
            " VALUES(?, ?, 1, ?, 1, 50, ?, 'GET', x'', 'page', '')",
            (n + 1, bytes([n]), CAPTURED, f"http://a.example/{n}"),
        )
        state.db.execute(
            "INSERT INTO captures(exchange, url_id, run, attempt, file, offset, length, record, date)"
            " VALUES(?, ?, 1, 1, 1, ?, 10, '', '')",
            (str(n), n + 1, n * 10),
        )
    return state


def put(collection: Collection, name: str, data: bytes) -> Path:
    path = collection.archive / name
    path.write_bytes(data)
    return path


def states(state: State) -> list[int]:
    return [row[0] for row in state.db.execute("SELECT state FROM urls ORDER BY id")]


def test_an_uncommitted_tail_is_cut_and_kept(collection: Collection, state: State) -> None:
    put(collection, NAME + ".open", b"c" * 30 + b"tail")
    told = recover(collection, state)
    assert (collection.archive / NAME).read_bytes() == b"c" * 30
    assert [path.read_bytes() for path in collection.cut.iterdir()] == [b"tail"]
    assert "4 uncommitted bytes (sha256 " in told[0] and "sealed" in told[1]
    assert recover(collection, state) == [], "a second start finds nothing to do"


@pytest.mark.parametrize(("size", "lost"), [(29, [3]), (20, [3]), (19, [2, 3]), (5, [1, 2, 3]), (0, [1, 2, 3])])
def test_a_shorter_file_gives_up_what_it_lost(collection: Collection, state: State, size: int, lost: list[int]) -> None:
    put(collection, NAME, b"c" * size)
    told = recover(collection, state)
    assert states(state) == [QUEUED if number in lost else CAPTURED for number in (1, 2, 3)]
    assert f"{len(lost)} captures are lost" in told[0]
    kept = 30 - 10 * len(lost)
    assert (collection.archive / NAME).exists() == bool(kept)
    assert [path.stat().st_size for path in collection.warcs()] == ([kept] if kept else [])
    assert sum(path.stat().st_size for path in collection.cut.iterdir()) == size - kept
    assert recover(collection, state) == []


def test_what_nobody_asked_for_is_not_asked_for_when_it_is_lost(collection: Collection, state: State) -> None:
    state.db.execute("INSERT INTO runs VALUES(7, 'old', '2009', '2009', 'imported', NULL, NULL, NULL, NULL)")
    state.db.execute("UPDATE urls SET run = 7 WHERE id = 1")
    state.db.execute(f"UPDATE urls SET state = {DROPPED}, reason = 'scope:host' WHERE id = 2")
    state.db.execute(f"UPDATE urls SET state = {DROPPED}, reason = 'recrawl:known' WHERE id = 3")
    told = recover(collection, state)
    assert states(state) == [CAPTURED, DROPPED, QUEUED]
    assert "3 captures are lost; addresses asked for again: 1" in told[0]


def test_a_missing_file_gives_up_all(collection: Collection, state: State) -> None:
    recover(collection, state)
    assert states(state) == [QUEUED] * 3
    assert state.db.execute("SELECT count(*) FROM captures").fetchone() == (0,)


def test_a_file_begun_by_the_interrupted_run_and_never_committed_is_cut_whole(
    collection: Collection, state: State
) -> None:
    put(collection, NAME, b"c" * 30)
    for name in ("bwc-20141103020500-00001-host.warc.gz", "bwc-20141103020501-00002-my-host.warc.gz.open"):
        put(collection, name, b"never committed")
    recover(collection, state)
    assert [path.name for path in collection.warcs()] == [NAME]
    assert not collection.left_open()
    assert [path.read_bytes() for path in collection.cut.iterdir()] == [b"never committed"] * 2


@pytest.mark.parametrize("name", [NAME, NAME + ".open", "wget.warc.gz"])
def test_a_lost_state_db_is_no_reason_to_cut_the_archive(collection: Collection, name: str) -> None:
    path = put(collection, name, b"captures of years")
    with pytest.raises(StateError, match=r"does not know this file.*rebuild it"):
        recover(collection, State(collection.state))
    assert path.read_bytes() == b"captures of years"
    assert not list(collection.cut.iterdir())


@pytest.mark.parametrize("ended", [True, False])
def test_an_old_copy_of_state_db_is_refused(collection: Collection, state: State, ended: bool) -> None:
    if ended:
        state.db.execute("UPDATE runs SET ended = '2014-11-03T03:00:00Z'")
    stranger = put(collection, f"bwc-2014110{4 if ended else 2}020000-00000-host.warc.gz", b"of another time")
    put(collection, NAME, b"c" * 30 + b"tail")
    with pytest.raises(StateError, match="does not know this file"):
        recover(collection, state)
    assert stranger.exists() and (collection.archive / NAME).stat().st_size == 34


def test_an_empty_file_is_no_stranger(collection: Collection) -> None:
    put(collection, NAME + ".open", b"")
    recover(collection, State(collection.state))
    assert not list(collection.archive.glob("*.warc.gz*"))
