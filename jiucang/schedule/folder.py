"""A folder of job files: those with a `schedule` are its timetable, as they stand at the moment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from crawler.job import Job, load_job
from jiucang.schedule.timetable import Timetable, timetable
from profiles.strict_yaml import BadFile, Problem, line_of

#: What the schedules remember, and who looks after them.
LEDGER, LOCK = "schedule.db", "schedule.lock"


@dataclass(frozen=True, slots=True)
class Entry:
    """A job that is scheduled. `file` is its file's name in the folder, by which everything remembers it."""

    path: Path
    job: Job
    timetable: Timetable

    @property
    def file(self) -> str:
        return self.path.name

    @property
    def collection(self) -> Path:
        return self.job.collection_folder(self.path)


@dataclass(frozen=True, slots=True)
class Listing:
    """What stands in a folder: scheduled jobs by file name, and job files that cannot be used, with the reason."""

    entries: dict[str, Entry]
    bad: dict[str, BadFile]


def read_folder(folder: Path) -> Listing:
    """Reads every job file in *folder*. Raises OSError."""
    entries: dict[str, Entry] = {}
    bad: dict[str, BadFile] = {}
    owners: dict[Path, str] = {}
    for path in sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".yml") and path.is_file()):
        try:
            job = load_job(path)
            if job.schedule is None:
                continue
            entry = Entry(path, job, timetable(job.schedule))
            owner = owners.setdefault(entry.collection, path.name)
            if owner != path.name:
                message = f"found {job.name!r}, whose collection is that of {owner}; expected another name or output"
                raise BadFile(path, [Problem(line_of(path, "name"), "name", message)])
        except BadFile as error:
            if _is_job(path):
                bad[path.name] = error
        else:
            entries[path.name] = entry
    return Listing(entries, bad)


def _is_job(path: Path) -> bool:
    """Whether a file that is no valid job was meant as one: profiles may stand beside jobs."""
    try:
        return any(line_of(path, key) for key in ("seeds", "schedule"))
    except OSError:
        return True
