"""Promise 1 against the ledger: what the archive holds of every exchange is what went over the wire."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from crawls import Crawled
from warcio.archiveiterator import ArchiveIterator

from jiucang.sample.ledger import LedgerEntry
from jiucang.sample.shelf import CASES, judge
from jiucang.sample.site import SITES, SiteName


@dataclass
class Kept:
    """One exchange as the archive has it, put together by a reader that is not ours."""

    request: bytes = b""
    response: bytes = b""
    before: bytes = b""
    after: bytes = b""
    late: bytes = b""
    truncated: str | None = None
    response_type: str = ""
    fields: dict[str, str] = field(default_factory=dict)

    @property
    def wire(self) -> bytes:
        return self.before + self.response + self.after


def read_archive(folder: Path) -> list[Kept]:
    """Every exchange of a collection's WARC files, in the order of writing."""
    exchanges: list[Kept] = []
    of_record: dict[str, Kept] = {}
    for path in sorted(folder.glob("archive/*.warc.gz")):
        with path.open("rb") as stream:
            current = Kept()
            for record in ArchiveIterator(stream, no_record_parse=True):
                headers, block = record.rec_headers, record.content_stream().read()
                part = headers.get_header("Jiucang-Wire-Part")
                if record.rec_type == "request":
                    current.request = block
                elif record.rec_type in ("response", "resource") and "urn:" not in headers.get_header(
                    "WARC-Target-URI"
                ):
                    current.response, current.response_type = block, headers.get_header("Content-Type")
                    current.truncated = headers.get_header("WARC-Truncated")
                elif record.rec_type == "metadata" and part is None:
                    lines = block.decode().splitlines()
                    current.fields = dict(line.split(": ", 1) for line in lines)
                    exchanges.append(current)
                elif part is not None:
                    owner = of_record[headers.get_header("WARC-Concurrent-To")]
                    setattr(owner, part, getattr(owner, part) + block)
                of_record[headers.get_header("WARC-Record-ID")] = current
                if record.rec_type == "metadata" and part is None:
                    current = Kept()
    return exchanges


def pairs(crawled: Crawled) -> list[tuple[LedgerEntry, Kept]]:
    """Ledger entries and exchanges that are one, matched by their exact request and their order."""
    kept: dict[bytes, list[Kept]] = defaultdict(list)
    for exchange in read_archive(crawled.collection):
        kept[exchange.request].append(exchange)
    found = []
    for entry in crawled.portal.ledger.entries:
        assert kept[entry.request], f"{entry.site} {entry.target!r}: this request stands in no record"
        found.append((entry, kept[entry.request].pop(0)))
    assert not any(kept.values()), "the archive holds requests that the portal never received"
    return found


def test_every_exchange_is_kept_exactly(crawled: Crawled) -> None:
    faults = []
    for entry, kept in pairs(crawled):
        if kept.wire == entry.sent and kept.truncated is None:
            continue
        if kept.truncated and kept.response and entry.sent.startswith(kept.wire) and entry.case:
            continue
        if not entry.sent and not kept.wire and kept.fields.get("error"):
            continue
        faults.append(
            f"{entry.site} {entry.target!r} {entry.case}: {len(kept.wire)} of {len(entry.sent)}, {kept.truncated}"
        )
    assert not faults, "\n".join(faults)


def test_no_byte_is_doubled_or_lost_between_files(crawled: Crawled) -> None:
    assert len(pairs(crawled)) == len(crawled.portal.ledger.entries)


@pytest.mark.parametrize("site", SITES)
def test_every_case_of_the_shelf_is_as_it_says(crawled: Crawled, site: str) -> None:
    cases = {case.name: case for case in CASES}
    faults = []
    for entry, kept in pairs(crawled):
        case = cases.get(entry.case or "")
        if entry.site != site or case is None or case.expected.verdict == "nothing":
            continue
        fault = judge(case, kept.before, kept.response, kept.after, kept.truncated)
        faults += [f"{case.name}: {fault}"] if fault else []
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("site", SITES)
def test_what_should_be_asked_for_is_and_nothing_else(crawled: Crawled, site: SiteName) -> None:
    asked = {entry.target.decode("latin-1") for entry in crawled.portal.ledger.of(site)}
    assert not crawled.portal.truth.sites[site].complaints(asked)
