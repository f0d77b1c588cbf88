"""The commands as processes of their own, with real crawls of a small site on loopback."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from crawls import jiucang
from sites import Site, site, write_job
from typer.testing import CliRunner, Result

from jiucang.cli import app
from jiucang.codes import BAD_INPUT, DONE, FAULTS, STOPPED
from jiucang.sample.replies import Request, Resource
from jiucang.schedule.folder import LEDGER, read_folder
from jiucang.schedule.ledger import End, Ledger, Start
from jiucang.schedule.service import FolderBusy, _lock

PAGE = Resource(b"<html><body>page</body></html>")


class Gate:
    """A site of one page, which is not answered before `open`; `asked` says that somebody waits for it."""

    def __init__(self) -> None:
        self.asked, self.open = threading.Event(), threading.Event()

    def find(self, request: Request) -> Resource | None:
        if request.path != b"/":
            return None
        self.asked.set()
        self.open.wait(300)
        return PAGE


@contextmanager
def hook() -> Iterator[tuple[str, list[dict[str, object]], threading.Event]]:
    """A webhook's address, what it was told, and whether it was told anything."""
    told: list[dict[str, object]] = []
    called = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()
            called.set()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", told, called
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def service(folder: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "jiucang", "schedule", "run", str(folder)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stderr is not None
        process.stderr.close()


def missed(folder: Path, hours: float) -> None:
    """Has the job be known for some time, so that all that was due since then was missed."""
    for entry in read_folder(folder).entries.values():
        Ledger(folder / LEDGER).meet(entry.file, entry.timetable.text, datetime.now(UTC) - timedelta(hours=hours))


def runs_of(collection: Path) -> list[tuple[str | None, str | None]]:
    with closing(sqlite3.connect(collection / "state.db")) as db:
        return db.execute("SELECT how, ended FROM runs").fetchall()


def hourly(folder: Path, served: Site, **sections: object) -> Path:
    """A job that was due three times, as it happens to be now, while nobody looked after it."""
    start = datetime.now(UTC) - timedelta(hours=3, minutes=30)
    schedule = {"every": "1 h", "timezone": "UTC", "start": f"{start:%Y-%m-%d %H:%M}"}
    path = write_job(folder, served.home, schedule=schedule, **sections)
    missed(folder, hours=3)
    return path


def test_three_runs_missed_are_one_and_nothing_overlaps_it(tmp_path: Path) -> None:
    gate = Gate()
    with site(gate.find) as served, hook() as (address, told, called):
        job = hourly(tmp_path, served, notify={"webhook": address})
        with service(tmp_path) as process:
            assert gate.asked.wait(120)
            other = jiucang("crawl", job)
            assert (other.returncode, "another crawl runs here (pid " in other.stderr) == (BAD_INPUT, True)
            due = jiucang("schedule", "due", tmp_path)
            assert (due.returncode, f"(pid {process.pid}, since" in due.stderr) == (DONE, True)
            again = jiucang("schedule", "run", tmp_path)
            assert (again.returncode, f"(pid {process.pid}, since" in again.stderr) == (BAD_INPUT, True)
            gate.open.set()
            assert called.wait(120)
            process.send_signal(signal.SIGTERM)
            said = process.communicate(timeout=120)[1]
        assert process.returncode == STOPPED
        assert "3 runs were due while the service was down" in said
        assert "Traceback" not in said
        assert served.asked.count("/") == 1
    [notice] = told
    assert (notice["due"], notice["ok"], notice["exit_code"]) == (3, True, 0)
    assert str(notice["reason"]).startswith("3 runs were due while the service was down, the first ")
    assert [how for how, _ in runs_of(tmp_path / "collections" / "small")] == ["finished"]
    [run] = Ledger(tmp_path / LEDGER).runs()
    assert (run.due, run.outcome, run.told) == (3, "done", "webhook 204")
    assert Ledger(tmp_path / LEDGER).job_text(run.id) == job.read_bytes()


def test_a_service_that_is_stopped_stops_its_crawl_and_the_next_pass_resumes_it(tmp_path: Path) -> None:
    gate = Gate()
    with site(gate.find) as served:
        hourly(tmp_path, served)
        with service(tmp_path) as process:
            assert gate.asked.wait(120)
            process.send_signal(signal.SIGINT)
            said = process.communicate(timeout=120)[1]
        assert process.returncode == STOPPED
        assert "Traceback" not in said
        assert [how for how, _ in runs_of(tmp_path / "collections" / "small")] == [None]
        gate.open.set()
        assert jiucang("schedule", "due", tmp_path).returncode == DONE
    assert [how for how, _ in runs_of(tmp_path / "collections" / "small")] == ["finished"]
    runs = Ledger(tmp_path / LEDGER).runs()[::-1]
    assert [(run.outcome, run.exit_code) for run in runs] == [("interrupted", STOPPED), ("done", DONE)]
    assert re.fullmatch(r"resumed: run \d+ was interrupted \(the service was stopped\)", runs[1].reason)
    assert runs[0].crawl == runs[1].crawl


def test_a_service_killed_with_its_crawl_resumes_it(tmp_path: Path) -> None:
    gate = Gate()
    with site(gate.find) as served:
        hourly(tmp_path, served)
        with service(tmp_path) as process:
            assert gate.asked.wait(120)
            process.kill()
            process.wait(120)
            lock = (tmp_path / "collections/small/crawl.lock").read_text(encoding="utf-8")
            # the crawl outlives its service: the pass leaves it alone
            passed = jiucang("schedule", "due", tmp_path)
            assert "another crawl of its collection runs (pid " in passed.stderr
            orphan = int(re.findall(r"pid (\d+)", lock)[0])
            gate.open.set()
        wait_for_end(orphan)
        assert jiucang("schedule", "due", tmp_path).returncode == DONE
    outcomes = [(run.outcome, run.detail) for run in Ledger(tmp_path / LEDGER).runs()]
    assert outcomes == [("interrupted", "the service ended before the crawl")]
    assert [how for how, _ in runs_of(tmp_path / "collections" / "small")] == ["finished"]


def wait_for_end(pid: int) -> None:
    """Until a process that is not our child has ended."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    select.select([handle], [], [], 120)
    os.close(handle)


def test_a_failure_gives_exit_code_1_and_a_mail(tmp_path: Path) -> None:
    class Box:
        def __init__(self) -> None:
            self.mails: list[bytes] = []

        async def handle_DATA(self, server: object, session: object, envelope: object) -> str:  # noqa: N802
            self.mails.append(getattr(envelope, "content"))  # noqa: B009
            return "250 OK"

    box = Box()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    robots = Resource(b"User-agent: *\nDisallow: /\n", content_type=b"text/plain")
    try:
        with site(lambda request: robots if request.path == b"/robots.txt" else PAGE) as served:
            hourly(tmp_path, served, notify={"mail": "archives@example.edu.cn"})
            server = f"smtp://127.0.0.1:{port}"
            passed = jiucang("schedule", "due", tmp_path, "--mail-server", server, "--mail-from", "j@example.edu.cn")
    finally:
        controller.stop()
    assert passed.returncode == FAULTS
    assert "small.yaml: faults (exit code 1)" in passed.stderr
    [mail] = box.mails
    assert b"Subject: [jiucang] small: faults (exit code 1)" in mail
    assert b"reason: 3 runs were due since the last pass" in mail


def command(*words: str | Path) -> Result:
    return CliRunner().invoke(app, ["schedule", *map(str, words)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    text = "name: bwc\nseeds: [http://bwc.example.edu.cn/]\nschedule: {cron: '0 2 * * 0', timezone: Europe/Berlin}\n"
    (tmp_path / "bwc.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def test_the_next_times_in_both_zones(folder: Path) -> None:
    shown = command("next", folder, "-n", "2")
    assert shown.exit_code == DONE
    assert len(re.findall(r"^    \S+ 02:00 \+0[12]00   \S+T0[01]:00:00Z$", shown.stdout, flags=re.M)) == 2
    [row] = json.loads(command("next", folder, "-n", "5", "--json").stdout)
    assert len(row["utc"]) == len(row["local"]) == 5
    assert {datetime.fromisoformat(moment).isoweekday() for moment in row["utc"]} == {7}


def test_a_pause_is_shown_and_taken_back(folder: Path) -> None:
    job = folder / "bwc.yaml"
    assert command("pause", job, "--why", "搬迁").exit_code == DONE
    assert re.search(r"paused since .*: 搬迁", command("list", folder).stdout)
    [row] = json.loads(command("list", folder, "--json").stdout)
    assert (row["paused"], row["last_outcome"], row["job"]) == (True, None, "bwc")
    assert "(paused)" in command("next", folder).stdout
    assert "goes on" in command("pause", "--resume", job).stdout
    assert "was not paused" in command("pause", "--resume", job).stdout
    assert "paused" not in command("list", folder).stdout


def test_looking_changes_nothing(folder: Path) -> None:
    for words in (["list"], ["next"], ["history"]):
        assert command(*words, folder).exit_code == DONE
    assert [path.name for path in folder.iterdir()] == ["bwc.yaml"]


@pytest.mark.parametrize("word", ["list", "next", "due"])
def test_a_bad_job_file_is_named(folder: Path, word: str) -> None:
    bad = folder / "bad.yaml"
    bad.write_text("name: bad\nseeds: [http://a.example/]\nschedule: {cron: 0 24 * * *}\n", encoding="utf-8")
    shown = jiucang("schedule", word, folder)
    assert shown.returncode == BAD_INPUT
    assert f"{bad}:3: schedule.cron: found '0 24 * * *'; hour takes 0-23, not '24'" in shown.stderr
    assert word == "due" or "bwc.yaml" in shown.stdout


def test_history(folder: Path) -> None:
    missed(folder, hours=24 * 15)
    ledger = Ledger(folder / LEDGER)
    now = datetime.now(UTC)
    first = ledger.begin(Start("bwc.yaml", "bwc", b"name: bwc # then\n", "due then", [now], None), now)
    ledger.end(first, End("faults", 1, "20260301020000", "finished: 1 failed", 2), now + timedelta(minutes=90))
    ledger.told(first, "webhook 204")
    ledger.begin(Start("other.yaml", "other", b"", "due now", [now], None), now)
    shown = command("history", folder).stdout
    assert "under way" in shown
    assert "faults (exit code 1), 90 min" in shown
    assert "2 came due while it went on, and were passed over" in shown
    [row] = json.loads(command("history", folder, "--job", folder / "bwc.yaml", "--json").stdout)
    assert (row["id"], row["run"], row["told"]) == (first, "20260301020000", "webhook 204")
    assert command("history", folder, "--limit", "1").stdout.count("due ") == 1
    assert command("history", folder, "--job-of", str(first)).stdout == "name: bwc # then\n"
    assert command("history", folder, "--job-of", "99").exit_code == BAD_INPUT


def test_what_cannot_be_used(folder: Path) -> None:
    assert command("list", folder / "nowhere").exit_code == BAD_INPUT
    assert command("pause", folder / "nobody.yaml").exit_code == BAD_INPUT
    assert command("due", folder, "--mail-server", "mail.example").exit_code == BAD_INPUT
    (folder / LEDGER).write_bytes(b"this is no database, but long enough to be taken for one" * 20)
    for word in ("list", "next", "history", "due"):
        shown = jiucang("schedule", word, folder)
        assert shown.returncode == BAD_INPUT, word
        assert shown.stderr.startswith(f"jiucang: {folder / LEDGER}: "), word


def test_one_process_looks_after_a_folder(tmp_path: Path) -> None:
    with _lock(tmp_path), pytest.raises(FolderBusy, match="pid "), _lock(tmp_path):
        pass
    with _lock(tmp_path):
        pass
