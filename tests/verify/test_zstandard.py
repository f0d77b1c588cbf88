"""Damaged and odd files compressed by Zstandard: each gets the finding it deserves and no other, and costs little."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from backports import zstd

from archive.verify.findings import Findings
from jiucang.verifying import verify_sources

Verify = Callable[..., Findings]
SUMMED: dict[int, int] = {zstd.CompressionParameter.checksum_flag: 1}
DICTIONARY_MAGIC = b"\x5d\x2a\x4d\x18"
EXTENSION = b"\x53\x2a\x4d\x18\x02\0\0\0ab"


def frame(data: bytes, dictionary: zstd.ZstdDict | None = None, **options: int) -> bytes:
    chosen = SUMMED | {getattr(zstd.CompressionParameter, name): value for name, value in options.items()}
    return zstd.compress(data, options=chosen, zstd_dict=dictionary)


def streamed(data: bytes) -> bytes:
    """Without its size: what it will be is not known when the frame is begun."""
    compressor = zstd.ZstdCompressor(options=SUMMED)
    return compressor.compress(data[:9]) + compressor.compress(data[9:]) + compressor.flush()


@pytest.fixture
def raw(made: Any) -> list[bytes]:
    return [record.raw() for record in (made.warcinfo(), made.request(), made.response())]


@pytest.fixture
def dictionary(raw: list[bytes]) -> zstd.ZstdDict:
    return zstd.train_dict(raw * 60, 3000)


def codes(found: Findings) -> dict[str, int]:
    return dict(found.counts)


def dict_frame(dictionary: zstd.ZstdDict) -> bytes:
    return DICTIONARY_MAGIC + len(dictionary.dict_content).to_bytes(4, "little") + dictionary.dict_content


Build = Callable[[list[bytes], zstd.ZstdDict], bytes]


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        pytest.param(lambda raw, d: b"".join(map(frame, raw)), {}, id="sound"),
        pytest.param(lambda raw, d: dict_frame(d) + b"".join(frame(each, d) for each in raw), {}, id="dictionary"),
        pytest.param(
            lambda raw, d: b"".join(frame(each[:200]) + EXTENSION + frame(b"") + frame(each[200:]) for each in raw),
            {},
            id="records in several frames",
        ),
        pytest.param(lambda raw, d: frame(b"".join(raw)), {"zstd.many-records": 1}, id="records share a frame"),
        pytest.param(
            lambda raw, d: b"".join(zstd.compress(each) for each in raw), {"zstd.frame-head": 3}, id="no checksum"
        ),
        pytest.param(lambda raw, d: b"".join(map(streamed, raw)), {"zstd.frame-head": 3}, id="no size"),
        pytest.param(
            lambda raw, d: dict_frame(d) + b"".join(frame(each, d, dict_id_flag=0) for each in raw),
            {"zstd.frame-head": 3},
            id="no dictionary id",
        ),
        pytest.param(
            lambda raw, d: frame(raw[0]) + b"\r\n\r\n" * 4 + b"".join(map(frame, raw[1:])),
            {"zstd.bytes-between": 1},
            id="bytes between",
        ),
        pytest.param(
            lambda raw, d: b"".join(map(frame, raw)) + bytes(50), {"file.zero-tail": 1}, id="zeros at the end"
        ),
        pytest.param(
            lambda raw, d: b"".join(map(frame, raw)) + b"and more", {"file.trailing-bytes": 1}, id="more at the end"
        ),
        pytest.param(lambda raw, d: b"".join(map(frame, raw))[:-9], {"file.truncated": 1}, id="cut"),
        pytest.param(
            lambda raw, d: b"".join(map(frame, raw)) + EXTENSION[:-1], {"file.trailing-bytes": 1}, id="cut extension"
        ),
        pytest.param(
            lambda raw, d: b"".join(frame(each, d) for each in raw), {"zstd.dictionary": 1}, id="dictionary gone"
        ),
        pytest.param(lambda raw, d: dict_frame(d)[:99], {"zstd.dictionary": 1}, id="dictionary cut"),
        pytest.param(
            lambda raw, d: frame(raw[0]) + frame(raw[1])[:-1] + b"\0" + frame(raw[2]),
            {"zstd.checksum": 1},
            id="checksum",
        ),
        pytest.param(
            lambda raw, d: frame(raw[0]) + frame(raw[1])[:9] + b"\7" * 40 + frame(raw[2]),
            {"zstd.damaged": 1},
            id="damaged",
        ),
        pytest.param(
            lambda raw, d: b"\x29" + frame(raw[0])[1:] + b"".join(map(frame, raw[1:])),
            {"zstd.bytes-between": 1},
            id="first byte",
        ),
        pytest.param(lambda raw, d: frame(b"<html></html>"), {"file.not-a-warc": 1}, id="no WARC"),
        pytest.param(lambda raw, d: frame(b""), {"file.empty": 1}, id="empty"),
    ],
)
def test_each_file_gets_the_finding_it_deserves(
    build: Build, expected: dict[str, int], raw: list[bytes], dictionary: zstd.ZstdDict, verify: Verify
) -> None:
    found = codes(verify(build(raw, dictionary)))
    # what is lost with a record, or cannot be told of one without an address
    told = {code: count for code, count in found.items() if not code.startswith(("ref.", "warcinfo."))}
    assert told == expected


def test_what_inflates_without_measure_is_not_read_on(raw: list[bytes], made: Any, verify: Verify) -> None:
    """Zstandard packs zeros thirty times as tightly as deflate can."""
    size = 600_000_000
    head = made.rec("resource", 9, b"", {"Content-Length": str(size), "WARC-Block-Digest": None}).raw()[:-4]
    compressor = zstd.ZstdCompressor(options=SUMMED)
    pieces = [compressor.compress(head)]
    pieces += [compressor.compress(bytes(1_000_000)) for _ in range(size // 1_000_000)]
    bomb = b"".join((*pieces, compressor.compress(b"\r\n\r\n"), compressor.flush()))
    assert len(bomb) < 100_000
    found = verify(b"".join(map(frame, raw)) + bomb)
    assert codes(found)["zstd.inflates-too-far"] == 1


def test_the_command_takes_such_files(raw: list[bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "foreign.warc.zst").write_bytes(b"".join(map(frame, raw)))
    assert verify_sources([tmp_path]) == 0
    assert "3 records" in capsys.readouterr().out
