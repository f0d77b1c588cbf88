"""Which record a revisit refers to, decided in the index for all revisits at once.

By WARC-Refers-To, else by WARC-Refers-To-Target-URI and -Date, else by the payload digest (WARC/1.1, clause
6.7). Other software also refers to revisits: then the record meant is the one at the end of the chain. What
is found last is always a response. A digest that speaks against the record named is believed, not the name.
"""

from __future__ import annotations

import re
import sqlite3

from archive.reader import Record, parse_date
from archive.warc import RecordType

RESPONSE: RecordType = "response"
IDENTICAL = "identical-payload-digest"
NOT_MODIFIED = "server-not-modified"

_PROFILE = re.compile(
    rf"https?://netpreserve\.org/warc/1\.[01]/revisit/(?:uri-agnostic-)?({IDENTICAL}|{NOT_MODIFIED})/?"
)
_CHAIN = 16

Reference = tuple[str, str | None, str | None, str | None, str | None]
"""Columns of the table of captures: kind, refers_to, refers_url, refers_moment, payload. `resolve` finds a revisit's
payload; a response is its own."""


def reference_of(record: Record, identity: str) -> Reference:
    """What a response or revisit record says of its payload."""
    if record.type != "revisit":
        return RESPONSE, None, None, None, identity
    get = record.fields.get
    url = get("WARC-Refers-To-Target-URI")
    date = parse_date(get("WARC-Refers-To-Date") or "")
    return (
        revisit_kind(get("WARC-Profile") or ""),
        get("WARC-Refers-To"),
        url[1:-1] if url is not None and url.startswith("<") and url.endswith(">") else url,
        date.isoformat(timespec="microseconds") if date is not None else None,
        None,
    )


def revisit_kind(profile: str) -> str:
    """`IDENTICAL`, `NOT_MODIFIED`, or the profile itself where it is neither of WARC/1.0's and 1.1's.

    >>> revisit_kind("http://netpreserve.org/warc/1.0/revisit/identical-payload-digest")
    'identical-payload-digest'
    >>> revisit_kind("http://example.org/like-last-time")
    'http://example.org/like-last-time'
    """
    match = _PROFILE.fullmatch(profile.strip())
    return match[1] if match else profile.strip()[:200] or "none"


# The keys end in the record's id, so that what is looked for below always comes first
_INDEXES = """
CREATE INDEX by_url ON captures (url, moment);
CREATE INDEX responses_by_digest ON captures (digest, moment) WHERE kind = 'response';
CREATE INDEX by_kind ON captures (kind, payload);
"""
_BY_NAME = """
UPDATE captures SET payload = (SELECT other.record_id FROM captures AS other WHERE other.record_id = captures.refers_to)
    WHERE kind IN ('identical-payload-digest', 'server-not-modified');
UPDATE captures SET payload = (SELECT other.record_id FROM captures AS other
        WHERE other.url = captures.refers_url AND other.moment = captures.refers_moment AND other.kind = 'response'
        ORDER BY other.record_id LIMIT 1)
    WHERE kind IN ('identical-payload-digest', 'server-not-modified') AND payload IS NULL;
UPDATE captures SET payload = (SELECT other.record_id FROM captures AS other
        WHERE other.url = captures.refers_url AND other.moment = captures.refers_moment AND other.kind <> 'response'
        ORDER BY other.record_id LIMIT 1)
    WHERE kind IN ('identical-payload-digest', 'server-not-modified') AND payload IS NULL;
"""
# Each pass doubles the steps taken, as records further on have been taken forward themselves
_ONE_STEP = """
UPDATE captures SET payload = (SELECT other.payload FROM captures AS other WHERE other.record_id = captures.payload)
    WHERE kind IN ('identical-payload-digest', 'server-not-modified') AND EXISTS (
        SELECT 1 FROM captures AS other WHERE other.record_id = captures.payload AND other.kind <> 'response')
"""
_CIRCLES = """
UPDATE captures SET payload = NULL
    WHERE kind IN ('identical-payload-digest', 'server-not-modified') AND EXISTS (
        SELECT 1 FROM captures AS other WHERE other.record_id = captures.payload AND other.kind <> 'response')
"""
# Of several with one digest the earliest: it stays the same when later runs are added
_BY_DIGEST = """
UPDATE captures SET payload = NULL WHERE kind = 'identical-payload-digest' AND EXISTS (
    SELECT 1 FROM captures AS other WHERE other.record_id = captures.payload AND other.digest <> captures.digest
        AND substr(other.digest, 1, instr(other.digest, ':'))
            = substr(captures.digest, 1, instr(captures.digest, ':')));
UPDATE captures SET payload = (SELECT other.record_id FROM captures AS other
        WHERE other.digest = captures.digest AND other.kind = 'response'
        ORDER BY other.moment, other.record_id LIMIT 1)
    WHERE kind IN ('identical-payload-digest', 'server-not-modified') AND payload IS NULL;
"""
_HEADS = """
UPDATE captures SET (status, media_type, content_type, coding) = (
        SELECT other.status, other.media_type, other.content_type, other.coding
        FROM captures AS other WHERE other.record_id = captures.payload)
    WHERE payload IS NOT NULL
        AND (kind = 'server-not-modified' OR (kind = 'identical-payload-digest' AND status IS NULL));
"""


def resolve(db: sqlite3.Connection) -> None:
    """Fills in `payload` of the revisits in the table `captures`, as far as the originals are there, and gives
    those that have no head of their own the original's."""
    db.executescript(_INDEXES + _BY_NAME)
    for _ in range(_CHAIN):
        if not db.execute(_ONE_STEP).rowcount:
            break
    db.executescript(f"{_CIRCLES};{_BY_DIGEST}{_HEADS}")
