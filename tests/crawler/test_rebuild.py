"""Files whole and damaged, ours and others', from which state.db is made again."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive.collection import Collection
from archive.digests import digest_of
from archive.reader import read_record_at
from archive.run_records import JOB, LOG, REPORT, run_urn
from archive.warc import (
    HTTP_REQUEST,
    HTTP_RESPONSE,
    IDENTICAL_PAYLOAD,
    NOT_MODIFIED,
    OCTETS,
    WARC_FIELDS,
    RecordDraft,
    RefersTo,
    gzip_member,
    new_record_id,
)
from archive.warcinfo import Warcinfo, warc_fields
from archive.writer import WarcWriter
from crawler.guard import CollectionBusy, Guard
from crawler.importing import BadImport, import_files
from crawler.job import Job
from crawler.rebuild import NothingToRebuild, rebuild
from crawler.runs import NoJob
from crawler.state import CAPTURED, DROPPED, FAILED, QUEUED, State
from crawler.units import Unaddressable

RUN = "20141103020000"
HOME = "http://a.example/"
STARTED = datetime(2014, 11, 3, 2, tzinfo=UTC)
THE_JOB = Job(name="a", seeds=[HOME])


def attempt(number: int, *lines: tuple[str, str], run: str = RUN, body: bytes = b"") -> list[RecordDraft]:
    """The records of page `number`, of which 0 is the seed."""
    url, at = f"{HOME}{number or ''}", STARTED + timedelta(seconds=number)
    body = body or b"<p>%d</p>" % number
    ids = request, response = new_record_id(), new_record_id()
    place = [("role", "page"), ("via", HOME), ("hopsFromSeed", "L")] if number else [("role", "seed")]
    fields = [("exchange", f"x{run}-{number}"), ("run", run), ("attempt", "1"), *place, ("outcome", "captured"), *lines]
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(body)
    return [
        RecordDraft(
            type="request", date=at, target_uri=url, block=b"GET / HTTP/1.1\r\n\r\n", record_id=request,
            concurrent_to=(response,), content_type=HTTP_REQUEST,
        ),
        RecordDraft(
            type="response", date=at, target_uri=url, block=head + body, record_id=response, concurrent_to=(request,),
            content_type=HTTP_RESPONSE, payload_digest=digest_of(body),
        ),
        RecordDraft(
            type="metadata", date=at, target_uri=url, block=warc_fields(fields), concurrent_to=ids,
            content_type=WARC_FIELDS,
        ),
    ]  # fmt: skip


def paper(part: str, text: str, run: str = RUN) -> list[RecordDraft]:
    uri = run_urn(run, part)
    return [RecordDraft(type="resource", date=STARTED, target_uri=uri, content_type="text/plain", block=text.encode())]


def links(*numbers: int) -> list[tuple[str, str]]:
    return [("outlink", f"{HOME}{number} L page") for number in numbers]


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    collection = Collection(tmp_path / "a")
    collection.create()
    return collection


def write(collection: Collection, *groups: list[RecordDraft], seal: bool = True, at: datetime = STARTED) -> Path:
    """A file of ours with these groups."""
    info = Warcinfo(software="jiucang/0.1.0").fields()
    writer = WarcWriter(collection.archive, "a", "host", lambda: at, info)
    for group in groups:
        writer.append_group(group)
    writer.sync()
    if seal:
        writer.seal()
    [path] = [*collection.archive.glob(f"a-{at:%Y%m%d%H%M%S}-*")]
    return path


def opening(run: str = RUN) -> list[RecordDraft]:
    return paper(JOB, THE_JOB.model_dump_json(), run)


def query(collection: Collection, sql: str) -> list[tuple[Any, ...]]:
    db = sqlite3.connect(collection.state)
    try:
        return db.execute(sql).fetchall()
    finally:
        db.close()


def states(collection: Collection) -> dict[str, int]:
    rows = query(collection, "SELECT url, state FROM urls WHERE gates IS NULL")
    return {url.removeprefix(HOME): state for url, state in rows}


# -- our own files -----------------------------------------------------------------------------------


def test_what_has_no_outcome_is_queued_again(collection: Collection) -> None:
    outside = [("outlink", "http://b.example/ L page"), ("drop", f"{HOME}rili?y=2999 L page trap:calendar")]
    write(collection, opening(), attempt(0, *links(1, 2), *outside), attempt(1))
    done = rebuild(collection)
    assert (done.faults, done.told, done.aside) == ([], [], None)
    assert states(collection) == {
        "": CAPTURED, "1": CAPTURED, "2": QUEUED, "http://b.example/": DROPPED, "rili?y=2999": DROPPED
    }  # fmt: skip
    assert query(collection, "SELECT reason FROM urls WHERE state = 5 ORDER BY 1") == [
        ("scope:host",),
        ("trap:calendar",),
    ]
    assert query(collection, "SELECT name, started, ended FROM runs") == [(RUN, "2014-11-03T02:00:00Z", None)]


@pytest.mark.parametrize("seal", [True, False])
@pytest.mark.parametrize("cut", [1, 30, 200])
def test_a_torn_tail_is_cut_to_the_last_whole_attempt(collection: Collection, cut: int, seal: bool) -> None:
    path = write(collection, opening(), attempt(0, *links(1, 2)), attempt(1), seal=seal)
    whole = path.stat().st_size
    with path.open("ab") as file:
        extra = b"".join(b"".join(gzip_member(draft)) for draft in attempt(2)[:2])
        file.write(extra[:-cut])
    done = rebuild(collection)
    assert bool(done.faults) == seal, "a file that was sealed had its end once"
    [sealed] = collection.warcs()
    assert sealed.stat().st_size == whole and not collection.left_open()
    [kept] = collection.cut.iterdir()
    assert kept.read_bytes() == extra[:-cut]
    assert hashlib.sha256(extra[:-cut]).hexdigest() in " ".join(done.told)
    assert states(collection) == {"": CAPTURED, "1": CAPTURED, "2": QUEUED}
    assert query(collection, "SELECT committed, sealed FROM files") == [(whole, 1)]
    assert rebuild(collection).faults == []


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"])
def test_a_revisit_that_was_torn_from_its_wire_is_no_whole_attempt(collection: Collection, head: bytes) -> None:
    request, response, metadata = attempt(1)
    profile = IDENTICAL_PAYLOAD if head else NOT_MODIFIED
    reference = RefersTo(profile, new_record_id(), HOME, "2014-11-03T02:00:00Z", "sha256:00")
    revisit = replace(response, type="revisit", block=head, payload_digest=None, refers_to=reference)
    part = "framing" if head else "not-modified"
    wire = RecordDraft(
        type="metadata",
        date=STARTED,
        target_uri=f"urn:jiucang:wire:x{RUN}-1:{part}",
        block=b"HTTP/1.1 304 Not Modified\r\n\r\n",
        content_type=OCTETS,
        fields=(("Jiucang-Wire-Part", part),),
    )
    write(collection, opening(), attempt(0, *links(1)), [request, revisit, metadata])
    assert "cut to" in " ".join(rebuild(collection).told)
    assert states(collection) == {"": CAPTURED, "1": QUEUED}
    [path] = collection.warcs()
    path.unlink()
    write(collection, opening(), attempt(0, *links(1)), [request, revisit, metadata, wire])
    assert rebuild(collection).told == []
    # whole, but what it refers to is in no file: to be fetched again
    assert states(collection) == {"": CAPTURED, "1": QUEUED}
    assert query(collection, "SELECT original FROM captures ORDER BY id") == [(None,), (0,)]


def test_after_damage_in_the_middle_reading_goes_on(collection: Collection) -> None:
    path = write(collection, opening(), attempt(0, *links(1, 2, 3)), attempt(1), attempt(2), attempt(3))
    rebuild(collection)
    [(offset, length)] = query(collection, f"SELECT offset, length FROM captures WHERE exchange = 'x{RUN}-2'")
    spoilt = bytearray(path.read_bytes())
    spoilt[offset + length // 2 : offset + length // 2 + 40] = b"\xff" * 40
    path.write_bytes(spoilt)
    done = rebuild(collection)
    assert [fault.code for fault in done.faults] == ["bad-gzip"]
    assert states(collection) == {"": CAPTURED, "1": CAPTURED, "2": QUEUED, "3": CAPTURED}
    assert path.read_bytes() == spoilt, "damage in the middle is not cut"


def test_the_log_tells_what_has_no_record(collection: Collection) -> None:
    log = "".join(
        f"2014-11-03T02:00:00.000Z {line}\n"
        for line in (
            f"   -1          0 {HOME}1 L {HOME} - #000 20141103020000000+1 - - 1t,role:page,retry,dns",
            f"   -1          0 {HOME}1 L {HOME} - #000 20141103020000000+1 - - 2t,role:page,failed,dns",
            f"-9998          - {HOME}2 L {HOME} - #000 - - - role:page,dropped,robots",
            f"   -2          0 {HOME}3 L {HOME} - #000 20141103020000000+1 - - 1t,role:page,retry,refused",
            "nonsense",
        )
    )
    report = '{"started": "2014-11-03T02:00:00Z", "ended": "2014-11-03T03:00:00Z", "how": "limit:pages"}'
    write(collection, opening(), attempt(0, *links(1, 2, 3, 4)), paper(LOG, log), paper(REPORT, report))
    rebuild(collection)
    rows = query(collection, "SELECT url, state, reason, tries FROM urls WHERE role = 'page' ORDER BY url")
    assert rows == [
        (f"{HOME}1", FAILED, "dns", 2),
        (f"{HOME}2", DROPPED, "robots", 1),
        (f"{HOME}3", DROPPED, "limit:pages", 1),
        (f"{HOME}4", DROPPED, "limit:pages", 0),
    ]
    assert query(collection, "SELECT ended, how FROM runs") == [("2014-11-03T03:00:00Z", "limit:pages")]


def test_a_run_before_another_has_ended_and_what_it_left_open_is_the_next_ones(collection: Collection) -> None:
    later = "20141203020000"
    write(collection, opening(), attempt(0, *links(1)))
    month = datetime(2014, 12, 3, 2, tzinfo=UTC)
    write(collection, opening(later), attempt(0, run=later), at=month)
    rebuild(collection)
    assert query(collection, "SELECT name, ended, how FROM runs ORDER BY id") == [
        (RUN, "2014-11-03T02:00:00Z", None),
        (later, None, None),
    ]
    assert query(collection, f"SELECT state, run FROM urls WHERE url = '{HOME}1'") == [(QUEUED, 2)]


def test_without_a_job_in_the_files_the_collections_own_serves(collection: Collection) -> None:
    write(collection, attempt(0, *links(1)))
    with pytest.raises(NoJob, match=f"run {RUN} has no job"):
        rebuild(collection)
    assert not collection.state.exists()
    collection.job.write_text(json.dumps({"name": "a", "seeds": [HOME]}))
    rebuild(collection)
    assert states(collection) == {"": CAPTURED, "1": QUEUED}


def test_the_old_state_is_kept_and_a_rebuild_that_died_is_begun_again(collection: Collection) -> None:
    write(collection, opening(), attempt(0))
    for side in ("", "-wal", "-shm"):
        collection.state.with_name("state.db" + side).write_bytes(b"old" + side.encode())
        collection.state.with_name("state.db.rebuild" + side).write_bytes(b"half of a new one")
    done = rebuild(collection)
    assert done.aside is not None
    for side in ("", "-wal", "-shm"):
        assert collection.state.with_name(done.aside + side).read_bytes() == b"old" + side.encode()
    assert sorted(path.name for path in collection.root.glob("state.db*") if "bak" not in path.name) == ["state.db"]
    assert states(collection) == {"": CAPTURED}
    State(collection.state).close()


def test_a_collection_that_is_being_crawled_is_left_alone(collection: Collection) -> None:
    write(collection, opening(), attempt(0))
    guard = Guard(collection.root)
    try:
        with pytest.raises(CollectionBusy):
            rebuild(collection)
    finally:
        guard.release()


def test_without_files_there_is_nothing_to_rebuild(collection: Collection) -> None:
    with pytest.raises(NothingToRebuild):
        rebuild(collection)


def test_our_file_compressed_as_a_whole_is_refused_and_not_cut(collection: Collection) -> None:
    path = write(collection, opening(), attempt(0))
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())))
    before = path.read_bytes()
    with pytest.raises(Unaddressable, match="warcio recompress"):
        rebuild(collection)
    assert path.read_bytes() == before


# -- others' files -----------------------------------------------------------------------------------

Write = Callable[[WARCWriter], None]


def foreign(folder: Path, *writes: Write, name: str = "old.warc.gz") -> Path:
    path = folder / name
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=name.endswith(".gz"))
        writer.write_record(writer.create_warcinfo_record(name, {"software": "other"}))
        for one in writes:
            one(writer)
    return path


def response(
    url: str, body: bytes, *fields: tuple[str, str], status: str = "200 OK", method: str = "", **warc: str
) -> Write:
    """A response as warcio writes it; its request, where a method is given, behind it."""

    def write_it(writer: WARCWriter) -> None:
        head = StatusAndHeaders(status, list(fields), protocol="HTTP/1.1")
        headers = {"WARC-Date": "2009-07-04T12:00:00Z", **warc}
        record = writer.create_warc_record(
            url, "response", io.BytesIO(body), warc_headers_dict=headers, http_headers=head
        )
        if not method:
            writer.write_record(record)
            return
        asked = StatusAndHeaders(f"{method} / HTTP/1.1", [("Host", "a.example")], is_http_request=True)
        request = writer.create_warc_record(url, "request", io.BytesIO(b"id=1"), http_headers=asked)
        writer.write_request_response_pair(request, record)

    return write_it


def imported(collection: Collection, path: Path) -> list[tuple[Any, ...]]:
    import_files(collection, [path])
    rebuild(collection)
    return query(
        collection,
        "SELECT u.url, u.method, c.payload_digest, c.payload_length, hex(p.digest), u.last = c.id FROM captures c"
        " JOIN urls u ON u.id = c.url_id LEFT JOIN payloads p ON p.capture = c.id ORDER BY c.id",
    )


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest().upper()


def test_a_payload_is_known_by_what_its_framing_carries(collection: Collection, tmp_path: Path) -> None:
    chunked = ("Transfer-Encoding", "chunked")
    long = b"long" * 3_000_000
    wrong = response(f"{HOME}5", long, ("Content-Length", "7"))
    path = foreign(
        tmp_path,
        response(f"{HOME}1", b"3\r\nabc\r\n0\r\n\r\n", chunked),
        response(f"{HOME}2", b"page", chunked),
        response(f"{HOME}3", b"c00000\r\n" + b"x" * 0xC00000 + b"\r\n0\r\n\r\n", chunked),
        response(f"{HOME}4", long, chunked),
        wrong,
        response(f"{HOME}6", b"cut", ("Content-Length", "700")),
        response(f"{HOME}7", b"gone", status="404 Not Found"),
    )
    rows = imported(collection, path)
    assert [(length, digest, last) for *_, length, digest, last in rows] == [
        (3, sha256(b"abc"), 1),
        (4, sha256(b"page"), 1),
        (0xC00000, sha256(b"x" * 0xC00000), 1),
        (len(long), sha256(long), 1),
        (len(long), "", 1),
        (3, "", None),
        (4, "", None),
    ]


def test_the_digest_kept_is_the_records_own_text(collection: Collection, tmp_path: Path) -> None:
    own = "sha1:VGMT4NSHA2AWVOR6EVYXQUGCNSONBWE5"
    path = foreign(tmp_path, response(f"{HOME}1", b"abc"), name="old.warc")
    [(_, _, digest, _, _, last)] = imported(collection, path)
    assert (digest, last) == (own, 1)
    [(name, offset, record)] = query(
        collection, "SELECT f.name, c.offset, c.record FROM captures c JOIN files f ON f.id = c.file"
    )
    found = read_record_at(collection.archive / name, offset)
    assert getattr(found, "id", None) == record


@pytest.mark.parametrize("fields", [{"WARC-Record-ID": "no id"}, {"WARC-Date": "yesterday"}])
def test_a_record_that_cannot_be_named_is_no_original(
    collection: Collection, tmp_path: Path, fields: dict[str, str]
) -> None:
    rows = imported(collection, foreign(tmp_path, response(f"{HOME}1", b"abc", **fields)))
    assert all((digest, last) == ("", None) for *_, digest, last in rows)


def test_an_address_in_another_form_is_known_and_no_original(collection: Collection, tmp_path: Path) -> None:
    [(url, *_, digest, last)] = imported(collection, foreign(tmp_path, response("http://A.example/ä", b"abc")))
    assert (url, digest, last) == ("http://a.example/%C3%A4", "", None)


def test_the_answer_to_a_post_is_not_the_page(collection: Collection, tmp_path: Path) -> None:
    rows = imported(collection, foreign(tmp_path, response(HOME, b"abc", method="POST"), response(HOME, b"def")))
    assert [row[1] for row in rows] == ["POST", "GET"]
    assert query(collection, "SELECT count(*) FROM urls")[0] == (2,)


def test_a_revisit_leads_to_what_it_refers_to(collection: Collection, tmp_path: Path) -> None:
    def revisit(writer: WARCWriter) -> None:
        record = writer.create_revisit_record(
            f"{HOME}2", "sha1:VXAWV4SUAXEYIOBPAEAXMFJGWXOTS2M6", HOME, "2009-07-04T12:00:00Z",
            StatusAndHeaders("200 OK", [], protocol="HTTP/1.1"),
        )  # fmt: skip
        writer.write_record(record)

    imported(collection, foreign(tmp_path, response(HOME, b"abc"), revisit))
    assert query(collection, "SELECT id, original FROM captures ORDER BY id") == [(1, None), (2, 1)]


def test_a_run_is_named_after_the_first_date_and_nothing_is_queued(collection: Collection, tmp_path: Path) -> None:
    page = b'<html><body><a href="/more">more</a></body></html>'
    path = foreign(tmp_path, response(HOME, page, ("Content-Type", "text/html")))
    write(collection, opening(), attempt(0))
    imported(collection, path)
    assert query(collection, "SELECT how FROM runs ORDER BY id") == [("imported",), (None,)]
    assert "more" not in states(collection)
    assert path.read_bytes() == (collection.archive / path.name).read_bytes()


def test_damage_in_a_foreign_file_is_told_and_left(collection: Collection, tmp_path: Path) -> None:
    path = foreign(tmp_path, response(f"{HOME}1", b"abc"), response(f"{HOME}2", b"def"))
    path.write_bytes(path.read_bytes()[:-30])
    import_files(collection, [path])
    done = rebuild(collection)
    assert [fault.code for fault in done.faults] == ["truncated"] and done.captures == 1
    assert (collection.archive / path.name).read_bytes() == path.read_bytes()
    assert query(collection, "SELECT committed FROM files") == [(path.stat().st_size,)]


def refused(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    whole = foreign(tmp_path, response(HOME, b"abc"), name="whole.warc")
    path = tmp_path / "whole.warc.gz"
    path.write_bytes(gzip.compress(whole.read_bytes()))
    yield path, "warcio recompress"
    for name, data, why in (
        ("page.warc.gz", b"<html>", "HTML"),
        ("old.arc.gz", b"filedesc:", "expected a file whose name ends"),
        ("empty.warc.gz", b"", "empty"),
    ):
        path = tmp_path / name
        path.write_bytes(data)
        yield path, why
    yield tmp_path / "none.warc.gz", "is no file"


def test_what_cannot_serve_is_refused_before_anything_is_copied(tmp_path: Path) -> None:
    good = foreign(tmp_path, response(HOME, b"abc"))
    for path, why in refused(tmp_path):
        with pytest.raises((BadImport, Unaddressable), match=why):
            import_files(Collection(tmp_path / "new"), [good, path])
    assert not (tmp_path / "new").exists()


def test_a_name_is_never_taken_from_another_file(collection: Collection, tmp_path: Path) -> None:
    path = foreign(tmp_path, response(HOME, b"abc"))
    assert import_files(collection, [path]) == ["old.warc.gz: copied"]
    assert import_files(collection, [path]) == ["old.warc.gz: was there already"]
    (tmp_path / "other").mkdir()
    with pytest.raises(BadImport, match="another file of this name"):
        import_files(collection, [foreign(tmp_path / "other", response(HOME, b"def"))])
    assert not [*collection.archive.glob(".*")]


def test_our_own_file_is_no_foreign_one(collection: Collection, tmp_path: Path) -> None:
    path = write(collection, opening(), attempt(0))
    with pytest.raises(BadImport, match="written by jiucang"):
        import_files(Collection(tmp_path / "new"), [path])
