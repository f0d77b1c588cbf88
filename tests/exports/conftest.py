"""Rows to export: those of the synthetic pages, and one with every status of an edit and every awkward character."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.gold import pack, synthetic
from pipelines.edits import Edit, apply, to_json
from pipelines.run import extract
from pipelines.schema import Row, sha256

ORIGINAL = "第一段，有 and 字。。\n表格\t单元\n控制\x01符\r与<标签>&“引号”\n末段𠮷字。"


@pytest.fixture(scope="session")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A documents.jsonl of real rows and the made one."""
    folder = tmp_path_factory.mktemp("rows")
    pack(synthetic(), folder / "pages.warc.gz")
    path = folder / "documents.jsonl"
    extract([folder / "pages.warc.gz"], path, workers=1)
    first = json.loads(path.read_text("utf-8").splitlines()[0])
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(_edited(first), ensure_ascii=False) + "\n")
    return path


@pytest.fixture(scope="session")
def rows(documents: Path) -> list[Row]:
    return [json.loads(line) for line in documents.read_text("utf-8").splitlines()]


def _edited(row: Row) -> Row:
    edits = [
        _edit("a", ORIGINAL.index(" and "), " and ", "和", "applied"),
        _edit(
            "b", ORIGINAL.index("。。") + 1, "。", "", "accepted", agent="张某 <保卫处>", time="2024-05-06T07:08:09Z"
        ),
        _edit("c", ORIGINAL.index("。\n表") + 1, "\n", "\n（下接）\n", "applied"),
        _edit("d", ORIGINAL.index("单元"), "单元", "", "rejected", agent="张某 <保卫处>", time="2024-05-06T07:08:09Z"),
        _edit("e", ORIGINAL.index("控制"), "控制", None, "proposed"),
        replace(_edit("f", ORIGINAL.index("符"), "符", "\x02符", "applied"), replaces="e" * 32, kind="normalisation"),
        _edit("0", ORIGINAL.index("𠮷") + 1, "", "的", "applied"),
    ]
    text = apply(ORIGINAL, edits)
    made = {"id": "f" * 32, "version": "1" * 32, "supersedes": "2" * 32, "text": text, "sections": []}
    digests = {"text_sha256": sha256(text), "original_sha256": sha256(ORIGINAL)}
    return {**row, **made, **digests, "edits": [to_json(edit) for edit in edits]}  # type: ignore[typeddict-item]


def _edit(
    name: str,
    start: int,
    before: str,
    after: str | None,
    status: str,
    agent: str = "jiucang/0",
    time: str | None = None,
) -> Edit:
    end = start + len(before)
    return Edit(
        id=name * 32,
        rule="made-up+other",
        rule_version="1",
        kind="repair",
        status=status,  # type: ignore[arg-type]
        start=start,
        end=end,
        before=before,
        after=after,
        prefix=ORIGINAL[max(0, start - 12) : start],
        suffix=ORIGINAL[end : end + 12],
        confidence=0.9,
        evidence=("一个理由", "另一个"),
        agent=agent,
        time=time,
    )
