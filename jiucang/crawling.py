"""`jiucang crawl`: one process, one crawl; then index and extraction over what it wrote."""

from __future__ import annotations

import gc
import json
import logging
import signal
import sqlite3
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings
from scrapy.utils.log import install_scrapy_root_handler

from archive.collection import Collection
from archive.verify.findings import Findings
from archive.verify.fixity import Fixity
from crawler.claims import Counts
from crawler.guard import CollectionBusy
from crawler.job import load_job
from crawler.recorder import Tally
from crawler.report import RunReport
from crawler.runtime import Runtime
from crawler.spiders.portal import PortalSpider
from crawler.state import StateError, advice
from jiucang import __version__
from jiucang.codes import BAD_INPUT, DONE, FAULTS, STOPPED
from profiles.strict_yaml import BadFile


class Progress:
    """What has been done so far, on stderr: one line rewritten on a terminal, a plain line a minute elsewhere."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._every = 0.5 if self._terminal else 60.0
        self._last = self._began = time.monotonic()

    def __call__(self, tally: Tally, counts: Counts) -> None:
        now = time.monotonic()
        if now - self._last < self._every:
            return
        self._last = now
        open_work = counts.claimable + counts.waiting
        line = (
            f"{tally.captured} captured, {tally.documents} articles, {tally.failed} failed,"
            f" {open_work} to go, {tally.bytes / 1e6:.1f} MB, {tally.captured / (now - self._began):.1f}/s"
        )
        sys.stderr.write(f"\r{line:<79.79}" if self._terminal else line + "\n")
        sys.stderr.flush()

    def end(self) -> None:
        if self._terminal:
            sys.stderr.write("\r" + " " * 79 + "\r")


def crawl_job(
    job_file: Path, *, index: bool, extract: bool, workers: int | None, as_json: bool, timeout: float | None = None
) -> int:
    """Runs or resumes the job at *job_file*; returns the exit code. Messages go to stderr.

    *timeout* is Scrapy's DOWNLOAD_TIMEOUT: seconds of silence after which an answer is given up.
    """
    try:
        job = load_job(job_file)
        runtime = Runtime(job, job_file)
    except BadFile as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    except (CollectionBusy, StateError) as error:
        print(f"jiucang: {error}", file=sys.stderr)
        return BAD_INPUT
    except sqlite3.Error as error:
        print(f"jiucang: {job.collection_folder(job_file) / 'state.db'}: {error}{advice(error)}", file=sys.stderr)
        return BAD_INPUT
    except OSError as error:
        folder = job.collection_folder(job_file)
        print(f"jiucang: {error.filename or folder}: {error.strerror or error}", file=sys.stderr)
        return BAD_INPUT
    report = _run(job_file, runtime, timeout)
    if report is None:
        return STOPPED if runtime.interrupted else FAULTS
    code = _exit_code(report)
    collection = runtime.collection
    kept = bool(collection.warcs()) and code != STOPPED
    said = sys.stderr if as_json else sys.stdout
    code = max(code, _take_digests(collection))
    # after the crawl, so that its process stays small
    from jiucang.deriving import extract_sources
    from jiucang.indexing import index_collection

    if index and kept:
        code = max(code, index_collection(collection.root, said))
    if extract and kept:
        explained = collection.report(report.run) / "extract.json"
        code = max(
            code,
            extract_sources(
                [collection.root],
                collection.documents,
                clicks=collection.clicks,
                report=explained,
                workers=workers,
                said=said,
            ),
        )
    print(json.dumps(asdict(report), ensure_ascii=False) if as_json else describe(report, collection))
    return code


def _take_digests(collection: Collection) -> int:
    """Enters the files that this run sealed into the manifest by which later fixity checks go."""
    found = Findings()
    try:
        Fixity(collection, f"jiucang {__version__}", lambda: datetime.now(UTC)).enter(found)
    except OSError as error:
        print(f"jiucang: {error.filename or collection.reports}: {error.strerror or error}", file=sys.stderr)
        return FAULTS
    for finding in found.kept:
        print(f"{finding.where}: {finding.code}: {finding.detail}", file=sys.stderr)
    return FAULTS if found.kept else DONE


def _run(job_file: Path, runtime: Runtime, timeout: float | None) -> RunReport | None:
    settings = Settings()
    settings.setmodule("crawler.settings")
    settings.set("LOG_LEVEL", "WARNING" if sys.stderr.isatty() else "INFO")
    if timeout is not None:
        settings.set("DOWNLOAD_TIMEOUT", timeout, priority="cmdline")
    progress = Progress()
    runtime.on_progress = progress
    # where Scrapy installs its log handler itself, it begins with a list of its components, which nobody here needs
    settings.set("LOG_INSTALL_ROOT_HANDLER", False)
    process = AsyncCrawlerProcess(settings)
    install_scrapy_root_handler(settings)
    for noisy in ("scrapy", "twisted", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    process.crawl(PortalSpider, job=str(job_file), runtime=runtime)
    # what was imported stays to the end: the collector need not look at it again
    gc.freeze()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    process.start()
    for number, handler in handlers.items():
        # Scrapy leaves its own, which would keep Ctrl-C from all that follows
        signal.signal(number, handler)
    progress.end()
    if runtime.report is None and not process.bootstrap_failed:
        # Scrapy, told to stop while it was still starting, ends without a word
        print("stopped before the crawl had begun; the same command resumes it", file=sys.stderr)
        raise KeyboardInterrupt
    return runtime.report


def _exit_code(report: RunReport) -> int:
    if report.how == "interrupted":
        return STOPPED
    limited = report.how.startswith("limit:") and not report.only_challenges
    return DONE if report.complete or limited else FAULTS


def describe(report: RunReport, collection: Collection) -> str:
    """The end of a run for a person, within 80 columns."""
    urls = report.urls
    lines = [
        f"run {report.run}: {report.how}{'; the same command resumes it' if report.how == 'interrupted' else ''}",
        f"  captured {urls.get('captured', 0)}, failed {urls.get('failed', 0)}, dropped {urls.get('dropped', 0)}"
        f"; {report.kinds.get('article', 0)} articles, {report.bytes / 1e6:.1f} MB on disk",
    ]
    lines += [f"  failed: {url} ({reason})" for url, reason in report.failed_urls[:10]]
    if len(report.failed_urls) > 10:
        lines.append(f"  … and {len(report.failed_urls) - 10} more, see run.json")
    lines += _completeness(report)
    if report.only_challenges:
        lines.append("  every page was a challenge or captcha: nothing of the portal was archived")
    if report.seeds_captured == 0 and report.how != "interrupted":
        lines.append(f"  no seed could be captured: {_why_no_seed(report)}")
    if collection.warcs():
        lines.append(f"  captures   {collection.archive}")
    if collection.documents.exists():
        lines.append(f"  documents  {collection.documents}")
    lines.append(f"  report     {collection.report(report.run) / 'run.json'}")
    return "\n".join(lines)


def _completeness(report: RunReport) -> list[str]:
    """What a run that has ended says of itself as a whole, a line each."""
    ending, found = report.ending, report.completeness
    if ending is None:
        return []
    lines = [
        f"  columns {found.column_count}, {found.short_columns} with less than they declare;"
        f" breaks in the chain {found.break_count}"
    ]
    if ending.missing:
        lines.append(f"  missing {ending.missing}, see missing.txt")
    if ending.vanished:
        counts = ", ".join(f"{count} {how}" for how, count in sorted(ending.vanished.items()))
        lines.append(f"  vanished since earlier runs: {counts}; see vanished.jsonl")
    if ending.yields.drop:
        lines.append(f"  far too little: {ending.yields.drop}")
        lines.append("  the portal may be down or shut to us; nothing is taken as vanished")
    return lines


def _why_no_seed(report: RunReport) -> str:
    if report.how != "finished":
        return f"the run ended before ({report.how})"
    if "address_forbidden" in report.failures:
        return "its address is private; network.allow must name it"
    if report.failures:
        return "is the portal up?"
    if "robots" in report.drops:
        return "robots.txt forbids it"
    errors = sorted(status for status in report.statuses if int(status) >= 500)
    return f"the portal answered {', '.join(errors)}" if errors else "see run.json"
