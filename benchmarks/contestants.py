"""Who runs, and how each is called. All ask for the same pages, sixteen at a time where they can."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from urllib.parse import urlsplit

Command = Callable[[str, Path], list[str]]


@dataclass(frozen=True, slots=True)
class Contestant:
    """`command` takes the seed and the run's folder; `archives` says where WARC files must then stand.

    `missing` says why it cannot run here, or None.
    """

    name: str
    description: str
    command: Command
    archives: str | None
    missing: Callable[[], str | None]


def _jiucang(seed: str, folder: Path) -> list[str]:
    job = folder / "job.yaml"
    job.write_text(
        dedent(f"""\
            name: bench
            seeds: ["{seed}"]
            operator: {{name: benchmark, contact: nobody@example.org}}
            profile: auto
            scope: {{hosts: [{urlsplit(seed).hostname}]}}
            politeness: {{delay: 0 s, concurrency: 16, robots: obey}}
            limits: {{body: 2 GB}}
            network: {{allow: [127.0.0.0/8]}}
            output: collections
            """),
        encoding="utf-8",
    )
    call = "import sys; from jiucang.cli import main; sys.exit(main())"
    return [sys.executable, "-c", call, "crawl", str(job), "--no-extract", "--no-index"]


def _scrapy(spider: str) -> Command:
    return lambda seed, folder: [sys.executable, "-m", f"benchmarks.rivals.{spider}", seed]


def _wget(seed: str, folder: Path) -> list[str]:
    tree = folder / "tree"
    return [
        *("wget", "--recursive", "--level=inf", "--no-verbose"),
        *(f"--directory-prefix={tree}", f"--warc-file={folder / 'wget'}", f"--warc-tempdir={folder}", seed),
    ]


def _needs_module(name: str) -> Callable[[], str | None]:
    def missing() -> str | None:
        try:
            found = importlib.util.find_spec(name) is not None
        except ModuleNotFoundError:
            found = False
        return None if found else f"no module {name} in {sys.executable}"

    return missing


JIUCANG = Contestant(
    "jiucang",
    "WARC, group fsync, durable frontier",
    _jiucang,
    "collections/bench/archive/*.warc.gz",
    _needs_module("jiucang.cli"),
)
LINKEXTRACTOR = Contestant(
    "scrapy-linkextractor",
    "plain spider with LinkExtractor, no archive",
    _scrapy("scrapy_linkextractor"),
    None,
    _needs_module("scrapy"),
)
SELECTOLAX = Contestant(
    "scrapy-selectolax",
    "spider with selectolax, no archive",
    _scrapy("scrapy_selectolax"),
    None,
    _needs_module("selectolax"),
)
WGET = Contestant(
    "wget",
    "wget -r --warc-file, one connection, no fsync",
    _wget,
    "wget*.warc.gz",
    lambda: None if shutil.which("wget") else "no wget on the path",
)
ALL = (JIUCANG, LINKEXTRACTOR, SELECTOLAX, WGET)
