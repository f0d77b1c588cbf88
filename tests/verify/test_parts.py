"""A long file read by several processes gives what one process finds, finding for finding."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from archive.parts import split
from archive.verify.catalogue import Catalogue, check_references
from archive.verify.findings import Finding, Findings
from archive.verify.warcs import verify_warcs

PART = 4096


def verified(path: Path, part_bytes: int, records: Path) -> tuple[list[Finding], list[Any], int]:
    found, catalogue = Findings(), Catalogue(records)
    walked = verify_warcs([path], catalogue, found, part_bytes=part_bytes)
    check_references(catalogue, found)
    rows = catalogue.db.execute("SELECT * FROM records ORDER BY n").fetchall()
    catalogue.close()
    return found.kept, rows, walked[path].good_end


def records(made: Any) -> list[bytes]:
    odd = [
        made.rec(
            "resource", number, b"text %d" % number, {"WARC-IP-Address": "nowhere"} if number % 7 == 0 else {}
        ).raw()
        for number in range(10, 90)
    ]
    revisit = made.rec(
        "revisit",
        5,
        b"",
        {
            "WARC-Profile": "http://netpreserve.org/warc/1.1/revisit/server-not-modified",
            "WARC-Refers-To": made.urn(3),
            "WARC-Refers-To-Date": "2013-01-01T00:00:00Z",
        },
    )
    named = made.rec("resource", 6, b"x", {"WARC-Warcinfo-ID": made.urn(1), "WARC-Concurrent-To": "<urn:x:1>"})
    return [made.warcinfo().raw(), made.request().raw(), made.response().raw(), *odd, revisit.raw(), named.raw()]


DAMAGE = {
    "nothing wrong": lambda data: data,
    "cut": lambda data: data[:-20],
    "cut at a part's beginning": lambda data: data[: len(data) // 2],
    "flipped": lambda data: data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 8]) + data[len(data) // 2 + 1 :],
    "zeros": lambda data: data + bytes(PART * 3),
    "zeros between": lambda data: data + bytes(PART * 3) + data,
    # a member of stored blocks that holds members: each looks like a place to begin at
    "nested": lambda data: data + gzip.compress(b"WARC/1.1\r\n\r\n" + data, 0),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_parts_make_up_the_whole(damage: str, made: Any, tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    path.write_bytes(DAMAGE[damage](made.packed(*records(made))))
    assert len(split(path, path.stat().st_size, PART)) > 2
    assert verified(path, PART, tmp_path / "a.db") == verified(path, 1 << 40, tmp_path / "b.db")


def test_a_plain_file_is_one_part(made: Any, tmp_path: Path) -> None:
    path = tmp_path / "x.warc"
    path.write_bytes(b"".join(records(made)))
    assert len(split(path, path.stat().st_size, PART)) == 1
