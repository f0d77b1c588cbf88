"""`jiucang package`: a collection as a WACZ file or a BagIt bag."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from archive.collection import Collection
from archive.http1 import BadContent, decode_content, header, header_values, parse_response
from archive.indexing import write_index
from archive.reader import Record, read_record_at
from archive.wacz import About, Page, write_wacz
from crawler.job import Job, load_job
from crawler.wire.text import TEXT_LIMIT
from jiucang import __version__
from jiucang.codes import BAD_INPUT, DONE
from profiles.page import Page as ReadPage
from profiles.strict_yaml import BadFile

_HTML = ("text/html", "application/xhtml+xml")


@dataclass(frozen=True, slots=True)
class Line:
    """An index line, read."""

    surt: str
    timestamp: str
    entry: dict[str, Any]


def package_collection(root: Path, output: Path | None) -> int:
    """Packages the collection at *root* into *output* (default: its packages/ folder); returns the exit code."""
    collection = Collection(root)
    if not collection.warcs():
        print(f"jiucang: {root}: is no collection with sealed WARC files", file=sys.stderr)
        return BAD_INPUT
    try:
        job = load_job(collection.job)
        write_index(collection.warcs(), collection.index)
        out = output or collection.packages / f"{job.name}.wacz"
        out.parent.mkdir(parents=True, exist_ok=True)
        with collection.index.open("rb") as index:
            about = _about(job, collection)
            write_wacz(out, about, collection.warcs(), index, _pages(collection), _papers(collection))
    except BadFile as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    except OSError as error:
        print(f"jiucang: {error.filename or root}: {error.strerror or error}", file=sys.stderr)
        return BAD_INPUT
    print(f"packaged {out.stat().st_size / 1e6:.1f} MB\n  {out}")
    return DONE


def _about(job: Job, collection: Collection) -> About:
    """The package's own date is that of its last capture: the same captures make the same package."""
    last = max((line.timestamp for line in _lines(collection)), default="19800101000000")
    created = datetime.strptime(last, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    description = "; ".join(filter(None, (job.rights.statement, job.rights.basis)))
    return About(job.name, description, created, f"jiucang {__version__}", job.seeds[0])


def _lines(collection: Collection) -> Iterator[Line]:
    with collection.index.open(encoding="utf-8") as index:
        for line in index:
            surt, timestamp, entry = line.split(" ", 2)
            yield Line(surt, timestamp, json.loads(entry))


def _pages(collection: Collection) -> Iterator[Page]:
    """The documents, each version with its text; then every other page that came as HTML, as it was last."""
    documents = set()
    if collection.documents.exists():
        with collection.documents.open(encoding="utf-8") as rows:
            for row in map(json.loads, rows):
                documents.add(hash(row["url"]))
                yield Page(row["url"], row["captured_at"], row["title"] or row["url"], row["text"])
    for _, lines in groupby(_lines(collection), key=lambda line: line.surt):
        latest = {line.entry["url"]: line for line in lines if _is_page(line.entry)}
        for url, line in latest.items():
            if hash(url) not in documents:
                yield Page(url, _moment(line.timestamp), _title(collection, line) or url)


def _is_page(entry: dict[str, Any]) -> bool:
    return entry.get("status") == "200" and entry.get("mime", "").lower() in _HTML


def _moment(timestamp: str) -> str:
    return "{}{}-{}-{}T{}:{}:{}Z".format(*(timestamp[at : at + 2] for at in range(0, 14, 2)))


def _title(collection: Collection, line: Line) -> str:
    """The page's <title> in one line; empty where it has none or cannot be read."""
    record = read_record_at(collection.archive / line.entry["filename"], int(line.entry["offset"]))
    if not isinstance(record, Record):
        return ""
    response = parse_response(record.block(TEXT_LIMIT))
    try:
        body = decode_content(response.payload, header_values(response.headers, b"content-encoding"), TEXT_LIMIT)
    except BadContent:
        return ""
    declared = header(response.headers, b"content-type")
    page = ReadPage.parse(body, line.entry["url"], declared.decode("latin-1") if declared else None)
    node = page.tree.css_first("title")
    return " ".join(node.text().split())[:500] if node is not None else ""


def _papers(collection: Collection) -> dict[str, Path]:
    """What stands beside the captures: logs and reports of each run, and the documents."""
    found = {}
    for path in sorted(collection.reports.glob("*/*")):
        if path.is_file() and not path.is_symlink():
            found[f"logs/{path.parent.name}-{path.name}"] = path
    for path in (collection.documents, collection.clicks, collection.decisions):
        if path.is_file():
            found[f"documents/{path.name}"] = path
    return found
