"""A CMS profile: what preservation staff write in YAML to say what a portal looks like.

Every list of a profile that inherits is its own list followed by its parent's, so that a site's
selectors are tried first; only `recognise` is never inherited (a site is not its CMS). Patterns are
Python regular expressions searched (not matched) in the text named by their field; those searched in
addresses are cheap if they begin with a literal `/`, `?` or `&`. Selectors are CSS as selectolax's
Lexbor reads them. Words are compared without blanks and colons.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from profiles.compiled import CompiledProfile, check_selector, compile_profile


def _compilable(pattern: str) -> str:
    try:
        re.compile(f"(?:{pattern})")  # as it stands among others: flags belong in a group, (?i:…)
    except re.error as error:
        raise ValueError(f"expected a regular expression: {error}") from None
    if re.search(r"\\[1-9]|\(\?P=", pattern):
        raise ValueError("expected a regular expression without back-references")
    return pattern


def _with_group(*names: str) -> AfterValidator:
    def check(pattern: str) -> str:
        if not set(names) & set(re.compile(pattern).groupindex):
            raise ValueError(f"expected a group {' or '.join(f'(?P<{name}>…)' for name in names)}")
        return pattern

    return AfterValidator(check)


def _with_groups(*names: str) -> AfterValidator:
    def check(pattern: str) -> str:
        if missing := sorted(set(names) - set(re.compile(pattern).groupindex)):
            raise ValueError(f"expected a group (?P<{missing[0]}>…)")
        return pattern

    return AfterValidator(check)


def _template(template: str) -> str:
    if "\n" in template or re.search(r"[{}]", re.sub(r"\{\w+\}", "", template)):
        raise ValueError("expected {name} for a group of the pattern, and no other braces")
    return template


def _check_names(templates: tuple[str, ...], groups: set[str]) -> None:
    """Raises ValueError where a template names what is no group of its pattern."""
    for name in (name for template in templates for name in re.findall(r"\{(\w+)\}", template)):
        if name not in groups:
            known = ", ".join(sorted(groups)) or "none"
            raise ValueError(f"the template's {{{name}}} is no group of the pattern; expected one of: {known}")


Pattern = Annotated[str, AfterValidator(_compilable)]
Selector = Annotated[str, AfterValidator(check_selector)]
Template = Annotated[str, AfterValidator(_template)]
Effect = Literal["reads", "increments", "unknown"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Recognise(_Model):
    """Evidence that a page comes from this CMS: any one of these is enough.

    All profiles are asked for one kind of evidence before any is asked for the next, in the order given
    here; of several profiles with evidence of a kind the one asked first reads the page.
    """

    urls: list[Pattern] = []
    html: list[Pattern] = Field(default=[], description="in the page's source; cheap with a literal / or _ in it")
    selectors: list[Selector] = []
    hints: list[Pattern] = Field(
        default=[], description="as html, but weak: marks of the editor, which travel with text pasted from elsewhere"
    )


class Identity(_Model):
    """Addresses of one document. A pattern's groups `id` (and `tree`, not part of the identity) name it;
    a pattern without `id` only says that the address is an article's. `id` may hold slashes; what follows
    the last is what the page's scripts call the article."""

    articles: list[Pattern] = []
    parts: list[Annotated[Pattern, _with_groups("id", "page")]] = Field(
        default=[], description="addresses of a further page of an article; groups `id` and `page`"
    )


class Labels(_Model):
    """Words that stand before a value in the meta line, without their colon."""

    source: list[str] = []
    author: list[str] = []
    published: list[str] = []
    clicks: list[str] = []


class Article(_Model):
    """Where an article page keeps its parts; selectors are tried in order, the first that holds text wins."""

    marks: list[Selector] = Field(default=[], description="one of these makes the page an article")
    title: list[Selector] = []
    meta: list[Selector] = Field(default=[], description="containers of the meta line")
    labels: Labels = Labels()
    body: list[Selector] = []
    containers: list[Selector] = Field(
        default=[], description="hold the text on many portals, and often more; only asked where no `body` matches"
    )
    drop: list[Selector] = Field(default=[], description="inside the body, but not text: share, print, chain")
    breadcrumb: list[Selector] = []
    breadcrumb_drop: list[str] = Field(default=[], description="labels that are no column: 正文, 当前位置")
    previous: list[str] = Field(default=[], description="words before the link to the previous article")
    next: list[str] = []
    attachments: list[Pattern] = Field(default=[], description="hrefs that are attachments of the article")
    images_not: list[Pattern] = Field(default=[], description="image addresses that are decoration")


class ScriptedPager(_Model):
    """A pager that only a script writes: a call such as `createPageHTML(4, 0, "index", "html")`.

    The pattern's groups `pages` (how many there are) and `current` are numbers, `items` may be there too;
    the templates make addresses of the groups and of `{page}`, the number of the page in question. Without
    `pages` the pattern finds the address of the next page, and `url` is asked for it alone.
    """

    pattern: Pattern = Field(description="in the page's HTML (scripts included)")
    also: list[Pattern] = Field(
        default=[], description="further patterns, whose first matches must add the groups that are missing"
    )
    url: Template = Field(description="address of page {page}, resolved against the page")
    first: Template | None = Field(default=None, description="address of the first page, where it has another form")
    counts_from: Literal[0, 1] = Field(default=1, description="the number of the first page")

    @model_validator(mode="after")
    def _templates_name_groups(self) -> Self:
        groups = {name for pattern in (self.pattern, *self.also) for name in re.compile(pattern).groupindex}
        if len(groups & {"pages", "current"}) == 1:
            raise ValueError("expected both of the groups (?P<pages>…) and (?P<current>…), or neither")
        _check_names((self.url, self.first or ""), groups | ({"page"} if "pages" in groups else set()))
        return self


