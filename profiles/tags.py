"""The elements of HTML by how they show: what starts a line, what is never text (HTML standard, section Rendering)."""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser

_BLOCK_TAGS = (
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption "
    "figure footer form frameset h1 h2 h3 h4 h5 h6 header hr html legend li main menu nav ol optgroup p pre "
    "section summary table tbody td tfoot th thead tr ul"
)
_UNSEEN_TAGS = (
    "head script style template noscript title select textarea datalist iframe object applet audio video canvas "
    "svg math xml noframes noembed rp area base link meta param source track map"
)
BLOCKS = frozenset(_BLOCK_TAGS.split())
NEVER_SHOWN = frozenset(_UNSEEN_TAGS.split())
HEADINGS = frozenset({"h1", "h2", "h3"})
CELLS = frozenset({"td", "th"})


def _tag_names() -> dict[int, str]:
    """Lexbor's number of each element this module knows, for a number costs a third of a name."""
    document = LexborHTMLParser("text<!-- comment -->")
    assert document.body is not None
    named = {node.tag_id: node.tag or "" for node in document.body.traverse(include_text=True)}
    for tag in sorted(BLOCKS | NEVER_SHOWN | {"a", "br"}):
        named[document.create_node(tag).tag_id] = tag
    return named


TAG_NAMES = _tag_names()
