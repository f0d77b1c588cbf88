"""A set of WARC files verified: each walked once, then the records among each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from archive.verify.catalogue import Catalogue
from archive.verify.findings import Findings, printable
from archive.verify.walk import Walked, walk
from archive.verify.window import window
from archive.writer import OPEN_SUFFIX


def verify_warcs(
    paths: Iterable[Path], catalogue: Catalogue, found: Findings, committed: Mapping[str, int] | None = None
) -> dict[Path, Walked]:
    """Walks the files into *catalogue*, which is then closed for entry; what each came to.

    A file is known by its name without `.open`: that is how records, indexes and state.db speak of it. One that is
    still open is read as far as *committed* says: behind that, a crawl may be writing.
    """
    walked = {}
    for path in paths:
        name = printable(path.name).removesuffix(OPEN_SUFFIX)
        if path.name.endswith(OPEN_SUFFIX):
            found.add("file.open", name, "ends in .open")
        try:
            with path.open("rb") as stream:
                size = path.stat().st_size
                if path.name.endswith(OPEN_SUFFIX) and committed is not None:
                    size = min(size, committed.get(name, size))
                walked[path] = walk(window(stream, 0, size), name, size, found, catalogue.add)
        except OSError as error:
            found.add("file.unreadable", name, error.strerror or str(error))
    catalogue.close_entry()
    return walked
