"""A profile made ready for reading thousands of pages: patterns joined, selectors grouped, words folded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from profiles.patterns import AddressPatterns, ScriptPattern, TextPattern

if TYPE_CHECKING:
    from profiles.model import Profile


def check_selector(selector: str) -> str:
    """Raises ValueError where Lexbor cannot read `selector`."""
    try:
        _probe().css(selector)
    except (SelectolaxError, ValueError):
        raise ValueError("expected a CSS selector") from None
    return selector


@cache
def _probe() -> LexborHTMLParser:
    return LexborHTMLParser("<p></p>")


@dataclass(frozen=True, slots=True, eq=False)
class CompiledClick:
    pattern: ScriptPattern
    method: str
    url: str
    body: str | None
    effect: str


@dataclass(frozen=True, slots=True, eq=False)
class CompiledPager:
    pattern: ScriptPattern
    also: tuple[ScriptPattern, ...]
    url: str
    first: str | None
    counts_from: int


@dataclass(frozen=True, slots=True, eq=False)
class CompiledFetch:
    pattern: ScriptPattern
    items: str
    per_page: str
    pages_at_once: str
    pages_at_once_default: int
    parameters: str
    url: str


@dataclass(frozen=True, slots=True)
class CompiledSignature:
    kind: str
    words: tuple[str, ...]
    html: TextPattern
    max_chars: int

    def found_in(self, text: str) -> bool:
        """Whether the source of a page shows the signature."""
        if len(text) > self.max_chars or (self.words and not any(word in text for word in self.words)):
            return False
        return self.html.found_in(text)


@dataclass(frozen=True, slots=True, eq=False)
class CompiledProfile:
    """Hashed by identity: a cache may use it as a key. None stands for a question with no answer.

    `menu`, `pager`, `items`, `article_marks`, `list_marks`: grouped selectors. Word sets hold folded words.
    """

    recognise_urls: AddressPatterns
    recognise_html: tuple[TextPattern, ...]
    recognise_selectors: str | None
    recognise_hints: tuple[TextPattern, ...]
    articles: AddressPatterns
    identities: tuple[re.Pattern[str], ...]
    attachments: AddressPatterns
    beacons: AddressPatterns
    traps: tuple[tuple[re.Pattern[str], str], ...]
    any_trap: AddressPatterns
    merge: tuple[tuple[re.Pattern[str], str], ...]
    clicks: tuple[CompiledClick, ...]
    signatures: tuple[CompiledSignature, ...]
    article_marks: str | None
    list_marks: str | None
    meta_labels: re.Pattern[str] | None
    items: str | None
    menu: str | None
    pager: str | None
    totals: tuple[re.Pattern[str], ...]
    scripted: tuple[CompiledPager, ...]
    fetched: tuple[CompiledFetch, ...]
    embedded: tuple[ScriptPattern, ...]
    next_page: frozenset[str]
    next_words: tuple[str, ...]
    previous_words: tuple[str, ...]
    next_article_words: tuple[str, ...]
    chain_stems: tuple[str, ...]
    requisite_attributes: tuple[str, ...]
    requisite_scripts: tuple[ScriptPattern, ...]

    def chain_words_in(self, text: str) -> tuple[str, ...]:
        """The words for a previous or next article that stand in the text."""
        near: list[str] = []
        for stem in self.chain_stems:
            at = text.find(stem)
            while at >= 0 and len(near) < _MAX_STEMS:
                near.append(text[at : at + _MAX_WORD])
                at = text.find(stem, at + 1)
        places = "\n".join(near)
        return tuple(word for word in (*self.previous_words, *self.next_article_words) if places and word in places)


_MAX_STEMS = 500
_MAX_WORD = 12


def compile_profile(profile: Profile) -> CompiledProfile:
    article, listing = profile.article, profile.listing
    labels = article.labels
    return CompiledProfile(
        recognise_urls=AddressPatterns(profile.recognise.urls),
        recognise_html=tuple(map(TextPattern, profile.recognise.html)),
        recognise_selectors=_grouped(profile.recognise.selectors),
        recognise_hints=tuple(map(TextPattern, profile.recognise.hints)),
        articles=AddressPatterns([*profile.identity.articles, *profile.identity.parts]),
        identities=tuple(map(re.compile, (*profile.identity.articles, *profile.identity.parts))),
        attachments=AddressPatterns(article.attachments),
        beacons=AddressPatterns(profile.beacons),
        traps=tuple((re.compile(trap.pattern), trap.reason) for trap in profile.traps),
        any_trap=AddressPatterns([trap.pattern for trap in profile.traps]),
        merge=tuple((re.compile(rule.pattern), rule.replace) for rule in profile.merge),
        clicks=tuple(
            CompiledClick(ScriptPattern(click.pattern), click.method, click.url, click.body, click.effect)
            for click in profile.clicks
        ),
        signatures=tuple(
            CompiledSignature(s.kind, tuple(s.words), TextPattern(s.html), s.max_bytes) for s in profile.signatures
        ),
        article_marks=_grouped(article.marks),
        list_marks=_grouped(listing.marks),
        meta_labels=_labels([*labels.source, *labels.author, *labels.published, *labels.clicks]),
        items=_grouped(listing.items),
        menu=_grouped(listing.menu),
        pager=_grouped(listing.pager),
        totals=tuple(map(re.compile, listing.total)),
        scripted=tuple(
            CompiledPager(
                ScriptPattern(pager.pattern),
                tuple(map(ScriptPattern, pager.also)),
                pager.url,
                pager.first,
                pager.counts_from,
            )
            for pager in listing.scripted
        ),
        fetched=tuple(
            CompiledFetch(**fetch.model_dump(exclude={"pattern"}), pattern=ScriptPattern(fetch.pattern))
            for fetch in listing.fetched
        ),
        embedded=tuple(map(ScriptPattern, listing.embedded)),
        next_page=frozenset(map(folded_word, listing.next)),
        next_words=_without_extensions(listing.next),
        previous_words=_without_extensions(article.previous),
        next_article_words=_without_extensions(article.next),
        chain_stems=tuple(dict.fromkeys(word[:2] for word in (*article.previous, *article.next))),
        requisite_attributes=tuple(profile.requisites.attributes),
        requisite_scripts=tuple(map(ScriptPattern, profile.requisites.scripts)),
    )


def folded_word(text: str) -> str:
    """A label's text without blanks, arrows, brackets and colons, in lower case.

    >>> folded_word(" 下一页 >> "), folded_word("[Next]")
    ('下一页', 'next')
    """
    return "".join(c for c in text if c not in _DECORATION and not c.isspace()).lower()


_DECORATION = frozenset(">»›→<«‹←[]【】()（）|｜:：·.…▶◀")


def _without_extensions(words: Sequence[str]) -> tuple[str, ...]:
    """The words that contain none of the others: where one of these is missing, so is what extends it."""
    return tuple(word for word in dict.fromkeys(words) if not any(w != word and w in word for w in words))


def _grouped(selectors: Sequence[str]) -> str | None:
    return ", ".join(selectors) or None


def _labels(words: Sequence[str]) -> re.Pattern[str] | None:
    """Any of the labels with its colon; blanks may stand between the characters of a short one."""
    if not words:
        return None
    longest_first = sorted(set(words), key=len, reverse=True)
    spaced = (r"\s{0,4}".join(map(re.escape, word)) if len(word) <= 4 else re.escape(word) for word in longest_first)
    return re.compile(f"(?:{'|'.join(spaced)})\\s{{0,4}}[:：]")
