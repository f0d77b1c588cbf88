"""`jiucang profiles explain`: every answer has its reason, on lines that fit a terminal, from any source of a page."""

from __future__ import annotations

import gzip
import ipaddress
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from jiucang.cli import app
from jiucang.explained import COLUMNS, lines, width
from jiucang.explanation import explain
from jiucang.profiling import explain_source
from jiucang.samples import Expected
from profiles.load import ProfileSet
from profiles.page import Page
from profiles.strict_yaml import read_model

SAMPLES = Path(__file__).parent / "samples"
URL = "http://bwc.example.edu.cn/2014/1103/c2464a197188/page.htm"
ARTICLE = read_model(SAMPLES / "webplus.yaml", Expected).pages[0].html or ""
RUNNER = CliRunner()


def explained(html: str, url: str = URL) -> str:
    return "\n".join(lines(explain(Page.parse(html.encode(), url), ProfileSet.resolve()), "a test"))


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "saved.htm"
    path.write_text(ARTICLE, "utf-8")
    return path


def record(url: str, body: str, date: str, head: str = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n") -> bytes:
    block = (head + body).encode()
    fields = (
        f"WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:x:{date}>\r\nWARC-Date: {date}\r\n"
        f"WARC-Target-URI: {url}\r\nContent-Type: application/http;msgtype=response\r\n"
        f"Content-Length: {len(block)}\r\n\r\n"
    )
    return gzip.compress(fields.encode() + block + b"\r\n\r\n", mtime=0)


@pytest.fixture
def warc(tmp_path: Path) -> tuple[Path, int]:
    """A collection with two captures of the article, and the offset of the newer one."""
    older = record(URL, "<html><h1 class='arti_title'>旧的标题在这里</h1><p>x</p></html>", "2014-11-03T02:00:00Z")
    path = tmp_path / "collection" / "archive" / "one.warc.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(older + record(URL, ARTICLE, "2014-12-01T02:00:00Z"))
    return path, len(older)


def test_it_says_what_was_found_and_why_not(saved: Path) -> None:
    done = RUNNER.invoke(app, ["profiles", "explain", str(saved), "--url", URL])
    assert done.exit_code == 0
    shown = " ".join(done.output.split())
    for words in (
        "kind article: an element that the profile lists as a mark",
        "PROFILE webplus",
        "* webplus its address has /c2464a197188/page.htm",
        "weak: its source has wp_articlecontent",
        "* .wp_articlecontent 1× 各学院、各部门：",
        "published 发布时间： 2014-11-03",
        "(no field) 发布者： 方老师",
        "title 关于开展冬季消防演练的通知",
        "source — no label on the page",
        "previous — no word of the chain on the page",
        "breadcrumb 首页 消防安全",
        "click_endpoints reads: POST http://bwc.example.edu.cn/_visitcountdisplay",
        "3 lines, found by profile in div.wp_articlecontent",
        "E clicks POST /_visitcountdisplay?siteId=120&type=3&articleId=197188",
        "L column /xfaq/list.htm 消防安全",
        "beacon /_visitcount?siteId=120&type=3&articleId=197188",
    ):
        assert words in shown, words


def test_json_holds_the_same_for_a_program(saved: Path) -> None:
    done = RUNNER.invoke(app, ["profiles", "explain", str(saved), "--url", URL, "--json"])
    data: dict[str, Any] = json.loads(done.output)
    assert (data["kind"], data["kind_why"], data["method"]) == ("article", "mark", "profile")
    assert data["identity"] == {"id": "197188", "page": None}
    assert data["fields"]["source"] == {"value": None, "why": "no label on the page"}
    assert data["fields"]["attachments"]["value"][0]["name"] == "演练安排表.doc"
    assert {"field": "published", "word": "发布时间：", "text": "2014-11-03"} in data["labels"]
    assert {one["role"] for one in data["links"]["outlinks"]} >= {"clicks", "column", "attachment", "requisite"}
    assert [one["reason"] for one in data["links"]["not_followed"]] == ["beacon"]


@pytest.mark.parametrize("file", sorted(SAMPLES.glob("*.yaml")), ids=lambda file: file.stem)
def test_no_line_is_wider_than_a_terminal(file: Path) -> None:
    for sample in read_model(file, Expected).pages:
        for line in explained(sample.html or "", sample.url).splitlines():
            assert width(line) <= COLUMNS, line


def test_a_page_cannot_steer_the_terminal() -> None:
    html = (
        "<h1 class='arti_title'>标题\x1b[2J很长很长</h1><p class='arti_metas'>发布时间：2014-11-03\x07</p>"
        "<a href='/\x1b]0;x'>\x1b[31m</a>"
    )
    assert all(character.isprintable() or character == "\n" for character in explained(html))


def test_a_list_and_a_page_that_no_profile_knows() -> None:
    listed = explained(
        "<ul><li>x</li></ul><script>createPageHTML(4, 0, 'index', 'html')</script>", "http://a.example/b/"
    )
    assert "PAGER items not said, pages 4, this is 1" in listed
    assert "http://a.example/b/index_1.html" in listed
    unknown = explained("<p>短</p>", "http://a.example/b")
    assert "PROFILE generic" in unknown
    assert "no profile has evidence in the page; this one reads every page" in unknown
    assert "FIELDS" not in unknown


@pytest.mark.parametrize("html", ["", "\x00" * 50, "<" * 5000, "<div>" * 3000, "<table><tr><td>" * 500])
def test_nothing_in_a_page_is_too_odd(html: str) -> None:
    assert explained(html)


def test_a_record_of_a_warc_file(warc: tuple[Path, int]) -> None:
    path, offset = warc
    done = RUNNER.invoke(app, ["profiles", "explain", f"{path}#{offset}"])
    assert done.exit_code == 0
    assert "冬季消防演练" in done.output
    assert f"one.warc.gz#{offset} (2014-12-01T02:00:00Z)" in done.output


def test_the_newest_capture_of_an_address(warc: tuple[Path, int]) -> None:
    for place in (warc[0], warc[0].parent, warc[0].parents[1]):
        done = RUNNER.invoke(app, ["profiles", "explain", URL, "--in", str(place)])
        assert done.exit_code == 0, place
        assert "冬季消防演练" in done.output


REVISIT = (
    "WARC/1.1\r\nWARC-Type: revisit\r\nWARC-Record-ID: <urn:x:3>\r\nWARC-Date: 2015-01-01T02:00:00Z\r\n"
    "WARC-Profile: http://netpreserve.org/warc/1.1/revisit/{}\r\nWARC-Refers-To: <urn:x:2014-12-01T02:00:00Z>\r\n"
    "WARC-Target-URI: {}\r\nContent-Type: application/http;msgtype=response\r\nContent-Length: {}\r\n\r\n{}\r\n\r\n"
)
HEADS = {
    "identical-payload-digest": "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Run: 2\r\n\r\n",
    "server-not-modified": "",
}


@pytest.mark.parametrize("kind", HEADS)
def test_a_revisit_shows_the_page_that_it_refers_to(kind: str, warc: tuple[Path, int]) -> None:
    path, offset = warc
    head = HEADS[kind]
    later = path.with_name("two.warc.gz")
    later.write_bytes(gzip.compress(REVISIT.format(kind, URL, len(head), head).encode(), mtime=0))
    for arguments in ([f"{later}#0"], [URL, "--in", str(path.parent)], [URL, "--in", str(path.parents[1])]):
        done = RUNNER.invoke(app, ["profiles", "explain", "--json", *arguments])
        assert done.exit_code == 0, done.stderr
        read = json.loads(done.stdout)
        assert read["fields"]["title"]["value"] == "关于开展冬季消防演练的通知"
        assert read["read_from"] == (
            f"two.warc.gz#0 (2015-01-01T02:00:00Z), a revisit of one.warc.gz#{offset} (2014-12-01T02:00:00Z)"
        )
    path.unlink()
    done = RUNNER.invoke(app, ["profiles", "explain", f"{later}#0"])
    assert done.exit_code == 2
    assert "a revisit whose original is not among the files" in done.stderr


def test_what_gives_no_page_is_said_in_words(warc: tuple[Path, int], tmp_path: Path) -> None:
    path, offset = warc
    broken = tmp_path / "broken.warc.gz"
    head = "HTTP/1.1 200 OK\r\nContent-Encoding: odd\r\n\r\n"
    broken.write_bytes(record(URL, "odd bytes", "2014-11-03T02:00:00Z", head))
    for arguments, said in (
        ([str(tmp_path / "missing.htm")], "cannot be read"),
        ([str(path)], "is a WARC file; name a record"),
        ([f"{path}#{offset + 1}"], "no record stands there"),
        ([f"{tmp_path / 'missing.warc.gz'}#0"], "No such file"),
        ([f"{broken}#0"], "content coding"),
        ([f"{URL}x", "--in", str(path)], "holds no response of this address"),
        (["http://[", "--in", str(path)], "is no address"),
        ([str(SAMPLES / "trs.yaml"), "--url", "http://["], "--url is no address"),
        ([str(SAMPLES / "trs.yaml"), "--profile", "nix"], "does not exist; expected auto"),
    ):
        done = RUNNER.invoke(app, ["profiles", "explain", *arguments])
        assert done.exit_code == 2, arguments
        assert said in done.stderr, done.stderr
        assert done.stdout == ""


@contextmanager
def serving(asked: list[str]) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.path} {self.headers['User-Agent']}")
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(ARTICLE.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_an_address_is_asked_once_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[str] = []
    with serving(asked) as port:
        url = f"http://127.0.0.1:{port}/2014/1103/c2464a197188/page.htm"
        loopback = (ipaddress.ip_network("127.0.0.0/8"),)
        code = explain_source(url, url=None, profile="auto", collection=None, as_json=False, allow=loopback)
        assert code == 0
        assert "the network, status 200" in capsys.readouterr().out
        assert asked == ["/2014/1103/c2464a197188/page.htm jiucang (profiles explain)"]
        # a private address is not asked: nobody allowed it
        assert explain_source(url, url=None, profile="auto", collection=None, as_json=False) == 2
        assert "gave no answer" in capsys.readouterr().err
        assert len(asked) == 1
