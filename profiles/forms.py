"""Forms as a browser sends them: what a pager of fields and buttons would ask for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple
from urllib.parse import urlencode

from selectolax.lexbor import LexborNode

from profiles.page import Page

MAX_BODY = 65_536
"""Bytes of a form: the state that ASP.NET keeps in a page may be of any length."""

MAX_SENT = 100_000
"""Fields that are sent from one page, in all its forms together."""

_MAX_FIELDS = 300
_NOT_SENT = frozenset(("submit", "button", "image", "reset", "checkbox", "radio"))
_PRIVATE = frozenset(("password", "file"))


class Sent(NamedTuple):
    """A form that was sent: a reference, and with POST the body."""

    reference: str
    method: str
    body: bytes


class Forms:
    """The forms of a page."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._values: dict[int, dict[str, str] | None] = {}
        self._left = MAX_SENT

    @cached_property
    def _all(self) -> list[LexborNode]:
        return self._page.tree.css("form")

    def find(self, name: str, inside: LexborNode) -> LexborNode | None:
        """The form of that name, id or number; else the one that holds the element, or the only one of the page."""
        for form in self._all if name else ():
            attributes = form.attributes
            if name in (attributes.get("name"), attributes.get("id")):
                return form
        if name.isdecimal() and int(name[:4]) < len(self._all):
            return self._all[int(name[:4])]
        node: LexborNode | None = inside
        while node is not None and node.tag != "form":
            node = node.parent
        return node if node is not None else self._all[0] if len(self._all) == 1 else None

    def sent(self, form: LexborNode, fields: Mapping[str, str], action: str | None = None) -> Sent | None:
        """The request of a form whose `fields` are set; None for one that is longer than `MAX_BODY`, or that asks
        for a password or a file."""
        values = self._of(form)
        self._left -= 1 + len(values or ())
        if values is None or self._left < 0:
            return None
        attributes = form.attributes
        reference = (action or attributes.get("action") or self._page.url).strip()
        encoded = _encoded({**values, **fields}, self._page.encoding)
        if len(encoded) > MAX_BODY:
            return None
        if (attributes.get("method") or "").strip().lower() == "post":
            return Sent(reference, "POST", encoded.encode())
        return Sent(f"{reference.partition('#')[0].partition('?')[0]}?{encoded}", "GET", b"")

    def _of(self, form: LexborNode) -> dict[str, str] | None:
        """The values of a form as it stands; None for one that nobody but a person should send."""
        if form.mem_id not in self._values:
            self._values[form.mem_id] = _values(form)
        return self._values[form.mem_id]


def _values(form: LexborNode) -> dict[str, str] | None:
    values: dict[str, str] = {}
    for node in form.css("input, select")[:_MAX_FIELDS]:
        attributes = node.attributes
        name, kind = attributes.get("name"), (attributes.get("type") or "").lower()
        if kind in _PRIVATE:
            return None
        if name and (kind not in _NOT_SENT or (kind in ("checkbox", "radio") and "checked" in attributes)):
            values[name] = _selected(node) if node.tag == "select" else (attributes.get("value") or "")
    return values


def _selected(select: LexborNode) -> str:
    option = select.css_first("option[selected]") or select.css_first("option")
    return option_value(option) if option is not None else ""


def option_value(option: LexborNode) -> str:
    """What an option stands for: its value, or its text where it has none."""
    value = option.attributes.get("value")
    return value if value is not None else " ".join(option.text().split())


def _encoded(values: Mapping[str, str], encoding: str) -> str:
    try:
        return urlencode(values, encoding=encoding, errors="xmlcharrefreplace")
    except LookupError:
        return urlencode(values)
