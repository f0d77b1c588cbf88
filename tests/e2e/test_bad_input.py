"""What goes wrong in a person's hands: the message names file, line and key, the exit code is the documented one,

nothing archived is lost, and no traceback is shown.
"""

from __future__ import annotations

import gzip
import json
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from crawls import PROJECT, jiucang
from sites import Site, site, write_job
from warcio.archiveiterator import ArchiveIterator

from archive.warc import HTTP_RESPONSE, RecordDraft, gzip_member
from jiucang.codes import BAD_INPUT, DONE, FAULTS, STOPPED
from jiucang.sample.replies import Request, Resource

DATE = datetime(2014, 11, 3, tzinfo=UTC)
HEAD = "name: bwc\nseeds: [http://bwc.example.edu.cn/]\n"
JOBS = {
    "unknown key": (HEAD + "politness: {delay: 1 s}\n", 3, "politness: is not a known key; did you mean politeness?"),
    "unknown key within": (HEAD + "limits:\n  page: 3\n", 4, "limits.page: is not a known key; did you mean pages?"),
    "wrong type": (HEAD + "politeness: {concurrency: many}\n", 3, "found 'many'; expected a whole number"),
    "no section": (HEAD + "limits: 5\n", 3, "limits: found 5; expected keys and values"),
    "wrong unit": (HEAD + "limits: {time: soon}\n", 3, "limits.time: found 'soon'; expected a time such as"),
    "no seeds": ("name: bwc\nseeds: []\n", 2, "seeds: found an empty list; expected at least 1 entry"),
    "seeds missing": ("name: bwc\n", 1, "seeds: is missing"),
    "seed is no URL": ("name: bwc\nseeds: [bwc]\n", 2, "seeds[0]: found 'bwc'; expected an http or https URL"),
    "seed of another scheme": ("name: b\nseeds: ['ftp://b/']\n", 2, "found 'ftp://b/'; expected an http or https"),
    "unknown profile": (HEAD + "profile: vsx\n", 3, "profile: found 'vsx'; expected auto, dedecms,"),
    "no such profile file": (HEAD + "profile: own.yaml\n", 3, "profile: found 'own.yaml'; expected auto"),
    "key twice": (HEAD + "name: other\n", 3, "name: is given twice (first on line 1)"),
    "no YAML": ("name: bwc\nseeds: [http://a/\n", 3, "is not YAML: "),
    "a text": ("bwc\n", 1, "found a text, expected keys and values"),
}


def complaint(done: subprocess.CompletedProcess[str], code: int) -> str:
    """What was said on stderr by a command that ended with *code* and showed no traceback."""
    assert "Traceback" not in done.stderr + done.stdout
    assert done.returncode == code, done.stderr + done.stdout
    return done.stderr


def scrapy(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scrapy", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=PROJECT)


def run_report(folder: Path) -> dict[str, Any]:
    """The report of the one run in a job's folder."""
    [path] = folder.glob("collections/small/reports/*/run.json")
    report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return report


# -- job files and commands --------------------------------------------------------------------------


@pytest.mark.parametrize("case", JOBS)
def test_a_job_file_is_told_what_is_wrong_with_it(case: str, tmp_path: Path) -> None:
    text, line, message = JOBS[case]
    job = tmp_path / "bwc.yaml"
    job.write_text(text, encoding="utf-8")
    said = complaint(jiucang("crawl", job), BAD_INPUT)
    assert f"{job}:{line}: " in said
    assert message in said
    assert not (tmp_path / "collections").exists()


def test_a_job_file_that_is_not_there(tmp_path: Path) -> None:
    said = complaint(jiucang("crawl", tmp_path / "none.yaml"), BAD_INPUT)
    assert said == f"{tmp_path}/none.yaml: cannot be read: No such file or directory\n"


def test_a_job_file_that_is_not_text(tmp_path: Path) -> None:
    job = tmp_path / "bwc.yaml"
    job.write_bytes("name: bwc\noperator: {name: 档案馆}\n".encode("gb18030"))
    assert complaint(jiucang("crawl", job), BAD_INPUT) == f"{job}:2: is not UTF-8; save the file as UTF-8\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("crwl", "a.yaml"), "Did you mean 'crawl'?"),
        (("crawl",), "Missing argument 'JOB.yaml'"),
        (("crawl", "--dealy", "a.yaml"), "No such option: --dealy"),
        (("extract", "--workers", "0", "a.warc.gz"), "'--workers'"),
    ],
)
def test_a_wrong_command(words: tuple[str, ...], message: str) -> None:
    assert message in complaint(jiucang(*words), BAD_INPUT)


