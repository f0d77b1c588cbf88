"""`jiucang demo`: the main job, end to end, against the sample portal on loopback."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

from jiucang.codes import BAD_INPUT, DONE, FAULTS
from jiucang.crawling import crawl_job
from jiucang.sample.job import write_job
from jiucang.sample.portal import SamplePortal
from jiucang.sample.serving import serving


def run_demo(folder: Path) -> int:
    """Serves the sample, crawls it into *folder*, prints where everything is; returns the exit code.

    The sample breaks some exchanges on purpose, so the crawl itself reports failures; the demo is done
    when nothing failed but those.
    """
    try:
        if (folder / "collections").exists():
            shutil.rmtree(folder / "collections")
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        print(f"jiucang: {folder}: {error.strerror}", file=sys.stderr)
        return BAD_INPUT
    with serving(SamplePortal(patience=10.0)) as portal:
        job = write_job(folder, portal)
        print(f"The sample portal is at {portal.urls['main']} while this runs; the job file is {job}\n", flush=True)
        code = crawl_job(job, index=True, extract=True, workers=2, as_json=False, timeout=2.0)
        broken = {portal.origins.shelf + path for path in portal.truth.unanswered}
    if code == BAD_INPUT:
        return code
    [collection] = [path.parent for path in (folder / "collections").glob("*/state.db")]
    failed = {url for report in collection.glob("reports/*/run.json") for url, _ in _failures(report)}
    if failed - broken:
        print(f"\njiucang: failed, and should not have: {', '.join(sorted(failed - broken))}", file=sys.stderr)
        return FAULTS
    print(f"\nThe {len(failed)} failures are the sample's own: it leaves some requests without an answer.")
    _show_document(collection / "documents" / "documents.jsonl")
    return DONE


def _failures(report: Path) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = json.loads(report.read_text("utf-8"))["failed_urls"]
    return found


def _show_document(documents: Path) -> None:
    """One row, for a first impression: the first in which something was repaired."""

    def repairs(row: Any) -> list[Any]:
        return [edit for edit in row["edits"] if edit["kind"] == "repair" and edit["status"] == "applied"]

    rows = [json.loads(line) for line in documents.read_text("utf-8").splitlines()]
    row = next(row for row in rows if repairs(row))
    edit = repairs(row)[0]
    print(f"\nOf {len(rows)} documents, one:")
    clicks = "-" if row["clicks"] is None else row["clicks"]
    print(f"  {row['title']}\n  {row['source'] or '-'}  {row['published_at']}  {clicks} clicks")
    print(f"  {' > '.join(row['breadcrumb'])}")
    shown = f"…{edit['prefix']}[{edit['before']} → {edit['after']}]{edit['suffix']}…"
    print(f"  edit {edit['rule']}: {' '.join(shown.split())}")
