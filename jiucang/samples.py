"""Sample pages of a portal, and what a person expects of them: the proof of a profile.

A folder of samples holds saved pages and one `expected.yaml`. Values that are not given there are not compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urljoin

from pydantic import BaseModel, ConfigDict, Field, model_validator

from jiucang.explanation import Explanation, explain
from profiles.article import LinkedTitle
from profiles.load import ProfileSet
from profiles.page import Page
from profiles.strict_yaml import Problem, key_lines, read_model

EXPECTED = "expected.yaml"

Linked = Annotated[list[str], Field(min_length=2, max_length=2)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ExpectedPager(_Model):
    items: int | None = None
    pages: int | None = None
    current: int | None = None
    next: str | None = None


class ExpectedPage(_Model):
    """References may be relative: they are resolved against `url`. Texts are compared without white space."""

    file: str | None = Field(default=None, description="a saved page beside this file")
    html: str | None = Field(default=None, description="the page itself, where it is short")
    encoding: str = Field(default="utf-8", description="in which `html` is sent")
    url: str
    profile: str | None = Field(default=None, description="the profile that recognises the page")
    kind: str | None = None
    id: str | None = None
    part: int | None = Field(default=None, description="the number of the page within its article")
    title: str | None = None
    source: str | None = None
    author: str | None = None
    published_at: str | None = None
    clicks: int | None = None
    breadcrumb: list[str] = []
    previous: Linked | None = Field(default=None, description="title and reference")
    next: Linked | None = None
    attachments: list[Linked] = []
    images: list[str] = []
    media: list[str] = []
    counter: str | None = Field(default=None, description="effect, method, reference: `reads POST /count?id=1`")
    lines: list[str] = Field(default=[], description="the text, line by line; | for the tab between cells")
    pager: ExpectedPager | None = None
    leads_to: dict[str, list[str]] = Field(default={}, description="references of each role, among others")
    not_followed: dict[str, str] = Field(default={}, description="references as written, each with its reason")

    @model_validator(mode="after")
    def _file_or_html(self) -> Self:
        if (self.file is None) == (self.html is None):
            raise ValueError("expected one of file and html")
        try:
            "".encode(self.encoding)
        except LookupError:
            raise ValueError(f"expected an encoding such as gb18030, found {self.encoding!r}") from None
        return self


class Expected(_Model):
    pages: Annotated[list[ExpectedPage], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Compared:
    """`problems` stand in the file of expected values, `path`; `values` counts what was compared."""

    path: Path
    pages: int
    values: int
    problems: list[Problem]


def compare(folder_or_file: Path, profiles: ProfileSet, asked: ProfileSet) -> Compared:
    """Reads the samples with *profiles*; *asked* are those that are asked which one recognises a page.

    Raises `BadFile` and OSError (a sample that is not there).
    """
    path = folder_or_file / EXPECTED if folder_or_file.is_dir() else folder_or_file
    expected = read_model(path, Expected)
    lines = key_lines(path)
    problems: list[Problem] = []
    values = 0
    for number, wanted in enumerate(expected.pages):
        page = _page(wanted, path.parent)
        explanation, recognised = explain(page, profiles), asked.recognise(page).name
        for key, found, right in _values(wanted, explanation, recognised):
            values += 1
            if _folded(found) != _folded(right):
                line = lines.get(("pages", number, key.partition(".")[0]), lines.get(("pages", number), 0))
                said = f"found {_shown(found)}, expected {_shown(right)}{_why(explanation, key, found)}"
                problems.append(Problem(line, f"pages[{number}].{key}", said))
    return Compared(path, len(expected.pages), values, problems)


def _page(wanted: ExpectedPage, folder: Path) -> Page:
    if wanted.html is not None:
        return Page.parse(wanted.html.encode(wanted.encoding), wanted.url)
    return Page.parse((folder / (wanted.file or "")).read_bytes(), wanted.url)


def _values(wanted: ExpectedPage, explanation: Explanation, recognised: str) -> Iterator[tuple[str, object, object]]:
    """(key, found, expected) of every value that is given."""
    url, links = wanted.url, explanation.links
    found = {"profile": recognised, **_of_page(explanation), **_of_article(explanation)}
    for key, value in found.items():
        if key in wanted.model_fields_set:
            yield key, value, _resolved(key, getattr(wanted, key), url)
    if wanted.pager is not None:
        for key in sorted(wanted.pager.model_fields_set):
            right = getattr(wanted.pager, key)
            right = urljoin(url, right) if isinstance(right, str) else right
            yield f"pager.{key}", getattr(links.pager, key, None), right
    for role, references in wanted.leads_to.items():
        there = {link.url for link in links.outlinks if link.role == role}
        right = sorted(urljoin(url, reference) for reference in references)
        yield f"leads_to.{role}", [reference for reference in right if reference in there], right
    for reference, reason in wanted.not_followed.items():
        reasons = [drop.reason for drop in links.drops if drop.reference == reference]
        yield f"not_followed.{reference}", reason if reason in reasons else reasons, reason


def _of_page(explanation: Explanation) -> dict[str, object]:
    identity = explanation.identity
    return {
        "kind": explanation.kind,
        "id": identity.id if identity is not None else None,
        "part": identity.page if identity is not None else None,
    }


def _of_article(explanation: Explanation) -> dict[str, object]:
    parts = explanation.parts
    if parts is None:
        return dict.fromkeys(_ARTICLE)
    counters = [f"{one.effect} {one.method} {one.url}" for one in parts.endpoints]
    return {
        **{name: getattr(parts, name) for name in ("title", "source", "author", "published_at", "clicks")},
        "breadcrumb": list(parts.breadcrumb),
        "previous": _pair(parts.previous),
        "next": _pair(parts.next),
        "attachments": [[one.name, one.url] for one in parts.attachments],
        "images": [one.url for one in parts.images],
        "media": [one.url for one in parts.media],
        "counter": counters[0] if counters else None,
        "lines": [line.replace("\t", "|") for line in parts.lines],
    }


_ARTICLE = (
    *("title", "source", "author", "published_at", "clicks", "breadcrumb", "previous", "next"),
    *("attachments", "images", "media", "counter", "lines"),
)


def _resolved(key: str, value: object, url: str) -> object:
    """An expected value with its references made absolute."""
    if key in ("previous", "next") and isinstance(value, list):
        return [value[0], urljoin(url, value[1])]
    if key == "attachments" and isinstance(value, list):
        return [[name, urljoin(url, reference)] for name, reference in value]
    if key in ("images", "media") and isinstance(value, list):
        return [urljoin(url, reference) for reference in value]
    if key == "counter" and isinstance(value, str):
        head, _, reference = value.rpartition(" ")
        return f"{head} {urljoin(url, reference)}"
    return value


def _pair(neighbour: LinkedTitle | None) -> list[str | None] | None:
    return [neighbour.title, neighbour.url] if neighbour is not None else None


def _folded(value: object) -> object:
    if isinstance(value, str):
        return re.sub(r"\s+", "", value)
    return [_folded(item) for item in value] if isinstance(value, list) else value


def _why(explanation: Explanation, key: str, found: object) -> str:
    """Why nothing was found, as far as the reading says."""
    if found not in (None, "", []):
        return ""
    if explanation.kind != "article" and key not in ("kind", "profile"):
        return f" (the page was read as {explanation.kind})" if not key.startswith(("pager", "leads", "not_")) else ""
    why = next((read.why for read in explanation.fields if read.name == key.replace("lines", "text")), "")
    return f" ({why})" if why else ""


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:199]}…"
