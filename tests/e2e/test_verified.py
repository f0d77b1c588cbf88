"""`jiucang verify` on the crawl of the sample: nothing to find, until something is damaged."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from crawls import Crawled

from jiucang.verifying import verify_sources

Damage = Callable[[Path], None]


def counts(capsys: pytest.CaptureFixture[str], source: Path, code: int) -> dict[str, int]:
    assert verify_sources([source], as_json=True) == code
    report = json.loads(capsys.readouterr().out)
    assert report["sound"] == (code == 0)
    codes: dict[str, int] = report["codes"]
    return codes


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_crawl_has_no_findings_and_stays_as_it_is(crawled: Crawled, capsys: pytest.CaptureFixture[str]) -> None:
    before = contents(crawled.collection)
    assert counts(capsys, crawled.collection, 0) == {}
    assert contents(crawled.collection) == before


@pytest.fixture
def collection(crawled: Crawled, tmp_path: Path) -> Path:
    return Path(shutil.copytree(crawled.collection, tmp_path / "copy"))


def index_lines(change: Callable[[list[bytes]], None]) -> Damage:
    def damage(collection: Path) -> None:
        path = collection / "indexes" / "index.cdxj"
        lines = path.read_bytes().splitlines(keepends=True)
        change(lines)
        path.write_bytes(b"".join(lines))

    return damage


def entry(**values: object) -> Damage:
    def change(lines: list[bytes]) -> None:
        key, time, text = lines[5].decode().split(" ", 2)
        fields = json.loads(text)
        fields |= {name: str(value(fields[name]) if callable(value) else value) for name, value in values.items()}
        lines[5] = f"{key} {time} {json.dumps(fields)}\n".encode()

    return index_lines(change)


def swap(lines: list[bytes]) -> None:
    lines[3], lines[4] = lines[4], lines[3]


def rows(change: Callable[[list[dict[str, Any]]], None]) -> Damage:
    def damage(collection: Path) -> None:
        path = collection / "documents" / "documents.jsonl"
        found = [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]
        change(found)
        path.write_text("".join(json.dumps(row) + "\n" for row in found), encoding="utf-8")

    return damage


def edited(found: list[dict[str, Any]]) -> dict[str, Any]:
    return next(row for row in found if any(edit["status"] == "applied" for edit in row["edits"]))


def spoil_edit(found: list[dict[str, Any]]) -> None:
    edited(found)["edits"][0]["after"] += "x"


def forget_edits(found: list[dict[str, Any]]) -> None:
    edited(found)["edits"] = []


def clicks(**place: object) -> Damage:
    def damage(collection: Path) -> None:
        with (collection / "documents" / "documents.jsonl").open(encoding="utf-8") as lines:
            document = json.loads(next(lines))
        kept = ("file", "offset", "length", "record_id", "date")
        row = {
            "schema": "jiucang-clicks/1",
            "id": document["id"],
            "url": document["url"],
            "clicks": 7,
            "clicks_at": document["captured_at"],
            "provenance": {key: document["provenance"][key] for key in kept} | place,
        }
        (collection / "documents" / "clicks.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")

    return damage


def state(*statements: str) -> Damage:
    def damage(collection: Path) -> None:
        with opened(collection / "state.db") as db:
            for statement in statements:
                db.execute(statement)

    return damage


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    db = sqlite3.connect(path, isolation_level=None)
    try:
        yield db
    finally:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()


def last_warc(collection: Path) -> Path:
    return sorted((collection / "archive").glob("*.warc.gz"))[-1]


def cut(collection: Path) -> None:
    path = last_warc(collection)
    path.write_bytes(path.read_bytes()[:-10])


def reopen(collection: Path) -> None:
    path = last_warc(collection)
    path.rename(path.with_name(path.name + ".open"))


CASES: dict[str, tuple[Damage, dict[str, int]]] = {
    "a line lost": (index_lines(lambda lines: lines.pop(7)), {"index.no-line": 1}),
    "another offset": (entry(offset=1), {"index.no-record": 1, "index.no-line": 1}),
    "another file": (entry(filename="x.warc.gz"), {"index.no-record": 1, "index.no-line": 1}),
    "another length": (entry(length=lambda length: int(length) - 1), {"index.entry": 1}),
    "another digest": (entry(digest="sha256:" + "0" * 64), {"index.entry": 1}),
    "another URL": (entry(url="http://h.example/"), {"index.entry": 1}),
    "two lines changed over": (index_lines(swap), {"index.unsorted": 1}),
    "a line that is none": (index_lines(lambda lines: lines.append(b"~\n")), {"index.syntax": 1}),
    "no index": (lambda collection: (collection / "indexes" / "index.cdxj").unlink(), {"index.missing": 1}),
    "text changed": (
        rows(lambda found: found[0].update(text=found[0]["text"] + "。")),
        {"document.text": 1, "document.edits": 1},
    ),
    "an edit changed": (rows(spoil_edit), {"document.edits": 1}),
    "edits forgotten": (rows(forget_edits), {"document.edits": 1}),
    "a row twice": (rows(lambda found: found.insert(1, found[0])), {"document.order": 1}),
    "rows out of order": (rows(lambda found: found.append(found.pop(0))), {"document.order": 1}),
    "a key lost": (rows(lambda found: found[0].pop("title")), {"document.row": 1}),
    "another type": (rows(lambda found: found[0].update(clicks="12")), {"document.row": 1}),
    "another capture": (rows(lambda found: found[0]["provenance"].update(offset=1)), {"document.provenance": 1}),
    "another record": (
        rows(lambda found: found[0]["provenance"].update(record_id="<urn:x:1>")),
        {"document.provenance": 1},
    ),
    "clicks": (clicks(), {}),
    "clicks from nowhere": (clicks(offset=1), {"document.provenance": 1}),
    "clicks below nothing": (clicks(length=-1), {"document.row": 1}),
    "a capture moved": (state("UPDATE captures SET offset = offset + 1 WHERE id = 9"), {"state.capture": 1}),
    "a capture too long": (state("UPDATE captures SET length = length + 1 WHERE id = 9"), {"state.capture": 1}),
    "captures changed over": (
        state(
            "UPDATE captures SET exchange = 'kept' WHERE id = 9",
            "UPDATE captures SET exchange = (SELECT exchange FROM captures WHERE id = 8) || 'x' WHERE id = 8",
        ),
        {"state.capture": 2, "state.no-capture": 2},
    ),
    "a capture forgotten": (state("DELETE FROM captures WHERE id = 9"), {"state.no-capture": 1}),
    "more committed": (state("UPDATE files SET committed = committed + 1 WHERE id = 1"), {"state.file-short": 1}),
    "less committed": (state("UPDATE files SET committed = committed - 1 WHERE id = 1"), {"state.file-long": 1}),
    "another state.db": (
        lambda collection: (collection / "state.db").write_bytes(b"SQLite format 3\0" + bytes(5000)) and None,
        {"state.unreadable": 1},
    ),
    "a tail cut": (cut, {"file.truncated": 1, "state.file-short": 1}),
    "left open": (reopen, {"file.open": 1}),
}
SOUND = ("clicks", "no index", "less committed", "left open")


@pytest.mark.parametrize("case", CASES)
def test_damage_is_found(case: str, collection: Path, capsys: pytest.CaptureFixture[str]) -> None:
    damage, expected = CASES[case]
    damage(collection)
    assert counts(capsys, collection, int(case not in SOUND)) == expected


def test_a_mended_copy_of_a_cut_collection_is_sound(
    collection: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cut(collection)
    before = contents(collection)
    assert verify_sources([collection], as_json=True, mend_into=tmp_path / "mended") == 1
    done = json.loads(capsys.readouterr().out)["done"]
    assert contents(collection) == before
    assert any("documents: left out" in line for line in done)
    assert counts(capsys, tmp_path / "mended", 0).keys() <= {"ref.concurrent-to"}


def test_a_mended_copy_of_what_was_left_open_has_everything(
    collection: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Killed while it wrote: the file is open, and longer than what was committed."""
    reopen(collection)
    [path] = (collection / "archive").glob("*.open")
    with path.open("ab") as file:
        file.write(b"\x1f\x8b\x08\0\0")
    assert counts(capsys, collection, 0) == {"file.open": 1, "state.file-long": 1}
    assert verify_sources([collection], mend_into=tmp_path / "mended") == 0
    capsys.readouterr()
    assert counts(capsys, tmp_path / "mended", 0) == {}
    documents = Path("documents") / "documents.jsonl"
    assert (tmp_path / "mended" / documents).read_bytes() == (collection / documents).read_bytes()


def test_a_file_of_which_nothing_is_committed_yet_is_no_fault(
    collection: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (collection / "archive" / "sample-20990101000000-00009-h.warc.gz.open").write_bytes(b"\x1f\x8b\x08")
    assert counts(capsys, collection, 0) == {"file.open": 1, "state.file-unknown": 1}
