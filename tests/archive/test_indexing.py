"""An index is the same whether it was made at once or file by file, and no file is read without need."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from archive.cdxj import _line, index_warc
from archive.indexing import write_index
from archive.reader import Fault, Record, read_records
from archive.warc import RecordDraft
from archive.writer import WarcWriter

Exchange = Callable[..., list[RecordDraft]]
NewWriter = Callable[..., WarcWriter]
BODY = bytes(range(256)) * 40


@pytest.fixture
def warcs(new_writer: NewWriter, exchange: Exchange, tmp_path: Path) -> list[Path]:
    """Four files, the last of them with bodies that hold gzip's magic bytes and whole gzip members."""
    writer = new_writer(max_bytes=4000)
    for number in range(12):
        writer.append_group(exchange(f"http://bwc.example.edu.cn/info/{number}.htm"))
    writer.append_group(exchange("http://bwc.example.edu.cn/a.gz", b"\x1f\x8b\x08" * 500 + os.urandom(5000)))
    writer.seal()
    paths = sorted((tmp_path / "archive").glob("*.warc.gz"))
    paths[-1].rename(paths[-1].with_suffix(".old"))
    squeezed = new_writer()
    squeezed.append_group(exchange("http://bwc.example.edu.cn/b.warc.gz", paths[0].read_bytes()))
    squeezed.append_group(exchange("http://bwc.example.edu.cn/c.bin", BODY * 200))
    squeezed.seal()
    paths[-1].with_suffix(".old").rename(paths[-1])
    found = sorted((tmp_path / "archive").glob("*.warc.gz"))
    assert len(found) >= 3
    return found


def read_in_full(path: Path) -> list[str | Fault]:
    """The lines as they come when every record is inflated to its end."""
    lines = [
        _line(record) if isinstance(record, Record) else record
        for record in read_records(path, types={"response", "revisit", "resource", "metadata"})
    ]
    return [line for line in lines if line]


def test_skimming_gives_what_reading_gives(warcs: list[Path]) -> None:
    for path in warcs:
        assert list(index_warc(path)) == read_in_full(path)


def test_a_file_cut_anywhere_gives_what_reading_gives(warcs: list[Path], tmp_path: Path) -> None:
    data = warcs[0].read_bytes()
    cut = tmp_path / "cut.warc.gz"
    for length in range(0, len(data), 37):
        cut.write_bytes(data[:length])
        assert list(index_warc(cut)) == read_in_full(cut), length


@pytest.mark.parametrize("tail", [b"\0" * 5000, b"\x1f\x8b\x08", b"\r\n", b"\x1f\x8b\x08" + b"\0" * 40])
def test_what_follows_the_last_member_is_told(warcs: list[Path], tmp_path: Path, tail: bytes) -> None:
    path = tmp_path / "tail.warc.gz"
    path.write_bytes(warcs[0].read_bytes() + tail)
    assert list(index_warc(path)) == read_in_full(path)
    assert isinstance(list(index_warc(path))[-1], Fault)


def test_a_damaged_record_costs_its_own_line_alone(warcs: list[Path], tmp_path: Path) -> None:
    data = bytearray(warcs[0].read_bytes())
    lines = [line for line in index_warc(warcs[0]) if isinstance(line, str)]
    place = json.loads(lines[1].split(" ", 2)[2])
    at = int(place["offset"]) + 20
    data[at : at + 40] = bytes(40)
    spoilt = tmp_path / warcs[0].name
    spoilt.write_bytes(data)
    done = write_index([spoilt], tmp_path / "index.cdxj")
    assert done.faults
    assert (tmp_path / "index.cdxj").read_text().splitlines() == sorted(lines[:1] + lines[2:])


def test_an_index_grown_file_by_file_is_the_one_made_at_once(warcs: list[Path], tmp_path: Path) -> None:
    at_once, grown = tmp_path / "a" / "index.cdxj", tmp_path / "b" / "index.cdxj"
    write_index(warcs, at_once, max_sorted=500)
    for count in range(1, len(warcs) + 1):
        assert write_index(warcs[:count], grown).read == 1
    assert grown.read_bytes() == at_once.read_bytes()
    assert write_index(warcs, grown).read == 0
    assert write_index(warcs[1:], grown).read == 0
    assert grown.read_bytes() == b"".join(
        line for line in at_once.read_bytes().splitlines(True) if warcs[0].name.encode() not in line
    )


