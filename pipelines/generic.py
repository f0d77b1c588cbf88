"""Where the text of a page stands that no profile knows: readability and trafilatura, heard together with what
stands around a text (`profiles.span`).

Neither library is trusted with the wording. Both read a prepared copy of the page (layout tables turned
into divs, <br> into paragraph ends, chain and meta lines taken out: their known faults on old Chinese
pages are lines merged and navigation let in), and what each keeps points at an element of the page itself,
whose lines are then read like any other body's. Where the two point at different text, that is recorded.

Both libraries are heavy to import and are needed on such pages only.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipelines.candidates import Field, smallest_over
from profiles.article import is_list_of_links
from profiles.enclosures import leads_to_file
from profiles.furniture import is_button
from profiles.layout import select_in_order
from profiles.metaline import is_meta_line, label_pattern
from profiles.model import Profile
from profiles.nesting import thin_out
from profiles.page import Page
from profiles.span import Span, article_span
from profiles.visible import Line, is_data_table, read_lines
from profiles.written import Scripts

_MARK = "data-jiucang"
_MAX_NODES = 60_000
_MAX_CHARS = 2_000_000
_AGREE = 0.9
_REMOVED = "script, style, noscript, iframe, select, textarea, form input, button, link"
_MINOR = ("script", "style", "span", "br", "a", "hr")
_SHOWN = "img, video, embed, object, iframe, [pdfsrc]"


@dataclass(frozen=True, slots=True)
class Located:
    """`method` names who found the element; `agreement` is the share of text both point at (0 to 1)."""

    node: LexborNode
    method: str
    agreement: float
    detail: str

    @property
    def disputed(self) -> bool:
        return self.agreement < _AGREE


def locate(page: Page, profile: Profile) -> Located | None:
    """The element that holds the article's text, or None where nobody finds any.

    What stands around the text (`profiles.span`) is heard as a third voice: it says which lines may be the text,
    and so whose element is the better. Where an element holds more than these lines, its part that holds them is
    put into an element of its own: the page's tree is changed so.
    """
    root = page.tree.body
    if root is None or len(page.text) > _MAX_CHARS:
        return None
    elements = [node for node in root.traverse() if node.is_element_node]
    if len(elements) > _MAX_NODES:
        return None
    html = _prepared(page, profile)
    lines = read_lines(root, scripts=Scripts())
    field = Field(lines, article_span(lines, page, profile), partial(leads_to_file, profile=profile))
    found = [("readability", _by_readability(html, elements)), ("trafilatura", _by_trafilatura(html, lines, root))]
    heard = [(name, node) for name, node in found if node is not None and not _is_page(node, root)]
    containers = [node for _, node in select_in_order(root, profile.article.containers)]
    own = [("frame", node) for node in (*containers, field.smallest()) if node is not None]
    candidates = [*heard, *own]
    name, node = max(candidates, key=lambda item: field.worth(item[1]), default=("", None))
    if field.span is not None and (node is None or field.worth(node) <= 0):
        framed = _by_head(lines, field.span)
        if framed is not None and not _is_page(framed, root):
            name, node = "frame", framed
    if node is None:
        return _whole(root, lines)
    agreement, detail = _agreement(heard, field)
    if name == "frame":
        detail += "; taken: what follows title and meta line"
    return Located(field.narrowed(node), name, agreement, detail)


def _whole(root: LexborNode, lines: Sequence[Line]) -> Located | None:
    """The whole page, where it is a text and little else, as word processors and early editors wrote them."""
    linked = sum(line.linked for line in lines)
    if not lines or linked > 0.1 * sum(len(line.text) for line in lines):
        return None
    return Located(root, "frame", 0.0, "neither readability nor trafilatura found a text; taken: the page")


def _is_page(node: LexborNode, root: LexborNode) -> bool:
    """Whether an element is the whole page, or a list of links."""
    return node.mem_id == root.mem_id or node.tag in ("html", "body") or is_list_of_links(node)


def _prepared(page: Page, profile: Profile) -> str:
    """A copy of the page's HTML made easier for the extractors; each element carries its number."""
    copy = LexborHTMLParser(thin_out(page.text))
    body = copy.body
    if body is None:
        return ""
    for number, node in enumerate([node for node in body.traverse() if node.is_element_node]):
        node.attrs[_MARK] = str(number)
    for line in _furniture(body, profile):
        _blank_out(line)
    for node in copy.css(_REMOVED):
        node.decompose()
    html = copy.html or ""
    layout = {table.attributes.get(_MARK) for table in copy.css("table") if not is_data_table(table)}
    return _breaks_to_paragraphs(_tables_to_divs(html, layout))


