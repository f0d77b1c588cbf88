"""An explanation as people read it: plain lines of at most 80 columns, in which Han characters take two.

What a page says is shown with its control characters replaced: a page must not steer a terminal.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator

from jiucang.explanation import Explanation, FieldRead
from profiles.article import LinkedTitle
from profiles.counters import ClickEndpoint
from profiles.enclosures import Resource

COLUMNS = 80

_KIND_WHY = {
    "mark": "an element that the profile lists as a mark",
    "chain": "it offers a previous or next article",
    "address": "its address is an article's",
    "pager-total": "its pager counts the entries of a list",
    "scripted-list": "its scripts hold a list or count its entries",
    "meta-line": "it has a line of labels (source, date, …)",
    "pager": "it has a pager",
    "label": "sentences under one label",
    "prose": "most of it is sentences",
    "dated-items": "its rows are links with dates",
    "links": "most of it is links",
    "home": "it is the home page, and most of it is links",
    "frameset": "it is a frameset",
    "redirect": "it sends its reader elsewhere at once",
    "signature": "it looks like a page that stands in for another",
    "nothing-to-tell": "nothing tells what it is",
}
_EVIDENCE = {"address": "its address", "source": "its source", "selector": "an element", "hint": "weak: its source"}


def width(text: str) -> int:
    """Columns of a terminal.

    >>> width("旧藏 ab")
    7
    """
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def clip(text: str, columns: int) -> str:
    """The text on one line of at most so many columns, without control characters.

    >>> clip("上一条：很长的标题", 9), clip("a\\x1b[2J\\nb", 20)
    ('上一条：…', 'a·[2J b')
    """
    shown = "".join(c if c.isprintable() else " " if c.isspace() else "·" for c in text).rstrip()
    if width(shown) <= columns:
        return shown
    kept, room = "", columns - 1
    for character in shown:
        room -= width(character)
        if room < 0:
            break
        kept += character
    return kept + "…"


def lines(explanation: Explanation, source: str) -> Iterator[str]:
    """The lines of an explanation; `source` says where the page was read from."""
    identity = explanation.identity
    named = f"{identity.id}{f', page {identity.page}' if identity.page else ''}" if identity else "no id known"
    yield from _pairs(
        ("page", explanation.url),
        ("read from", source),
        ("encoding", "{used} ({why}; declared: {declared})".format_map(explanation.encoding)),
        ("kind", f"{explanation.kind}: {_KIND_WHY.get(explanation.kind_why, explanation.kind_why)}"),
        ("article", named),
    )
    yield from _profiles(explanation)
    yield from _selectors(explanation)
    if explanation.fields:
        yield from _fields(explanation)
    yield from _links(explanation)


def _row(head: str, text: str, indent: int = 12) -> str:
    label = clip(head, COLUMNS // 2)
    start = label + " " * max(1, indent - width(label))
    return (start + clip(text.lstrip(), COLUMNS - width(start))).rstrip()


def _pairs(*pairs: tuple[str, str]) -> Iterator[str]:
    for head, text in pairs:
        yield _row(head, text)


def _profiles(explanation: Explanation) -> Iterator[str]:
    yield ""
    yield f"PROFILE {explanation.profile}"
    for candidate in explanation.candidates:
        if not candidate.evidence:
            yield "  no profile has evidence in the page; this one reads every page"
        for one in candidate.evidence:
            mark = "*" if candidate.chosen else " "
            yield _row(f"{mark} {candidate.name}", f"{_EVIDENCE[one.kind]} has {one.found}", 14)


def _selectors(explanation: Explanation) -> Iterator[str]:
    yield ""
    yield f"SELECTORS ({len(explanation.selectors)} of {explanation.tried} find something)"
    part = ""
    for found in explanation.selectors:
        if found.part != part:
            part = found.part
            yield f"  {part}"
        mark = "*" if found.used else " "
        yield _row(f"  {mark} {found.selector}", f"{found.count}× {found.text}", 30)


def _fields(explanation: Explanation) -> Iterator[str]:
    yield ""
    yield "LABELS" + ("" if explanation.labels else ": no line of the page is a line of labels")
    for label in explanation.labels:
        known = label.field if label.field != "other" else "(no field)"
        yield _row(f"  {known}", f"{label.word} {label.text or '(nothing)'}", 16)
    yield ""
    yield "FIELDS"
    for read in explanation.fields:
        if read.name != "text":
            yield from _field(read)
    how = f"found by {explanation.method}" + (f" in {explanation.body}" if explanation.body else "")
    text = next(read for read in explanation.fields if read.name == "text")
    yield _row("  text", f"{len(explanation.lines)} lines, {how}" if explanation.lines else f"— {text.why}; {how}", 18)
    shown = explanation.lines if len(explanation.lines) <= 6 else [*explanation.lines[:3], "…", *explanation.lines[-2:]]
    for line in shown:
        yield _row("", line.replace("\t", " | "), 18)


def _field(read: FieldRead) -> Iterator[str]:
    name = f"  {read.name}"
    if read.why:
        yield _row(name, f"— {read.why}", 18)
        return
    for value in read.value if isinstance(read.value, list) else [read.value]:
        yield _row(name, _value(value), 18)
        name = ""


def _value(value: object) -> str:
    if isinstance(value, LinkedTitle):
        return f"{value.title} → {value.url or '(a script)'}"
    if isinstance(value, Resource):
        return f"{value.name or '(no name)'} → {value.url}"
    if isinstance(value, ClickEndpoint):
        return f"{value.effect}: {value.method} {value.url}"
    return str(value)


def _links(explanation: Explanation) -> Iterator[str]:
    links = explanation.links
    if links.pager is not None:
        pager = links.pager
        yield ""
        yield f"PAGER items {_said(pager.items)}, pages {_said(pager.pages)}, this is {_said(pager.current)}"
        yield _row("  next", pager.next or "— no link to a next page", 8)
    roles = ", ".join(f"{count} {role}" for role, count in Counter(link.role for link in links.outlinks).most_common())
    yield ""
    yield clip(f"OUTLINKS {len(links.outlinks)}" + (f" ({roles})" if roles else ""), COLUMNS)
    origin = explanation.url[: explanation.url.find("/", explanation.url.find("//") + 2)]
    for link in links.outlinks:
        method = f"{link.method} " if link.method != "GET" else ""
        address = link.url.removeprefix(origin) if link.url.startswith(f"{origin}/") else link.url
        yield _row(f"  {link.hop} {link.role}", f"{method}{address} {link.text}", 16)
    if links.drops:
        yield ""
        yield f"NOT FOLLOWED {len(links.drops)}"
        for drop in links.drops:
            yield _row(f"  {drop.reason}", drop.reference or "(the rest of the page)", 22)


def _said(number: int | None) -> str:
    return "not said" if number is None else str(number)
