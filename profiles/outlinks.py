"""What a page leads to, with hop and role: one pass over the tree.

Comments are not there for a browser, so nothing in them is a link. Each address is given once, at its
first place and in its strongest role. What is refused on sight is given as a drop, with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from selectolax.lexbor import LexborNode

from profiles.compiled import CompiledProfile
from profiles.css import css_references
from profiles.elements import SELECTOR, Attributes, embedded_references
from profiles.handlers import Handlers, Lead, looks_like_address
from profiles.kinds import STAND_INS, Kind, kind_of, meta_refresh, redirect_of
from profiles.links import Drop, Hop, Outlink, Resolved, Resolver, Role
from profiles.model import Profile
from profiles.neighbours import names_neighbour
from profiles.page import Page
from profiles.pager import Declared, PagerMarks, links_under, read_pager
from profiles.questions import click_requests, scripted_requisites
from profiles.scripted import ScriptedList, embedded_links, read_scripted, written_elements
from profiles.scripts import sent_on

MAX_OUTLINKS = 20_000
"""A page gives no more; the rest is one drop, `too-many-links`."""

MAX_TEXT = 200
_MAX_REFERENCE = 500
_HANDLERS = ("onclick", "onload")
_TOLD = ("data-href", "data-url")
"""Attributes that hold what a script of the site opens."""
_SCRIPTED = frozenset((*_HANDLERS, *_TOLD))


@dataclass(frozen=True, slots=True)
class Pager:
    """What a list page declares of its list, and the address of the page after it."""

    items: int | None = None
    pages: int | None = None
    current: int | None = None
    next: str | None = None


@dataclass(frozen=True, slots=True)
class PageLinks:
    """A page as the crawl sees it. `columns`: (title, address) of the site's navigation; `profile`: its name."""

    kind: Kind
    kind_why: str
    profile: str
    outlinks: list[Outlink]
    drops: list[Drop]
    columns: list[tuple[str, str]]
    pager: Pager | None


def read_outlinks(page: Page, profile: Profile) -> PageLinks:
    """The outlinks of *page* as *profile* reads it. Raises nothing for anything in the page."""
    compiled = profile.compiled
    kind = kind_of(page, profile)
    reader = _Reader(page, compiled, kind.kind, Resolver(page.base_url, page.encoding, compiled))
    if kind.kind not in STAND_INS:
        reader.read()
    return PageLinks(
        kind.kind,
        kind.why,
        profile.name,
        list(reader.found.values()),
        list(reader.drops.values()),
        list(reader.columns.items()),
        reader.pager(),
    )


_STRENGTH: dict[str, int] = {role: strength for strength, role in enumerate(reversed(list(Role)))}


