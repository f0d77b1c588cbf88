"""documents.parquet has the columns of documents.jsonl, and the same values."""

from __future__ import annotations

import builtins
import json
from pathlib import Path
from typing import Any

import pytest

from jiucang.exporting import Exports, extract_and_export
from pipelines.exports import parquet
from pipelines.schema import KEYS, SCHEMA, Row

reader = pytest.importorskip("pyarrow.parquet", reason="pyarrow, the extra `parquet`, is not installed")


def test_rows_come_back_as_they_were(documents: Path, rows: list[Row], tmp_path: Path) -> None:
    out = tmp_path / "documents.parquet"
    assert extract_and_export(lambda: 0, documents, Exports(parquet=out), quiet=True) == 0
    table = reader.read_table(out)
    assert tuple(table.schema.names) == KEYS
    assert table.schema.metadata == {b"schema": SCHEMA.encode()}
    assert table.to_pylist() == rows


def test_the_same_rows_are_the_same_bytes_in_groups(
    rows: list[Row], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "GROUP_ROWS", 10)
    for name in ("a", "b"):
        parquet.write(iter(rows), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    file = reader.ParquetFile(tmp_path / "a")
    assert file.num_row_groups == -(-len(rows) // 10)
    assert file.read().to_pylist() == rows


def test_no_rows_are_a_table_too(tmp_path: Path) -> None:
    parquet.write([], tmp_path / "none.parquet")
    assert tuple(reader.read_table(tmp_path / "none.parquet").schema.names) == KEYS


def test_nullable_is_what_the_schema_says_may_be_null() -> None:
    published = json.loads((Path(__file__).parents[2] / "docs" / "documents.schema.json").read_text("utf-8"))
    nullable = {name for name, key in published["properties"].items() if {"type": "null"} in key.get("anyOf", ())}
    assert {field.name for field in parquet.parquet_schema() if field.nullable} == nullable


def test_without_pyarrow_there_is_a_message_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = builtins.__import__

    def absent(name: str, *rest: Any) -> Any:
        if name == "pyarrow":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", absent)
    code = extract_and_export(pytest.fail, tmp_path / "d.jsonl", Exports(parquet=tmp_path / "d.parquet"), quiet=True)
    assert code == 2
    assert "pip install 'jiucang[parquet]'" in capsys.readouterr().err
