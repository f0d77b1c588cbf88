"""A CMS profile: what preservation staff write in YAML to say what a portal looks like.

Every list of a profile that inherits is its own list followed by its parent's, so that a site's
selectors are tried first. Patterns are Python regular expressions searched (not matched) in the
text named by their field. Selectors are CSS as selectolax's Lexbor reads them.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _compilable(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return pattern


Pattern = Annotated[str, AfterValidator(_compilable)]
Effect = Literal["reads", "increments", "unknown"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Recognise(_Model):
    """Evidence that a page comes from this CMS: any one of these is enough."""

    urls: list[Pattern] = []
    html: list[Pattern] = []
    selectors: list[str] = []


class Identity(_Model):
    """Addresses of one document. A pattern's groups `id` (and `tree`, not part of the identity) name it."""

    articles: list[Pattern] = []


class Labels(_Model):
    """Words that stand before a value in the meta line, without their colon."""

    source: list[str] = []
    author: list[str] = []
    published: list[str] = []
    clicks: list[str] = []


class Article(_Model):
    """Where an article page keeps its parts; selectors are tried in order, the first that holds text wins."""

    marks: list[str] = Field(default=[], description="selectors of which one must match for the page to be an article")
    title: list[str] = []
    title_in: list[str] = Field(default=[], description="heading selectors that count only outside the body")
    meta: list[str] = Field(default=[], description="containers of the meta line")
    labels: Labels = Labels()
    body: list[str] = []
    drop: list[str] = Field(default=[], description="inside the body, but not text: share, print, chain, attachments")
    breadcrumb: list[str] = []
    breadcrumb_drop: list[str] = Field(default=[], description="labels that are no column: 正文, 当前位置")
    previous: list[str] = Field(default=[], description="words before the link to the previous article")
    next: list[str] = []
    attachments: list[Pattern] = Field(default=[], description="hrefs that are attachments of the article")
    images_not: list[Pattern] = Field(default=[], description="image addresses that are decoration")


class ListPage(_Model):
    """Where a list page keeps its items and its pager."""

    marks: list[str] = []
    items: list[str] = Field(default=[], description="selectors of one list item (it holds a link)")
    pager: list[str] = Field(default=[], description="containers of the pager")
    next: list[str] = Field(default=[], description="labels of the link to the next page")
    total: list[Pattern] = Field(default=[], description="groups `items` and/or `pages` of what the pager declares")
    menu: list[str] = Field(default=[], description="containers of the site's navigation, whose links are columns")


class Click(_Model):
    """A click counter: how the page's script asks, and whether asking is harmless."""

    pattern: Pattern = Field(description="in the page's HTML (scripts included); its groups fill the templates")
    method: Literal["GET", "POST"] = "GET"
    url: str = Field(description="template, resolved against the page; {name} is a group of the pattern")
    body: str | None = None
    answer: Pattern = Field(default=r"(?P<clicks>\d+)", description="finds the number in the answer's text")
    effect: Effect
    evidence: str = Field(description="how the effect is known")


class Trap(_Model):
    pattern: Pattern = Field(description="in the request_url")
    reason: str


class Merge(_Model):
    """A rule that lets two addresses share one frontier key."""

    pattern: Pattern
    replace: str = ""


class Signature(_Model):
    """A page that stands in for another: a challenge, a captcha, an error with status 200."""

    kind: Literal["challenge", "captcha", "error"]
    html: Pattern
    max_bytes: int = Field(default=65536, description="longer pages are not looked at")


class Profile(_Model):
    name: str
    inherits: str | None = None
    cms: str
    description: str
    recognise: Recognise = Recognise()
    identity: Identity = Identity()
    article: Article = Article()
    listing: ListPage = ListPage()
    clicks: list[Click] = []
    beacons: list[Pattern] = Field(default=[], description="in the request_url: never requested")
    traps: list[Trap] = []
    merge: list[Merge] = []
    signatures: list[Signature] = []
