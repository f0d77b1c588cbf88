"""`jiucang review`: in a terminal of its own, and from scripts."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.cells import cell_len
from typer.testing import CliRunner

from jiucang.cli import app
from pipelines.review.decisions import read_decisions

RIGHT = "各部门要尽可能把隐患消除在萌芽状态，做到早发现早处理。"
WRONG = RIGHT.replace("把", "吧")


def jiucang(*words: object) -> str:
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def reviewed(collection: Callable[..., Path]) -> Path:
    root = collection([WRONG, "请遵照执行。。"], [RIGHT, "请各单位落实。"])
    (root / "documents").mkdir()
    again(root)
    return root


def again(root: Path) -> dict[str, dict]:  # type: ignore[type-arg]
    out = root / "documents" / "documents.jsonl"
    jiucang("extract", root, "-o", out, "--workers", 1)
    rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    return {row["title"]: row for row in rows}


def test_scripted_from_the_list_to_the_text(reviewed: Path) -> None:
    [item] = [json.loads(line) for line in jiucang("review", reviewed, "--json").splitlines()]
    assert (item["before"], item["after"], item["status"]) == ("吧", "把", "proposed")
    jiucang("review", reviewed, "--accept", item["id"], "--by", "王编辑")
    row = again(reviewed)["关于第11号事项的通知"]
    assert RIGHT in row["text"]
    jiucang("review", reviewed, "--undo", item["id"], "--by", "王编辑")
    assert WRONG in again(reviewed)["关于第11号事项的通知"]["text"]
    applied = next(edit for edit in row["edits"] if edit["status"] == "applied")
    jiucang("review", reviewed, "--reject", applied["id"], "--by", "李编辑")
    jiucang("review", reviewed, "--add", row["id"], "--before", "请遵照", "--after", "请各单位遵照", "--by", "李编辑")
    assert "请各单位遵照执行。。" in again(reviewed)["关于第11号事项的通知"]["text"]


def test_a_dialogue_in_a_terminal(reviewed: Path) -> None:
    ours, theirs = pty.openpty()
    words = [sys.executable, "-m", "jiucang", "review", str(reviewed), "--by", "王编辑"]
    process = subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    os.write(ours, "x\nc 将\n".encode())
    shown = b""
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    assert process.wait(30) == 0
    os.close(ours)
    text = shown.decode()
    assert "[吧 → 把]" in text and "'x' is no command" in text
    assert all(cell_len(line) <= 80 for line in text.splitlines())
    [decision], _ = read_decisions(reviewed / "documents" / "decisions.jsonl")
    assert (decision.what, decision.after, decision.who) == ("correct", "将", "王编辑")


def test_what_is_not_there_is_said(reviewed: Path) -> None:
    result = CliRunner().invoke(app, ["review", str(reviewed), "--accept", "0" * 32])
    assert result.exit_code == 2 and "no edit" in result.output