def _furniture(body: LexborNode, profile: Profile) -> list[Line]:
    """Lines of the chain and of the meta line."""
    words = "|".join(map(re.escape, [*profile.article.previous, *profile.article.next])) or r"(?!)"
    chain = re.compile(rf"^\W*(?:{words})\s*[:：\]】]?")
    labels = label_pattern(profile.article.labels)
    return [line for line in read_lines(body) if chain.match(line.text) or is_meta_line(line, labels)]


def _blank_out(line: Line) -> None:
    """Empties the block a line stands in, if the block holds no more than the line."""
    block = line.node.parent
    for _ in range(3):
        if block is None or block.parent is None or block.tag == "body":
            return
        if len((block.text() or "").strip()) > len(line.text) * 1.5 + 40:
            return
        if block.tag in ("p", "div", "td", "li", "dd", "h5", "h6"):
            for child in list(block.iter(include_text=True)):
                child.decompose()
            return
        block = block.parent


_TAG = re.compile(r"<(/?)(table|tbody|thead|tfoot|tr|td|th)(?=[\s>])([^>\"]*(?:\"[^\"]*\"[^>\"]*)*)>")
_MARKED = re.compile(rf'{_MARK}="(\d+)"')


def _tables_to_divs(html: str, layout: set[str | None]) -> str:
    """Layout tables as divs. Lexbor's serialisation is well formed, so that a stack of tags suffices."""
    kinds: list[bool] = []

    def replace(match: re.Match[str]) -> str:
        closing, tag, rest = match.groups()
        if tag == "table" and not closing:
            number = _MARKED.search(rest)
            kinds.append(number is not None and number[1] in layout)
        as_div = bool(kinds and kinds[-1])
        if tag == "table" and closing and kinds:
            kinds.pop()
        return f"<{closing}div{rest}>" if as_div else match[0]

    return _TAG.sub(replace, html)


def _breaks_to_paragraphs(html: str) -> str:
    """Each <br> outside an inline element's reach as the end of a paragraph, as readers of the text take it."""
    return re.sub(rf'(?:<br(?: {_MARK}="\d+")?[^>]*>\s*)+', "<p></p>", html)


def _by_readability(html: str, elements: Sequence[LexborNode]) -> LexborNode | None:
    from readability import Document

    logging.getLogger("readability").setLevel(logging.CRITICAL)
    try:
        summary = Document(html).summary(html_partial=True)
    except Exception:  # readability raises Unparseable, lxml's errors and ValueError alike on broken pages
        return None
    weights: Counter[int] = Counter()
    kept = LexborHTMLParser(summary).body
    for node in kept.traverse(include_text=True) if kept is not None else ():
        if node.is_text_node and (text := (node.text_content or "").strip()):
            number = _number_above(node)
            if number is not None and number < len(elements):
                weights[number] += len(text)
    return smallest_over([(elements[number], weight) for number, weight in weights.items()])


def _number_above(node: LexborNode) -> int | None:
    parent = node.parent
    for _ in range(6):
        if parent is None:
            return None
        if parent.is_element_node and (mark := parent.attributes.get(_MARK)):
            return int(mark)
        parent = parent.parent
    return None


def _by_trafilatura(html: str, lines: Sequence[Line], root: LexborNode) -> LexborNode | None:
    import trafilatura

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        text = trafilatura.extract(html, include_comments=False, include_tables=True, favor_recall=True) or ""
    except Exception:  # whatever lxml or htmldate raise on a broken page
        return None
    kept = _folded(text)
    found = [
        (line.node.parent, len(line.text))
        for line in lines
        if line.node.parent is not None and len(line.text) >= 4 and _folded(line.text) in kept
    ]
    return smallest_over([(node, weight) for node, weight in found if node is not None])


def _by_head(lines: Sequence[Line], span: Span) -> LexborNode | None:
    """The element that holds the last line above the text together with something after it."""
    inner: LexborNode = lines[span.start - 1].node
    outer = inner.parent
    while outer is not None and outer.is_element_node and outer.tag != "body":
        if _something_follows(inner):
            return outer
        inner, outer = outer, outer.parent
    return None


def _something_follows(node: LexborNode) -> bool:
    following = node.next
    while following is not None:
        if following.is_element_node and following.tag not in _MINOR:
            text = (following.text() or "").strip()
            if (text and not is_button(text)) or following.css_first(_SHOWN) is not None:
                return True
        following = following.next
    return False


def _agreement(heard: Sequence[tuple[str, LexborNode]], field: Field) -> tuple[float, str]:
    """The share of text that both extractors point at, and that in words."""
    if len(heard) < 2:
        return 0.0, f"only {heard[0][0]} found text" if heard else "neither readability nor trafilatura found a text"
    first, second = (Counter({i: len(field.lines[i].text) for i in field.within(node)}) for _, node in heard)
    agreement = 2 * (first & second).total() / max(1, first.total() + second.total())
    return agreement, f"readability and trafilatura agree on {agreement:.2f} of the characters"


def _folded(text: str) -> str:
    return re.sub(r"\s+", "", text)
