"""What must hold once a crawl that was disturbed has finished, each check with its name."""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from archive.indexing import write_index
from archive.run_records import LOG, REPORT, read_run_urn
from crash.warcs import Damaged, Member, members
from crawler.state import CAPTURED, STATE_NAMES
from crawler.traps import NEAR_IDENTICAL, SESSION_ID, SOFT_404

FINAL = frozenset({"captured", "failed", "dropped"})
#: Reasons that rest on the memory of one process.
MEMORY = frozenset({SOFT_404, NEAR_IDENTICAL, SESSION_ID})


@dataclass(frozen=True, slots=True)
class Finding:
    check: str
    detail: str


Outcomes = dict[tuple[str, str, str], tuple[str, str | None]]
"""What became of each key: (URL, method, role of a gate or not) to (state, reason)."""


def check(collection: Path, committed: set[str], steady: Path | None = None) -> list[Finding]:
    """Everything that is wrong with *collection*; *committed* was in its state.db at some time.

    *steady* is the collection of the same job crawled undisturbed.
    """
    db = sqlite3.connect(collection / "state.db")
    try:
        found = [*_files(collection, db), *_exchanges(collection, db, committed), *_outcomes(db), *_index(collection)]
    finally:
        db.close()
    if steady is not None:
        found += _as_if_undisturbed(collection, steady)
    return found


def _sealed(collection: Path) -> list[Path]:
    return sorted(collection.glob("archive/*.warc.gz"))


def _files(collection: Path, db: sqlite3.Connection) -> Iterator[Finding]:
    for path in collection.glob("archive/*.open"):
        yield Finding("left-open", path.name)
    committed = dict(db.execute("SELECT name, committed FROM files").fetchall())
    sizes = {path.name: path.stat().st_size for path in _sealed(collection)}
    for name in sorted(committed.keys() | sizes.keys()):
        if committed.get(name) != sizes.get(name):
            yield Finding("committed-length", f"{name}: {sizes.get(name)} on disk, {committed.get(name)} committed")


def _exchanges(collection: Path, db: sqlite3.Connection, committed: set[str]) -> Iterator[Finding]:
    """Each exchange that was ever committed stands once, at its place; nothing else stands there."""
    standing: list[Member] = []
    for path in _sealed(collection):
        try:
            standing += members(path)
        except Damaged as damage:
            yield Finding("parses", str(damage))
    count = Counter(member.exchange for member in standing if member.exchange is not None)
    for exchange in sorted(committed):
        if count[exchange] != 1:
            yield Finding("committed-once", f"{exchange} stands {count[exchange]} times")
    known = {row[0] for row in db.execute("SELECT exchange FROM captures")}
    for exchange, times in sorted(count.items()):
        if exchange not in known:
            yield Finding("known", f"{exchange} stands in a WARC and not in state.db")
        elif times > 1:
            yield Finding("once", f"{exchange} stands {times} times")
    yield from _places(db, standing)
    papers = Counter(read_run_urn(member.uri) for member in standing if member.type == "resource")
    for (run,) in db.execute("SELECT name FROM runs WHERE ended IS NOT NULL"):
        for part in (LOG, REPORT):
            if papers[run, part] != 1:
                yield Finding("papers", f"{part} of run {run} stands {papers[run, part]} times")


def _places(db: sqlite3.Connection, standing: list[Member]) -> Iterator[Finding]:
    by_start = {(member.file, member.offset): number for number, member in enumerate(standing)}
    taken: set[int] = set()
    for exchange, url, file, offset, length in db.execute(
        "SELECT c.exchange, u.url, f.name, c.offset, c.length FROM captures c"
        " JOIN urls u ON u.id = c.url_id LEFT JOIN files f ON f.id = c.file"
    ):
        first = by_start.get((file, offset))
        group: list[Member] = []
        if first is not None:
            taken.add(first)
            group.append(standing[first])
            while sum(member.length for member in group) < length and first + len(group) < len(standing):
                taken.add(first + len(group))
                group.append(standing[first + len(group)])
        own = [member.exchange for member in group if member.exchange is not None]
        whole = sum(member.length for member in group) == length and {member.file for member in group} == {file}
        addressed = all(
            member.uri in (url, f"urn:jiucang:wire:{exchange}:{member.uri.rpartition(':')[2]}") for member in group
        )
        if not (own == [exchange] and whole and addressed):
            yield Finding("place", f"{exchange} does not stand in {file} at {offset}, {length} bytes")
    for number, member in enumerate(standing):
        if number not in taken and not _stands_alone(member):
            yield Finding("known", f"a {member.type} of {member.uri} in {member.file} at {member.offset} is nobody's")


def _stands_alone(member: Member) -> bool:
    """Records of a run, and bytes that came too late to stand with their exchange."""
    late = member.uri.startswith("urn:jiucang:wire:") and member.uri.endswith(":late")
    return member.type == "warcinfo" or late or (member.type == "resource" and member.uri.startswith("urn:jiucang:"))


