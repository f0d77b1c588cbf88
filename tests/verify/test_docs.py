"""docs/verify.md says of the findings what the program's table says, and of other validators what they do."""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest

from archive.verify.codes import CODES

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "verify.md"
BODY = b"5\r\nhello\r\n0\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + BODY


def rows(heading: str) -> list[list[str]]:
    text = GUIDE.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    return cells[2:]


def test_the_table_of_findings() -> None:
    expected = [[f"`{name}`", row.severity, row.heading, row.clause, row.meaning] for name, row in CODES.items()]
    assert rows("All findings") == expected


def revisit(m: Any) -> Any:
    fields = {
        "WARC-Profile": "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest",
        "WARC-Payload-Digest": m.response().fields["WARC-Payload-Digest"],
        "WARC-Refers-To": m.urn(3),
    }
    return m.rec("revisit", 4, b"HTTP/1.1 200 OK\r\n\r\n", fields)


FILES: dict[str, Any] = {
    "nothing wrong": lambda m: m.packed(m.warcinfo(), m.request(), m.response()),
    "a last member that is cut short": lambda m: m.packed(m.warcinfo(), m.request(), m.response())[:-10],
    "zeros behind the last member": lambda m: m.packed(m.warcinfo(), m.request(), m.response()) + bytes(100),
    "a chunked body, digest of the body": lambda m: m.packed(
        m.warcinfo(), m.request(), m.response(CHUNKED, m.sha256(b"hello"))
    ),
    "a chunked body, digest of its framing": lambda m: m.packed(
        m.warcinfo(), m.request(), m.response(CHUNKED, m.sha256(BODY))
    ),
    "a revisit": lambda m: m.packed(m.warcinfo(), m.request(), m.response(), revisit(m)),
    "the same record id twice": lambda m: m.packed(m.warcinfo(), m.request(), m.response(), m.response()),
    "a record without an id": lambda m: m.packed(m.warcinfo(), m.rec("resource", 8, b"x", {"WARC-Record-ID": None})),
    "a date that does not exist": lambda m: m.packed(
        m.warcinfo(), m.rec("resource", 8, b"x", {"WARC-Date": "2014-99-03T02:00:00Z"})
    ),
}


def passes(*words: str | Path) -> bool:
    return subprocess.run(words, capture_output=True, timeout=60, check=False).returncode == 0


@pytest.mark.parametrize("row", rows("Where validators disagree"), ids=lambda row: row[0])
def test_where_validators_disagree(row: list[str], made: Any, verify: Any, tmp_path: Path) -> None:
    name, warcio, fastwarc, ours = row
    path = tmp_path / "x.warc.gz"
    path.write_bytes(FILES[name](made))
    programs = Path(sysconfig.get_path("scripts"))
    assert passes(programs / "warcio", "check", path) == (warcio == "passes")
    assert passes(programs / "fastwarc", "check", "-p", path) == (fastwarc == "passes")
    assert list(verify(path).counts) == re.findall(r"`(.+?)`", ours)


def test_every_file_is_in_the_table() -> None:
    assert [row[0] for row in rows("Where validators disagree")] == list(FILES)


def test_the_command_says_the_same(made: Any, tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    path.write_bytes(FILES["nothing wrong"](made))
    said = subprocess.run(
        [sys.executable, "-m", "jiucang", "verify", path], capture_output=True, text=True, timeout=60, check=True
    )
    assert "1 WARC file, 3 records" in said.stdout
