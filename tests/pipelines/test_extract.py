"""From files to rows, end to end; every file is made here."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.captures import Answer
from pipelines.crew import Labour, NoProcesses, work_off
from pipelines.edits import from_json, revert
from pipelines.index import CaptureIndex
from pipelines.rows import NoDocument
from pipelines.run import ExtractReport, Progress, extract
from pipelines.schema import KEYS
from pipelines.sources import NoSource
from pipelines.workers import read_pages
from profiles.load import ProfileSet

Warc = Callable[..., object]
HOST = "http://bwc.example.edu.cn"
ARTICLE = f"{HOST}/info/1018/12.htm"
CLICKS = f"{HOST}/system/resource/code/news/click/dynclicks.jsp?clickid=12&owner=77&clicktype=wbnews"
BODY = (
    "<p>校保发〔2014〕6号</p><p>各单位：</p><p>一、检查内容</p><p>（1）要检查线路 and 插座，发现隐患及时整改。</p>"
    "<p>（2）要登记大功率电器。</p><p>二、工作要求</p><p>请将结果报保卫处。</p><p>保卫处</p><p>2014年11月3日</p>"
)


def rows_of(out: Path) -> list[dict]:
    return [json.loads(line) for line in out.read_text("utf-8").splitlines()]


def run(tmp_path: Path, *sources: Path, workers: int = 1) -> tuple[list[dict], ExtractReport, dict]:
    out, report = tmp_path / "out" / "documents.jsonl", tmp_path / "out" / "extract.json"
    result = extract(sources, out, workers=workers, report=report)
    assert sorted(path.name for path in out.parent.iterdir()) == ["documents.jsonl", "extract.json"]
    return rows_of(out), result, json.loads(report.read_text("utf-8"))


def test_one_page_becomes_one_row(tmp_path: Path, warc: Warc, vsb: Callable[..., str]) -> None:
    file = warc("one.warc.gz")
    page = file.response(ARTICLE, vsb(BODY))
    click = file.response(CLICKS, "8432", date="2014-11-03T02:00:07Z")
    (row,), result, report = run(tmp_path, file.save())

    assert tuple(row) == KEYS
    assert (row["title"], row["source"], row["published_at"]) == ("关于冬季用电安全检查的通知", None, "2014-11-03")
    assert (row["clicks"], row["clicks_at"]) == (8432, "2014-11-03T02:00:07Z")
    assert row["breadcrumb"] == ["首页", "制度汇编"]
    assert row["previous"] == {"title": "上一篇文章的完整标题在此", "url": f"{HOST}/info/1018/11.htm"}
    assert row["next"] is None
    assert (row["document_number"], row["document_date"], row["issuers"]) == (
        "校保发〔2014〕6号",
        "2014-11-03",
        ["保卫处"],
    )
    assert [(s["level"], s["number"]) for s in row["sections"]] == [(1, "一"), (2, "1"), (2, "2"), (1, "二")]
    assert "（1）要检查线路和插座，发现隐患及时整改。" in row["text"].split("\n")
    assert (row["url"], row["captured_at"], row["aliases"]) == (ARTICLE, "2014-11-03T02:00:00Z", [])
    original = revert(row["text"], [from_json(edit) for edit in row["edits"]])
    assert " and " in original
    assert row["original_sha256"] == hashlib.sha256(original.encode()).hexdigest()
    assert row["text_sha256"] == hashlib.sha256(row["text"].encode()).hexdigest()
    where = row["provenance"]
    assert (where["file"], where["offset"], where["record_id"]) == ("one.warc.gz", 0, page)
    member = (tmp_path / "one.warc.gz").read_bytes()[: where["length"]]
    assert page.encode() in gzip.decompress(member)
    assert {"code": "empty", "detail": "source: label without a value"} in row["warnings"]
    assert not result.faulty
    assert report["kinds"]["article"] == 1
    assert click != page


def test_the_same_bytes_whatever_the_order_or_the_workers(tmp_path: Path, warc: Warc, vsb: Callable[..., str]) -> None:
    files = []
    for number in range(3):
        file = warc(f"part-{number}.warc.gz")
        for article in range(6):
            identity = number * 6 + article
            body = f"<p>第{identity}份文件的正文，内容各不相同。</p><p>请各单位照此办理。</p>"
            file.response(
                f"{HOST}/info/1018/{identity}.htm", vsb(body, number=identity, title=f"第{identity}号通知的标题")
            )
        files.append(file.save())
    written = set()
    reports = set()
    for sources, workers in ((files, 1), (files[::-1], 2), ([tmp_path], 2), ([files[1], *files], 3)):
        out, report = tmp_path / "d.jsonl", tmp_path / "e.json"
        extract(sources, out, workers=workers, report=report)
        written.add(out.read_bytes())
        reports.add(report.read_bytes())
    assert len(written) == len(reports) == 1
    assert written.pop().count(b"\n") == 18


def test_addresses_of_one_document_are_one_row(tmp_path: Path, warc: Warc, vsb: Callable[..., str]) -> None:
    alias = f"{HOST}/content.jsp?urltype=news.NewsContentUrl&wbtreeid=1018&wbnewsid=12"
    file = warc("one.warc.gz")
    file.response(alias, vsb(BODY), date="2014-11-03T03:00:00Z")
    file.response(ARTICLE, vsb(BODY))
    (row,), _, _ = run(tmp_path, file.save())
    assert (row["url"], row["aliases"]) == (ARTICLE, [alias])


def test_versions_follow_each_other(tmp_path: Path, warc: Warc, vsb: Callable[..., str]) -> None:
    file = warc("one.warc.gz")
    file.response(ARTICLE, vsb(BODY))
    file.response(
        ARTICLE, vsb(BODY).replace("下一条：没有了", '下一条：<a href="13.htm">新文</a>'), date="2015-01-01T00:00:00Z"
    )
    file.response(ARTICLE, vsb(BODY.replace("登记", "停用")), date="2016-01-01T00:00:00.5Z")
    file.response(ARTICLE, vsb(BODY), date="2017-01-01T00:00:00Z")
    first, second = run(tmp_path, file.save())[0]
    assert (first["id"], first["captured_at"], first["supersedes"]) == (second["id"], "2014-11-03T02:00:00Z", None)
    assert (second["captured_at"], second["supersedes"]) == ("2016-01-01T00:00:00.5Z", first["version"])


def test_clicks_come_from_the_answer_of_the_same_run(tmp_path: Path, warc: Warc, vsb: Callable[..., str]) -> None:
    file = warc("one.warc.gz")
    file.response(CLICKS, "11", date="2014-11-03T02:00:01Z", run="other")
    file.response(CLICKS, "12", date="2014-11-03T05:00:00Z", run="mine")
    file.response(CLICKS, "13", date="2014-11-03T06:00:00Z", run="mine")
    file.response(ARTICLE, vsb(BODY), run="mine")
    (row,), _, _ = run(tmp_path, file.save())
    assert (row["clicks"], row["clicks_at"]) == (12, "2014-11-03T05:00:00Z")


def test_enclosures_name_their_captures(tmp_path: Path, warc: Warc, vsb: Callable[..., str]) -> None:
    enclosed = '<p>附件：<a href="/a.doc">表.doc</a></p><p>附件：<a href="/c.doc">图.doc</a></p>'
    body = f'{BODY}{enclosed}<p><img src="/b.jpg"><img src="/missing.jpg"></p>'
    file = warc("one.warc.gz")
    file.response(ARTICLE, vsb(body))
    document = file.response(f"{HOST}/a.doc", b"\xd0\xcf", media_type="application/msword")
    file.response(f"{HOST}/missing.jpg", "gone", status="404 Not Found")
    captcha = file.response(f"{HOST}/c.doc", "<html>请输入验证码</html>")
    image = file.response(f"{HOST}/b.jpg", b"\xff\xd8", media_type="image/jpeg")
    (row,), _, _ = run(tmp_path, file.save())
    assert [(a["name"], a["media_type"], a["capture"]) for a in row["attachments"]] == [
        ("表.doc", "application/msword", document),
        ("图.doc", "text/html", captcha),
    ]
    assert [(i["url"], i["capture"]) for i in row["images"]] == [
        (f"{HOST}/b.jpg", image),
        (f"{HOST}/missing.jpg", None),
    ]
    assert {"code": "attachment-answered-with-html", "detail": f"{HOST}/c.doc"} in row["warnings"]


def test_stored_profiles_of_the_run_are_used(tmp_path: Path, warc: Warc, vsb: Callable[..., str]) -> None:
    profiles = ProfileSet.resolve()
    vsb_profile = profiles.named("vsb")
    assert vsb_profile is not None
    changed = vsb_profile.model_copy(
        update={"article": vsb_profile.article.model_copy(update={"body": [".only-here"]})}
    )
    stored = ProfileSet((changed,)).to_yaml().encode()
    page = vsb('<p>平常的正文放在这里，不在别处。</p><div class="only-here">本站的正文在这一处。</div>')
    file = warc("one.warc.gz")
    file.record("resource", "urn:jiucang:run:r1:profiles", stored, "application/yaml", "2014-11-03T02:00:00Z")
    file.response(ARTICLE, page, run="r1")
    (row,), result, _ = run(tmp_path, file.save())
    assert (row["text"], result.faulty) == ("本站的正文在这一处。", False)


def test_profiles_that_cannot_be_read_are_a_finding(tmp_path: Path, warc: Warc, vsb: Callable[..., str]) -> None:
    file = warc("one.warc.gz")
    file.record("resource", "urn:jiucang:run:r1:profiles", b"profiles: 7", "application/yaml", "2014-11-03T02:00:00Z")
    file.response(ARTICLE, vsb(BODY), run="r1")
    rows, result, _ = run(tmp_path, file.save())
    assert [finding.code for finding in result.findings] == ["bad-profiles"]
    assert len(rows) == 1


def test_pages_that_are_no_documents_give_reasons(tmp_path: Path, warc: Warc, vsb: Callable[..., str]) -> None:
    file = warc("one.warc.gz")
    items = "".join(f'<li><a href="info/1018/{n}.htm">第{n}份关于安全的通知</a> 2014-11-0{n}</li>' for n in range(1, 9))
    file.response(f"{HOST}/zzwj.htm", f"<html><body><ul>{items}</ul><td id='fanye1'>共54条 1/3</td></body></html>")
    file.response(f"{HOST}/info/1018/1.htm", vsb(BODY), status="404 Not Found")
    file.response(f"{HOST}/empty.htm", "  ")
    file.response(f"{HOST}/c.htm", "<html><script>var challengeId=1;post('/dynamic_challenge')</script></html>")
    rows, result, report = run(tmp_path, file.save())
    assert rows == []
    reasons = {page["url"].rsplit("/", 1)[1]: (page["kind"], page["reason"]) for page in report["without_row"]}
    assert reasons["1.htm"] == ("", "status 404")
    assert reasons["empty.htm"] == ("", "empty body")
    assert reasons["c.htm"][0] == "challenge"
    assert reasons["zzwj.htm"][0] == "list"
    assert not result.faulty


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<html><body>no archive</body></html>", "not-a-warc"),
        (b"", "empty"),
        (bytes(range(190, 254)), "not-a-warc"),
        (b"\x1f\x8b\x08\x00garbage that is not deflate", "bad-gzip"),
    ],
    ids=["html", "empty", "garbage", "bad gzip"],
)
def test_files_that_are_no_warc_are_findings(tmp_path: Path, content: bytes, code: str) -> None:
    bad = tmp_path / "bad.warc.gz"
    bad.write_bytes(content)
    rows, result, report = run(tmp_path, bad)
    assert rows == []
    assert result.faulty
    assert [finding["code"] for finding in report["findings"]] == [code]


def test_a_truncated_file_gives_what_it_holds(tmp_path: Path, warc: Warc, vsb: Callable[..., str]) -> None:
    file = warc("one.warc.gz")
    file.response(ARTICLE, vsb(BODY))
    file.response(f"{HOST}/info/1018/13.htm", vsb(BODY, number=13))
    path = file.save()
    path.write_bytes(path.read_bytes()[:-40])
    rows, result, _ = run(tmp_path, path)
    assert [row["url"] for row in rows] == [ARTICLE]
    assert [finding.code for finding in result.findings] == ["truncated"]


@pytest.mark.parametrize("name", ["gzipped.warc.gz", "plain.warc"])
def test_damage_costs_no_record_but_its_own(tmp_path: Path, warc: Warc, vsb: Callable[..., str], name: str) -> None:
    file = warc(name)
    sizes = []
    for number in (12, 13, 14):
        file.response(f"{HOST}/info/1018/{number}.htm", vsb(BODY, number=number))
        sizes.append(file.save().stat().st_size)
    path = tmp_path / name
    data = bytearray(path.read_bytes())
    for place in range(sizes[0], sizes[0] + 100):
        data[place] ^= 0x55
    path.write_bytes(data)
    rows, result, _ = run(tmp_path, path)
    assert {row["url"][-6:] for row in rows} == {"12.htm", "14.htm"}
    assert len(result.findings) == 1


@pytest.mark.parametrize("name", ["plain.warc", "whole.warc.gz"])
def test_files_that_are_not_gzipped_record_by_record(
    tmp_path: Path, warc: Warc, vsb: Callable[..., str], name: str
) -> None:
    file = warc(name)
    for identity in (12, 13, 14):
        file.response(f"{HOST}/info/1018/{identity}.htm", vsb(BODY, number=identity))
    path = file.save()
    if name.endswith(".gz"):
        path.write_bytes(gzip.compress(b"".join(file.records)))
    rows, result, _ = run(tmp_path, path, workers=2)
    assert len(rows) == 3
    assert not result.faulty


def test_open_files_of_a_collection_are_read(tmp_path: Path, warc: Warc, vsb: Callable[..., str]) -> None:
    (tmp_path / "c" / "archive").mkdir(parents=True)
    file = warc("c/archive/n-00000.warc.gz.open")
    file.response(ARTICLE, vsb(BODY))
    file.save()
    (row,), _, _ = run(tmp_path, tmp_path / "c")
    assert row["provenance"]["file"] == "n-00000.warc.gz"


@pytest.mark.parametrize(("name", "why"), [("missing.warc.gz", "does not exist"), ("folder", "found none")])
def test_sources_that_are_none(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(NoSource, match=why) as caught:
        extract([tmp_path / name], tmp_path / "out.jsonl")
    assert caught.value.path == tmp_path / name
    assert not (tmp_path / "out.jsonl").exists()


def test_a_page_of_another_encoding_says_how_it_was_read(tmp_path: Path, warc: Warc, vsb: Callable[..., str]) -> None:
    file = warc("one.warc.gz")
    file.response(ARTICLE, vsb(BODY).replace("utf-8", "gb2312").encode("gb18030"))
    (row,), _, _ = run(tmp_path, file.save())
    assert row["title"] == "关于冬季用电安全检查的通知"
    assert row["provenance"]["encoding"]["declared"] == "gb2312"


def test_progress_counts_files_and_pages(tmp_path: Path, warc: Warc, vsb: Callable[..., str]) -> None:
    file = warc("one.warc.gz")
    file.response(ARTICLE, vsb(BODY))
    told: list[Progress] = []
    extract([file.save()], tmp_path / "o.jsonl", workers=1, progress=told.append)
    assert told == [Progress("scan", 1, 1), Progress("read", 1, 1), Progress("join", 1, 1)]


def misbehaving(answer: Answer, profiles: ProfileSet, agent: str) -> NoDocument:
    """Stands in for the reader of pages: dies, hangs or raises as the address says."""
    url = answer.url
    if url.endswith("die"):
        os._exit(3)
    if url.endswith("hang"):
        time.sleep(600)
    if url.endswith("loop"):
        # within one C function, which no Python handler interrupts
        re.match(r"(a|a)*b", "a" * 40)
    if url.endswith("raise"):
        raise RuntimeError("planted")
    return NoDocument("fine")


def no_labour() -> Labour[int, int]:
    os._exit(4)


def test_processes_that_cannot_start_end_the_run() -> None:
    with pytest.raises(NoProcesses, match=r"end as soon as they start \(exit code 4\)"):
        list(work_off([[1], [2]], no_labour, workers=2, deadline=3))


def test_a_worker_that_dies_or_hangs_costs_its_page_alone(tmp_path: Path, warc: Warc) -> None:
    file = warc("one.warc.gz")
    for name in ("a", "die", "b", "hang", "c", "raise", "d", "loop", "e"):
        file.response(f"{HOST}/{name}", "<p>")
    index = CaptureIndex(tmp_path / "index.db")
    index.scan([file.save()], lambda _: None)
    read = list(read_pages(index.pages(), {}, "t", workers=2, deadline=0.5, batch=4, reader=misbehaving))
    reasons = {item.capture.url.rsplit("/", 1)[1]: item.result.reason for item in read}
    assert {name for name, reason in reasons.items() if reason == "fine"} == {"a", "b", "c", "d", "e"}
    assert reasons["die"] == "not read: its process ended (3)"
    assert reasons["hang"] == "not read: no answer within 4 s"
    # on a very busy machine its four seconds are over before half a second of computing
    assert reasons["loop"] in ("not read: not done within 0.5 s of computing", reasons["hang"])
    assert reasons["raise"] == "not read: RuntimeError: planted"


@pytest.mark.parametrize(
    "body",
    [
        "<div>" * 100_000 + "<p>底部的一句话。</p>",
        "<table><tr><td>" * 20_000,
        "<p><font color=1>" * 20_000,
        "<p>字\0字</p>" * 1000,
        "<p>一段文字。</p>" * 100_000,
        "<a href=x>" * 50_000,
        "上一条：" * 50_000,
        "来源:" * 10_000,
        "<script>" + "document.write('x'+" * 20_000 + "</script>",
        "<p>（" + "\u3000" * 1_000_000 + "</p>",
        "<p>文字。</p><p>" + "1" * 5000 + "x</p>",
        "<p>" + "A+" * 39 + "x</p>",
        '<a href="' + "/__local/" * 100_000 + '">附件</a>',
        "<p>" + "上一条：<a href=1.htm>a</a> " * 30_000 + "</p>",
        "<p>上一条：<a href=1.htm title=x>" + "." * 1_000_000 + "</a></p>",
    ],
    ids="nested tables fonts nul long links chains labels script blanks digits buttons href neighbours dots".split(),
)
def test_pages_made_to_be_awkward_are_read_within_the_deadline(
    tmp_path: Path, warc: Warc, vsb: Callable[..., str], body: str
) -> None:
    file = warc("one.warc.gz")
    file.response(ARTICLE, vsb(body))
    rows, result, _ = run(tmp_path, file.save())
    assert (len(rows), result.not_read) == (1, 0)
