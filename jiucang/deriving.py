"""`jiucang extract` and `jiucang index`: what is derived from WARC files."""

from __future__ import annotations

import json
import sys
import textwrap
import time
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

from archive.collection import Collection
from jiucang.codes import BAD_INPUT, DONE, FAULTS, STOPPED
from pipelines.run import ExtractReport, Progress, extract
from pipelines.sources import NoSource

_REWRITTEN, _REPEATED = 0.3, 30.0
"""Seconds between two words of progress: on a terminal, and elsewhere."""
_STEPS = {"scan": "files scanned", "read": "pages read", "join": "documents put together"}


def extract_sources(  # noqa: PLR0913 - choices, all by name
    sources: list[Path],
    output: Path,
    *,
    clicks: Path | None,
    report: Path | None,
    decisions: Path | None = None,
    proposals: bool = True,
    workers: int | None,
    as_json: bool = False,
    said: TextIO | None = None,
) -> int:
    """Derives the rows of *sources* into *output*, and click counts over time into *clicks*; returns the exit code.

    *decisions* are taken in; where none are named, those of the collection that is the only source. Findings and
    notices go to stderr; what was done, to *said*, or to stdout.
    """
    counter = _Counter()
    try:
        result = extract(
            sources,
            output,
            clicks=clicks,
            decisions=decisions or _own_decisions(sources),
            proposals=proposals,
            workers=workers,
            report=report,
            progress=counter,
        )
    except KeyboardInterrupt:
        counter.end()
        print(f"jiucang: stopped; {output} is left as it was", file=sys.stderr)
        return STOPPED
    except NoSource as error:
        print(f"jiucang: {error}", file=sys.stderr)
        return BAD_INPUT
    except OSError as error:
        print(f"jiucang: {_place(error, output)}: {error.strerror}", file=sys.stderr)
        return BAD_INPUT
    finally:
        counter.end()
    for finding in result.findings:
        print(f"{finding.where}: {finding.code}: {finding.detail}", file=sys.stderr)
    for notice in result.notices:
        print(notice, file=sys.stderr)
    if as_json:
        print(json.dumps(asdict(result), ensure_ascii=False), file=said)
    else:
        print(_describe(result, output), file=said)
    return FAULTS if result.faulty else DONE


def _own_decisions(sources: list[Path]) -> Path | None:
    if len(sources) != 1:
        return None
    path = Collection(sources[0]).decisions
    return path if path.is_file() else None


def _place(error: OSError, output: Path) -> str:
    """What a person knows of the file at fault: not the temporary one, whose name begins with a dot."""
    names = [str(name) for name in (error.filename2, error.filename) if name is not None]
    return next((name for name in names if not Path(name).name.startswith(".")), str(output))


def _describe(result: ExtractReport, output: Path) -> str:
    kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(result.kinds.items())) or "no pages"
    unread = f"; {result.not_read} pages could not be read" if result.not_read else ""
    found = textwrap.fill(kinds, 78, initial_indent="  ", subsequent_indent="  ")
    return f"extracted {result.documents} documents, {result.rows} rows{unread}\n{found}\n  {output}"


class _Counter:
    """How far it is: one line rewritten on a terminal, elsewhere a line now and then."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._begun = self._last = time.monotonic()
        self._step = ""

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if progress.step != self._step:
            self._step, self._begun = progress.step, now
        if now - self._last < (_REWRITTEN if self._terminal else _REPEATED):
            return
        self._last = now
        what, done = _STEPS[progress.step], f"{progress.done:,} of {progress.of:,}"
        line = f"{what}: {done}, {progress.done / max(now - self._begun, 0.1):,.0f} a second"
        sys.stderr.write(f"\r{line:<79.79}" if self._terminal else line + "\n")
        sys.stderr.flush()

    def end(self) -> None:
        if self._terminal:
            sys.stderr.write("\r" + " " * 79 + "\r")
