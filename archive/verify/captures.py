"""What a crawl has on record about its archive, against the archive itself. Pure: the caller reads state.db.

An exchange is one group of records, of which the metadata record names the exchange (docs/warc.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from archive.verify.catalogue import Catalogue
from archive.verify.findings import Findings


@dataclass(frozen=True, slots=True)
class Captured:
    """An exchange that was committed: its group of records is `length` bytes from `offset` on.

    `record` is the id of its response, or of what stands in its place; None where that was not noted.
    """

    exchange: str
    file: str
    offset: int
    length: int
    record: str | None


def check_committed(committed: Mapping[str, int], sizes: Mapping[str, int], state: str, found: Findings) -> None:
    """Files and their committed lengths against the sizes on disk, in bytes; *state* is what findings call state.db."""
    for name, length in committed.items():
        size = sizes.get(name)
        if size is None:
            found.add("state.file-missing", state, name)
        elif size < length:
            found.add("state.file-short", name, f"{size} bytes, committed {length}")
        elif size > length:
            found.add("state.file-long", name, f"{size} bytes, committed {length}")
    for name in sizes:
        if name not in committed:
            found.add("state.file-unknown", name, "")


def check_captures(
    captures: Iterable[Captured], committed: Mapping[str, int], catalogue: Catalogue, state: str, found: Findings
) -> None:
    """Each capture against the group of records at its place; then each committed group against the captures."""
    db = catalogue.db
    db.execute("CREATE TABLE exchanges(exchange TEXT PRIMARY KEY) WITHOUT ROWID")
    for capture in captures:
        db.execute("INSERT OR IGNORE INTO exchanges VALUES(?)", (capture.exchange,))
        wrong = _wrong(capture, catalogue)
        if wrong is not None:
            found.add(
                "state.capture", state, f"exchange {capture.exchange} at {capture.file}:{capture.offset}: {wrong}"
            )
    for exchange, file, offset in db.execute(
        "SELECT exchange, file, offset FROM records WHERE exchange != '' "
        "AND exchange NOT IN (SELECT exchange FROM exchanges) ORDER BY n"
    ):
        if offset < committed.get(file, 0):
            found.add("state.no-capture", f"{file}:{offset}", f"exchange {exchange}")


def _wrong(capture: Captured, catalogue: Catalogue) -> str | None:
    first, end, exchange, whole = catalogue.db.execute(
        "SELECT min(offset), max(offset + length), max(exchange), min(sound AND length > 0) FROM records "
        "WHERE file = ? AND offset >= ? AND offset < ?",
        (capture.file, capture.offset, capture.offset + capture.length),
    ).fetchone()
    if first is None:
        # a file that is missing was reported as such
        return "no record begins there" if catalogue.has_file(capture.file) else None
    if first != capture.offset:
        return f"the next record begins at {first}"
    if not whole:
        return None
    if end != capture.offset + capture.length:
        return f"{capture.length} bytes, its records {end - first}"
    if exchange != capture.exchange:
        return f"its metadata names {exchange or 'none'}"
    record = catalogue.named(capture.record) if capture.record else None
    if capture.record and (record is None or not capture.offset <= record.offset < end):
        return f"record {capture.record} does not stand there"
    return None
