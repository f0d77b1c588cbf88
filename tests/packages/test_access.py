"""The access list: what it withholds, on which day, and how its faults are told."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from jiucang.access import AccessList
from profiles.strict_yaml import BadFile

DAY = date(2026, 11, 23)
DOCUMENT = "0123456789abcdef0123456789abcdef"
ADDRESSES = {
    "url": "http://bwc.example.edu.cn/info/1018/1740.htm",
    "alias": "http://bwc.example.edu.cn/content.jsp?wbnewsid=1740",
    "attachment": "http://bwc.example.edu.cn/system/download.jsp?wbfileid=7",
    "image": "http://bwc.example.edu.cn/__local/A/B.jpg",
}


def listed(folder: Path, text: str) -> AccessList:
    path = folder / "access.yaml"
    path.write_text(text, encoding="utf-8")
    return AccessList.load(path)


def entry(what: str, more: str = "") -> str:
    return f"withheld:\n- {what}\n  reason: 含有个人信息\n  since: 2024-03-01\n{more}"


def documents(folder: Path) -> None:
    row = {
        "id": DOCUMENT,
        "url": ADDRESSES["url"],
        "aliases": [ADDRESSES["alias"]],
        "attachments": [{"url": ADDRESSES["attachment"]}],
        "images": [{"url": ADDRESSES["image"]}],
    }
    (folder / "documents").mkdir()
    (folder / "documents" / "documents.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")


def test_without_a_file_nothing_is_withheld(tmp_path: Path) -> None:
    access = AccessList.load(tmp_path / "access.yaml")
    assert not access
    assert access.withheld(ADDRESSES["url"], DAY) is None


def test_an_address_is_withheld_as_viewers_look_it_up(tmp_path: Path) -> None:
    access = listed(tmp_path, entry("url: http://www.example.edu.cn/info/1.htm"))
    for url in ("http://www.example.edu.cn/info/1.htm", "https://example.edu.cn/INFO/1.htm"):
        found = access.withheld(url, DAY)
        assert found is not None
        assert found.reason == "含有个人信息"
    assert access.withheld("http://www.example.edu.cn/info/1.htm?page=2", DAY) is None


def test_a_pattern_is_found_anywhere_in_an_address(tmp_path: Path) -> None:
    access = listed(tmp_path, entry(r"pattern: '/info/10\d\d/'"))
    assert access.withheld(ADDRESSES["url"], DAY)
    assert access.withheld("http://bwc.example.edu.cn/info/2018/1740.htm", DAY) is None


def test_an_embargo_begins_with_its_day_and_ends_before_its_other(tmp_path: Path) -> None:
    access = listed(tmp_path, entry("pattern: info", "  until: 2030-01-01\n"))
    days = (date(2024, 2, 29), date(2024, 3, 1), date(2029, 12, 31), date(2030, 1, 1))
    assert [bool(access.withheld(ADDRESSES["url"], day)) for day in days] == [False, True, True, False]


def test_a_document_is_withheld_with_all_that_belongs_to_it(tmp_path: Path) -> None:
    documents(tmp_path)
    access = listed(tmp_path, entry(f"document: {DOCUMENT}"))
    assert all(access.withheld(url, DAY) for url in ADDRESSES.values())
    assert access.withheld("http://bwc.example.edu.cn/zzwj.htm", DAY) is None


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("- url: http://a.cn/\n", 1, "expected keys and values"),
        (entry("ulr: http://a.cn/"), 2, "ulr: is not a known key; did you mean url?"),
        (entry("url: ftp://a.cn/"), 2, "withheld[0].url"),
        (entry("pattern: '('"), 2, "expected a regular expression"),
        (entry("url: http://a.cn/\n  document: " + DOCUMENT), 2, "expected one of url, pattern and document"),
        ("withheld:\n- url: http://a.cn/\n  since: 2024-03-01\n", 2, "withheld[0].reason: is missing"),
        ("withheld:\n- url: http://a.cn/\n  reason: x\n  since: soon\n", 4, "withheld[0].since: found 'soon'"),
        (entry("url: http://a.cn/", "  until: 2024-03-01\n"), 2, "expected until to be after since"),
    ],
)
def test_a_fault_is_named_by_line_and_key(tmp_path: Path, text: str, line: int, says: str) -> None:
    with pytest.raises(BadFile) as refused:
        listed(tmp_path, text)
    assert f"access.yaml:{line}: " in str(refused.value)
    assert says in str(refused.value)


def test_a_document_that_cannot_be_found_is_an_error(tmp_path: Path) -> None:
    """Otherwise it would be shown."""
    other = "f" * 32
    with pytest.raises(BadFile, match=r"documents\.jsonl: No such file"):
        listed(tmp_path, entry(f"document: {other}"))
    documents(tmp_path)
    with pytest.raises(BadFile, match=rf"access\.yaml:2: withheld\[0\]\.document: {other} is not in"):
        listed(tmp_path, entry(f"document: {other}"))
    (tmp_path / "documents" / "documents.jsonl").write_text("[]\n", encoding="utf-8")
    with pytest.raises(BadFile, match="is damaged"):
        listed(tmp_path, entry(f"document: {other}"))
