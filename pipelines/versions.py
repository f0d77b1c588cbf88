"""The rows of a document, one per version, from all that was seen of it.

A document that stands on one page has a state at each of its captures. One that is spread over several
pages (`profiles.identity` knows them by their addresses) has a state in each round: in a run of ours, or
until one of its addresses is captured again. The state is what the round captured, and of the pages that
those link to what earlier rounds did.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from pipelines.clicks import ClickCounts
from pipelines.drafts import Drafts, Sighting
from pipelines.index import CaptureIndex
from pipelines.joining import join
from pipelines.rows import Draft, combine
from pipelines.schema import Row, Warn

MAX_CHARACTERS = 1_000_000
"""Pages whose text would make a document longer than this are left out, with a warning."""

_FIRST = -1
"""The number of a document's first page, whose address has none; portals count the others from 0, 1 or 2."""


class Versions:
    """Makes rows of sightings, for all documents of an extraction."""

    def __init__(self, drafts: Drafts, index: CaptureIndex, clicks: ClickCounts, software: str) -> None:
        self._drafts = drafts
        self._index = index
        self._clicks = clicks
        self._software = software

    def rows(self, sightings: Sequence[Sighting]) -> Iterator[Row]:
        """The rows of one document, given all its sightings in the order of time.

        A version keeps the row of its first capture; it supersedes the version seen before it. A version that
        returns gives no new row. The addresses of all captures are each row's aliases.
        """
        urls = {sighting.url for sighting in sightings}
        rows: dict[str, Row] = {}
        known: dict[tuple[str, ...], str] = {}
        last: str | None = None
        for state in self._states(sightings):
            key = tuple(sighting.read for sighting in state)
            version = state[0].version if len(state) == 1 else known.get(key)
            if version is None or version not in rows:
                row = self._row(state)
                version = known[key] = row["version"]
                if version not in rows:
                    row["supersedes"] = last
                    rows[version] = row
            last = version
        for row in rows.values():
            row["aliases"] = sorted(urls - {row["url"]})
            yield row

    def _states(self, sightings: Sequence[Sighting]) -> Iterator[list[Sighting]]:
        """What was to be seen of the document, time after time: its pages in their order."""
        if all(sighting.page is None for sighting in sightings):
            yield from ([sighting] for sighting in sightings)
            return
        held: dict[int, Sighting] = {}
        for captured in _rounds(sightings):
            held |= captured
            wanted = sorted(captured.keys() | {_FIRST})
            state: dict[int, Sighting] = {}
            while wanted:
                page = wanted.pop()
                if page in held and page not in state:
                    state[page] = held[page]
                    wanted += self._drafts.draft(held[page].read).linked
            yield [state[page] for page in sorted(state)]

    def _row(self, state: Sequence[Sighting]) -> Row:
        pages, warnings = self._pages(state)
        draft = combine([draft for _, draft in pages], f"jiucang/{self._software}")
        captures = [self._index.capture(sighting.record_id) for sighting, _ in pages]
        count = self._clicks.of(pages[0][1], captures[0])
        others = [(capture, draft) for capture, (_, draft) in zip(captures[1:], pages[1:], strict=True)]
        row = join(draft, captures[0], others, count, self._index, self._software)
        row["warnings"] += warnings
        return row

    def _pages(self, state: Sequence[Sighting]) -> tuple[list[tuple[Sighting, Draft]], list[Warn]]:
        """The pages of a state, as many as are taken, and what is missing."""
        pages: list[tuple[Sighting, Draft]] = []
        warnings: list[Warn] = []
        length = 0
        linked: set[int] = set()
        for sighting in state:
            draft = self._drafts.draft(sighting.read)
            length += len(draft.text.original)
            linked.update(draft.linked)
            if pages and length > MAX_CHARACTERS:
                warnings.append(Warn(code="part-left-out", detail=f"the document is too long: {sighting.url}"))
            else:
                pages.append((sighting, draft))
        if state[0].page is not None:
            warnings.append(Warn(code="part-missing", detail="the first page was not captured"))
        for page in sorted(linked - {sighting.page for sighting in state}):
            warnings.append(Warn(code="part-missing", detail=f"page {page} was not captured"))
        return pages, warnings


def _rounds(sightings: Sequence[Sighting]) -> Iterator[dict[int, Sighting]]:
    """The pages captured by each run; other software's captures are parted where an address comes again. Of several
    captures of a page the first counts."""
    for run, group in groupby(sightings, key=lambda sighting: sighting.run):
        captured: dict[int, Sighting] = {}
        urls: set[str] = set()
        for sighting in group:
            if not run and sighting.url in urls:
                yield captured
                captured, urls = {}, set()
            urls.add(sighting.url)
            captured.setdefault(_FIRST if sighting.page is None else sighting.page, sighting)
        yield captured
