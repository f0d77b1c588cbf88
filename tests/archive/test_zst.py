"""WARC files compressed by Zstandard: frames with and without a dictionary, damage, and what would grow without end."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from backports import zstd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.cdxj import index_warc
from archive.collection import Collection
from archive.copying import NotCopied, copy_warc
from archive.reader import MAX_INLINE, Fault, Record, read_record_at, read_records
from archive.resync import read_past_damage
from archive.warc import RecordDraft, gzip_member
from archive.zst import DICTIONARY_MAGIC, MAX_DICTIONARY
from crawler.importing import import_files
from jiucang.codes import BAD_INPUT
from jiucang.indexing import index_collection
from jiucang.packaging import Format, package_collection
from jiucang.viewers.sources import NotReplayable, Source
from pipelines.sources import warc_files

Exchange = Callable[..., list[RecordDraft]]
Compress = Callable[[bytes], bytes]
SUMMED: dict[int, int] = {zstd.CompressionParameter.checksum_flag: 1}
EXTENSION = b"\x50\x2a\x4d\x18\x05\0\0\0hello"


def frame(data: bytes, dictionary: zstd.ZstdDict | None = None) -> bytes:
    return zstd.compress(data, options=SUMMED, zstd_dict=dictionary)


def skippable(magic: bytes, data: bytes) -> bytes:
    return magic + len(data).to_bytes(4, "little") + data


@pytest.fixture
def raw(exchange: Exchange) -> list[bytes]:
    """The records of five exchanges, one of them longer than what is kept in memory."""
    bodies = [b"<p>%d</p>" % number * 30 for number in range(4)] + [random.Random(4).randbytes(MAX_INLINE + 9)]
    drafts = [exchange(f"http://bwc.example.edu.cn/{number}.htm", body) for number, body in enumerate(bodies)]
    return [gzip.decompress(b"".join(gzip_member(draft))) for drafted in drafts for draft in drafted]


@pytest.fixture
def small(raw: list[bytes]) -> list[bytes]:
    return raw[:6]


@pytest.fixture
def dictionary(small: list[bytes]) -> zstd.ZstdDict:
    return zstd.train_dict(small * 40, 4000)


@pytest.fixture
def written(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(data: bytes) -> Path:
        path = tmp_path / "foreign.warc.zst"
        path.write_bytes(data)
        return path

    return write


def blocks(found: Iterable[Record | Fault]) -> list[bytes]:
    return [b"".join(record.chunks()) for record in found if isinstance(record, Record)]


def expected(raw: list[bytes]) -> list[bytes]:
    return [record.partition(b"\r\n\r\n")[2][:-4] for record in raw]


def packed(raw: list[bytes], dictionary: zstd.ZstdDict | None = None, *, squeezed: bool = False) -> bytes:
    begins = b""
    if dictionary is not None:
        content = frame(dictionary.dict_content) if squeezed else dictionary.dict_content
        begins = skippable(DICTIONARY_MAGIC, content)
    return begins + b"".join(frame(record, dictionary) for record in raw)


def test_records_are_read_one_by_one_and_by_their_place(
    raw: list[bytes], dictionary: zstd.ZstdDict, written: Callable[[bytes], Path]
) -> None:
    for data in (packed(raw), packed(raw, dictionary), packed(raw, dictionary, squeezed=True)):
        path = written(data)
        records = list(read_records(path))
        assert blocks(records) == expected(raw)
        for record, whole in zip(records, raw, strict=True):
            assert isinstance(record, Record)
            span = data[record.offset : record.offset + record.length]
            assert zstd.decompress(span, zstd_dict=None if data == packed(raw) else dictionary) == whole
            again = read_record_at(path, record.offset)
            assert isinstance(again, Record)
            assert again.block() == record.block()


def test_a_record_may_stand_in_several_frames_with_others_between(
    raw: list[bytes], written: Callable[[bytes], Path]
) -> None:
    """Empty frames and skippable ones hold nothing; the file may begin with an empty one."""
    split = []
    for record in raw:
        size = len(record) // 3
        split.append(b"".join(frame(record[at : at + size]) for at in range(0, len(record), size)))
    data = frame(b"") + EXTENSION + (EXTENSION + frame(b"")).join(split) + EXTENSION
    path = written(data)
    records = list(read_records(path))
    assert blocks(records) == expected(raw)
    for record, frames in zip(records, split, strict=True):
        assert isinstance(record, Record)
        assert data[record.offset : record.offset + record.length] == frames


def test_the_index_is_that_of_the_same_records_in_gzip(
    raw: list[bytes], dictionary: zstd.ZstdDict, written: Callable[[bytes], Path], tmp_path: Path
) -> None:
    other = tmp_path / "foreign.warc.gz"
    other.write_bytes(b"".join(gzip.compress(record) for record in raw))

    def entries(path: Path) -> list[tuple[str, dict[str, str]]]:
        lines = [line.split(" {", 1) for line in index_warc(path) if isinstance(line, str)]
        return [(key, json.loads("{" + rest)) for key, rest in lines]

    ours, theirs = entries(written(packed(raw, dictionary))), entries(other)
    assert len(ours) == 5
    for (key, entry), (other_key, other_entry) in zip(ours, theirs, strict=True):
        place = {name: entry[name] for name in ("offset", "length", "filename")}
        assert (key, entry) == (other_key, other_entry | place)


def test_several_records_in_a_frame_are_read_and_have_no_address(
    raw: list[bytes], written: Callable[[bytes], Path]
) -> None:
    path = written(frame(b"".join(raw)))
    records = list(read_records(path))
    assert blocks(records) == expected(raw)
    assert {record.length for record in records if isinstance(record, Record)} == {0}
    assert {fault.code for fault in index_warc(path) if isinstance(fault, Fault)} == {"bad-field"}


def test_a_damaged_frame_costs_its_own_record_alone(
    raw: list[bytes], dictionary: zstd.ZstdDict, written: Callable[[bytes], Path]
) -> None:
    for used in (None, dictionary):
        frames = [frame(record, used) for record in raw]
        start = len(packed([], used))
        for at, code in ((2, "bad-zstd"), (len(frames[4]) // 2, "bad-zstd"), (len(frames[4]) - 1, "bad-zstd")):
            damaged = bytearray(packed(raw, used))
            place = start + sum(map(len, frames[:4]))
            damaged[place + at] ^= 1
            found = list(read_past_damage(written(bytes(damaged))))
            [fault] = [each for each in found if isinstance(each, Fault)]
            assert (fault.code, fault.offset) == (code, place)
            assert blocks(found) == expected(raw[:4] + raw[5:])


@pytest.mark.parametrize("spoil", ["cut", "length", "content", "squeezed", "none", "other", "huge", "bomb"])
def test_without_its_dictionary_nothing_can_be_read(
    spoil: str, raw: list[bytes], dictionary: zstd.ZstdDict, written: Callable[[bytes], Path]
) -> None:
    whole = packed(raw, dictionary)
    frames = whole[len(packed([], dictionary)) :]
    bomb = frame(bytes(MAX_DICTIONARY + 1))
    squeezed = packed([], dictionary, squeezed=True)
    data = {
        "cut": whole[:100],
        "length": DICTIONARY_MAGIC + b"\1",
        "content": skippable(DICTIONARY_MAGIC, b"no dictionary") + frames,
        "squeezed": squeezed[:60] + bytes([squeezed[60] ^ 1]) + squeezed[61:] + frames,
        "none": frames,
        "other": skippable(DICTIONARY_MAGIC, zstd.train_dict([b"%d" % n * 40 for n in range(200)], 900).dict_content)
        + frames,
        "huge": DICTIONARY_MAGIC + (MAX_DICTIONARY + 1).to_bytes(4, "little") + frames,
        "bomb": skippable(DICTIONARY_MAGIC, bomb) + frames,
    }[spoil]
    for read in (read_records, read_past_damage):
        [fault] = read(written(data))
        assert isinstance(fault, Fault)
        assert fault.code == "bad-dictionary"
    [fault] = index_warc(written(data))
    assert isinstance(fault, Fault)


def test_a_window_that_asks_for_much_memory_is_refused(raw: list[bytes], written: Callable[[bytes], Path]) -> None:
    greedy = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 27})
    path = written(greedy.compress(raw[0]) + greedy.flush())
    [fault] = read_records(path)
    assert isinstance(fault, Fault)
    assert (fault.code, "memory" in fault.detail) == ("bad-zstd", True)


def test_a_file_cut_anywhere_gives_its_whole_records_and_a_fault(
    small: list[bytes], dictionary: zstd.ZstdDict, written: Callable[[bytes], Path]
) -> None:
    for used in (None, dictionary):
        ends = [len(packed(small[:count], used)) for count in range(len(small) + 1)]
        for length in range(ends[-1]):
            found = list(read_records(written(packed(small, used)[:length])))
            whole = sum(end <= length for end in ends[1:])
            assert blocks(found) == expected(small[:whole]), length
            assert isinstance(found[-1], Fault) == (length not in ends[1:]), length


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(at=st.floats(0, 1, exclude_max=True), bits=st.integers(1, 255), used=st.booleans())
def test_flipped_bits_are_never_taken_for_content(
    at: float, bits: int, used: bool, small: list[bytes], dictionary: zstd.ZstdDict, tmp_path: Path
) -> None:
    """Checksums stand behind every frame: what is given is what was written. Nothing raises."""
    data = bytearray(packed(small, dictionary if used else None))
    data[int(at * len(data))] ^= bits
    path = tmp_path / "flipped.warc.zst"
    path.write_bytes(data)
    assert set(blocks(read_past_damage(path))) <= set(expected(small))


def test_files_are_read_only(raw: list[bytes], written: Callable[[bytes], Path], tmp_path: Path) -> None:
    path = written(packed(raw))
    note: Callable[..., RecordDraft] = pytest.fail
    assert copy_warc(path, tmp_path / "same.warc.zst", lambda span: "stays", note) is None
    with pytest.raises(NotCopied, match="Zstandard"):
        copy_warc(path, tmp_path / "other.warc.zst", lambda span: "goes", note)
    assert not (tmp_path / "other.warc.zst").exists()


def test_a_collection_takes_such_files_and_no_viewer_is_given_them(
    small: list[bytes], written: Callable[[bytes], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(packed(small))
    collection = Collection(tmp_path / "c")
    assert import_files(collection, [path]) == ["foreign.warc.zst: copied"]
    assert warc_files([collection.root]) == [collection.archive / path.name]
    assert index_collection(collection.root) == 0
    assert collection.index.read_bytes().count(b"foreign.warc.zst") == 2
    collection.job.write_text("name: c\nseeds: [http://bwc.example.edu.cn/]\n", encoding="utf-8")
    assert package_collection(collection.root, tmp_path / "c.wacz") == BAD_INPUT
    assert "Zstandard" in capsys.readouterr().err
    assert package_collection(collection.root, tmp_path / "bag", Format.BAG) == 0
    assert (tmp_path / "bag/data/archive/foreign.warc.zst").read_bytes() == path.read_bytes()
    for source in (collection.root, path):
        with pytest.raises(NotReplayable, match="Zstandard"):
            Source.find([source])
