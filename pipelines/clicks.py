"""Click counts over time: every answer of a document's counter, and the numbers its pages print.

A counter's answers are read once for a document, however often it was captured. A number printed in the
page counts only where no counter of the same run told one: pages whose counter writes over it print 0.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from archive.http1_body import BadContent, decode_content
from pipelines.captures import Answer, Capture, answer_of, record_at, seconds_between
from pipelines.drafts import Packed
from pipelines.index import CaptureIndex
from pipelines.rows import Draft
from pipelines.schema import CLICKS_SCHEMA, ClicksProvenance, ClicksRow
from profiles.counters import ClickEndpoint

_MAX_ANSWER = 64 * 1024

_TABLES = """
CREATE TABLE asked (id TEXT, counter TEXT, PRIMARY KEY (id, counter)) WITHOUT ROWID;
CREATE TABLE counts (id TEXT, counter TEXT, moment TEXT, record_id TEXT, run TEXT, clicks INTEGER, date TEXT, file TEXT,
    offset INTEGER, length INTEGER, PRIMARY KEY (id, counter, record_id)) WITHOUT ROWID;
"""
_PRINTED = ""
"""The `counter` of a number that stands in the page."""
# Each table is looked through once: a look for every count would cost the square of the number of runs
_TOLD = """
WITH first AS (SELECT id, url FROM (SELECT id, url, row_number() OVER (
        PARTITION BY id ORDER BY page IS NOT NULL, moment, record_id) AS number FROM sightings) WHERE number = 1),
    told AS (SELECT DISTINCT id, run FROM counts WHERE counter <> '' AND clicks IS NOT NULL)
SELECT DISTINCT counts.id, url, clicks, date, file, offset, length, record_id
    FROM counts LEFT JOIN first USING (id) LEFT JOIN told ON told.id = counts.id AND told.run = counts.run
    WHERE clicks IS NOT NULL AND (counter <> '' OR told.id IS NULL)
    ORDER BY counts.id, moment, record_id
"""


@dataclass(frozen=True, slots=True)
class Count:
    """A document's clicks as its row has them, when they were told, and why there are none."""

    clicks: int | None
    at: str | None
    why: str = ""


class ClickCounts:
    """Counts of all documents, in tables of the given database, which stays the caller's."""

    def __init__(self, db: sqlite3.Connection, index: CaptureIndex) -> None:
        self._db = db
        self._index = index
        db.executescript(_TABLES)

    def take(self, draft: Packed, captures: Iterable[Capture]) -> None:
        """Takes in what is known of a page's document. `captures` are those that gave this page."""
        if draft.clicks is not None and draft.page is None:
            self._insert(draft.id, _PRINTED, ((capture, draft.clicks) for capture in captures))
        for endpoint in draft.endpoints:
            if endpoint.effect != "reads":
                continue
            counter = _name(endpoint)
            if self._db.execute("INSERT OR IGNORE INTO asked VALUES (?, ?)", (draft.id, counter)).rowcount:
                answers = self._index.answers(endpoint.url, endpoint.method, _body(endpoint))
                self._insert(draft.id, counter, ((answer, _read(answer, endpoint)) for answer in answers))

    def _insert(self, document: str, counter: str, counts: Iterable[tuple[Capture, int | None]]) -> None:
        self._db.executemany(
            "INSERT OR IGNORE INTO counts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    document,
                    counter,
                    capture.moment,
                    capture.record_id,
                    capture.run,
                    clicks,
                    capture.date,
                    capture.file,
                    capture.place.offset,
                    capture.place.length,
                )
                for capture, clicks in counts
            ),
        )

    def of(self, draft: Draft, capture: Capture) -> Count:
        """The count that belongs to a capture: its own run's, told nearest to it. An answer captured for it beats a
        number in the page. Only what `take` has taken in is known."""
        why = draft.parts.missing.get("clicks", "")
        for endpoint in draft.parts.endpoints:
            if endpoint.effect != "reads":
                why = f"the counter's effect is {endpoint.effect}: not requested"
                continue
            answers = self._answers(draft.id, _name(endpoint), capture.run)
            told = [answer for answer in answers if answer[1] is not None]
            if told:
                date, clicks, _ = min(told, key=lambda answer: (seconds_between(answer[0], capture.date), answer[2]))
                return Count(clicks, date)
            if answers:
                why = f"the counter's answer holds no number: {answers[0][2]}"
            else:
                why = f"the counter was not captured: {endpoint.url}"
        if draft.parts.clicks is not None:
            return Count(draft.parts.clicks, capture.date)
        return Count(None, None, why)

    def _answers(self, document: str, counter: str, run: str) -> list[tuple[str, int | None, str]]:
        return self._db.execute(
            "SELECT date, clicks, record_id FROM counts WHERE id = ? AND counter = ? AND run = ?"
            " ORDER BY moment, record_id",
            (document, counter, run),
        ).fetchall()

    def rows(self) -> Iterator[ClicksRow]:
        """Every count that was told, by document and time. Addresses are those of the documents' first captures,
        as the table `sightings` has them."""
        found = self._db.execute(_TOLD)
        for document, url, clicks, date, file, offset, length, record_id in found:
            yield ClicksRow(
                schema=CLICKS_SCHEMA,
                id=document,
                url=url,
                clicks=clicks,
                clicks_at=date,
                provenance=ClicksProvenance(file=file, offset=offset, length=length, record_id=record_id, date=date),
            )


def _name(endpoint: ClickEndpoint) -> str:
    return json.dumps([endpoint.method, endpoint.url, endpoint.body, endpoint.answer])


def _body(endpoint: ClickEndpoint) -> bytes | None:
    return endpoint.body.encode() if endpoint.body is not None else None


def _read(capture: Capture, endpoint: ClickEndpoint) -> int | None:
    record = record_at(capture.payload)
    return count_in(answer_of(capture, record, _MAX_ANSWER), endpoint.answer) if record is not None else None


def count_in(answer: Answer, pattern: str) -> int | None:
    """The number that the pattern (or its group `clicks`) finds in a counter's answer, at most 12 digits."""
    try:
        payload = decode_content(answer.payload, answer.head.coding.encode("latin-1"), _MAX_ANSWER)
    except BadContent:
        return None
    match = re.search(pattern, payload.decode("utf-8", "replace"))
    if match is None:
        return None
    digits = match.groupdict().get("clicks") or match[0]
    return int(digits) if digits.isdecimal() and len(digits) <= 12 else None