def test_nothing_is_taken_for_read_that_may_have_changed(warcs: list[Path], tmp_path: Path) -> None:
    index = tmp_path / "indexes" / "index.cdxj"
    write_index(warcs, index)
    whole = index.read_bytes()
    index.write_bytes(whole[: len(whole) // 2])
    assert write_index(warcs, index).read == len(warcs)
    assert index.read_bytes() == whole
    warcs[0].write_bytes(warcs[0].read_bytes()[:-9])
    for _ in range(2):
        done = write_index(warcs, index)
        assert (done.read, [fault.code for fault in done.faults]) == (1, ["truncated"])


def test_a_file_still_written_is_read_each_time_and_its_lines_go_with_its_name(
    warcs: list[Path], tmp_path: Path
) -> None:
    index = tmp_path / "indexes" / "index.cdxj"
    left_open = warcs[0].rename(warcs[0].with_name(warcs[0].name + ".open"))
    write_index([*warcs[1:], left_open], index)
    assert write_index([*warcs[1:], left_open], index).read == 1
    left_open.rename(warcs[0])
    write_index(warcs, index)
    assert b".open" not in index.read_bytes()


def test_lines_sorted_in_many_pieces_come_out_as_one(exchange: Exchange, new_writer: NewWriter, tmp_path: Path) -> None:
    writer = new_writer()
    for number in range(200):
        writer.append_group(exchange(f"http://bwc.example.edu.cn/{number * 7919 % 200}.htm"))
    writer.seal()
    files = sorted((tmp_path / "archive").glob("*.warc.gz"))
    at_once, bit_by_bit = tmp_path / "a" / "i", tmp_path / "b" / "i"
    write_index(files, at_once)
    write_index(files, bit_by_bit, max_sorted=2000)
    assert bit_by_bit.read_bytes() == at_once.read_bytes()


def test_parts_read_by_several_processes_make_the_same_index(
    exchange: Exchange, new_writer: NewWriter, tmp_path: Path
) -> None:
    """Also where a body holds a record of its own, at which a part may wrongly begin, and where a file is damaged."""
    writer = new_writer()
    for number in range(60):
        writer.append_group(exchange(f"http://bwc.example.edu.cn/{number * 7 % 60}.htm", os.urandom(300)))
    writer.seal()
    [plain] = (tmp_path / "archive").glob("*.warc.gz")
    holding = new_writer()
    for number in range(3):
        holding.append_group(exchange(f"http://bwc.example.edu.cn/{number}.warc.gz", plain.read_bytes()))
    holding.seal()
    damaged = tmp_path / "archive" / "damaged.warc.gz"
    data = plain.read_bytes()
    damaged.write_bytes(data[: len(data) * 2 // 3] + b"\0" * 100 + data[len(data) * 2 // 3 + 100 :])
    files = sorted((tmp_path / "archive").glob("*.warc.gz"))
    assert len(files) == 3
    at_once, in_parts = tmp_path / "a" / "i", tmp_path / "b" / "i"
    whole = write_index(files, at_once)
    parts = write_index(files, in_parts, part_bytes=8000)
    assert in_parts.read_bytes() == at_once.read_bytes()
    assert parts.faults == whole.faults != ()


def test_of_many_sorted_pieces_few_are_open_at_a_time(
    exchange: Exchange, new_writer: NewWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archive.indexing._MAX_RUNS", 4)
    writer = new_writer(max_bytes=1000)
    for number in range(30):
        writer.append_group(exchange(f"http://bwc.example.edu.cn/{number * 7 % 30}.htm"))
    writer.seal()
    files = sorted((tmp_path / "archive").glob("*.warc.gz"))
    assert len(files) > 12
    index = tmp_path / "i"
    assert write_index(files, index).lines == 30
    assert index.read_bytes() == b"".join(sorted(index.read_bytes().splitlines(True)))


def test_a_file_that_was_changed_in_its_place_is_read_again(tmp_path: Path) -> None:
    warc, index = tmp_path / "a.warc", tmp_path / "index.cdxj"
    record = (
        "WARC/1.1\r\nWARC-Type: resource\r\nWARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>\r\n"
        "WARC-Date: 2014-11-03T02:00:00Z\r\nWARC-Target-URI: http://bwc.example.edu.cn/{}.txt\r\n"
        "Content-Type: text/plain\r\nContent-Length: 1\r\n\r\nx\r\n\r\n"
    )
    warc.write_text(record.format("a"), newline="")
    write_index([warc], index)
    warc.write_text(record.format("b"), newline="")
    os.utime(warc, ns=(0, warc.stat().st_mtime_ns + 1))
    assert write_index([warc], index).read == 1
    assert "/b.txt" in index.read_text() and "/a.txt" not in index.read_text()