def test_scrapys_own_commands(tmp_path: Path) -> None:
    assert scrapy("list").stdout == "portal\n"
    assert "-a job=JOB.yaml" in complaint(scrapy("crawl", "portal"), BAD_INPUT)
    job = tmp_path / "bwc.yaml"
    job.write_text(HEAD + "limit: {}\n", encoding="utf-8")
    said = complaint(scrapy("crawl", "portal", "-a", f"job={job}"), BAD_INPUT)
    assert said.endswith(f"{job}:3: limit: is not a known key; did you mean limits?\n")


@pytest.mark.parametrize("output", ["taken", "/proc/none"])
def test_an_output_folder_that_cannot_be_written(tmp_path: Path, output: str) -> None:
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    job = write_job(tmp_path, "http://127.0.0.1:9/", output=output)
    said = complaint(jiucang("crawl", job), BAD_INPUT)
    assert said.startswith("jiucang: ")
    assert output in said
    assert complaint(scrapy("crawl", "portal", "-a", f"job={job}"), BAD_INPUT)


# -- WARC files --------------------------------------------------------------------------------------


def record(number: int) -> bytes:
    """A response record of its own gzip member."""
    page = f"<html><head><title>通知{number}</title></head><body><p>第{number}号通知</p></body></html>".encode()
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n" % len(page)
    draft = RecordDraft(
        type="response",
        date=DATE,
        block=block + page,
        content_type=HTTP_RESPONSE,
        target_uri=f"http://bwc.example/{number}.htm",
    )
    return b"".join(gzip_member(draft))


FIRST, SECOND = record(1), record(2)


def damaged(kind: str) -> bytes:
    whole = FIRST + SECOND
    middle = len(FIRST) + 40
    return {
        "truncated": whole[:-30],
        "flipped": whole[:middle] + bytes([whole[middle] ^ 0xFF]) + whole[middle + 1 :],
        "html": b"<!DOCTYPE html><html><body>404</body></html>",
        "html in gzip": gzip.compress(b"<!DOCTYPE html><html><body>404</body></html>"),
        "empty": b"",
        "noise": bytes(range(255, 0, -1)) * 9,
    }[kind]


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("truncated", "truncated"),
        ("flipped", "bad-gzip"),
        ("html", "not-a-warc: begins with b'<!DOCTYPE html><', markup, perhaps an HTML page; expected WARC/"),
        ("html in gzip", "not-a-warc"),
        ("empty", "empty"),
        ("noise", "not-a-warc"),
    ],
)
def test_a_damaged_warc_is_a_finding_and_the_rest_is_read(kind: str, code: str, tmp_path: Path) -> None:
    (tmp_path / "a" / "archive").mkdir(parents=True)
    bad, good = tmp_path / "a/archive/bad.warc.gz", tmp_path / "a/archive/good.warc.gz"
    bad.write_bytes(damaged(kind))
    good.write_bytes(record(3))
    done = jiucang("extract", bad, good, "-o", tmp_path / "rows.jsonl", "--report", tmp_path / "extract.json", "--json")
    said = complaint(done, FAULTS)
    offset = len(FIRST) if kind in ("truncated", "flipped") else 0
    assert f"bad.warc.gz:{offset}: {code}" in said
    found = json.loads(done.stdout)["kinds"]
    assert sum(found.values()) == (2 if offset else 1)
    assert [f["where"] for f in json.loads((tmp_path / "extract.json").read_bytes())["findings"]] == [
        f"bad.warc.gz:{offset}"
    ]
    assert f"bad.warc.gz:{offset}: {code}" in complaint(jiucang("index", tmp_path / "a"), FAULTS)
    assert len((tmp_path / "a/indexes/index.cdxj").read_bytes().splitlines()) == (2 if offset else 1)


