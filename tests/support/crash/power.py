"""What a disk may have lost when the power fails, judged by the journal of what was made durable.

Lost may be: what of a file lies beyond its last fsync (cut off anywhere, or zeros, or rubbish); entries of a folder
that was not synced since (a new file is gone, a renamed one has its old name, a removed one is back); a cut that
was not synced; of SQLite's WAL whatever lies beyond the last COMMIT that returned. Not imitated: pages of state.db
itself half written by a checkpoint, which SQLite takes from the WAL in any case.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from crash.journal import Entry, WalEnd, read_journal, wal_end


@dataclass(slots=True)
class Disk:
    """What is durable: of which file how much, which entries of which folder are not, how much of which WAL."""

    synced: dict[str, int] = field(default_factory=dict)
    loose: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    cut: dict[str, Entry] = field(default_factory=dict)
    wals: dict[str, WalEnd] = field(default_factory=dict)

    @classmethod
    def at_rest(cls, root: Path) -> Disk:
        """Everything that stands under *root* now is durable."""
        files = [path for path in root.rglob("*") if path.is_file()]
        return cls(
            synced={str(path): path.stat().st_size for path in files},
            wals={str(path): wal_end(path) for path in files if path.name.endswith("-wal")},
        )

    def replay(self, entries: list[Entry]) -> None:
        for entry in entries:
            if entry.op == "truncate" and not entry.done:
                self.cut[entry.path] = entry
                self.synced[entry.path] = min(self.synced.get(entry.path, 0), entry.length)
            elif entry.op == "rename":
                self._rename(entry)
            elif entry.done:
                self._done(entry)

    def _rename(self, entry: Entry) -> None:
        # begun and not known to have ended: it has happened if the file has moved
        if entry.done or (Path(entry.other).exists() and not Path(entry.path).exists()):
            self._move(entry.path, entry.other)
        if entry.done:
            self.loose[str(Path(entry.path).parent)].append(entry)

    def _move(self, old: str, new: str) -> None:
        for facts in (self.synced, self.cut):
            if old in facts:
                facts[new] = facts.pop(old)  # type: ignore[attr-defined]

    def _done(self, entry: Entry) -> None:
        path = entry.path
        if entry.op == "commit":
            self.wals[path] = WalEnd(entry.other, entry.length)
        elif entry.op == "fsync":
            self.synced[path] = entry.length
            self.cut.pop(path, None)
        elif entry.op == "fsync_folder":
            self.loose[path].clear()
        elif entry.op in ("create", "mkdir", "remove"):
            self.loose[str(Path(path).parent)].append(entry)
            if entry.op == "create":
                self.synced[path] = 0
            else:
                self.synced.pop(path, None)

    def undo(self, entry: Entry) -> None:
        """An entry of a folder that never reached the disk."""
        path = Path(entry.path)
        if entry.op == "create":
            path.unlink(missing_ok=True)
        elif entry.op == "mkdir":
            shutil.rmtree(path, ignore_errors=True)
        elif entry.op == "rename" and Path(entry.other).exists() and not path.exists():
            Path(entry.other).rename(path)
            self._move(entry.other, entry.path)
        elif entry.op == "remove" and not path.exists() and path.parent.exists():
            shutil.copyfile(entry.other, path)


def fail_power(root: Path, journal: Path, before: Disk, rng: Random, *, worst: bool = False) -> list[str]:
    """Takes away what may be lost, all of it if *worst*; says what. The journal begins anew.

    *before* is what was durable when the journal began.
    """
    disk, told = before, []
    disk.replay(read_journal(journal))
    for folder, entries in disk.loose.items():
        count = len(entries) if worst else rng.randint(0, len(entries))
        for entry in reversed(entries[len(entries) - count :]):
            disk.undo(entry)
        if count:
            told.append(f"{Path(folder).name}/: {count} of {len(entries)} entries")
    for name, synced in disk.synced.items():
        if ".warc.gz" in name:
            told += _damage(Path(name), synced, disk.cut.get(name), rng, worst)
    told += _damage_wals(root, disk, rng, worst)
    for path in [*root.rglob("*-shm"), *root.rglob("reading.mark")]:
        path.unlink()
    journal.unlink(missing_ok=True)
    shutil.rmtree(journal.with_suffix(".trash"), ignore_errors=True)
    return told


def _damage(path: Path, synced: int, cut: Entry | None, rng: Random, worst: bool) -> list[str]:
    if not path.exists():
        return []
    size = path.stat().st_size
    if size > synced:
        return [_spoil(path, synced, rng, worst)]
    if cut is not None and size == cut.length and (worst or rng.random() < 0.5):
        with path.open("ab") as file:
            file.write(Path(cut.other).read_bytes())
        return [f"{path.name}: longer again than {cut.length}"]
    return []


def _spoil(path: Path, durable: int, rng: Random, worst: bool) -> str:
    """What lies beyond *durable* is cut off somewhere, or turns to zeros or rubbish from somewhere on."""
    size = path.stat().st_size
    at = durable if worst else rng.randint(durable, size)
    how = "cut" if worst else rng.choice(("cut", "cut", "zeros", "rubbish"))
    with path.open("r+b") as file:
        if how == "cut":
            file.truncate(at)
        else:
            file.seek(at)
            file.write(bytes(size - at) if how == "zeros" else rng.randbytes(size - at))
    return f"{path.name}: {how} at {at} of {size}, {durable} were durable"


def _damage_wals(root: Path, disk: Disk, rng: Random, worst: bool) -> list[str]:
    told = []
    for path in root.rglob("*-wal"):
        known = disk.wals.get(str(path))
        if known is None:
            # state.db was being made: none of it need be there
            if worst or rng.random() < 0.5:
                for part in path.parent.glob(path.name.removesuffix("-wal") + "*"):
                    part.unlink()
                told.append(f"{path.name}: gone with its database")
            continue
        # a WAL that was begun anew: all that it held before is in the database
        durable = known.end if wal_end(path).salts == known.salts else 0
        if durable < path.stat().st_size:
            told.append(_spoil(path, durable, rng, worst))
    return told
