"""Fixity of sealed WARC files: a manifest of their digests, and a history of every check, as PREMIS events.

Both stand in the collection's `reports/fixity/`: `manifest-sha512.txt`, lines as BagIt has them, paths relative to
the collection; `events.jsonl`, an event a line, keys named by PREMIS 3.0. The digest is SHA-512 although records
carry SHA-256: should one of the two be broken, the other still speaks.
"""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive.collection import Collection
from archive.files import OS_FILES
from archive.input import PIECE
from archive.verify.bag import read_manifest_line
from archive.verify.findings import Findings
from archive.verify.lines import bounded_lines, json_object, pieces
from archive.verify.names import leads_out

ALGORITHM = "sha512"
TAKEN = "message digest calculation"
CHECKED = "fixity check"

_MAX_LINE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Checked:
    """What one call did: files that were entered into the manifest, checked, and left for another time."""

    entered: tuple[str, ...]
    checked: tuple[str, ...]
    not_due: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Manifest:
    """`whole` is false where a line of it could not be read."""

    digests: dict[str, str]
    whole: bool


class Fixity:
    """The manifest and the history of one collection. `clock` gives aware datetimes, `agent` is the software's name."""

    def __init__(self, collection: Collection, agent: str, clock: Callable[[], datetime]) -> None:
        self._collection, self._agent, self._clock = collection, agent, clock
        self.folder = collection.reports / "fixity"
        self.manifest = self.folder / f"manifest-{ALGORITHM}.txt"
        self.history = self.folder / "events.jsonl"

    def enter(self, found: Findings) -> tuple[str, ...]:
        """Takes the digests of sealed files that the manifest lacks; their names. Raises OSError.

        Where a line of the manifest cannot be read nothing is entered: it may be that file's.
        """
        return self._enter(self._read_manifest(found))

    def check(self, found: Findings, older_than: timedelta = timedelta(0)) -> Checked:
        """Compares the files whose last event is that old, then enters what is new. Raises OSError."""
        known = self._read_manifest(found)
        due = tuple(name for name, _ in self._due(known, older_than))
        events = []
        for name in due:
            path = self._collection.root / name
            actual = _digest(path) if path.is_file() else None
            if actual is None:
                found.add("fixity.missing", name, "")
            elif actual != known.digests[name]:
                found.add("fixity.changed", name, f"found {actual}, in the manifest {known.digests[name]}")
            outcome = "success" if actual == known.digests[name] else "fail"
            events.append(self._event(CHECKED, name, outcome, actual or "the file is missing"))
        _append(self.history, [json.dumps(event, ensure_ascii=False) for event in events])
        return Checked(self._enter(known), due, tuple(sorted(known.digests.keys() - set(due))))

    def due(self, older_than: timedelta) -> list[tuple[str, datetime | None]]:
        """Files of the manifest whose last good event is at least that old, with its time; None: there is none."""
        return self._due(self._read_manifest(Findings()), older_than)

    def _due(self, known: _Manifest, older_than: timedelta) -> list[tuple[str, datetime | None]]:
        last, now = self._last_events(), self._clock()
        pairs = [(name, last.get(name)) for name in sorted(known.digests)]
        return [(name, moment) for name, moment in pairs if moment is None or now - moment >= older_than]

    def _enter(self, known: _Manifest) -> tuple[str, ...]:
        if not known.whole:
            return ()
        named = ((path.relative_to(self._collection.root).as_posix(), path) for path in self._collection.warcs())
        digests = {name: _digest(path) for name, path in named if name not in known.digests}
        events = [self._event(TAKEN, name, "success", digest) for name, digest in digests.items()]
        _append(self.manifest, [f"{digest}  {name}" for name, digest in digests.items()])
        _append(self.history, [json.dumps(event, ensure_ascii=False) for event in events])
        return tuple(digests)

    def _read_manifest(self, found: Findings) -> _Manifest:
        digests: dict[str, str] = {}
        if not self.manifest.exists():
            return _Manifest(digests, whole=True)
        whole = True
        with self.manifest.open("rb") as stream:
            for number, line in enumerate(bounded_lines(pieces(stream), _MAX_LINE), 1):
                parts = read_manifest_line(line.decode("utf-8", "replace")) if line is not None else None
                if parts is None or leads_out(parts[1]) is not None or parts[1] in digests:
                    where = f"{self.manifest.name}:{number}"
                    found.add("fixity.manifest", where, "expected a digest and the name of another file below")
                    whole = False
                else:
                    digests[parts[1]] = parts[0]
        return _Manifest(digests, whole)

    def _event(self, kind: str, name: str, outcome: str, note: str) -> dict[str, object]:
        moment = self._clock().astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
        return {
            "eventIdentifier": {"eventIdentifierType": "UUID", "eventIdentifierValue": str(uuid.uuid4())},
            "eventType": kind,
            "eventDateTime": moment,
            "eventDetailInformation": {"eventDetail": "SHA-512"},
            "eventOutcomeInformation": {
                "eventOutcome": outcome,
                "eventOutcomeDetail": {"eventOutcomeDetailNote": note},
            },
            "linkingAgentIdentifier": {
                "linkingAgentIdentifierType": "software",
                "linkingAgentIdentifierValue": self._agent,
            },
            "linkingObjectIdentifier": {
                "linkingObjectIdentifierType": "path in the collection",
                "linkingObjectIdentifierValue": name,
            },
        }

    def _last_events(self) -> dict[str, datetime]:
        """When each file was last found, or made, to agree with the manifest."""
        last: dict[str, datetime] = {}
        if not self.history.exists():
            return last
        with self.history.open("rb") as stream:
            for line in bounded_lines(pieces(stream), _MAX_LINE):
                event = json_object(line) if line is not None else None
                name, moment = _name_and_time(event) if event is not None else (None, None)
                if name is not None and moment is not None:
                    last[name] = max(moment, last.get(name, moment))
        return last


def _name_and_time(event: dict[str, object]) -> tuple[str | None, datetime | None]:
    """What a successful event is about, and when it was."""
    linked, outcome = event.get("linkingObjectIdentifier"), event.get("eventOutcomeInformation")
    if not isinstance(linked, dict) or not isinstance(outcome, dict) or outcome.get("eventOutcome") != "success":
        return None, None
    name = linked.get("linkingObjectIdentifierValue")
    try:
        moment = datetime.fromisoformat(str(event.get("eventDateTime")))
    except ValueError:
        return None, None
    return (name, moment) if isinstance(name, str) and moment.tzinfo is not None else (None, None)


def _append(path: Path, lines: list[str]) -> None:
    """Adds the lines and sees them on disk."""
    if not lines:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{line}\n" for line in lines)
        file.flush()
        os.fsync(file.fileno())
    OS_FILES.fsync_folder(path.parent)


def _digest(path: Path) -> str:
    digest = hashlib.new(ALGORITHM)
    with path.open("rb") as stream:
        while piece := stream.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()
