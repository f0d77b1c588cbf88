"""What a crawl process did to the disk, operation by operation, in a file that survives its SIGKILL."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Entry:
    """An operation begun (`done` False) or known to have ended. Paths are absolute.

    `length` is the file's after a write or truncate, that which an fsync made durable, or the end of the last
    commit in the WAL; `other` a rename's new name, the copy of what went away, or the WAL's salts (hexadecimal);
    `exchanges` what a commit brought.
    """

    op: str
    done: bool
    path: str
    length: int = 0
    other: str = ""
    exchanges: tuple[str, ...] = ()


class Journal:
    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)

    def note(self, entry: Entry) -> None:
        os.write(self._handle, json.dumps(asdict(entry)).encode() + b"\n")


def read_journal(path: Path) -> list[Entry]:
    if not path.exists():
        return []
    found = []
    for line in path.read_text("utf-8").splitlines():
        fields = json.loads(line)
        found.append(Entry(**{**fields, "exchanges": tuple(fields["exchanges"])}))
    return found


@dataclass(frozen=True, slots=True)
class WalEnd:
    """How far a WAL holds commits: its salts, and the end of its last commit frame."""

    salts: str
    end: int


_HEADER, _FRAME = 32, 24


def wal_end(path: Path, known: WalEnd | None = None) -> WalEnd:
    """Reads the WAL at *path* on from *known*. https://www.sqlite.org/fileformat2.html#walformat

    Frames of an earlier generation have other salts. Checksums are not looked at: a frame that was never
    completed could at most make the end too late, so that less is taken away than might be.
    """
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER)
            if len(header) < _HEADER:
                return WalEnd("", 0)
            page, salts = int.from_bytes(header[8:12], "big"), header[16:24]
            end = known.end if known is not None and known.salts == salts.hex() and known.end else _HEADER
            at = end
            while True:
                file.seek(at)
                frame = file.read(_FRAME)
                if len(frame) < _FRAME or frame[8:16] != salts:
                    break
                at += _FRAME + page
                if any(frame[4:8]):
                    end = at
            return WalEnd(salts.hex(), end)
    except FileNotFoundError:
        return WalEnd("", 0)
