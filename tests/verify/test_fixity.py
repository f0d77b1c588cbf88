"""Sealed files against their manifest, and the history that is kept of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from archive.collection import Collection
from archive.verify.findings import Findings
from archive.verify.fixity import Fixity
from jiucang.verifying import verify_fixity

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    collection = Collection(tmp_path / "c")
    collection.create()
    for name in ("a.warc.gz", "b.warc.gz"):
        (collection.archive / name).write_bytes(name.encode())
    (collection.archive / "c.warc.gz.open").write_bytes(b"still growing")
    return collection


@pytest.fixture
def on_day(collection: Collection) -> Callable[[int], Fixity]:
    return lambda day: Fixity(collection, "jiucang test", lambda: START + timedelta(days=day))


def events(fixity: Fixity) -> list[dict[str, Any]]:
    return [json.loads(line) for line in fixity.history.read_text("utf-8").splitlines()]


def test_the_manifest_is_one_that_sha512sum_reads(on_day: Callable[[int], Fixity]) -> None:
    fixity = on_day(0)
    assert fixity.enter(Findings()) == ("archive/a.warc.gz", "archive/b.warc.gz")
    expected = (f"{hashlib.sha512(f'{n}.warc.gz'.encode()).hexdigest()}  archive/{n}.warc.gz\n" for n in "ab")
    assert fixity.manifest.read_text("utf-8") == "".join(expected)
    assert fixity.enter(Findings()) == (), "once"


def test_each_check_is_an_event(on_day: Callable[[int], Fixity], collection: Collection) -> None:
    found = Findings()
    assert on_day(0).check(found).entered == ("archive/a.warc.gz", "archive/b.warc.gz")
    (collection.archive / "a.warc.gz").write_bytes(b"a.warc.gx")
    (collection.archive / "b.warc.gz").unlink()
    assert on_day(1).check(found).checked == ("archive/a.warc.gz", "archive/b.warc.gz")
    assert dict(found.counts) == {"fixity.changed": 1, "fixity.missing": 1}
    told = [
        (
            event["eventType"],
            event["eventDateTime"],
            event["eventOutcomeInformation"]["eventOutcome"],
            event["linkingObjectIdentifier"]["linkingObjectIdentifierValue"],
            event["linkingAgentIdentifier"]["linkingAgentIdentifierValue"],
        )
        for event in events(on_day(1))
    ]
    taken, checked = "message digest calculation", "fixity check"
    first, second = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"
    assert told == [
        (taken, first, "success", "archive/a.warc.gz", "jiucang test"),
        (taken, first, "success", "archive/b.warc.gz", "jiucang test"),
        (checked, second, "fail", "archive/a.warc.gz", "jiucang test"),
        (checked, second, "fail", "archive/b.warc.gz", "jiucang test"),
    ]
    assert len({event["eventIdentifier"]["eventIdentifierValue"] for event in events(on_day(1))}) == 4


def test_what_is_due(on_day: Callable[[int], Fixity], collection: Collection) -> None:
    on_day(0).check(Findings())
    (collection.archive / "d.warc.gz").write_bytes(b"d")
    on_day(20).enter(Findings())
    month = timedelta(days=30)
    assert on_day(29).due(month) == []
    assert [name for name, _ in on_day(31).due(month)] == ["archive/a.warc.gz", "archive/b.warc.gz"]
    checked = on_day(31).check(Findings(), month)
    assert checked.checked == ("archive/a.warc.gz", "archive/b.warc.gz")
    assert checked.not_due == ("archive/d.warc.gz",)
    assert on_day(32).due(month) == []


def test_a_failed_check_stays_due(on_day: Callable[[int], Fixity], collection: Collection) -> None:
    on_day(0).enter(Findings())
    (collection.archive / "a.warc.gz").write_bytes(b"")
    on_day(40).check(Findings())
    assert [name for name, _ in on_day(41).due(timedelta(days=30))] == ["archive/a.warc.gz"]


@pytest.mark.parametrize("line", ["nothing", "00  ../../etc/passwd", "00  /etc/passwd", "\0" * 100_000])
def test_a_manifest_that_leads_out_is_not_followed(line: str, on_day: Callable[[int], Fixity]) -> None:
    fixity = on_day(0)
    fixity.enter(Findings())
    fixity.manifest.write_text(fixity.manifest.read_text("utf-8") + line + "\n", encoding="utf-8")
    found = Findings()
    assert on_day(1).check(found).checked == ("archive/a.warc.gz", "archive/b.warc.gz")
    assert dict(found.counts) == {"fixity.manifest": 1}


def test_a_spoilt_line_is_not_taken_for_a_new_file(on_day: Callable[[int], Fixity], collection: Collection) -> None:
    """Else damage to the manifest and to the file would pass for a file that was never there before."""
    fixity = on_day(0)
    fixity.enter(Findings())
    spoilt = fixity.manifest.read_bytes().replace(b"archive/a", b"archive/../a")
    fixity.manifest.write_bytes(spoilt)
    (collection.archive / "a.warc.gz").write_bytes(b"changed too")
    found = Findings()
    assert on_day(1).check(found).entered == ()
    assert dict(found.counts) == {"fixity.manifest": 1}
    assert fixity.manifest.read_bytes() == spoilt


def test_a_history_that_cannot_be_read_makes_all_due(on_day: Callable[[int], Fixity]) -> None:
    on_day(0).enter(Findings())
    on_day(0).history.write_bytes(b"\xff\n[]\n{}\n" + b"[" * 10_000 + b"\n" + b'{"eventDateTime": 7}\n')
    assert [last for _, last in on_day(1).due(timedelta(days=0))] == [None, None]


def test_the_command(collection: Collection, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify_fixity([collection.root]) == 0
    assert "archive/a.warc.gz: entered into the manifest" in capsys.readouterr().out
    assert verify_fixity([collection.root], due_days=0, check=False) == 0
    said = capsys.readouterr().out
    assert "note fixity.due (2 times)" in said
    (collection.archive / "a.warc.gz").write_bytes(b"")
    assert verify_fixity([collection.root], as_json=True) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["codes"] == {"fixity.changed": 1}
    assert report["done"] == [f"{collection.root}: 2 checked, 0 not due"]
    assert verify_fixity([collection.archive]) == 2