def _outcomes(db: sqlite3.Connection) -> Iterator[Finding]:
    captured = {row[0] for row in db.execute("SELECT DISTINCT url_id FROM captures")}
    for number, url, state, reason in db.execute("SELECT id, url, state, reason FROM urls"):
        name = STATE_NAMES[state]
        if name not in FINAL:
            yield Finding("outcome", f"{url} is {name}")
        elif name != "captured" and not reason:
            yield Finding("outcome", f"{url} is {name} for no reason")
        elif state == CAPTURED and number not in captured:
            yield Finding("outcome", f"{url} is captured, but nowhere")
    for name, ended, how in db.execute("SELECT name, ended, how FROM runs"):
        if ended is None or how != "finished":
            yield Finding("outcome", f"run {name} ended {ended}, {how}")


def _index(collection: Path) -> Iterator[Finding]:
    kept, fresh = collection / "indexes" / "index.cdxj", collection / "indexes" / "fresh.cdxj"
    written = write_index(_sealed(collection), fresh)
    if not kept.exists() or kept.read_bytes() != fresh.read_bytes() or written.faults:
        yield Finding("index", f"{kept.name} is not what the WARC files say; {len(written.faults)} faults")
    fresh.unlink()


def outcomes(collection: Path) -> Outcomes:
    db = sqlite3.connect(collection / "state.db")
    try:
        rows = db.execute("SELECT url, method, body, role = 'robots', state, reason FROM urls").fetchall()
    finally:
        db.close()
    return {
        (url, method, f"{body!r}{gate}"): (STATE_NAMES[state], reason)
        for url, method, body, gate, state, reason in rows
    }


def _as_if_undisturbed(collection: Path, steady: Path) -> Iterator[Finding]:
    ours, theirs = outcomes(collection), outcomes(steady)
    for key in sorted(ours.keys() | theirs.keys()):
        if not _same(ours.get(key), theirs.get(key)):
            yield Finding("same-outcomes", f"{key[0]}: {ours.get(key)}, undisturbed {theirs.get(key)}")
    own_rows, other_rows = rows(collection), rows(steady)
    for name in sorted(own_rows.keys() | other_rows.keys()):
        own, other = own_rows.get(name), other_rows.get(name)
        if own is None or other is None:
            yield Finding("same-documents", f"{name} is {'missing' if own is None else 'one too many'}")
        elif own != other:
            differ = [f"{key} {own[key]}, undisturbed {other[key]}" for key in own if own[key] != other[key]]
            yield Finding("same-documents", f"{name}: {'; '.join(differ)}")
    if list(own_rows) != list(other_rows):
        yield Finding("same-documents", "the rows stand in another order")


def _same(ours: tuple[str, str | None] | None, theirs: tuple[str, str | None] | None) -> bool:
    """Whether a key came to the same: also where it was dropped for a reason that only one process could see.

    What a process remembers of pages that say nothing dies with it (`crawler.repeats`), and a key keeps the first
    reason for which it was dropped.
    """
    if ours is None or theirs is None or ours == theirs:
        return ours == theirs
    return ours[0] == theirs[0] == "dropped" and not MEMORY.isdisjoint((ours[1], theirs[1]))


def rows(collection: Path) -> dict[tuple[str, str], dict[str, object]]:
    """`documents.jsonl` by id and version, in the projection that a disturbed crawl shares with an undisturbed one."""
    path = collection / "documents" / "documents.jsonl"
    if not path.exists():
        return {}
    found = (json.loads(line) for line in path.read_text("utf-8").splitlines())
    return {(row["id"], row["version"]): project(row) for row in found}


#: What depends on when a capture was made and where it stands, not on what was captured.
CAPTURE_KEYS = frozenset({"captured_at", "clicks_at"})
PROVENANCE_KEYS = frozenset({"file", "offset", "length", "record_id", "date"})
_RECORD = re.compile(r"urn:uuid:[0-9a-f-]{36}")


def project(row: dict[str, object]) -> dict[str, object]:
    """The stable projection of a row: all of it but WARC-Date, record ids, file, offset and times.

    Left out are `captured_at`, `clicks_at`, of `provenance` `file`, `offset`, `length`, `record_id` and `date`,
    of attachments and images which record `capture` names, though not whether there is one, and which records the
    evidence of an edit names.
    """
    kept = {key: value for key, value in row.items() if key not in CAPTURE_KEYS}
    provenance = kept["provenance"]
    assert isinstance(provenance, dict)
    kept["provenance"] = {key: value for key, value in provenance.items() if key not in PROVENANCE_KEYS}
    for name in ("attachments", "images"):
        parts = kept[name]
        assert isinstance(parts, list)
        kept[name] = [{**part, "capture": part["capture"] is not None} for part in parts]
    edits = kept["edits"]
    assert isinstance(edits, list)
    kept["edits"] = [{**edit, "evidence": [_RECORD.sub("", one) for one in edit["evidence"]]} for edit in edits]
    return kept
