"""What is to happen to one crawl process; travels to it as a line of JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

Moment = Literal["before", "half", "after", "noted"]
"""Before the operation; half way through a write; after it, before anybody knows; after the journal knows."""

ANY = "any"


@dataclass(frozen=True, slots=True)
class Kill:
    """SIGKILL at the *nth* operation *op* once the process has committed *captures*.

    Where that never comes, at whatever operation follows once it has committed *at_last*.
    """

    op: str
    when: Moment = "before"
    nth: int = 1
    captures: int = 0
    at_last: int | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """From the *nth* operation *op* on, *times* times, *what* happens instead.

    An operation may be named with its file, such as `fsync_folder archive`. `ENOSPC` and `EIO` are raised; `short`
    writes a part; `locked` and `full` are SQLite's own errors, brought about by a second connection that holds the
    lock and by a limit to the file's pages.
    """

    op: str
    what: Literal["ENOSPC", "EIO", "short", "locked", "full"]
    nth: int = 1
    times: int = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """One process: the job it runs, where it notes what it does, and what befalls it.

    `disk` is a file that holds how many bytes are free; without it the real disk is asked. After *silence* seconds
    an answer is given up.
    """

    job: str
    root: str
    journal: str
    log: str
    kill: Kill | None = None
    faults: list[Fault] = field(default_factory=list)
    mutant: str | None = None
    disk: str | None = None
    silence: float = 2.0

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> Plan:
        found = json.loads(line)
        kill = Kill(**found.pop("kill")) if found["kill"] else found.pop("kill")
        faults = [Fault(**fault) for fault in found.pop("faults")]
        return cls(kill=kill, faults=faults, **found)

    @property
    def trash(self) -> Path:
        """Where what is removed or cut off is kept, should the power fail before it is gone for good."""
        return Path(self.journal).with_suffix(".trash")
