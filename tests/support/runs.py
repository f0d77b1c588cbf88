"""Runs of a crawl written by the project's own writer, and what is extracted from them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from archive.digests import digest_of
from archive.framing import framing_of
from archive.run_records import PROFILES, run_urn
from archive.warc import (
    HTTP_RESPONSE,
    IDENTICAL_PAYLOAD,
    NOT_MODIFIED,
    OCTETS,
    WARC_FIELDS,
    RecordDraft,
    RefersTo,
    warc_date,
)
from archive.warcinfo import warc_fields
from archive.writer import WarcWriter
from pipelines.run import ExtractReport, extract

BEGIN = datetime(2014, 11, 3, 2, 0, 0, 123456, tzinfo=UTC)
PLAIN = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"


@dataclass(frozen=True)
class Stored:
    """A record written, and what a revisit of it must say."""

    id: str
    url: str
    date: datetime
    body: bytes


@dataclass
class Run:
    """One run as the crawler would write it: groups of records, a second apart."""

    name: str
    begin: datetime
    groups: list[list[RecordDraft]] = field(default_factory=list)

    def profiles(self, stored: bytes) -> None:
        """What the run read its pages with."""
        urn = run_urn(self.name, PROFILES)
        self.groups.append([RecordDraft(type="resource", date=self.begin, block=stored, target_uri=urn)])

    def response(self, url: str, body: str | bytes, *, media_type: str = "text/html", status: str = "200 OK") -> Stored:
        payload = body.encode() if isinstance(body, str) else body
        head = f"HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {len(payload)}\r\n\r\n".encode()
        return self._group("response", url, head + payload, payload)

    def chunked(self, url: str, body: str) -> Stored:
        payload = body.encode()
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
        return self._group("response", url, head + framed(payload), payload)

    def unchanged(self, original: Stored) -> Stored:
        """The server says that nothing has changed."""
        head = b'HTTP/1.1 304 Not Modified\r\nETag: "7"\r\n\r\n'
        return self._group("revisit", original.url, head, b"", refers(original, NOT_MODIFIED))

    def identical(self, original: Stored, url: str | None = None, head: bytes | None = None) -> Stored:
        """The same bytes have come again, perhaps from another address."""
        head = head or b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
        framing = framing_of([framed(original.body)]) if b"chunked" in head else None
        reference = refers(original, IDENTICAL_PAYLOAD)
        return self._group("revisit", url or original.url, head, original.body, reference, framing)

    def _group(
        self,
        kind: Any,
        url: str,
        block: bytes,
        payload: bytes,
        refers_to: RefersTo | None = None,
        framing: bytes | None = None,
    ) -> Stored:
        date = self.begin + timedelta(seconds=len(self.groups))
        digest = digest_of(payload) if refers_to is None else None
        captured = RecordDraft(
            type=kind,
            date=date,
            block=block,
            content_type=HTTP_RESPONSE,
            target_uri=url,
            payload_digest=digest,
            refers_to=refers_to,
        )
        about = RecordDraft(
            type="metadata",
            date=date,
            block=warc_fields([("run", self.name)]),
            content_type=WARC_FIELDS,
            target_uri=url,
            concurrent_to=(captured.record_id,),
        )
        group = [captured, about]
        if framing is not None:
            group.append(
                RecordDraft(
                    type="metadata",
                    date=date,
                    block=framing,
                    content_type=OCTETS,
                    target_uri="urn:jiucang:wire:0:framing",
                    concurrent_to=(captured.record_id,),
                    fields=(("Jiucang-Wire-Part", "framing"),),
                )
            )
        self.groups.append(group)
        return Stored(captured.record_id, url, date, payload)


def framed(payload: bytes) -> bytes:
    return b"%x\r\n%b\r\n0\r\n\r\n" % (len(payload), payload)


def refers(original: Stored, profile: str) -> RefersTo:
    return RefersTo(profile, original.id, original.url, warc_date(original.date), str(digest_of(original.body)))


@dataclass
class Archive:
    """Runs written by the project's own writer, a file each, and what is extracted from them."""

    folder: Path
    runs: list[Run] = field(default_factory=list)

    def run(self) -> Run:
        number = len(self.runs)
        self.runs.append(Run(f"run-{number}", BEGIN + timedelta(days=365 * number)))
        return self.runs[-1]

    def files(self) -> list[Path]:
        for number, run in enumerate(self.runs):
            folder = self.folder / f"archive-{number}"
            if not folder.exists():
                folder.mkdir()
                writer = WarcWriter(folder, f"run{number}", "h", lambda run=run: run.begin, (("software", "test"),))
                for group in run.groups:
                    writer.append_group(group)
                writer.seal()
        return [path for number in range(len(self.runs)) for path in (self.folder / f"archive-{number}").iterdir()]

    def extract(self, files: Iterable[Path] | None = None, workers: int = 1) -> Extracted:
        out, clicks, report = (self.folder / name for name in ("documents.jsonl", "clicks.jsonl", "extract.json"))
        sources = list(files) if files is not None else self.files()
        result = extract(sources, out, clicks=clicks, workers=workers, report=report)
        return Extracted(out.read_bytes(), clicks.read_bytes(), report.read_bytes(), result)


@dataclass(frozen=True)
class Extracted:
    documents: bytes
    clicked: bytes
    report: bytes
    result: ExtractReport

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.documents.splitlines()]

    @property
    def clicks(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.clicked.splitlines()]

    @property
    def refused(self) -> list[dict[str, Any]]:
        return json.loads(self.report)["without_row"]
