from __future__ import annotations

from pathlib import Path

from archive.collection import Collection


def test_the_folder_is_laid_out_as_promised(tmp_path: Path) -> None:
    collection = Collection(tmp_path / "collections" / "bwc-legacy")
    collection.create()
    collection.create()
    root = collection.root
    assert sorted(path.relative_to(root).as_posix() for path in root.rglob("*")) == [
        "archive",
        "archive/cut",
        "documents",
        "indexes",
        "packages",
        "reports",
    ]
    files = [collection.job, collection.state, collection.index, collection.documents, collection.clicks]
    assert [path.relative_to(root).as_posix() for path in [*files, collection.decisions, collection.report("r1")]] == [
        "job.yaml",
        "state.db",
        "indexes/index.cdxj",
        "documents/documents.jsonl",
        "documents/clicks.jsonl",
        "documents/decisions.jsonl",
        "reports/r1",
    ]


def test_sealed_files_and_those_left_open_are_told_apart(tmp_path: Path) -> None:
    collection = Collection(tmp_path)
    collection.create()
    for name in ("b.warc.gz", "a.warc.gz", "c.warc.gz.open", "cut/a.warc.gz.12", "note.txt"):
        (collection.archive / name).touch()
    assert [path.name for path in collection.warcs()] == ["a.warc.gz", "b.warc.gz"]
    assert [path.name for path in collection.left_open()] == ["c.warc.gz.open"]
