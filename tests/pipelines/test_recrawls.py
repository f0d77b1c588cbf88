"""Several runs of one portal: revisits read as captures, rows that stay as they were, clicks over time."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from runs import PLAIN, Archive, Stored

from archive.digests import digest_of
from archive.warc import warc_date
from profiles.load import ProfileSet

HOST = "http://bwc.example.edu.cn"
ARTICLE = f"{HOST}/info/1018/12.htm"
COPY = f"{HOST}/xxgk/12.htm"
CLICKS = f"{HOST}/system/resource/code/news/click/dynclicks.jsp?clickid=12&owner=77&clicktype=wbnews"
DOC = f"{HOST}/a.doc"
BODY = '<p>各单位：</p><p>请登记大功率电器，并将结果报保卫处。</p><p>附件：<a href="/a.doc">登记表.doc</a></p>'

Vsb = Callable[..., str]


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path)


def test_a_recrawl_without_changes_changes_nothing(archive: Archive, vsb: Vsb) -> None:
    first = archive.run()
    page = first.response(ARTICLE, vsb(BODY))
    other = first.response(f"{HOST}/info/1018/13.htm", vsb(BODY, number=13))
    listed = first.response(f"{HOST}/zzwj.htm", "<html><body><p>栏目</p></body></html>")
    count = first.response(CLICKS, "11", media_type="text/plain")
    enclosed = first.response(DOC, b"\xd0\xcf", media_type="application/msword")
    before = archive.extract()

    second = archive.run()
    second.unchanged(page)
    second.identical(other)
    second.identical(listed)
    second.response(CLICKS, "29", media_type="text/plain")
    second.identical(enclosed, head=b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n")
    third = archive.run()
    # fetched unconditionally and stored again: still the same page
    third.response(ARTICLE, vsb(BODY))
    third.unchanged(other)
    third.identical(count, head=PLAIN)
    after = archive.extract()

    assert after.documents == before.documents
    told = {(row["clicks"], row["attachments"][0]["media_type"]) for row in before.rows}
    assert told == {(11, "application/msword"), (None, "application/msword")}
    assert {row["attachments"][0]["capture"] for row in after.rows} == {enclosed.id}
    assert (before.result.pages_read, after.result.pages_read) == (3, 3)
    assert after.result.kinds["article"] == 6


def test_a_collection_crawled_fifty_times_is_read_once(archive: Archive, vsb: Vsb) -> None:
    page = archive.run().response(ARTICLE, vsb(BODY))
    for number in range(49):
        run = archive.run()
        run.unchanged(page) if number % 2 else run.identical(page)
    extracted = archive.extract()
    assert len(extracted.rows) == extracted.result.pages_read == 1
    assert extracted.result.kinds == {"article": 50}


def test_a_page_that_did_not_change_is_read_with_the_profiles_of_its_first_run(archive: Archive, vsb: Vsb) -> None:
    vsb_profile = ProfileSet.resolve().named("vsb")
    assert vsb_profile is not None
    other = vsb_profile.model_copy(update={"article": vsb_profile.article.model_copy(update={"body": [".only-here"]})})
    first = archive.run()
    page = first.response(ARTICLE, vsb(BODY + '<div class="only-here">本站的正文在这一处。</div>'))
    before = archive.extract()
    second = archive.run()
    second.profiles(ProfileSet((other,)).to_yaml().encode())
    second.unchanged(page)
    assert archive.extract().documents == before.documents


def test_a_new_version_stands_beside_the_old_one(archive: Archive, vsb: Vsb) -> None:
    old, new = vsb(BODY), vsb(BODY.replace("登记", "停用"))
    first = archive.run().response(ARTICLE, old)
    unchanged = archive.run()
    unchanged.unchanged(first)
    second = archive.run().response(ARTICLE, new)
    a, b = archive.extract().rows
    assert (a["provenance"]["record_id"], b["provenance"]["record_id"]) == (first.id, second.id)
    assert (a["supersedes"], b["supersedes"]) == (None, a["version"])
    assert b["captured_at"] == warc_date(second.date)


def test_a_version_that_returns_is_superseded_from_there(archive: Archive, vsb: Vsb) -> None:
    first = archive.run().response(ARTICLE, vsb(BODY))
    archive.run().response(ARTICLE, vsb(BODY.replace("登记", "停用")))
    archive.run().identical(first)
    two = archive.extract()
    assert len(two.rows) == 2
    archive.run().response(ARTICLE, vsb(BODY.replace("登记", "检查")))
    a, b, c = archive.extract().rows
    assert [a, b] == two.rows
    assert c["supersedes"] == a["version"]


def test_the_same_bytes_under_another_address_are_a_page_of_their_own(archive: Archive, vsb: Vsb) -> None:
    run = archive.run()
    original = run.chunked(ARTICLE, vsb(BODY))
    copy = run.identical(original, COPY)
    extracted = archive.extract()
    one, two = sorted(extracted.rows, key=lambda row: row["captured_at"])
    assert (one["url"], two["url"], one["id"] != two["id"]) == (ARTICLE, COPY, True)
    assert (two["text"], two["captured_at"]) == (one["text"], warc_date(copy.date))
    assert two["previous"]["url"] == f"{HOST}/xxgk/11.htm"
    where = two["provenance"]
    assert (where["record_id"], where["payload_digest"]) == (copy.id, str(digest_of(original.body)))
    [file] = archive.files()
    record = gzip.decompress(file.read_bytes()[where["offset"] : where["offset"] + where["length"]])
    assert f"WARC-Refers-To: {original.id}".encode() in record


def test_a_revisit_of_the_same_bytes_has_its_own_head(archive: Archive, vsb: Vsb) -> None:
    run = archive.run()
    page = run.response(ARTICLE, vsb(BODY), status="404 Not Found")
    run.identical(page)
    extracted = archive.extract()
    assert len(extracted.rows) == 1
    assert [refused["reason"] for refused in extracted.refused] == ["status 404"]


def test_what_has_vanished_keeps_its_rows(archive: Archive, vsb: Vsb) -> None:
    archive.run().response(ARTICLE, vsb(BODY))
    before = archive.extract()
    later = archive.run()
    gone = later.response(ARTICLE, "<html><body>404</body></html>", status="404 Not Found")
    extracted = archive.extract()
    assert extracted.documents == before.documents
    assert [(refused["record_id"], refused["reason"]) for refused in extracted.refused] == [(gone.id, "status 404")]


def test_clicks_are_told_over_time(archive: Archive, vsb: Vsb) -> None:
    first = archive.run()
    page = first.response(ARTICLE, vsb(BODY))
    eleven = first.response(CLICKS, "11", media_type="text/plain")
    second = archive.run()
    second.unchanged(page)
    again = second.identical(eleven, head=PLAIN)
    third = archive.run()
    third.unchanged(page)
    third.response(CLICKS, "many", media_type="text/plain")
    thirty = third.response(CLICKS, "30", media_type="text/plain")
    extracted = archive.extract()
    [row] = extracted.rows
    told = [(line["clicks"], line["clicks_at"], line["provenance"]["record_id"]) for line in extracted.clicks]
    assert told == [(n, warc_date(record.date), record.id) for n, record in ((11, eleven), (11, again), (30, thirty))]
    assert {(line["id"], line["url"], line["schema"]) for line in extracted.clicks} == {
        (row["id"], ARTICLE, "jiucang-clicks/1")
    }
    assert (row["clicks"], row["clicks_at"]) == (11, warc_date(eleven.date))
    assert extracted.result.clicks == 3


def test_a_row_has_no_clicks_of_another_run(archive: Archive, vsb: Vsb) -> None:
    first = archive.run()
    page = first.response(ARTICLE, vsb(BODY))
    before = archive.extract()
    second = archive.run()
    second.unchanged(page)
    second.response(CLICKS, "30", media_type="text/plain")
    after = archive.extract()
    assert before.documents == after.documents
    assert after.rows[0]["clicks"] is None
    assert [line["clicks"] for line in after.clicks] == [30]


def test_an_enclosure_of_another_run_is_an_earlier_one(archive: Archive, vsb: Vsb) -> None:
    enclosed = archive.run().response(DOC, b"\xd0\xcf", media_type="application/msword")
    second = archive.run()
    second.begin += timedelta(days=300)
    second.response(ARTICLE, vsb(BODY))
    before = archive.extract()
    archive.run().response(DOC, b"\xd0\xcf\x11", media_type="application/msword")
    assert archive.extract().documents == before.documents
    assert before.rows[0]["attachments"][0]["capture"] == enclosed.id


def test_a_number_in_the_page_counts_where_no_counter_told_one(archive: Archive, vsb: Vsb) -> None:
    def page(clicks: int) -> str:
        return vsb(BODY).replace("点击量: ", f"点击量: {clicks} ")

    first, second, third = archive.run(), archive.run(), archive.run()
    printed = first.response(ARTICLE, page(5))
    same = second.unchanged(printed)
    third.response(ARTICLE, page(6))
    asked = third.response(CLICKS, "70", media_type="text/plain")
    extracted = archive.extract()
    assert [(line["clicks"], line["provenance"]["record_id"]) for line in extracted.clicks] == [
        (5, printed.id),
        (5, same.id),
        (70, asked.id),
    ]
    # the count is no part of what makes a version
    assert [row["clicks"] for row in extracted.rows] == [5]


def test_order_and_workers_change_nothing(archive: Archive, vsb: Vsb) -> None:
    stored: dict[str, Stored] = {}
    for number in range(3):
        run = archive.run()
        for article in range(8):
            url = f"{HOST}/info/1018/{article}.htm"
            title = f"第{article}号通知的标题"
            if url in stored and article % 4:
                run.unchanged(stored[url]) if article % 2 else run.identical(stored[url])
            else:
                stored[url] = run.response(
                    url, vsb(f"<p>第{article}份，第{number}次。</p>", number=article, title=title)
                )
            run.response(CLICKS.replace("=12&", f"={article}&"), str(number * 10 + article), media_type="text/plain")
    files = archive.files()
    written = {
        (found.documents, found.clicked, found.report)
        for order, workers in ((files, 1), (files[::-1], 2))
        for found in [archive.extract(order, workers)]
    }
    assert len(written) == 1
    documents, clicks, _ = written.pop()
    assert (documents.count(b"\n"), clicks.count(b"\n")) == (8 + 2 * 2, 24)


numbers = count()


def foreign(kind: str, url: str, date: str, block: bytes, *fields: str, version: str = "1.0") -> tuple[str, bytes]:
    """A record as other software writes it, and its id."""
    identity = f"<urn:x:{next(numbers)}>"
    lines = [f"WARC/{version}", f"WARC-Type: {kind}", f"WARC-Record-ID: {identity}", f"WARC-Date: {date}"]
    lines += [f"WARC-Target-URI: {url}", *fields, f"Content-Length: {len(block)}"]
    return identity, gzip.compress("\r\n".join(lines).encode() + b"\r\n\r\n" + block + b"\r\n\r\n")


HTTP = "Content-Type: application/http; msgtype=response"
SHA1 = "WARC-Payload-Digest: sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ"
IDENTICAL = "WARC-Profile: http://netpreserve.org/warc/1.0/revisit/identical-payload-digest"
UNMODIFIED = "WARC-Profile: http://netpreserve.org/warc/1.0/revisit/server-not-modified"
NEW, OLD = "2016-01-01T00:00:00Z", "2015-01-01T00:00:00Z"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"


def old(page: str) -> tuple[str, bytes]:
    return foreign("response", f"<{ARTICLE}>", OLD, OK + page.encode(), HTTP, SHA1)


NOTHING_NEW = b"HTTP/1.1 304 Not Modified\r\n\r\n"
REVISITS = {
    "id": (OK, [IDENTICAL, "WARC-Refers-To: {id}"]),
    "date": (OK, [IDENTICAL, f"WARC-Refers-To-Target-URI: <{ARTICLE}>", f"WARC-Refers-To-Date: {OLD}"]),
    "digest": (OK, [IDENTICAL, "WARC-Refers-To: <urn:x:lost>", SHA1]),
    "agnostic": (OK, [IDENTICAL.replace("identical", "uri-agnostic-identical"), SHA1]),
    "no-block": (b"", [IDENTICAL.replace("1.0", "1.1"), "WARC-Refers-To: {id}"]),
    "unmodified": (NOTHING_NEW, [UNMODIFIED, "WARC-Refers-To: {id}"]),
    "unmodified-digest": (NOTHING_NEW, [UNMODIFIED.replace("1.0", "1.1"), SHA1]),
}


def test_revisits_of_other_software(archive: Archive, vsb: Vsb) -> None:
    identity, records = old(vsb(BODY))
    for name, (block, fields) in REVISITS.items():
        said = [*([HTTP] if block else []), *(line.replace("{id}", identity) for line in fields)]
        records += foreign("revisit", f"{HOST}/copies/{name}.htm", NEW, block, *said)[1]
    file = archive.folder / "wget.warc.gz"
    file.write_bytes(records)
    extracted = archive.extract([file])
    found = {row["url"].rsplit("/", 1)[1]: row["captured_at"] for row in extracted.rows}
    assert found == {"12.htm": OLD} | {f"{name}.htm": NEW for name in REVISITS}
    assert extracted.refused == []


def test_a_revisit_of_a_revisit_is_followed_to_the_response(archive: Archive, vsb: Vsb) -> None:
    at, records = old(vsb(BODY))
    for number in range(40):
        url = f"{HOST}/copies/{number}.htm"
        at, record = foreign("revisit", url, NEW, OK, HTTP, IDENTICAL, f"WARC-Refers-To: {at}")
        records += record
    file = archive.folder / "chain.warc.gz"
    file.write_bytes(records)
    assert len(archive.extract([file]).rows) == 41


def test_the_digest_is_believed_before_the_name(archive: Archive, vsb: Vsb) -> None:
    first, response = old(vsb(BODY))
    changed = vsb(BODY.replace("登记", "停用")).encode()
    digest = "WARC-Payload-Digest: sha1:" + "A" * 32
    _, later = foreign("response", ARTICLE, "2015-06-01T00:00:00Z", OK + changed, HTTP, digest)
    _, revisit = foreign("revisit", COPY, NEW, OK, HTTP, IDENTICAL, f"WARC-Refers-To: {first}", digest)
    file = archive.folder / "wrong.warc.gz"
    file.write_bytes(response + later + revisit)
    [copy] = [row for row in archive.extract([file]).rows if row["url"] == COPY]
    assert "停用" in copy["text"]


ASTRAY = {
    "lost": ([IDENTICAL, "WARC-Refers-To: <urn:x:lost>"], "not among these files: <urn:x:lost>"),
    "lost-address": ([UNMODIFIED, f"WARC-Refers-To-Target-URI: {COPY}"], f"not among these files: {COPY}"),
    "names-none": ([IDENTICAL], "not among these files: it names none"),
    "unknown": (["WARC-Profile: http://example.org/as-before"], "unknown profile http://example.org/as-before"),
    "no-profile": ([], "unknown profile none"),
}


def test_a_revisit_without_its_original_gives_a_reason(archive: Archive) -> None:
    file = archive.folder / "alone.warc.gz"
    records = [foreign("revisit", f"{HOST}/{name}", NEW, OK, HTTP, *fields)[1] for name, (fields, _) in ASTRAY.items()]
    file.write_bytes(b"".join(records))
    extracted = archive.extract([file])
    assert (extracted.rows, extracted.result.faulty) == ([], False)
    reasons = {refused["url"].rsplit("/", 1)[1]: refused["reason"] for refused in extracted.refused}
    assert reasons.keys() == ASTRAY.keys()
    for name, (_, reason) in ASTRAY.items():
        assert reasons[name].startswith("revisit: ")
        assert reasons[name].endswith(reason), name


def test_revisits_that_refer_in_a_circle_are_no_captures(archive: Archive) -> None:
    number = next(numbers) + 1
    records = b""
    for other in (number + 1, number):
        records += foreign("revisit", ARTICLE, NEW, OK, HTTP, IDENTICAL, f"WARC-Refers-To: <urn:x:{other}>")[1]
    file = archive.folder / "circle.warc.gz"
    file.write_bytes(records)
    extracted = archive.extract([file])
    assert (extracted.rows, len(extracted.refused)) == ([], 2)


def test_originals_in_a_file_gzipped_as_a_whole(archive: Archive, vsb: Vsb) -> None:
    identity, response = old(vsb(BODY))
    _, revisit = foreign("revisit", COPY, NEW, OK, HTTP, IDENTICAL, f"WARC-Refers-To: {identity}")
    file = archive.folder / "whole.warc.gz"
    file.write_bytes(gzip.compress(gzip.decompress(response) + gzip.decompress(revisit)))
    assert [row["url"] for row in archive.extract([file]).rows].count(COPY) == 1
