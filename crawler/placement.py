"""Whose a collection is, and where its state.db stands.

state.db is in SQLite's write-ahead mode, which needs memory that all its users share and locks that hold: on a
network file system it has neither (https://www.sqlite.org/wal.html), and a crawl would lose what it believes to be
written. The job's key `state` puts it on a local disk; `state.path` in the collection then says where it is.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from archive.collection import Collection
from archive.files import OS_FILES
from crawler.job import Job
from crawler.state import StateError
from profiles.strict_yaml import BadFile, read_model

MOUNTS = Path("/proc/self/mountinfo")
#: File systems that other machines write too, by the kernel's names.
SHARED = frozenset(
    "nfs nfs4 cifs smb3 smbfs ncpfs 9p afs coda ceph lustre beegfs gfs2 ocfs2 glusterfs davfs"
    " fuse.sshfs fuse.glusterfs fuse.ceph fuse.rclone fuse.davfs2 fuse.smbnetfs fuse.s3fs".split()
)
_OCTAL = re.compile(r"\\([0-7]{3})")


def file_system(path: str, mounts: str) -> tuple[str, str] | None:
    """Mount point and type of the file system that the resolved absolute *path* is on; None where none is named.

    *mounts* is the text of /proc/PID/mountinfo (proc_pid_mountinfo(5)). Of two mounts on one place the later counts.

    >>> mounts = '''22 1 8:1 / / rw - ext4 /dev/sda1 rw
    ... 40 22 0:41 / /srv/our\\\\040data rw shared:5 - nfs4 box:/data rw
    ... 41 40 8:2 / /srv/our\\\\040data/local rw - xfs /dev/sdb1 rw'''
    >>> file_system("/srv/our data/collections", mounts)
    ('/srv/our data', 'nfs4')
    >>> file_system("/srv/our data/local/x", mounts), file_system("/srv/our database", mounts)
    (('/srv/our data/local', 'xfs'), ('/', 'ext4'))
    """
    best: tuple[str, str] | None = None
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields, kind = before.split(" "), after.partition(" ")[0]
        if len(fields) < 5 or not kind:
            continue
        point = _OCTAL.sub(lambda found: chr(int(found[1], 8)), fields[4])
        within = path == point or path.startswith(point.rstrip("/") + "/")
        if within and (best is None or len(point) >= len(best[0])):
            best = (point, kind)
    return best


def place_state(job: Job, job_file: Path, collection: Collection) -> None:
    """Makes `collection.state` the place that the job asks for.

    Raises `StateError` where it cannot be there, or is elsewhere; OSError.
    """
    # the collection's own copy of a job does not stand where a relative path began
    if job.state is not None and job_file.resolve() != collection.job.resolve():
        wanted = (job_file.resolve().parent / job.state / job.name / "state.db").resolve()
        if wanted != collection.state.resolve():
            _point(collection, wanted)
        _make(wanted.parent)
        _claim(wanted.parent, collection)
    _refuse_shared(collection.state.parent)


def _point(collection: Collection, wanted: Path) -> None:
    here = collection.state
    if here.exists():
        raise StateError(
            f"{here}: this collection's state.db; the job's key state names {wanted}. Move it there, with"
            f" {here.name}-wal if there is one, and write its new folder into {collection.state_path}; or take the"
            " key back"
        )
    _write(collection.state_path, str(wanted.parent))


def _claim(folder: Path, collection: Collection) -> None:
    """One folder serves one collection: two of the same name may stand in different outputs."""
    owner, own = folder / "collection.path", str(collection.root.resolve())
    other = owner.read_text("utf-8").strip() if owner.exists() else own
    if other != own and Collection(Path(other)).state.parent.resolve() == folder:
        raise StateError(f"{folder}: holds the state of {other}; expected a folder of its own for {own} (key state)")
    if not owner.exists() or other != own:
        _write(owner, own)


def _refuse_shared(folder: Path) -> None:
    if not MOUNTS.exists():
        return
    found = file_system(str(folder.resolve()), MOUNTS.read_text("utf-8", "surrogateescape"))
    if found is not None and found[1] in SHARED:
        raise StateError(
            f"{folder}: is on {found[1]} (mounted at {found[0]}), where state.db is not safe; expected a local disk."
            " The job's key state puts state.db there, such as state: /var/lib/jiucang; the archive stays where it is"
        )


def refuse_another_portal(job: Job, job_file: Path, kept: Path) -> None:
    """Two jobs of one name and output would share a collection. Raises `StateError` where no seed is in both.

    A job may be edited from run to run; what the collection was begun with stands in its job.yaml.
    """
    if not kept.exists() or kept.resolve() == job_file.resolve():
        return
    try:
        before = read_model(kept, Job)
    except BadFile:
        return
    if not set(before.seeds) & set(job.seeds):
        raise StateError(
            f"{kept.parent}: is the collection of {', '.join(before.seeds[:3])}, none of which is a seed of"
            f" {job_file}; give this job another name or output. If it is the same portal at a new address, keep an old"
            f" seed beside the new ones, or put the new job in the place of {kept}"
        )


def _make(folder: Path) -> None:
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for place in missing:
        OS_FILES.fsync_folder(place.parent)


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(path.name + ".tmp")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    OS_FILES.fsync_folder(path.parent)