@dataclass(slots=True)
class _Reader:
    page: Page
    compiled: CompiledProfile
    kind: Kind
    resolve: Resolver
    found: dict[tuple[str, str, bytes], Outlink] = field(default_factory=dict)
    drops: dict[tuple[str, str], Drop] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)
    handlers: Handlers = field(init=False)
    marks: PagerMarks | None = None
    next_url: str | None = None
    menu: frozenset[int] = frozenset()
    chain_words: tuple[str, ...] = ()
    scripted: ScriptedList | None = None
    refused: frozenset[str] = frozenset()
    """Addresses of counters that must not be asked, not even where they are the source of a script."""
    telling: frozenset[str] = frozenset()
    """Attributes that can name a reference besides an element's own."""

    def pager(self) -> Pager | None:
        scripted = self.scripted
        if scripted is not None:
            following = self.resolve(scripted.next).url if scripted.next is not None else None
            return Pager(scripted.items, scripted.pages, scripted.current, self.next_url or following)
        if self.marks is None or not self.marks.there:
            return None
        declared = self.marks.declared or Declared()
        return Pager(declared.items, declared.pages, declared.current, self.next_url)

    def read(self) -> None:
        page, compiled = self.page, self.compiled
        target = redirect_of(page) if self.kind is Kind.REDIRECT else meta_refresh(page)
        if target is not None:
            self.add(target, Hop.REDIRECT, Role.REDIRECT)
        self.menu = links_under(page, compiled.menu)
        self.telling = _SCRIPTED | {"style", "background", "srcset", "data-srcset", *compiled.requisite_attributes}
        if self.kind is Kind.ARTICLE:
            self.chain_words = compiled.chain_words_in(page.text)
        else:
            self.marks = read_pager(page, compiled)
        self.handlers = Handlers(page, compiled, self.marks)
        requests, refused = click_requests(page, compiled)
        self.refused = frozenset(url for drop in refused if (url := self.resolve(drop.reference).url) is not None)
        for node in page.tree.css(self._selector()):
            if len(self.found) >= MAX_OUTLINKS:
                self._drop("", "too-many-links")
                break
            self._element(node)
        for reference in scripted_requisites(page, compiled):
            self.add(reference, Hop.EMBED, Role.REQUISITE)
        self._scripted()
        for outlink in requests:
            self._keep(outlink)
        for drop in refused:
            self.drops.setdefault((drop.reference, drop.reason), drop)

    def _scripted(self) -> None:
        """What scripts add to a list: the addresses of its pages, and items that stand in no element. An article
        may be spread over pages by the same call."""
        scripted = read_scripted(self.page, self.compiled)
        if scripted is not None:
            for reference in filter(None, (scripted.next, *scripted.others)):
                self.add(reference, Hop.SPECULATIVE, Role.LIST)
            for reference, body in scripted.posts:
                self._post(reference, body)
            if self.kind is not Kind.ARTICLE:
                self.scripted = scripted
        for script in self.page.tree.css("script:not([src])") if "location" in self.page.text else ():
            for reference in sent_on(script.text()):
                self.add(reference, Hop.SPECULATIVE, Role.PAGE)
        for node in (*embedded_links(self.page, self.compiled), *written_elements(self.page)):
            attributes = node.attributes
            if node.tag != "a":
                self._embedded(node.tag or "", attributes)
            elif (reference := (attributes.get("href") or "").strip()) and reference[0] != "#":
                self._link(reference, Hop.SPECULATIVE, node, _text_of(node, attributes))

    def _post(self, reference: str, body: bytes) -> None:
        resolved = self.resolve(reference)
        if resolved.url is None or resolved.reason is not None:
            self._refuse(reference, resolved, Hop.SPECULATIVE, Role.LIST, "")
        else:
            self._keep(Outlink(resolved.url, Hop.SPECULATIVE, Role.LIST, "", "POST", body))

    def _selector(self) -> str:
        return ", ".join((SELECTOR, *(f"[{name}]" for name in self.compiled.requisite_attributes)))

    def _element(self, node: LexborNode) -> None:
        tag = node.tag or ""
        attributes = node.attributes
        if tag in ("a", "area"):
            self._anchor(node, attributes)
            if self.telling.isdisjoint(attributes):
                return
        elif tag in ("img", "script"):
            self.add(attributes.get("src"), Hop.EMBED, Role.REQUISITE)
            if self.telling.isdisjoint(attributes):
                return
        elif tag == "style":
            for reference, _ in css_references(node.text()):
                self.add(reference, Hop.EMBED, Role.REQUISITE)
        self._embedded(tag, attributes)
        if tag in ("select", "button", "input"):
            self._control(tag, node, attributes)
        if not _SCRIPTED.isdisjoint(attributes):
            self._handled(tag, node, attributes)

    def _embedded(self, tag: str, attributes: Attributes) -> None:
        if tag in ("iframe", "frame"):
            self.add(attributes.get("src"), Hop.EMBED, Role.FRAME)
        elif tag == "link" and (attributes.get("rel") or "").lower() == "next":
            self.add(attributes.get("href"), Hop.SPECULATIVE, Role.LIST)
        for embedded in embedded_references(tag, attributes, self.compiled.requisite_attributes):
            self.add(embedded, Hop.EMBED, Role.REQUISITE)

    def _control(self, tag: str, node: LexborNode, attributes: Attributes) -> None:
        if tag == "select":
            for lead, label in self.handlers.choices(node, attributes.get("onchange") or ""):
                self._follow(lead, node, label)
        elif (request := self.handlers.button(node, attributes)) is not None:
            self._follow(request, node, "")

    def _handled(self, tag: str, node: LexborNode, attributes: Attributes) -> None:
        """What a click on the element, or a script of the site that reads its attributes, opens."""
        text = _text_of(node, attributes) if tag != "body" else ""
        for handler in filter(None, map(attributes.get, _HANDLERS)):
            for lead in self.handlers.leads(handler, node, text):
                self._follow(lead, node, text)
        for reference in filter(None, map(attributes.get, _TOLD)):
            if looks_like_address(reference.strip()):
                self.add(reference, Hop.SPECULATIVE, Role.PAGE, text)

    def _follow(self, lead: Lead, node: LexborNode, text: str) -> None:
        resolved = self.resolve(lead.reference) if lead.reference.strip() not in ("", "#") else None
        if resolved is None:
            return
        if resolved.url is None or resolved.reason is not None:
            self._refuse(lead.reference, resolved, Hop.SPECULATIVE, Role.PAGE, text)
            return
        turns = lead.turns and not resolved.is_article
        role = Role.LIST if turns else self._role(resolved, resolved.url, node, text)
        if lead.method == "GET" and self._is_next(node):
            self.next_url = resolved.url
        self._keep(Outlink(resolved.url, Hop.SPECULATIVE, role, text, lead.method, lead.body))

    def _anchor(self, node: LexborNode, attributes: Attributes) -> None:
        reference = (attributes.get("href") or "").strip()
        if not reference or reference[0] == "#":
            return
        text = _text_of(node, attributes)
        if reference[:11].lower() != "javascript:":
            self._link(reference, Hop.LINK, node, text)
        elif leads := self.handlers.leads(reference, node, text):
            for lead in leads:
                self._follow(lead, node, text)
        else:
            self._drop(reference, "scheme:javascript")

    def _link(self, reference: str, hop: Hop, node: LexborNode, text: str) -> None:
        resolved = self.resolve(reference)
        if resolved.url is None or resolved.reason is not None:
            self._refuse(reference, resolved, hop, Role.PAGE, text)
            return
        self._keep(Outlink(resolved.url, hop, self._role(resolved, resolved.url, node, text), text))

    def _role(self, resolved: Resolved, url: str, node: LexborNode, text: str) -> Role:
        node_id = node.mem_id
        if self.marks is not None and node_id in self.marks.links:
            following = self._is_next(node)
            if following:
                self.next_url = url
            if following or not resolved.is_article:  # what is called a pager may hold the list itself
                return Role.LIST
        in_menu = node_id in self.menu
        if in_menu and text:
            self.columns.setdefault(text, url)
        if resolved.is_attachment:
            return Role.ATTACHMENT
        if self.chain_words and not in_menu and names_neighbour(node, text, self.chain_words):
            return Role.CHAIN
        if resolved.is_article:
            return Role.ARTICLE
        return Role.COLUMN if in_menu else Role.PAGE

    def _is_next(self, node: LexborNode) -> bool:
        marks = self.marks
        return marks is not None and marks.next is not None and marks.next.mem_id == node.mem_id

    def add(self, reference: str | None, hop: Hop, role: Role, text: str = "") -> None:
        """Takes in one reference as it stands in the page; an empty one and a mere fragment lead nowhere."""
        reference = (reference or "").strip()
        if not reference or reference[0] == "#":
            return
        resolved = self.resolve(reference)
        if resolved.url is None or resolved.reason is not None:
            self._refuse(reference, resolved, hop, role, text)
            return
        if resolved.url in self.refused:
            return
        if resolved.is_attachment and role in (Role.REQUISITE, Role.PAGE):
            role = Role.ATTACHMENT
        elif resolved.is_article and role in (Role.PAGE, Role.LIST):
            role = Role.ARTICLE
        self._keep(Outlink(resolved.url, hop, role, text))

    def _keep(self, outlink: Outlink) -> None:
        key = (outlink.url, outlink.method, outlink.body)
        known = self.found.get(key)
        if known is None:
            self.found[key] = outlink
        elif _STRENGTH[outlink.role] > _STRENGTH[known.role]:
            self.found[key] = outlink._replace(text=known.text or outlink.text)
        elif not known.text and outlink.text:
            self.found[key] = known._replace(text=outlink.text)

    def _refuse(self, reference: str, resolved: Resolved, hop: Hop, role: Role, text: str) -> None:
        reason = resolved.reason or "bad-url"
        if reason in ("scheme:data", "scheme:about", "scheme:blob"):
            return
        allowable = reason.startswith("trap:") and resolved.url is not None
        self._drop(reference, reason, Outlink(resolved.url, hop, role, text) if allowable and resolved.url else None)

    def _drop(self, reference: str, reason: str, outlink: Outlink | None = None) -> None:
        reference = reference[:_MAX_REFERENCE]
        if len(self.drops) < MAX_OUTLINKS:
            self.drops.setdefault((reference, reason), Drop(reference, reason, outlink))


def _text_of(node: LexborNode, attributes: Attributes) -> str:
    text = " ".join(node.text()[: 4 * MAX_TEXT].split())
    return (text or " ".join((attributes.get("title") or "").split()))[:MAX_TEXT]
