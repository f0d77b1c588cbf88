"""Crawls when told to, each time in a fork of its own, so that what is imported is imported once.

A line on stdin is a `Plan`; answered by a line with the process's pid, and one with its exit code once it ended.
"""

from __future__ import annotations

import importlib
import os
import shutil
import signal
import sys
from pathlib import Path

from crash.mutants import MUTANTS
from crash.plan import Plan
from crash.tap import FileTap, Tap, tap_state
from crawler import commits
from crawler.politeness import RETRY_WAITS
from jiucang import crawling
from jiucang.codes import STOPPED
from profiles.load import ProfileSet

#: Seconds; the waits that a test need not sit out.
SHORT = 0.2
#: Modules that are loaded late, most of them by Scrapy and by name.
LATE = (
    "jiucang.deriving",
    "crawler.scheduler",
    "crawler.spiders.portal",
    "crawler.wire.handler",
    "scrapy.core.downloader",
    "scrapy.downloadermiddlewares.cookies",
    "scrapy.core.engine",
    "scrapy.extensions.closespider",
    "scrapy.extensions.remote_control",
    "scrapy.downloadermiddlewares.httpcompression",
    "scrapy.spidermiddlewares.metacopy",
    "uvloop",
)


def warm() -> None:
    """What each crawl would import and compile anew."""
    for name in LATE:
        importlib.import_module(name)
    for profile in ProfileSet.resolve("auto", Path.cwd()).profiles:
        assert profile.compiled


def quicken() -> None:
    """Retries and looks at a full disk come soon; nothing else of the crawl is changed."""
    commits.DISK_PAUSE = 0.05
    RETRY_WAITS.update({trouble: tuple(min(wait, SHORT) for wait in waits) for trouble, waits in RETRY_WAITS.items()})


def pretend_disk(free: Path) -> None:
    real = shutil.disk_usage

    def usage(path: str | Path) -> object:
        return real(path)._replace(free=int(free.read_text() or 0))

    shutil.disk_usage = usage  # type: ignore[assignment]


def crawl(plan: Plan) -> int:
    log = os.open(plan.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    tap = Tap(plan)
    FileTap(tap)
    tap_state(tap)
    if plan.mutant is not None:
        MUTANTS[plan.mutant]()
    if plan.disk is not None:
        pretend_disk(Path(plan.disk))
    quicken()
    try:
        return crawling.crawl_job(
            Path(plan.job), index=True, extract=False, workers=1, as_json=False, timeout=plan.silence
        )
    except KeyboardInterrupt:
        return STOPPED


def main() -> None:
    warm()
    for line in sys.stdin:
        plan = Plan.from_json(line)
        pid = os.fork()
        if pid == 0:
            code = 70
            try:
                code = crawl(plan)
            except BaseException:
                sys.excepthook(*sys.exc_info())
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        print(pid, flush=True)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
