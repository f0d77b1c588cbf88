"""What a reader's click or choice leads to where it is a script that follows: links, options of a list, buttons.

An address that a script opens is a link like others. A form is sent only where it turns the pages of a list; by POST
only for the page that comes next, because the forms of ASP.NET carry the state of the page that they stand in, so
that every page would ask for all the others in words of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from selectolax.lexbor import LexborNode

from profiles.calls import Calls
from profiles.compiled import CompiledProfile, folded_word
from profiles.elements import Attributes
from profiles.forms import Forms, option_value
from profiles.page import Page
from profiles.pager import PagerMarks
from profiles.scripts import opened

MAX_OPTIONS = 2000

_PAGE_LABEL = re.compile(r"第?\d{1,5}页?|\.{2,3}|…")
_STRING = re.compile(r"[\"']([^\"'\s<>\\]{3,1000})[\"']")
_ADDRESS = re.compile(
    r"https?://.+|(?:[\w~./%-]*/)?[\w~%-]*(?:\.(?:s?html?|aspx?|php|jsp|do|action|psp|cfm)(?:[?#].*)?|\?[\w-]+=.*|/)",
    re.I,
)
_NOTHING = frozenset(("javascript:void(0)", "javascript:void(0);", "javascript:;", "return false", "return false;"))
_BOOKMARKS = re.compile(r"addfavorite|sethomepage|addpanel", re.I)
_JUMPS = re.compile(r"location|open|jump|go|href|url|page", re.I)


class Lead(NamedTuple):
    """A reference, and how it is asked for. `turns`: it is a page of the list."""

    reference: str
    method: str = "GET"
    body: bytes = b""
    turns: bool = False


class Handlers:
    """The handlers of a page. `marks` is the pager of a page that is no article."""

    def __init__(self, page: Page, compiled: CompiledProfile, marks: PagerMarks | None) -> None:
        self._page, self._compiled, self._marks = page, compiled, marks
        self._calls, self._forms = Calls(page), Forms(page)

    def leads(self, code: str, node: LexborNode, label: str) -> list[Lead]:
        """Where a handler or a `javascript:` link leads; `label` is what its element shows."""
        if code in _NOTHING or ("(" not in code and "=" not in code):
            return []
        if literals := opened(code):
            return [Lead(reference) for reference in literals]
        return self._reached(code, node, label, None, {})

    def choices(self, select: LexborNode, code: str) -> Iterator[tuple[Lead, str]]:
        """Where the options of a `<select onchange>` lead, each with its label."""
        name = select.attributes.get("name") or ""
        for option in select.css("option")[:MAX_OPTIONS]:
            label, value = " ".join(option.text().split()), option_value(option).strip()
            if not value or value == "#":
                continue
            turns = self._turns(label, select)
            if looks_like_address(value) and _JUMPS.search(code):
                yield Lead(value, turns=turns), label
            else:
                for lead in self._reached(code, select, label, value, {name: value} if name else {}):
                    yield lead._replace(turns=turns), label

    def button(self, node: LexborNode, attributes: Attributes) -> Lead | None:
        """The page that comes next, where it is a button's form that asks for it."""
        label = folded_word(attributes.get("value") or node.text())
        if self._marks is None or label not in self._compiled.next_page:
            return None
        name = attributes.get("name")
        return self._send("", node, {name: attributes.get("value") or ""} if name else {})

    def _reached(
        self, code: str, node: LexborNode, label: str, chosen: str | None, fields: dict[str, str]
    ) -> list[Lead]:
        reached = self._calls.reach(code, chosen)
        leads = [Lead(target) for target in reached.targets]
        if not leads and chosen is None and not _BOOKMARKS.search(code):
            leads = [Lead(found) for found in _STRING.findall(code) if looks_like_address(found)]
        if not (reached.submissions or reached.postbacks) or not self._turns(label, node):
            return leads
        following = self._follows(label, node)
        for one in reached.submissions:
            lead = self._send(one.form, node, {**fields, **one.fields}, one.action)
            if lead is not None and (following or lead.method == "GET"):
                leads.append(lead)
        for target, argument in reached.postbacks if following else ():
            lead = self._send("", node, {"__EVENTTARGET": target, "__EVENTARGUMENT": argument})
            if lead is not None:
                leads.append(lead)
        return leads

    def _send(self, name: str, node: LexborNode, fields: Mapping[str, str], action: str | None = None) -> Lead | None:
        form = self._forms.find(name, node)
        request = self._forms.sent(form, fields, action) if form is not None else None
        return Lead(request.reference, request.method, request.body, turns=True) if request is not None else None

    def _turns(self, label: str, node: LexborNode) -> bool:
        """Whether a link or an option looks like one of a pager."""
        marks = self._marks
        if marks is None:
            return False
        if node.mem_id in marks.links or _PAGE_LABEL.fullmatch(label):
            return True
        return folded_word(label) in self._compiled.next_page

    def _follows(self, label: str, node: LexborNode) -> bool:
        marks = self._marks
        if marks is None:
            return False
        if marks.next is not None:
            return marks.next.mem_id == node.mem_id
        return folded_word(label) in self._compiled.next_page or label == self._following

    @cached_property
    def _following(self) -> str | None:
        """The label of the next page in a pager of numbers: that of the page itself is no link."""
        labels = {label for node in self._page.tree.css("a") if len(label := node.text().strip()) < 5}
        numbers = sorted(int(label) for label in labels if label.isascii() and label.isdecimal())
        if not numbers:
            return None
        gap = next((one + 1 for one, other in pairwise(numbers) if other != one + 1), None)
        current = (gap or numbers[-1] + 1) if numbers[0] == 1 else numbers[0] - 1
        if current + 1 in numbers:
            return str(current + 1)
        return next((label for label in ("...", "…") if label in labels), None)


def looks_like_address(text: str) -> bool:
    """Whether a literal of a script can be nothing else.

    >>> [looks_like_address(text) for text in ("show.asp?id=3", "../a/b.htm", "?page=2", "wbnews", "a.jpg")]
    [True, True, True, False, False]
    """
    return _ADDRESS.fullmatch(text) is not None
