"""Which files are read: a file, a folder of them, a collection."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from archive.collection import WARC_NAMES

_WARC_NAMES = (*WARC_NAMES, "*.warc.gz.open")


class NoSource(ValueError):
    """A source that is no file and no folder of WARC files; `path` as given, `why` in English."""

    def __init__(self, path: Path, why: str) -> None:
        self.path, self.why = path, why
        super().__init__(f"{path}: {why}")


def warc_files(sources: Iterable[Path]) -> list[Path]:
    """The files of the sources, each once, by name: a file stands for itself, a collection for what is in
    its `archive` folder, another folder for the WARC files in it. Raises `NoSource`."""
    found: dict[Path, None] = {}
    for source in sources:
        if source.is_file():
            found[source.resolve()] = None
        elif source.is_dir():
            folder = source / "archive" if (source / "archive").is_dir() else source
            files = [path for pattern in _WARC_NAMES for path in folder.glob(pattern) if path.is_file()]
            if not files:
                raise NoSource(source, f"expected WARC files ({', '.join(WARC_NAMES)}) in the folder, found none")
            found.update((path.resolve(), None) for path in files)
        else:
            raise NoSource(source, "does not exist")
    return sorted(found, key=lambda path: (path.name, str(path)))
