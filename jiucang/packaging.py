"""`jiucang package`: a collection as a WACZ file or a BagIt bag."""

from __future__ import annotations

import glob
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Self

import yaml

from archive.bag import TAR, write_bag
from archive.collection import Collection
from archive.copying import NotCopied
from archive.indexing import lines_for_viewers
from archive.wacz import About, write_wacz
from crawler.job import Job, Notify
from jiucang.access import ACCESS_LIST, AccessList
from jiucang.codes import BAD_INPUT, DONE, FAULTS
from jiucang.contents import SOFTWARE, Contents, gather
from jiucang.packaged_pages import page_lines
from profiles.strict_yaml import BadFile, read_model

#: Why a WARC file with the name `.zst` is in no WACZ, and not replayed.
UNREAD_BY_VIEWERS = (
    "is compressed by Zstandard, which viewers do not read (docs/warc.md shows how to make a gzip'd copy)"
)
#: The most that bag-info.txt names.
_SEEDS = 10


class Format(StrEnum):
    """What a package is: one file that viewers open, or what archives exchange."""

    WACZ = "wacz"
    BAG = "bag"


def package_collection(
    root: Path,
    output: Path | None = None,
    form: Format = Format.WACZ,
    *,
    access_copy: bool = False,
    day: date | None = None,
) -> int:
    """Packages the collection at *root* without what is withheld on *day* (today); returns the exit code.

    Without *output* the package goes to the collection's packages/ folder.
    """
    collection, day = Collection(root), day or datetime.now().astimezone().date()
    if not collection.warcs():
        return _refused(f"{root}: is no collection with sealed WARC files")
    try:
        job = read_model(collection.job, Job)
        out = output or collection.packages / _name(job, form, access_copy)
        if why := _unfit(out, form):
            return _refused(f"{out}: {why}")
        if form is Format.WACZ and (zstandard := [path for path in collection.warcs() if path.suffix == ".zst"]):
            return _refused(f"{zstandard[0]}: {UNREAD_BY_VIEWERS}; a bag can hold it: --format bag")
        access = AccessList.load(root / ACCESS_LIST)
        out.parent.mkdir(parents=True, exist_ok=True)
        with _work_folder(out) as work, _Progress() as progress:
            contents = gather(collection, access, day, work, access_copy=access_copy)
            progress.begin(sum(path.stat().st_size for path in contents.warcs))
            if form is Format.BAG:
                payload = _payload(job, collection, contents, work)
                write_bag(out, contents.created, _bag_info(job), payload, progress)
            else:
                main_page = None if access.withheld(job.seeds[0], day) else job.seeds[0]
                about = About(job.name, _rights(job), contents.created, SOFTWARE, main_page)
                named = {path.name: path for path in contents.warcs}
                pages = page_lines(contents.rows, contents.index, named, work)
                index = lines_for_viewers(contents.index)
                write_wacz(out, about, contents.warcs, index, pages, _papers(contents), progress)
    except BadFile as error:
        return _refused(str(error), plain=True)
    except NotCopied as error:
        return _refused(f"{error}; `jiucang verify --mend` makes a copy that can be packaged")
    except OSError as error:
        return _refused(f"{error.filename or out}: {error.strerror or error}")
    for fault in contents.indexed.faults:
        print(f"{fault.where}: {fault.code}: {fault.detail}", file=sys.stderr)
    size = out.stat().st_size if out.is_file() else sum(path.stat().st_size for path in out.rglob("*"))
    print(f"packaged {size / 1e6:.1f} MB\n  {out}")
    return FAULTS if contents.indexed.faults else DONE


def _refused(why: str, *, plain: bool = False) -> int:
    print(why if plain else f"jiucang: {why}", file=sys.stderr)
    return BAD_INPUT


def _name(job: Job, form: Format, access_copy: bool) -> str:
    return job.name + ("-access" if access_copy else "") + (".wacz" if form is Format.WACZ else "-bag")