def test_sources_and_outputs_that_cannot_be_used(tmp_path: Path) -> None:
    good, rows = tmp_path / "good.warc.gz", tmp_path / "rows.jsonl"
    good.write_bytes(record(1))
    rows.write_text("kept\n", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    for words, message in (
        (("extract", tmp_path / "none.warc.gz", "-o", rows), f"{tmp_path}/none.warc.gz: does not exist"),
        (("extract", tmp_path / "empty", "-o", rows), f"{tmp_path}/empty: expected WARC files"),
        (("extract", good, "-o", tmp_path / "empty"), f"{tmp_path}/empty: is no file that can be replaced"),
        (("extract", good, "-o", good / "rows.jsonl"), f"{good}: "),
        (("index", tmp_path / "empty"), f"{tmp_path}/empty: is no collection (it has no archive folder)"),
        (("index", good), f"{good}: only a collection has a place for its index"),
    ):
        assert f"jiucang: {message}" in complaint(jiucang(*words), BAD_INPUT)
    assert rows.read_text(encoding="utf-8") == "kept\n"
    assert not list(tmp_path.glob("**/.*"))


# -- portals -----------------------------------------------------------------------------------------


def robots(text: bytes) -> Callable[[Request], Resource | None]:
    page = Resource("<html><body>校园网</body></html>".encode())
    return lambda request: Resource(text, b"text/plain") if request.path == b"/robots.txt" else page


def test_a_portal_that_is_down_is_waited_for_without_work(tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = jiucang("crawl", write_job(tmp_path, "http://127.0.0.1:9/"))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    complaint(done, FAULTS)
    assert "failed: http://127.0.0.1:9/robots.txt (refused)" in done.stdout
    assert "no seed could be captured: is the portal up?" in done.stdout
    assert run_report(tmp_path)["failures"] == {"refused": 1}
    # 17 seconds between three attempts; the rest is the start of the program
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 8


def test_a_private_address_is_refused_with_the_key_that_allows_it(tmp_path: Path) -> None:
    with site(robots(b"")) as portal:
        done = jiucang("crawl", write_job(tmp_path, portal.home, network={}))
    complaint(done, FAULTS)
    assert "network.allow" in done.stdout
    assert portal.asked == []


def test_a_portal_that_answers_only_challenges(tmp_path: Path) -> None:
    script = "document.cookie='__jsl_clearance='+0;location.href=location.pathname;"
    challenge = Resource(f"<html><head><title></title></head><body><script>{script}</script></body></html>".encode())
    with site(lambda request: challenge if request.path == b"/" else None) as portal:
        done = jiucang("crawl", write_job(tmp_path, portal.home))
    complaint(done, FAULTS)
    assert "every page was a challenge or captcha" in done.stdout
    assert run_report(tmp_path)["kinds"] == {"challenge": 1}
    [(_, kept)] = bodies(tmp_path, portal.home).items()
    assert kept == [challenge.body]


def test_a_seed_that_is_gone_is_an_answer(tmp_path: Path) -> None:
    with site(lambda _: None) as portal:
        done = jiucang("crawl", write_job(tmp_path, portal.home))
    complaint(done, DONE)
    assert run_report(tmp_path)["statuses"] == {"404": 2}


def test_a_robots_txt_that_forbids_everything(tmp_path: Path) -> None:
    with site(robots(b"User-agent: *\nDisallow: /\n")) as portal:
        done = jiucang("crawl", write_job(tmp_path, portal.home))
    complaint(done, FAULTS)
    assert "no seed could be captured: robots.txt forbids it" in done.stdout
    assert portal.asked == ["/robots.txt"]
    assert run_report(tmp_path)["drops"] == {"robots": 1}


def bodies(folder: Path, prefix: str) -> dict[str, list[bytes]]:
    """What the WARC files of a job's collection hold below *prefix*, robots.txt left out."""
    found: dict[str, list[bytes]] = {}
    for path in sorted(folder.glob("collections/small/archive/*.warc.gz")):
        with path.open("rb") as stream:
            for kept in ArchiveIterator(stream):
                url = kept.rec_headers.get_header("WARC-Target-URI") or ""
                if kept.rec_type == "response" and url.startswith(prefix) and not url.endswith("robots.txt"):
                    found.setdefault(url, []).append(kept.content_stream().read())
    return found


# -- interruptions -----------------------------------------------------------------------------------


class Crawl:
    """A crawl under way, as a person at a terminal has it."""

    def __init__(self, job: Path) -> None:
        command = [sys.executable, "-m", "jiucang", "crawl", str(job)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def line_with(self, text: str) -> str:
        """Waits for a line on stderr."""
        assert self._process.stderr is not None
        return next((line for line in self._process.stderr if text in line), "")

    def stop(self, number: int = signal.SIGINT) -> subprocess.CompletedProcess[str]:
        os.kill(self._process.pid, number)
        out, err = self._process.communicate(timeout=60)
        return subprocess.CompletedProcess(self._process.args, self._process.returncode, out, err)


PAGES = 40


@contextmanager
def chain(mark: int) -> Iterator[tuple[Site, threading.Event]]:
    """A site whose pages lead from one to the next; the event is set when page *mark* is asked for."""
    reached = threading.Event()

    def page(request: Request) -> Resource | None:
        number = int(request.path.strip(b"/").removesuffix(b".htm") or 0) if request.path != b"/robots.txt" else PAGES
        if number == mark:
            reached.set()
        link = b'<a href="/%d.htm">%d</a>' % (number + 1, number + 1) if number + 1 < PAGES else b""
        return Resource(b"<html><body><p>%d</p>%s</body></html>" % (number, link)) if number < PAGES else None

    with site(page) as portal:
        yield portal, reached


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_in_mid_crawl_and_resumed(number: int, tmp_path: Path) -> None:
    with chain(mark=3) as (portal, reached):
        job = write_job(tmp_path, portal.home, politeness={"delay": "400 ms"})
        crawl = Crawl(job)
        assert reached.wait(60)
        busy = complaint(jiucang("crawl", job), BAD_INPUT)
        assert "another crawl runs here (pid " in busy
        stopped = crawl.stop(number)
        complaint(stopped, STOPPED)
        assert "interrupted" in stopped.stdout
        assert len(bodies(tmp_path, portal.home)) < PAGES
        assert not list(tmp_path.glob("collections/small/archive/*.open"))
        complaint(jiucang("crawl", write_job(tmp_path, portal.home)), DONE)
    pages = bodies(tmp_path, portal.home)
    assert {len(kept) for kept in pages.values()} == {1}
    assert len(pages) == PAGES
    assert run_report(tmp_path)["how"] == "finished"


def test_a_disk_that_is_nearly_full_pauses_the_crawl(tmp_path: Path) -> None:
    with site(robots(b"")) as portal:
        crawl = Crawl(write_job(tmp_path, portal.home, limits={"free_disk": "900 TB"}))
        assert "limits.free_disk" in crawl.line_with("the crawl pauses")
        complaint(crawl.stop(), STOPPED)
        assert portal.asked == []
        complaint(jiucang("crawl", write_job(tmp_path, portal.home)), DONE)
    assert len(bodies(tmp_path, portal.home)) == 1