class FetchedList(_Model):
    """A list that a script fetches piece by piece: a call such as `$('#7').jpage({totalRecord: 45, perPage: 15, …})`.

    The members of the object that the call is given say what to ask: `{NAME}` in `url` is a member, `{from}` and
    `{to}` are the first and the last entry of a piece, counted from 1.
    """

    pattern: Pattern = Field(description="in the page's HTML (scripts included); ends before the object")
    items: str = Field(description="the member that holds the number of entries")
    per_page: str = Field(description="the member that holds the number of entries of a page")
    pages_at_once: str = Field(description="the member that holds the number of pages of a piece")
    pages_at_once_default: int = Field(default=1, gt=0, description="where the call does not give it")
    parameters: str = Field(description="the member whose members are the body of a POST, as a form sends it")
    url: Template = Field(description="address of a piece, resolved against the page")


class ListPage(_Model):
    """Where a list page keeps its items and its pager."""

    marks: list[Selector] = []
    items: list[Selector] = Field(default=[], description="selectors of one list item (it holds a link)")
    pager: list[Selector] = Field(default=[], description="containers of the pager")
    next: list[str] = Field(default=[], description="labels of the link to the next page")
    total: list[Annotated[Pattern, _with_group("items", "pages", "current")]] = Field(
        default=[], description="in the pager's text; groups `items`, `pages`, `current`: what it declares"
    )
    scripted: list[ScriptedPager] = []
    fetched: list[FetchedList] = []
    embedded: list[Annotated[Pattern, _with_group("html", "literal")]] = Field(
        default=[],
        description="in the page's HTML; group `html` is a list item that a script puts into the page, "
        "`literal` the same as a string literal of the script",
    )
    menu: list[Selector] = Field(default=[], description="containers of the site's navigation, whose links are columns")


class Click(_Model):
    """A click counter: how the page's script asks, and whether asking is harmless."""

    pattern: Pattern = Field(description="in the page's HTML (scripts included); its groups fill the templates")
    method: Literal["GET", "POST"] = "GET"
    url: Template = Field(description="template, resolved against the page; {name} is a group of the pattern")
    body: Template | None = None
    answer: Pattern = Field(default=r"(?P<clicks>\d+)", description="finds the number in the answer's text")
    effect: Effect
    evidence: str = Field(description="how the effect is known")

    @model_validator(mode="after")
    def _templates_name_groups(self) -> Self:
        _check_names((self.url, self.body or ""), set(re.compile(self.pattern).groupindex))
        return self


class Requisites(_Model):
    """What a page of this CMS needs beside what HTML says (src, srcset, stylesheets, …)."""

    attributes: list[Annotated[str, Field(pattern=r"^[a-z][a-z0-9:_-]*$")]] = Field(
        default=[], description="attributes that hold an address, on any element"
    )
    scripts: list[Annotated[Pattern, _with_group("url")]] = Field(
        default=[], description="in the page's HTML (scripts included); group `url` is the address"
    )


class Trap(_Model):
    pattern: Pattern = Field(description="in the request_url")
    reason: Annotated[str, Field(pattern=r"^[a-z][a-z-]*$", description="one word, as drops name it: calendar")]


class Merge(_Model):
    """A rule that lets two addresses share one frontier key."""

    pattern: Pattern
    replace: str = ""


class Signature(_Model):
    """A page that stands in for another: a challenge, a captcha, an error with status 200."""

    kind: Literal["challenge", "captcha", "error"]
    words: list[str] = Field(default=[], description="one of these must stand in the page; asked before `html`")
    html: Pattern = Field(description="in the page's HTML")
    max_bytes: int = Field(default=16384, gt=0, description="longer pages are not looked at")


class Profile(_Model):
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    inherits: str | None = None
    cms: str
    description: str
    recognise: Recognise = Recognise()
    identity: Identity = Identity()
    article: Article = Article()
    listing: ListPage = ListPage()
    requisites: Requisites = Requisites()
    clicks: list[Click] = []
    beacons: list[Pattern] = Field(default=[], description="in the request_url: never requested")
    traps: list[Trap] = []
    merge: list[Merge] = []
    signatures: list[Signature] = []

    @cached_property
    def compiled(self) -> CompiledProfile:
        """The profile as reading uses it, made once."""
        return compile_profile(self)

    @property
    def merge_rules(self) -> tuple[tuple[re.Pattern[str], str], ...]:
        """As `archive.urls.frontier_key` takes them."""
        return self.compiled.merge


class StoredProfiles(_Model):
    """Resolved profiles as a run writes them into its first WARC file."""

    profiles: Annotated[list[Profile], Field(min_length=1)]