def _unfit(out: Path, form: Format) -> str | None:
    """Why the package cannot have this name."""
    if form is Format.BAG and out.suffix != TAR and (out.exists() or out.is_symlink()):
        return "is there already; a bag is written into a new folder, or into a file whose name ends in .tar"
    if form is Format.WACZ and out.suffix == TAR:
        return "a .tar file is a bag; add --format bag"
    return "is a folder" if out.is_dir() else None


@contextmanager
def _work_folder(out: Path) -> Iterator[Path]:
    """A folder beside *out*, gone afterwards, and with it what killed processes have left there."""
    for left in out.parent.glob(f".{glob.escape(out.name)}.*"):
        process = re.fullmatch(r"\.(\d+)\.(?:work|tmp)", left.name.removeprefix(f".{out.name}"))
        if process is not None and not Path("/proc", process[1]).exists():
            shutil.rmtree(left) if left.is_dir() else left.unlink()
    work = out.with_name(f".{out.name}.{os.getpid()}.work")
    work.mkdir()
    try:
        yield work
    finally:
        shutil.rmtree(work)


def _rights(job: Job) -> str:
    return "; ".join(filter(None, (job.rights.statement, job.rights.basis)))


def _papers(contents: Contents) -> dict[str, Path]:
    """What stands in a WACZ beside the captures."""
    logs = {f"logs/{path.parent.name}-{path.name}": path for path in contents.reports}
    documents = {f"documents/{path.name}": path for path in contents.documents}
    return logs | documents | {f"access/{name}": path for name, path in contents.access.items()}


def _payload(job: Job, collection: Collection, contents: Contents, work: Path) -> dict[str, Path]:
    """The data/ of a bag, which is a collection's folder."""
    files = {f"archive/{path.name}": path for path in contents.warcs}
    files |= {f"documents/{path.name}": path for path in contents.documents}
    files |= {f"reports/{path.parent.name}/{path.name}": path for path in contents.reports}
    files |= {f"access/{name}": path for name, path in contents.access.items()}
    return files | {"indexes/index.cdxj": contents.index, "job.yaml": _job_file(job, collection.job, work)}


def _job_file(job: Job, path: Path, work: Path) -> Path:
    """The job without its addresses for notices, which may hold a secret."""
    if job.notify == Notify():
        return path
    cleaned = work / "job.yaml"
    text = yaml.safe_dump(job.model_dump(mode="json", exclude_unset=True), allow_unicode=True, sort_keys=False)
    cleaned.write_text(text, encoding="utf-8")
    return cleaned


def _bag_info(job: Job) -> list[tuple[str, str]]:
    """Fields of bag-info.txt (RFC 8493 §2.2.2), and two of our own: the basis of the rights, and the first seeds."""
    contact = "Contact-Email" if "@" in job.operator.contact else "Contact-Name"
    return [
        ("Source-Organization", job.operator.name),
        (contact, job.operator.contact),
        ("External-Description", job.rights.statement),
        ("Rights-Basis", job.rights.basis),
        ("External-Identifier", job.name),
        ("Seeds", " ".join(job.seeds[:_SEEDS])),
        ("Bag-Software-Agent", SOFTWARE),
    ]


class _Progress:
    """Bytes copied so far, one line rewritten on a terminal."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._done = self._of = 0
        self._last = 0.0

    def __enter__(self) -> Self:
        self._say("packaging: reading the collection")
        return self

    def begin(self, of: int) -> None:
        self._of = of

    def __call__(self, copied: int) -> None:
        self._done += copied
        now = time.monotonic()
        if now - self._last > 0.3:
            self._last = now
            self._say(f"packaging: {self._done / 1e6:.0f} of {self._of / 1e6:.0f} MB")

    def __exit__(self, *_: object) -> None:
        self._say("")

    def _say(self, text: str) -> None:
        if self._terminal:
            sys.stderr.write(f"\r{text:<79}" if text else "\r" + " " * 79 + "\r")
            sys.stderr.flush()
