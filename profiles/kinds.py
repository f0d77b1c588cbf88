"""What kind of page a page is. Pure: the page and its profile in, a kind and the reason out.

Evidence is asked from the surest to the weakest: what the CMS writes around an article, the words 上一篇
and 下一篇, the address, a pager that counts, a labelled meta line, and last how much of the text is
sentences and how much is links.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from selectolax.lexbor import LexborNode

from profiles.compiled import CompiledProfile
from profiles.model import Profile
from profiles.page import Page
from profiles.pager import read_pager
from profiles.scripted import embedded_items, read_scripted
from profiles.scripts import redirect_target
from profiles.span import article_span
from profiles.visible import read_lines


class Kind(StrEnum):
    ARTICLE = "article"
    LIST = "list"
    INDEX = "index"
    REDIRECT = "redirect"
    CHALLENGE = "challenge"
    CAPTCHA = "captcha"
    ERROR = "error"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class KindOf:
    """`why` is a code: what decided (`mark`, `chain`, `address`, `pager`, …)."""

    kind: Kind
    why: str


STAND_INS: frozenset[str] = frozenset({Kind.CHALLENGE, Kind.CAPTCHA})
"""Kinds of pages that are shown instead of what was asked for; nothing on them belongs to the portal."""

REDIRECT_SOURCE = 16_384
"""A page that redirects by a script has at most so many characters of source."""

_ERROR: frozenset[str] = frozenset({Kind.ERROR})

REDIRECT_TEXT = 200
"""A page that redirects has at most so many visible characters (你的浏览器不支持自动跳转, 请点击这里)."""

_MAX_WAYS_ON = 2
"""Links of a page that a script leaves: more are a page of their own, whose script may turn its pages."""

_HOME = re.compile(r"https?://[^/?]+/(?:(?:index|default|main|home)\.\w{2,5})?(?:[?#].*)?")
_DATE = re.compile(r"(?:19|20)\d\d\s?[-年/.]\s?[01]?\d\s?[-月/.]\s?[0-3]?\d|[\[(（【]?\b[01]\d-[0-3]\d[\])）】]?")
_COUNTED = re.compile(r"(?:阅读|点击|浏览|访问)[次数量率]{0,2}\s{0,4}[:：]?\s{0,4}\d{1,9}\s{0,4}次")
_SENTENCE_ENDS = re.compile("[。；！？]")
_BLANK = re.compile(r"\s+")
_SLIDES = "个张"
"""上一个 and 下一个 are also the buttons of a slide show."""
_MIN_ITEMS = 2
_MAX_ITEM = 1000
_MAX_DIV = 400
_MIN_DIVS = 3
_HEADS_OF_DIVS = (
    "div > a[href]:first-child, div > h2 > a[href], div > h3 > a[href], div > h4 > a[href], div > p > a[href]"
)
_MAX_ROWS = 2000
_BLOCKS = "p, td, div, dd, section, article"
_MIN_SENTENCE = 20
_MIN_PROSE = 120
_FEW_LINKS = 3
_MIN_TEXT = 60


def kind_of(page: Page, profile: Profile) -> KindOf:
    """The kind of *page* as *profile* reads it. Raises nothing."""
    compiled = profile.compiled
    if (stand_in := signature_of(page, compiled, STAND_INS)) is not None:
        return stand_in
    if redirect_of(page) is not None:
        return KindOf(Kind.REDIRECT, "redirect")
    if page.tree.body is None or page.tree.css_first("frameset > frame") is not None:
        return KindOf(Kind.INDEX, "frameset") if page.tree.css_first("frame") is not None else _OTHER
    return (
        _by_marks(page, compiled)
        or signature_of(page, compiled, _ERROR)
        or _by_words(page, compiled)
        or _by_text(page, profile)
    )


_OTHER = KindOf(Kind.OTHER, "nothing-to-tell")


def signature_of(page: Page, compiled: CompiledProfile, kinds: frozenset[str]) -> KindOf | None:
    """The kind of page that stands in for another, whatever its status code was."""
    for signature in compiled.signatures:
        if signature.kind in kinds and signature.found_in(page.text):
            return KindOf(Kind(signature.kind), "signature")
    return None


_MAX_DELAY = 30
_HEAD = 16_384
_REFRESH = re.compile(r"\s*(?P<delay>\d{0,6})(?:\.\d*)?\s*(?:[;,\s]\s*(?:url\s*=\s*)?(?P<url>.+))?", re.I | re.S)


def redirect_of(page: Page) -> str | None:
    """The reference a page sends its reader to at once: a meta refresh, or a script on a page that holds
    nothing else."""
    target = meta_refresh(page)
    if target is None and (len(page.text) > REDIRECT_SOURCE or "location" not in page.text):
        return None
    if len(_BLANK.sub("", page.visible_text)) > REDIRECT_TEXT:
        return None
    if target is not None or page.tree.css_first("a[href] ~ a[href], frame, form") is not None:
        return target
    if len(page.tree.css("a[href]")) > _MAX_WAYS_ON:
        return None
    scripts = (redirect_target(node.text()) for node in page.tree.css("script:not([src])"))
    return next((reference for reference in scripts if reference is not None), None)


def meta_refresh(page: Page) -> str | None:
    """The reference of a `<meta http-equiv=refresh>` that leads elsewhere within half a minute."""
    head = page.text[:_HEAD]
    if "efresh" not in head and "REFRESH" not in head:
        return None
    for node in page.tree.css("meta[http-equiv]"):
        attributes = node.attributes
        if (attributes.get("http-equiv") or "").strip().lower() != "refresh":
            continue
        found = _REFRESH.fullmatch((attributes.get("content") or "")[:4000])
        if found and found["url"] and int(found["delay"] or 0) <= _MAX_DELAY:
            return found["url"].strip().strip("\"'").strip() or None
    return None


def _by_marks(page: Page, compiled: CompiledProfile) -> KindOf | None:
    if compiled.article_marks is not None and page.tree.css_first(compiled.article_marks) is not None:
        return KindOf(Kind.ARTICLE, "mark")
    if compiled.list_marks is not None and page.tree.css_first(compiled.list_marks) is not None:
        return KindOf(Kind.LIST, "mark")
    return None


def _by_words(page: Page, compiled: CompiledProfile) -> KindOf | None:
    text = page.visible_text
    if has_chain(text, compiled):
        return KindOf(Kind.ARTICLE, "chain")
    if compiled.articles.search(page.url):
        return KindOf(Kind.ARTICLE, "address")
    pager = read_pager(page, compiled)
    if pager.declared is not None and pager.declared.items is not None:
        return KindOf(Kind.LIST, "pager-total")
    scripted = read_scripted(page, compiled)
    if (scripted is not None and scripted.items is not None) or embedded_items(page, compiled):
        return KindOf(Kind.LIST, "scripted-list")
    if _has_meta_line(text, compiled):
        return KindOf(Kind.ARTICLE, "meta-line")
    if pager.there or (scripted is not None and scripted.next is not None):
        return KindOf(Kind.LIST, "pager")
    return None


def has_chain(text: str, compiled: CompiledProfile) -> bool:
    """Whether the text offers a previous or next article: a word before its colon, or both words."""
    if not any(stem in text for stem in compiled.chain_stems):
        return False
    before = [word for word in compiled.previous_words if word in text]
    after = [word for word in compiled.next_article_words if word in text]
    if any(word[-1] not in _SLIDES for word in before) and any(word[-1] not in _SLIDES for word in after):
        return True
    return any(re.search(rf"{re.escape(word)}[文章]{{0,2}}\s{{0,9}}[:：]", text) for word in (*before, *after))


def _has_meta_line(text: str, compiled: CompiledProfile) -> bool:
    """Two labels of a meta line, each but once or twice: a list repeats them with every item."""
    if compiled.meta_labels is None:
        return False
    counts: dict[str, int] = {}
    for found in compiled.meta_labels.finditer(text):
        label = found[0]
        counts[label] = counts.get(label, 0) + 1
    return len(counts) >= 2 and max(counts.values()) <= 2


def _has_one_label(text: str, compiled: CompiledProfile) -> bool:
    found = compiled.meta_labels.finditer(text) if compiled.meta_labels is not None else iter(())
    return sum(1 for _ in islice(found, 2)) == 1 or sum(1 for _ in islice(_COUNTED.finditer(text), 2)) == 1


def _by_text(page: Page, profile: Profile) -> KindOf:
    compiled = profile.compiled
    text = _BLANK.sub("", page.visible_text)
    links = [label for node in page.tree.css("body a[href]") if (label := _BLANK.sub("", node.text()))]
    linked = sum(map(len, links))
    if not text:
        return _OTHER
    items = _dated_items(page)
    prose = _prose(page, items)
    home = _HOME.fullmatch(page.url) is not None
    if home and len(links) >= 10 and prose < len(text) / 2:
        return KindOf(Kind.INDEX, "home")
    if prose >= 2 * _MIN_SENTENCE and _has_one_label(page.visible_text, compiled):
        return KindOf(Kind.ARTICLE, "label")
    if len(items) >= _MIN_ITEMS and prose < 2 * _MIN_PROSE:
        return KindOf(Kind.LIST, "dated-items")
    if prose >= _MIN_PROSE:
        return KindOf(Kind.ARTICLE, "prose")
    if len(links) <= _FEW_LINKS and len(text) >= _MIN_TEXT and len(_SENTENCE_ENDS.findall(text)) >= 2:
        return KindOf(Kind.ARTICLE, "prose")
    if (head := _by_head(page, profile, prose)) is not None:
        return head
    if len(links) >= 10 and linked * 2 > len(text):
        return KindOf(Kind.INDEX if home else Kind.LIST, "links")
    return _OTHER


def _by_head(page: Page, profile: Profile, prose: int) -> KindOf | None:
    """A title over a day or labels, or below a trail and over sentences; and text that is no list of links."""
    lines = read_lines(page.tree.body) if page.tree.body is not None else []
    span = article_span(lines, page, profile) if len(lines) <= _MAX_ROWS else None
    if span is None or "title" not in span.marks:
        return None
    shown = lines[span.start : span.end]
    linked = sum(line.linked for line in shown)
    unlinked = sum(len(line.text) for line in shown) - linked
    dated = "meta" in span.marks and unlinked >= _MIN_SENTENCE and unlinked > 2 * linked
    column = "trail" in span.marks and prose >= 2 * _MIN_SENTENCE and unlinked > 9 * linked
    return KindOf(Kind.ARTICLE, "head") if dated or column else None


def _dated_items(page: Page) -> list[LexborNode]:
    """Rows that hold a link and a date, and no table: then they are the page's frame. Divs are rows where several
    begin with such a link."""
    found = [node for node in page.tree.css("li, tr, dd, dl")[:_MAX_ROWS] if _is_dated(node, _MAX_ITEM)]
    heads = page.tree.css(_HEADS_OF_DIVS)[:_MAX_ROWS]
    divs = {node.mem_id: node for head in heads if (node := _div_around(head)) and _is_dated(node, _MAX_DIV)}
    return [*found, *divs.values()] if len(divs) >= _MIN_DIVS else found


def _is_dated(node: LexborNode, longest: int) -> bool:
    text = node.text()
    if len(text) >= longest or _DATE.search(text) is None:
        return False
    return node.css_first("a") is not None and node.css_first("table") is None


def _div_around(node: LexborNode) -> LexborNode | None:
    parent = node.parent
    while parent is not None and parent.tag != "div":
        parent = parent.parent
    return parent


def _prose(page: Page, items: Sequence[LexborNode]) -> int:
    """Characters in blocks that are sentences: unlinked, ended by 。 and the like, and no item's summary."""
    summaries = {block.mem_id for item in items for block in item.css(_BLOCKS)}
    blocks = page.tree.css(_BLOCKS)
    outer: set[int] = set()
    for node in blocks:
        parent = node.parent
        while parent is not None and parent.mem_id not in outer:
            outer.add(parent.mem_id)
            parent = parent.parent
    total = 0
    for node in blocks:
        own = _BLANK.sub("", node.text(deep=node.tag in ("p", "td") and node.mem_id not in outer))
        if (
            len(own) >= _MIN_SENTENCE
            and _SENTENCE_ENDS.search(own)
            and node.mem_id not in summaries
            and node.css_first("a") is None
        ):
            total += len(own)
    return total
