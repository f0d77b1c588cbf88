"""Markup that would make a tree builder run for minutes or fill the memory, thinned out beforehand.

Rules of the HTML standard are not all linear. Each opening tag looks through the open elements, so
100,000 nested `<div>` took 36 s in Lexbor; and formatting elements that were never closed are opened
again in every paragraph, so 33 KB of `<p><font color=1>` made two million nodes in 900 MB. A list of
50,000 `<option>` took 34 s. Browsers stop at 512 levels. Here the opening tags beyond such a depth are
cut out of the text: what they hold, links included, stays. The scan is a tokenizer that knows no
insertion modes: it counts an end tag only where it closes the innermost elements, so it overestimates
the depth and never underestimates it.
"""

from __future__ import annotations

import re

MAX_DEPTH = 512
MAX_OPTIONS = 3000
"""Options of a page; Lexbor looks through those of a list for each that ends."""

MAX_NODES_REOPENED = 400_000
"""Formatting elements left open times tags: at most so many nodes come from opening them again."""

SAFE_TAGS = 800
"""So few tags can do little harm, and most pages have no more; they are not scanned."""

_FORMATTING = frozenset("a b big code em font i nobr s small strike strong tt u".split())
# elements that have no end tag, or whose next sibling closes them
_FLAT = frozenset(
    "area base br col embed hr img input link meta param source track wbr basefont bgsound frame keygen "
    "p li dt dd option optgroup tr td th tbody thead tfoot colgroup rb rt rp html head body".split()
)
_PASSES_THROUGH = 8
_TOKEN = re.compile(
    r"<(?:"
    r"!--.*?(?:-->|\Z)"
    r"|(script|style|textarea|title|xmp|iframe|noembed|noframes)(?=[\s/>]).*?(?:</\1|\Z)"
    r"|(/?)([a-z][^\s/>]*+)(?:[\s/]++|[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:\"[^\"]*+\"?|'[^']*+'?|[^\s>\"'][^\s>]*+)?+)?+)*+>?"
    r")",
    re.S | re.I,
)


def thin_out(html: str) -> str:
    """`html` without the opening tags that lie deeper than any real page's; usually `html` itself.

    >>> thin_out("<p>as it was</p>")
    '<p>as it was</p>'
    >>> thin_out("<div>" * 100_000 + "<a href=x>").count("<div>") <= MAX_DEPTH
    True
    """
    tags = html.count("<")
    if tags <= SAFE_TAGS:
        return html
    most_formatting = MAX_NODES_REOPENED // tags
    open_elements: list[str] = []
    formatting = options = 0
    cut: list[tuple[int, int]] = []
    for token in _TOKEN.finditer(html):
        name = token[3]
        if name is None:
            continue
        name = name.lower()
        if token[2]:
            formatting -= _close(open_elements, name)
        elif name in _FORMATTING:
            if formatting >= most_formatting and name != "a":  # the tree builder lets no second <a> stay open
                cut.append(token.span())
            else:
                formatting += 1
                open_elements.append(name)
        elif name == "option":
            options += 1
            if options > MAX_OPTIONS:
                cut.append(token.span())
        elif name not in _FLAT:
            if len(open_elements) >= MAX_DEPTH:
                cut.append(token.span())
            else:
                open_elements.append(name)
    return _without(html, cut) if cut else html


def _close(open_elements: list[str], name: str) -> int:
    """Takes what an end tag closes off the stack; how many formatting elements that closed."""
    if open_elements and open_elements[-1] == name:
        open_elements.pop()
        return int(name in _FORMATTING)
    if name in _FORMATTING:
        return 0
    recent = open_elements[-_PASSES_THROUGH:]
    if name not in recent or "table" in recent:
        return 0
    while open_elements.pop() != name:
        pass  # a formatting element closed by its parent stays on the list of those to open again
    return 0


def _without(html: str, cut: list[tuple[int, int]]) -> str:
    parts, at = [], 0
    for start, end in cut:
        parts.append(html[at:start])
        at = end
    parts.append(html[at:])
    return "".join(parts)
