"""What is withheld is in no form in which documents are handed on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from archive.collection import Collection

PROJECT = Path(__file__).resolve().parents[2]
ARTICLE = "http://bwc.example.edu.cn/info/1018/1740.htm"


def extract(collection: Collection, out: Path) -> tuple[int, str]:
    """The real command, with every form that needs no further library; its exit code, and what it says of faults."""
    forms = ["--annotations", out / "annotations.jsonl", "--prov", out / "prov.jsonl", "--tei", out / "tei"]
    command = [sys.executable, "-m", "jiucang", "extract", collection.root, "-o", out / "documents.jsonl", *forms]
    ended = subprocess.run(
        list(map(str, command)), cwd=PROJECT, capture_output=True, text=True, timeout=120, check=False
    )
    assert "Traceback" not in ended.stderr
    return ended.returncode, ended.stderr


def written(out: Path) -> dict[str, bytes]:
    """All but documents.jsonl, which is the master's."""
    files = (path for path in out.rglob("*") if path.is_file() and path.name != "documents.jsonl")
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in files}


def withhold(collection: Collection, what: str, more: str = "") -> None:
    text = f"withheld:\n- {what}\n  reason: 含有个人信息\n  since: 2024-03-01\n{more}"
    (collection.root / "access.yaml").write_text(text, encoding="utf-8")


def test_what_is_withheld_is_in_no_export(collection: Collection, tmp_path: Path) -> None:
    """Nor is the page elsewhere whose payload is the withheld one."""
    assert extract(collection, tmp_path / "all")[0] == 0
    withhold(collection, f"url: {ARTICLE}")
    assert extract(collection, tmp_path / "some")[0] == 0
    everything, shown = written(tmp_path / "all"), written(tmp_path / "some")
    secret, other = "消防安全检查", "校园交通管理"
    assert len(everything) - len(shown) == 2
    assert {name for name in everything if name.endswith(".jsonl")} <= set(shown)
    assert secret in b"".join(everything.values()).decode()
    assert secret not in b"".join(shown.values()).decode()
    assert other in b"".join(shown.values()).decode()
    documents = [(tmp_path / name / "documents.jsonl").read_bytes() for name in ("all", "some")]
    assert documents == [collection.documents.read_bytes()] * 2


def test_an_embargo_that_has_ended_withholds_nothing(collection: Collection, tmp_path: Path) -> None:
    assert extract(collection, tmp_path / "all")[0] == 0
    withhold(collection, f"url: {ARTICLE}", "  until: 2024-03-02\n")
    assert extract(collection, tmp_path / "after")[0] == 0
    assert written(tmp_path / "after") == written(tmp_path / "all")


@pytest.mark.parametrize(("what", "line"), [("url: ftp://a.cn/", 2), (f"document: {'0' * 32}", 2)])
def test_a_bad_list_makes_no_exports(collection: Collection, tmp_path: Path, what: str, line: int) -> None:
    withhold(collection, what)
    code, said = extract(collection, tmp_path / "none")
    assert code == 2
    assert f"access.yaml:{line}: withheld[0]." in said
    assert written(tmp_path / "none") == {}
