"""What is true of the sample: every article as a right extraction gives it, every address as a right crawl treats it.

Nothing here reads a page: it is drawn from the same model that the pages are printed from, and the
tests hold the two against each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from jiucang.sample.blocks import REPAIRS, Mark
from jiucang.sample.catalogue import Catalogue, Endless, Wanted
from jiucang.sample.columns import COLUMNS, Column, trail
from jiucang.sample.edition import (
    EditionName,
    articles,
    declared_total,
    listed,
    neighbours,
    pages_of,
)
from jiucang.sample.model import Article
from jiucang.sample.shelf import CASES
from jiucang.sample.site import Origins, SiteName
from jiucang.sample.skins import ELSEWHERE

EDITIONS: tuple[EditionName, ...] = ("main", "gbk")


@dataclass(frozen=True, slots=True)
class Planted:
    """An artefact: code points `start` to `end` of the text before repair read `before`, should read `after`."""

    rule: str
    kind: Literal["repair", "normalisation"]
    start: int
    end: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Span:
    """A near miss (`after` equals `before`: no edit may touch it) or a typing error (`after` is the right form)."""

    rule: str
    start: int
    end: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Neighbour:
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class FileTruth:
    """An attachment or image; a paper that is the whole body counts as the last attachment, named by its address.

    `served`: False where a captcha answers in its place.
    """

    name: str
    url: str
    media_type: str
    served: bool = True


Scheme = Literal["chapter", "part", "article", "clause"]
"""一、 · 第一章 · 第一条 · （一） or （1）"""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading or numbered paragraph: the scheme of its number, the number as printed, the index of its line."""

    scheme: Scheme
    number: str
    line: int


