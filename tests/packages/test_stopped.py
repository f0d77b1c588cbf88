"""Ctrl-C while a package is made: nothing of it is left, and no helping process says a word."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from archive.collection import Collection
from archive.indexing import PART
from archive.warc import RecordDraft
from archive.warcinfo import Warcinfo
from archive.writer import WarcWriter

PROJECT = Path(__file__).resolve().parents[2]


def test_ctrl_c_leaves_nothing(collection: Collection, tmp_path: Path) -> None:
    # long enough for helping processes, and for a while
    moment = datetime(2014, 11, 3, 4, 0, 0, tzinfo=UTC)
    writer = WarcWriter(collection.archive, "more", "host", lambda: moment, Warcinfo(software="tests").fields())
    for number in range(3 * PART // 50_000):
        uri = f"http://bwc.example.edu.cn/{number}"
        block = os.urandom(50_000)
        writer.append_group([RecordDraft(type="resource", date=moment, block=block, target_uri=uri)])
    writer.seal()
    out = tmp_path / "out" / "bwc.wacz"
    out.parent.mkdir()
    command = [sys.executable, "-m", "jiucang", "package", str(collection.root), "-o", str(out)]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    deadline = time.monotonic() + 60
    while not list(out.parent.glob(".bwc.wacz.*.work/.index-*")):
        assert process.poll() is None, process.stderr
        assert time.monotonic() < deadline
        time.sleep(0.001)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert list(out.parent.iterdir()) == []
