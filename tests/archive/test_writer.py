from __future__ import annotations

import errno
import hashlib
import io
from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from archive.files import OsFiles
from archive.reader import Record, read_record_at, read_records
from archive.warc import CHUNK, FileBlock, RecordDraft, ShortBlock
from archive.writer import CutReport, FileLength, WarcWriter, WriterBroken, cut_to, seal_left_open

Exchange = Callable[..., list[RecordDraft]]
NewWriter = Callable[..., WarcWriter]

FIRST = "bwc-legacy-20141103020000-00000-host.example.warc.gz"
SECOND = "bwc-legacy-20141103020000-00001-host.example.warc.gz"


class FailingFiles(OsFiles):
    """The real disk until `fail` names an operation: that one then raises, `after` as many that succeed."""

    def __init__(self) -> None:
        self.fail: str | None = None
        self.after = 0
        self.most = 1 << 30
        self.log: list[str] = []

    def _may(self, operation: str) -> None:
        self.log.append(operation)
        if self.fail == operation:
            if self.after == 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            self.after -= 1

    def write(self, handle: int, data: bytes | memoryview, offset: int) -> int:
        self._may("write")
        return super().write(handle, data[: self.most], offset)

    def truncate(self, handle: int, length: int) -> None:
        self._may("truncate")
        super().truncate(handle, length)

    def fsync(self, handle: int) -> None:
        self._may("fsync")
        super().fsync(handle)

    def rename(self, old: Path, new: Path) -> None:
        self._may("rename")
        super().rename(old, new)

    def fsync_folder(self, path: Path) -> None:
        self._may("fsync_folder")
        super().fsync_folder(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "archive"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def records(path: Path) -> list[Record]:
    found = list(read_records(path))
    assert all(isinstance(item, Record) for item in found), found
    return [item for item in found if isinstance(item, Record)]


def test_a_group_is_contiguous_and_every_record_is_where_it_was_said_to_be(
    new_writer: NewWriter, exchange: Exchange, folder: Path
) -> None:
    writer = new_writer()
    groups = [exchange(), exchange("http://bwc.example.edu.cn/a")]
    locations = [location for group in groups for location in writer.append_group(group)]
    assert names(folder) == [FIRST + ".open"]
    assert writer.seal() == [FileLength(FIRST, (folder / FIRST).stat().st_size)]
    assert names(folder) == [FIRST]
    for location, draft in zip(locations, [draft for group in groups for draft in group], strict=True):
        record = read_record_at(folder / location.file, location.offset)
        assert isinstance(record, Record)
        assert (record.id, record.block(), record.length) == (draft.record_id, draft.block, location.length)
    assert all(a.offset + a.length == b.offset for a, b in pairwise(locations))


def test_every_file_begins_with_a_warcinfo_that_names_it_and_that_its_records_name(
    new_writer: NewWriter, exchange: Exchange, folder: Path
) -> None:
    writer = new_writer(max_bytes=1)
    writer.append_group(exchange())
    writer.append_group(exchange())
    assert names(folder) == [FIRST, SECOND + ".open"]
    assert [length.file for length in writer.seal()] == [FIRST, SECOND]
    identifiers = set()
    for name in names(folder):
        warcinfo, *rest = records(folder / name)
        assert (warcinfo.type, warcinfo.fields.get("WARC-Filename")) == ("warcinfo", name)
        assert "operator: 档案馆\r\n".encode() in warcinfo.block()
        assert {record.fields.get("WARC-Warcinfo-ID") for record in rest} == {warcinfo.id}
        assert len(rest) == 3
        identifiers.add(warcinfo.id)
    assert len(identifiers) == 2


def test_a_writer_that_was_given_nothing_leaves_nothing(new_writer: NewWriter, folder: Path) -> None:
    writer = new_writer()
    assert (writer.committed, writer.sync(), writer.seal()) == (None, [], [])
    assert names(folder) == []


def test_names_that_are_taken_are_passed_over(new_writer: NewWriter, exchange: Exchange, folder: Path) -> None:
    (folder / FIRST).write_bytes(b"")
    (folder / (SECOND + ".open")).write_bytes(b"")
    (location, *_) = new_writer().append_group(exchange())
    assert location.file == "bwc-legacy-20141103020000-00002-host.example.warc.gz"


def test_committed_grows_with_sync_alone(new_writer: NewWriter, exchange: Exchange, folder: Path) -> None:
    files = FailingFiles()
    writer = new_writer(files=files)
    *_, last = writer.append_group(exchange())
    assert writer.committed == FileLength(FIRST, 0)
    assert files.log.count("fsync_folder") == 1
    assert writer.sync() == [FileLength(FIRST, last.offset + last.length)]
    assert writer.committed == FileLength(FIRST, last.offset + last.length)
    assert (writer.sync(), files.log.count("fsync")) == ([], 1)


@pytest.mark.parametrize("part", ["", "a/b", "-x", "a\n", "a b"])
def test_a_name_that_is_no_file_name_is_refused(tmp_path: Path, moment: datetime, part: str) -> None:
    with pytest.raises(ValueError, match="cannot stand in a file name"):
        WarcWriter(tmp_path, part, "h", lambda: moment, ())


def test_short_writes_are_carried_on(new_writer: NewWriter, exchange: Exchange, folder: Path) -> None:
    files = FailingFiles()
    files.most = 7
    writer = new_writer(files=files)
    writer.append_group(exchange())
    writer.seal()
    assert len(records(folder / FIRST)) == 4


def test_a_failed_group_leaves_no_trace_and_the_next_one_goes_on(
    new_writer: NewWriter, exchange: Exchange, folder: Path
) -> None:
    files = FailingFiles()
    writer = new_writer(files=files)
    kept = exchange("http://bwc.example.edu.cn/kept")
    *_, last = writer.append_group(kept)
    files.most = 100
    for after in range(12):
        files.fail, files.after = "write", after
        with pytest.raises(OSError, match="No space left"):
            writer.append_group(exchange())
        assert (folder / (FIRST + ".open")).stat().st_size == last.offset + last.length
    files.fail = None
    again = exchange("http://bwc.example.edu.cn/again")
    writer.append_group(again)
    writer.seal()
    assert [record.id for record in records(folder / FIRST)[1:]] == [draft.record_id for draft in [*kept, *again]]


def test_a_block_that_cannot_be_read_takes_its_group_back(
    new_writer: NewWriter, exchange: Exchange, moment: datetime, folder: Path
) -> None:
    writer = new_writer()
    *_, last = writer.append_group(exchange())
    short = RecordDraft(
        type="resource",
        date=moment,
        block=FileBlock(io.BytesIO(bytes(CHUNK)), 3 * CHUNK),
        target_uri="http://h/",
        block_digest=exchange()[1].payload_digest,
    )
    with pytest.raises(ShortBlock):
        writer.append_group([*exchange(), short])
    assert (folder / (FIRST + ".open")).stat().st_size == last.offset + last.length


@pytest.mark.parametrize("operation", ["write", "fsync_folder"])
def test_a_file_that_could_not_be_begun_is_removed(
    new_writer: NewWriter, exchange: Exchange, folder: Path, operation: str
) -> None:
    files = FailingFiles()
    files.fail = operation
    writer = new_writer(files=files)
    with pytest.raises(OSError, match="No space left"):
        writer.append_group(exchange())
    assert names(folder) == []
    files.fail = None
    writer.append_group(exchange())
    writer.seal()
    assert names(folder) == [SECOND]


def test_after_a_failed_fsync_nothing_more_is_taken(new_writer: NewWriter, exchange: Exchange) -> None:
    files = FailingFiles()
    writer = new_writer(files=files)
    writer.append_group(exchange())
    files.fail = "fsync"
    with pytest.raises(OSError, match="No space left"):
        writer.sync()
    files.fail = None
    assert writer.committed == FileLength(FIRST, 0)
    for attempt in (writer.sync, writer.seal, lambda: writer.append_group(exchange())):
        with pytest.raises(WriterBroken):
            attempt()


def test_a_group_that_cannot_be_taken_back_breaks_the_writer(new_writer: NewWriter, exchange: Exchange) -> None:
    class Both(FailingFiles):
        def write(self, handle: int, data: bytes | memoryview, offset: int) -> int:
            if self.fail and self.log[-1:] == ["write"]:
                raise OSError(errno.EIO, "Input/output error")
            return super().write(handle, data, offset)

    files = Both()
    writer = new_writer(files=files)
    writer.append_group(exchange())
    files.fail = "truncate"
    with pytest.raises(WriterBroken) as caught:
        writer.append_group(exchange())
    assert caught.value.file == FIRST
    with pytest.raises(WriterBroken):
        writer.sync()


def test_a_failed_rename_leaves_a_whole_file_to_seal(new_writer: NewWriter, exchange: Exchange, folder: Path) -> None:
    files = FailingFiles()
    writer = new_writer(files=files)
    writer.append_group(exchange())
    files.fail = "rename"
    with pytest.raises(OSError, match="No space left"):
        writer.seal()
    assert seal_left_open(folder / (FIRST + ".open")) == folder / FIRST
    assert len(records(folder / FIRST)) == 4


def test_recovery_cuts_what_was_never_committed_and_keeps_it(
    new_writer: NewWriter, exchange: Exchange, folder: Path
) -> None:
    cut_folder = folder / "cut"
    cut_folder.mkdir()
    writer = new_writer()
    writer.append_group(exchange())
    (committed,) = writer.sync()
    writer.append_group(exchange("http://bwc.example.edu.cn/lost"))
    path = folder / (FIRST + ".open")
    whole = path.read_bytes()
    tail = whole[committed.length :]
    # a tail that an interrupted recovery had begun to move
    (cut_folder / f"{FIRST}.{committed.length}").write_bytes(tail[:3])

    report = cut_to(path, committed.length, cut_folder)

    kept_as = cut_folder / f"{FIRST}.{committed.length}"
    assert report == CutReport(len(tail), hashlib.sha256(tail).hexdigest(), kept_as)
    assert (path.read_bytes(), kept_as.read_bytes()) == (whole[: committed.length], tail)
    assert cut_to(path, committed.length, cut_folder) is None
    assert seal_left_open(path) == folder / FIRST
    assert len(records(folder / FIRST)) == 4


def test_nothing_is_cut_before_its_copy_is_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz.open"
    path.write_bytes(b"committed and a tail")
    for operation, after in [("write", 0), ("fsync", 0), ("fsync_folder", 0)]:
        files = FailingFiles()
        files.fail, files.after = operation, after
        with pytest.raises(OSError, match="No space left"):
            cut_to(path, 9, tmp_path, files)
        assert path.read_bytes() == b"committed and a tail"


def test_a_file_cut_to_nothing_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz.open"
    path.write_bytes(b"never committed")
    cut_to(path, 0, tmp_path)
    assert seal_left_open(path) is None
    assert names(tmp_path) == ["a.warc.gz.0"]