@dataclass(frozen=True, slots=True)
class ArticleTruth:
    """The row an article should become. URLs are absolute; `published_at` is ISO, as precise as printed."""

    id: int
    edition: EditionName
    url: str
    """Its `info/` address."""
    alias: str
    """Its `content.jsp` address."""
    linked: str
    """The one of the two that is surely captured."""
    title: str
    source: str | None
    author: str | None
    published_at: str
    clicks: int | None
    click_url: str | None
    breadcrumb: tuple[str, ...]
    previous: Neighbour | None
    next: Neighbour | None
    document_number: str | None
    document_date: str | None
    issuers: tuple[str, ...]
    attachments: tuple[FileTruth, ...]
    images: tuple[FileTruth, ...]
    lines: tuple[str, ...]
    """The text before repair."""
    repaired: tuple[str, ...]
    """The text with every planted artefact undone; typing errors stay."""
    planted: tuple[Planted, ...]
    near_misses: tuple[Span, ...]
    typos: tuple[Span, ...]
    sections: tuple[Section, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@dataclass(frozen=True, slots=True)
class ColumnTruth:
    """A column. `declared_total` is what its pager says, `listed` what its lists show."""

    label: str
    url: str
    breadcrumb: tuple[str, ...]
    pages: tuple[str, ...]
    declared_total: int | None
    listed: int


@dataclass(frozen=True, slots=True)
class SiteTruth:
    """How a right crawl treats a site's addresses: request targets (path and query), as a browser would send them."""

    name: SiteName
    expected_captured: frozenset[str]
    may_request: frozenset[str]
    must_not_request: frozenset[str]
    merged: tuple[frozenset[str], ...]
    """Of each group at least one is captured."""
    endless: tuple[Endless, ...]
    """Series without an end: at most `tolerated` addresses of each may be asked."""

    def complaints(self, requested: Iterable[str]) -> list[str]:
        """What is wrong with a set of requested targets of this site; empty where nothing is."""
        asked = set(requested)
        found = [f"not requested: {target}" for target in sorted(self.expected_captured - asked)]
        found += [f"must not be requested: {target}" for target in sorted(self.must_not_request & asked)]
        found += [f"none of {sorted(group)} was requested" for group in self.merged if not group & asked]
        known = self.expected_captured | self.may_request | self.must_not_request
        for target in sorted(asked - known):
            if not any(target.startswith(one.prefix) for one in self.endless):
                found.append(f"nothing links {target}")
        for one in self.endless:
            count = sum(target.startswith(one.prefix) for target in asked)
            if count > one.tolerated:
                found.append(f"{count} requests of the endless {one.prefix}, at most {one.tolerated} are right")
        return found


@dataclass(frozen=True, slots=True)
class Truth:
    articles: tuple[ArticleTruth, ...]
    columns: dict[EditionName, tuple[ColumnTruth, ...]]
    sites: dict[SiteName, SiteTruth]
    never_elsewhere: tuple[str, ...] = ("hm.baidu.com",)
    """Hosts outside the sample that pages name and that must not be asked."""

    @property
    def expected_captured(self) -> dict[SiteName, frozenset[str]]:
        """Of each site the request targets that a right crawl surely captures."""
        return {name: site.expected_captured for name, site in self.sites.items()}

    @property
    def unanswered(self) -> frozenset[str]:
        """Paths of the shelf to which nothing is ever answered: a crawl rightly reports them as failed."""
        return frozenset(case.path for case in CASES if case.expected.verdict == "nothing")

    def of(self, edition: EditionName) -> dict[int, ArticleTruth]:
        return {article.id: article for article in self.articles if article.edition == edition}


def build_truth(origins: Origins, catalogues: dict[SiteName, Catalogue]) -> Truth:
    return Truth(
        articles=tuple(_article(one, name, origins) for name in EDITIONS for one in articles()),
        columns={name: tuple(_column(one, origins.of(name)) for one in COLUMNS) for name in EDITIONS},
        sites={name: _site(name, catalogue) for name, catalogue in catalogues.items()},
    )


def _article(article: Article, edition: EditionName, origins: Origins) -> ArticleTruth:
    base = origins.of(edition) + "/"
    previous, following = neighbours(article)
    marks = _placed(article)
    return ArticleTruth(
        id=article.id,
        edition=edition,
        url=base + article.path,
        alias=base + article.alias,
        linked=base + (article.alias if article.found == "alias" else article.path),
        title=article.title,
        source=article.source or None,
        author=article.author or None,
        published_at=article.published.replace(" ", "T"),
        clicks=article.known_clicks,
        click_url=base + article.click_path if article.click_path else None,
        breadcrumb=("首页", *(column.label for column in trail(article.column))),
        previous=_neighbour(previous, base, origins),
        next=_neighbour(following, base, origins),
        document_number=article.document_number,
        document_date=article.document_date,
        issuers=article.issuers,
        attachments=_attachments(article, base),
        images=tuple(FileTruth(one.alt, base + one.path, "image/png") for one in article.images),
        lines=tuple(line.text for line in article.lines),
        repaired=tuple(line.repaired for line in article.lines),
        planted=tuple(_planted(mark) for mark in marks if mark.kind == "planted"),
        near_misses=tuple(_span(mark) for mark in marks if mark.kind == "near"),
        typos=tuple(_span(mark) for mark in marks if mark.kind == "typo"),
        sections=_sections(line.repaired for line in article.lines),
    )


def _neighbour(found: tuple[Article, str] | None, base: str, origins: Origins) -> Neighbour | None:
    if found is None:
        return None
    article, path = found
    abroad = path.startswith(ELSEWHERE)
    return Neighbour(article.title, origins.other + path.removeprefix(ELSEWHERE) if abroad else base + path)


def _attachments(article: Article, base: str) -> tuple[FileTruth, ...]:
    files = [FileTruth(a.name, base + a.path, a.media_type, a.served != "captcha") for a in article.attachments]
    if article.pdf:
        files.append(FileTruth(article.pdf.rpartition("/")[2], base + article.pdf, "application/pdf"))
    return tuple(files)


def _planted(mark: Mark) -> Planted:
    kind: Literal["repair", "normalisation"] = "repair" if mark.rule in REPAIRS else "normalisation"
    return Planted(mark.rule, kind, mark.start, mark.end, mark.before, mark.after)


def _span(mark: Mark) -> Span:
    return Span(mark.rule, mark.start, mark.end, mark.before, mark.after)


def _placed(article: Article) -> list[Mark]:
    """The marks of an article with offsets in its whole text."""
    marks, at = [], 0
    for line in article.lines:
        marks += [Mark(m.kind, m.rule, m.start + at, m.end + at, m.before, m.after) for m in line.marks]
        at += len(line.text) + 1
    return marks


_NUMBERS: tuple[tuple[Scheme, re.Pattern[str]], ...] = (
    ("part", re.compile(r"(第[一二三四五六七八九十]+章)[ 　]")),
    ("article", re.compile(r"(第[一二三四五六七八九十]+条)[ 　]")),
    ("chapter", re.compile(r"([一二三四五六七八九十]+)、")),
    ("clause", re.compile(r"（([一二三四五六七八九十]+|\d+)）")),
)


def _sections(lines: Iterable[str]) -> tuple[Section, ...]:
    """Every line that begins with a number of one of the four schemes of official papers."""
    found = []
    for index, text in enumerate(lines):
        for scheme, pattern in _NUMBERS:
            if match := pattern.match(text):
                found.append(Section(scheme, match[1], index))
                break
    return tuple(found)


def _column(column: Column, origin: str) -> ColumnTruth:
    pages = pages_of(column) if column.form == "list" else ()
    count = max(len(pages), 1)
    return ColumnTruth(
        label=column.label,
        url=f"{origin}/{column.path}",
        breadcrumb=("首页", *(one.label for one in trail(column))),
        pages=tuple(f"{origin}/{column.page_path(number, count)}" for number in range(1, count + 1)),
        declared_total=declared_total(column) if column.pager != "none" else None,
        listed=len(listed(column)) if column.form == "list" else 0,
    )


def _site(name: SiteName, catalogue: Catalogue) -> SiteTruth:
    def targets(wanted: Wanted) -> frozenset[str]:
        return frozenset(key.decode("ascii") for key, value in catalogue.wanted.items() if value is wanted)

    return SiteTruth(
        name=name,
        expected_captured=targets(Wanted.MUST),
        may_request=targets(Wanted.MAY),
        must_not_request=targets(Wanted.NEVER),
        merged=tuple(frozenset(key.decode("ascii") for key in group) for group in catalogue.merged),
        endless=tuple(catalogue.endless),
    )
