"""What a file may cost: memory stays flat, whatever it inflates to and however many records it holds."""

from __future__ import annotations

import gzip
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from isal import igzip_lib, isal_zlib

MEGABYTE = 1_000_000
BOMB = 600 * MEGABYTE


def zeros(count: int) -> bytes:
    """*count* zero bytes as one gzip member."""
    deflate = isal_zlib.compressobj(3, isal_zlib.DEFLATED, 31)
    piece = bytes(MEGABYTE)
    return b"".join(deflate.compress(piece) for _ in range(count // MEGABYTE)) + deflate.flush()


# the command, and then the most memory that the process itself held: ru_maxrss counts what its parent held as well
MEASURED = """
import re, sys
from pathlib import Path
from jiucang.cli import app
try:
    app(standalone_mode=True)
finally:
    print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""


def peak(*sources: Path) -> tuple[int, int, str]:
    """Exit code of `jiucang verify`, its peak memory in bytes, and what it said."""
    command = [sys.executable, "-c", MEASURED, "verify", *map(str, sources)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    *said, high_water = done.stdout.splitlines()
    return done.returncode, int(high_water) * 1024, "\n".join(said)


@pytest.fixture(scope="module")
def inner() -> bytes:
    return zeros(BOMB)


def test_a_body_that_would_inflate_is_not_inflated(inner: bytes, made: Any, tmp_path: Path) -> None:
    """600 MB twice compressed: two kilobytes as a record, and they stay compressed, as every digest has them."""
    body = igzip_lib.compress(inner, 3, igzip_lib.COMP_GZIP)
    block = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip\r\n\r\n" + body
    path = tmp_path / "bomb.warc.gz"
    path.write_bytes(made.packed(made.warcinfo(), made.request(), made.response(block)))
    code, memory, _ = peak(path)
    assert code == 0
    assert memory < 200 * MEGABYTE


def test_a_record_of_600_megabytes_passes_through(made: Any, tmp_path: Path) -> None:
    record = made.rec("resource", 9, b"", {"Content-Length": str(BOMB), "WARC-Block-Digest": None})
    head = record.raw().removesuffix(record.end)
    deflate = isal_zlib.compressobj(3, isal_zlib.DEFLATED, 31)
    path = tmp_path / "big.warc.gz"
    with path.open("wb") as file:
        file.write(made.packed(made.warcinfo()))
        file.write(deflate.compress(head))
        for _ in range(BOMB // MEGABYTE):
            file.write(deflate.compress(bytes(MEGABYTE)))
        file.write(deflate.compress(record.end) + deflate.flush())
    code, memory, said = peak(path)
    assert code == 0, said
    assert memory < 200 * MEGABYTE


@pytest.mark.parametrize("part", ["archive/x.warc.gz", "indexes/index.cdx.gz", "datapackage.json", "pages/pages.jsonl"])
def test_a_package_that_inflates_twice(part: str, inner: bytes, tmp_path: Path) -> None:
    """A ZIP of a few kilobytes; in its part stand 600 MB of zeros, or a line of 250 MB."""
    path = tmp_path / "bomb.wacz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        archive.writestr("datapackage.json" if part != "datapackage.json" else "x", b"{}")
        if part.endswith(".gz"):
            head = b"WARC/1.1\r\nWARC-Type: resource\r\nContent-Length: 600000000\r\n\r\n"
            deflate = gzip.compress(head) if part.startswith("archive") else b""
            archive.writestr(part, deflate + inner)
        else:
            with archive.open(part, "w") as stream:
                for _ in range(250):
                    stream.write(b" " * MEGABYTE)
    assert path.stat().st_size < 1_200_000
    code, memory, said = peak(path)
    assert code == 1, said
    assert memory < 200 * MEGABYTE, said


def test_memory_does_not_grow_with_the_file(made: Any, tmp_path: Path) -> None:
    """Ten times the records, each wrong in its own way: the findings kept do not add up either."""

    def many(count: int) -> Path:
        path = tmp_path / f"{count}.warc"
        with path.open("wb") as file:
            file.write(made.warcinfo().raw())
            for number in range(count):
                values = {"WARC-IP-Address": f"nowhere {number}", "WARC-Concurrent-To": f"<urn:x:{number}>"}
                file.write(made.rec("resource", 10 + number, b"text", values).raw())
        return path

    small, large = (peak(many(count))[1] for count in (2_000, 20_000))
    assert large - small < 16 * MEGABYTE
