"""The command is killed, stopped, or runs out of disk: what was there stays, nothing is left behind or running."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

PAGES = 240
BEFORE = '{"what": "an earlier run wrote"}\n'
PATIENCE = 120


@pytest.fixture
def source(warc: Callable[[str], Any], vsb: Callable[..., str]) -> Path:
    """Pages enough for a second or two of reading."""
    file = warc("many.warc.gz")
    body = "<p>各单位要登记大功率电器 and 插座，（1）发现隐患及时整改。</p>" * 150
    for number in range(PAGES):
        file.response(f"http://bwc.example.edu.cn/info/1018/{number}.htm", vsb(f"<p>{number}</p>{body}", number=number))
    return file.save()


@pytest.fixture
def out(tmp_path: Path) -> Path:
    path = tmp_path / "out" / "documents.jsonl"
    path.parent.mkdir()
    path.write_text(BEFORE, "utf-8")
    return path


def command(source: Path, out: Path) -> list[str]:
    report = out.parent.parent / "extract.json"
    return [sys.executable, "-m", "jiucang", "extract", str(source), "-o", str(out), "--report", str(report)]


def begin(source: Path, out: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*command(source, out), "--workers", "2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def until(what: Callable[[], Any]) -> Any:
    """What it gives once that is true of anything."""
    end = time.monotonic() + PATIENCE
    while not (found := what()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)
    return found


def at_work(out: Path) -> Callable[[], bool]:
    """Whether so many pages have been read that SQLite has written some."""
    return lambda: any(path.stat().st_size > 100_000 for path in out.parent.glob(".extract-*/drafts.db"))


def parent_of(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def below(pid: int) -> set[int]:
    """The processes that descend from one."""
    parents = {int(path.name): parent_of(int(path.name)) for path in Path("/proc").glob("[0-9]*")}
    found: set[int] = set()
    while more := {child for child, parent in parents.items() if parent in found | {pid}} - found:
        found |= more
    return found


def readers(pid: int) -> list[int]:
    """Those that read pages: forked from the one that the command has begun."""
    return [one for one in below(pid) if parent_of(one) != pid]


@pytest.fixture
def running(source: Path, out: Path) -> Iterator[subprocess.Popen[str]]:
    """The command, once it is reading."""
    if not Path("/proc/self/stat").exists():
        pytest.skip("needs /proc to find the processes")
    process = begin(source, out)
    try:
        until(at_work(out))
        yield process
    finally:
        process.kill()
        process.communicate()


def gone(pids: set[int]) -> Callable[[], bool]:
    return lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_a_killed_command_leaves_no_process_and_the_next_run_clears_up(
    running: subprocess.Popen[str], source: Path, out: Path
) -> None:
    helpers = below(running.pid)
    running.kill()
    running.wait()
    until(gone(helpers))
    assert out.read_text("utf-8") == BEFORE
    assert [path for path in out.parent.iterdir() if path != out]
    (out.parent / f".{out.name}.1-a.tmp").write_text("left behind", "utf-8")
    done = subprocess.run(command(source, out), capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    assert len(out.read_text("utf-8").splitlines()) == PAGES
    assert [path.name for path in out.parent.iterdir()] == [out.name]


def test_a_killed_reader_costs_the_page_that_it_was_at(
    running: subprocess.Popen[str], out: Path, tmp_path: Path
) -> None:
    os.kill(readers(running.pid)[0], signal.SIGKILL)
    _, errors = running.communicate(timeout=PATIENCE)
    report = json.loads((tmp_path / "extract.json").read_text("utf-8"))
    lost = [page["reason"] for page in report["without_row"]]
    assert (running.returncode, lost) == (1, ["not read: its process ended (-9)"]), errors
    assert len(out.read_text("utf-8").splitlines()) == PAGES - 1


@pytest.mark.parametrize("signal_", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_command_says_so(running: subprocess.Popen[str], out: Path, signal_: signal.Signals) -> None:
    helpers = below(running.pid)
    # a terminal sends Ctrl-C to the whole group
    os.killpg(running.pid, signal_) if signal_ == signal.SIGINT else running.send_signal(signal_)
    _, errors = running.communicate(timeout=PATIENCE)
    assert (running.returncode, errors) == (130, f"jiucang: stopped; {out} is left as it was\n")
    until(gone(helpers))
    assert out.read_text("utf-8") == BEFORE
    assert [path.name for path in out.parent.iterdir()] == [out.name]


@pytest.mark.parametrize("size", [30_000, 2_000_000], ids=["while it scans", "while it reads"])
def test_a_full_disk_is_told_and_takes_nothing_away(source: Path, out: Path, size: int) -> None:
    done = subprocess.run(
        command(source, out),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
    )
    assert done.returncode == 2
    assert done.stderr.startswith(f"jiucang: {out.parent}"), done.stderr
    assert "Traceback" not in done.stderr
    assert out.read_text("utf-8") == BEFORE
    assert [path.name for path in out.parent.iterdir()] == [out.name]


@pytest.mark.parametrize("what", ["folder", "device", "source"])
def test_outputs_that_must_not_be_replaced(source: Path, tmp_path: Path, what: str) -> None:
    out = {"folder": tmp_path, "device": Path("/dev/null"), "source": source}[what]
    before = source.read_bytes()
    done = subprocess.run(command(source, out), capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith(f"jiucang: {out}: ")
    assert source.read_bytes() == before
