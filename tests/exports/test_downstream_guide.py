"""The examples of docs/downstream.md run, and the tools agree."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from benchmarks.gold import GoldPage, pack, synthetic
from benchmarks.host import environment

GUIDE = Path(__file__).parents[2] / "docs" / "downstream.md"
SECTIONS = dict(
    re.findall(r"^## (.+)\n((?:(?!^## ).*\n)*)", GUIDE.read_text("utf-8"), flags=re.M)  # heading, what stands below it
)
COMPARED = [heading for heading, text in SECTIONS.items() if "```sql" in text]
ARTEFACTS = """<html><head><meta charset="utf-8"><title>通知</title></head><body><form name="_newscontent_fromname">
<h1>关于值班的通知</h1><div>发布时间：2014-11-03</div>
<div class="v_news_content"><p>加强调查研究 and 督促检查。。</p></div></form>
</body></html>"""


def _blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.M | re.S)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder where the guide's first command has run."""
    pytest.importorskip("pyarrow", reason="pyarrow, the extra `parquet`, is not installed")
    folder = tmp_path_factory.mktemp("guide")
    archive = folder / "collections" / "bwc-legacy" / "archive"
    archive.mkdir(parents=True)
    url = "http://bwc.example.edu.cn/info/1018/1740.htm"
    pack([*synthetic(), GoldPage("made", url, ARTEFACTS.encode(), True, {}, None, None)], archive / "a.warc.gz")
    name, *words = shlex.split(_blocks(GUIDE.read_text("utf-8"), "sh")[0])
    assert name == "jiucang"
    command = [sys.executable, "-m", "jiucang", *words]
    done = subprocess.run(command, cwd=folder, env=environment(), check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


def _printed(command: list[str], folder: Path) -> list[str]:
    shown = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    assert shown.returncode == 0, shown.stderr
    return sorted(line for line in shown.stdout.splitlines() if line)


@pytest.fixture
def jq() -> str:
    found = shutil.which("jq")
    if found is None:
        pytest.skip("jq is not installed")
    return found


@pytest.fixture
def duckdb() -> ModuleType:
    return pytest.importorskip("duckdb", reason="duckdb is not installed")  # type: ignore[no-any-return]


@pytest.mark.parametrize("heading", COMPARED)
def test_the_three_tools_say_the_same(heading: str, folder: Path, jq: str, duckdb: ModuleType) -> None:
    pytest.importorskip("pandas", reason="pandas is not installed")
    [python], [sql], [shell] = (_blocks(SECTIONS[heading], language) for language in ("python", "sql", "sh"))
    by_jq = _printed(["bash", "-c", shell], folder)
    with duckdb.connect() as database:
        found = database.execute(sql.replace("'documents.parquet'", f"'{folder}/documents.parquet'")).fetchall()
    by_duckdb = sorted("\t".join("" if value is None else str(value) for value in row) for row in found)
    assert by_jq == by_duckdb == _printed([sys.executable, "-c", python], folder)
    assert by_jq


def test_four_questions_are_answered_by_all_three() -> None:
    assert len(COMPARED) == 4


def test_the_way_back_is_exact(folder: Path) -> None:
    [python] = _blocks(SECTIONS["The text as it was extracted"], "python")
    assert _printed([sys.executable, "-c", python], folder) == []
    rule = '"rule":"function-word"'
    assert rule in (folder / "documents.jsonl").read_text("utf-8")
    broken = python.replace('edit["before"] + text', '"" + text')
    assert subprocess.run([sys.executable, "-c", broken], cwd=folder, capture_output=True, check=False).returncode != 0


def test_the_exports_are_asked(folder: Path, jq: str) -> None:
    proposed, captured = _blocks(SECTIONS["What an edit becomes elsewhere"], "sh")
    _printed(["bash", "-c", proposed], folder)
    rows = (folder / "documents.jsonl").read_text("utf-8").splitlines()
    assert len(_printed(["bash", "-c", captured], folder)) == len(rows)
    assert len(list((folder / "tei").iterdir())) == len(rows)
