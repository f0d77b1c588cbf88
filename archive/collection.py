"""Where things stand in a collection's folder. Names only: what the files hold is their modules' matter."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from archive.files import OS_FILES
from archive.writer import OPEN_SUFFIX

#: Names of WARC files that are whole; the writer's are of the first kind, imported ones may be of any.
WARC_NAMES = ("*.warc.gz", "*.warc.zst", "*.warc")


@dataclass(frozen=True, slots=True)
class Collection:
    """One archived portal, in folder `root`.

    >>> Collection(Path("collections/bwc-legacy")).index.as_posix()
    'collections/bwc-legacy/indexes/index.cdxj'
    """

    root: Path

    @property
    def job(self) -> Path:
        return self.root / "job.yaml"

    @property
    def state(self) -> Path:
        """state.db: here, or in the folder that `state_path` names."""
        try:
            return Path(self.state_path.read_text("utf-8").strip()) / "state.db"
        except FileNotFoundError:
            return self.root / "state.db"

    @property
    def state_path(self) -> Path:
        """Names the folder of state.db where a job has put it on another disk."""
        return self.root / "state.path"

    @property
    def archive(self) -> Path:
        return self.root / "archive"

    @property
    def cut(self) -> Path:
        """Tails that recovery took off WARC files."""
        return self.archive / "cut"

    @property
    def spool(self) -> Path:
        """Answers on their way into the archive; emptied at each start."""
        return self.root / "spool"

    @property
    def index(self) -> Path:
        return self.root / "indexes" / "index.cdxj"

    @property
    def compressed_index(self) -> Path:
        """Folder of the index's compressed form; a folder of its own, for pywb reads whatever stands beside it."""
        return self.root / "indexes" / "compressed"

    @property
    def documents(self) -> Path:
        return self.root / "documents" / "documents.jsonl"

    @property
    def clicks(self) -> Path:
        return self.root / "documents" / "clicks.jsonl"

    @property
    def decisions(self) -> Path:
        return self.root / "documents" / "decisions.jsonl"

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    @property
    def packages(self) -> Path:
        return self.root / "packages"

    def report(self, run: str) -> Path:
        """Folder of one run's crawl.log, run.json and extract.json; not created by `create`."""
        return self.reports / run

    def create(self) -> None:
        """Makes the folders that are missing, and all of them durable. Raises OSError."""
        inner = (self.archive, self.cut, self.index.parent, self.documents.parent, self.reports, self.packages)
        above = [folder for folder in self.root.parents if not folder.exists()]
        for folder in (*reversed(above), self.root, *inner):
            folder.mkdir(exist_ok=True)
        # also those that were there: a process that died may have made them and not come this far
        for folder in (self.archive, self.root):
            OS_FILES.fsync_folder(folder)
        for folder in dict.fromkeys((*self.root.parents[:2], *(made.parent for made in above))):
            # a folder that may not be listed is not ours; what lies in it has been there for long
            with suppress(PermissionError):
                OS_FILES.fsync_folder(folder)

    def warcs(self) -> list[Path]:
        """Sealed WARC files, by name."""
        found = (path for pattern in WARC_NAMES for path in self.archive.glob(pattern))
        return sorted(path for path in found if path.is_file())

    def left_open(self) -> list[Path]:
        """WARC files still being written, or left so by a process that died, by name."""
        return sorted(path for path in self.archive.glob(f"*.warc.gz{OPEN_SUFFIX}") if path.is_file())
