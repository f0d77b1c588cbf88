"""`jiucang verify`: checks, repaired copies, fixity, and what is said of them."""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive.collection import Collection
from archive.verify.findings import Findings
from archive.verify.fixity import Fixity
from jiucang import __version__
from jiucang.codes import BAD_INPUT, DONE, FAULTS
from jiucang.examining import NotVerifiable, examine
from jiucang.findings_told import tell, tell_json
from jiucang.mending import NotMendable, mend


def verify_sources(
    sources: list[Path], *, as_json: bool = False, headings: bool = False, mend_into: Path | None = None
) -> int:
    """Checks the sources, prints what was found, returns the exit code. WARC files named together are one set.

    With *mend_into*, a folder that is not there yet, repaired copies are written to it.
    """
    found = Findings()
    try:
        examined = examine(sources, found)
        done = mend(examined, mend_into) if mend_into is not None else []
    except (NotVerifiable, NotMendable) as error:
        return _refused(str(error))
    except OSError as error:
        return _refused(f"{error.filename}: {error.strerror}")
    except sqlite3.Error as error:
        # the records are noted in a temporary file: what can fail there is the disk
        return _refused(f"{tempfile.gettempdir()}: {error}")
    checked = [each.source for each in examined]
    if as_json:
        tell_json(checked, found, done)
    else:
        tell(checked, found, done, headings=headings)
    return FAULTS if found.count("error") else DONE


def verify_fixity(sources: list[Path], *, due_days: int = 0, check: bool = True, as_json: bool = False) -> int:
    """Compares the sealed files of collections with their manifests, and keeps a record of it; the exit code.

    With *due_days*, only what was last checked that many days ago. Without *check*, what is due is named only.
    """
    found = Findings()
    done: list[str] = []
    older_than = timedelta(days=due_days)
    try:
        for source in sources:
            if not (source / "archive").is_dir():
                return _refused(f"{source}: is no collection (it has no archive folder)")
            fixity = Fixity(Collection(source), f"jiucang {__version__}", lambda: datetime.now(UTC))
            if check:
                checked = fixity.check(found, older_than)
                done += [f"{name}: entered into the manifest" for name in checked.entered]
                done.append(f"{source}: {len(checked.checked)} checked, {len(checked.not_due)} not due")
            else:
                for name, last in fixity.due(older_than):
                    found.add("fixity.due", f"{source}/{name}", f"last {last:%Y-%m-%d}" if last else "never")
    except OSError as error:
        return _refused(f"{error.filename}: {error.strerror}")
    if as_json:
        tell_json([], found, done)
    else:
        tell([], found, done)
    return FAULTS if found.count("error") else DONE


def _refused(why: str) -> int:
    print(f"jiucang: {why}", file=sys.stderr)
    return BAD_INPUT
