"""The lines of a page that no profile reads, the elements they stand in, and which of these holds the text best."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from profiles.furniture import is_pager, is_widget
from profiles.span import Span
from profiles.visible import Line

_COVER = 0.85
_BESIDE = 0.1
"""What a character that cannot be the text costs an element: it can be cut off, but another may go without."""
_MEDIA = "video, embed, object, iframe, [pdfsrc], vsbvideo"
_MAX_CLIMB = 8
"""How many elements around one are looked at."""


@dataclass(frozen=True, slots=True)
class Field:
    """The lines of a page, and which of them may be the text. `is_file` says whether a link is an attachment's."""

    lines: Sequence[Line]
    span: Span | None
    is_file: Callable[[LexborNode], bool]

    def may_be_text(self, index: int) -> bool:
        return self.span is None or self.span.start <= index < self.span.end

    def within(self, node: LexborNode) -> list[int]:
        """The lines of an element, by their place on the page."""
        known = {node.mem_id: True}
        return [index for index, line in enumerate(self.lines) if _stands_in(line.node, known)]

    def worth(self, node: LexborNode) -> float:
        """Text that is no link; links are held against an element, and so is what stands around the text. Files
        that are linked are what an article encloses, and count for nothing."""
        worth = 0.0
        for index in self.within(node):
            line = self.lines[index]
            if is_widget(line) or is_pager(line.text):
                continue
            if self.may_be_text(index):
                others = sum(link.end - link.start for link in line.links if not self.is_file(link.node))
                worth += len(line.text) - line.linked - 3.0 * others
            else:
                worth -= _BESIDE * len(line.text)
        return worth

    def smallest(self) -> LexborNode | None:
        """The smallest element over the lines that may be the text, where something marks both their ends."""
        if self.span is None or len(self.span.marks) < 2:
            return None
        wanted = [i for i in range(self.span.start, self.span.end) if not is_widget(self.lines[i])]
        return self._over(wanted)

    def _over(self, places: Sequence[int]) -> LexborNode | None:
        """The smallest element over some lines: that over the first and the last of them."""
        if not places:
            return None
        first = {node.mem_id for node in _ancestors(self.lines[places[0]].node)}
        above = _ancestors(self.lines[places[-1]].node)
        return next((node for node in above if node.mem_id in first and node.is_element_node), None)

    def narrowed(self, node: LexborNode) -> LexborNode:
        """The part of an element that holds the lines that may be the text: the element itself, one in it, or one
        that is put around them."""
        held = self.within(node)
        wanted = [index for index in held if self.may_be_text(index)]
        others = set(held).difference(wanted)
        if not wanted:
            return node
        if not others:
            return self._with_media(node)
        inner = self._over(wanted)
        if inner is None:
            return node
        if others & set(self.within(inner)):
            return self._wrapped(inner, wanted, others)
        for _ in range(_MAX_CLIMB):
            outer = inner.parent
            if inner.mem_id == node.mem_id or outer is None or others & set(self.within(outer)):
                break
            inner = outer
        return inner

    def _with_media(self, node: LexborNode) -> LexborNode:
        """The element, or one around it that shows a PDF or a video besides and no other line."""
        outer = node.parent
        for _ in range(_MAX_CLIMB):
            if outer is None or outer.tag == "body" or not all(map(self.may_be_text, self.within(outer))):
                break
            if len(outer.css(_MEDIA)) > len(node.css(_MEDIA)):
                node = outer
            outer = outer.parent
        return node

    def _wrapped(self, node: LexborNode, wanted: Sequence[int], others: Set[int]) -> LexborNode:
        children = list(node.iter(include_text=True))
        places = {child.mem_id: place for place, child in enumerate(children)}

        def place(index: int) -> int | None:
            nodes = _ancestors(self.lines[index].node)
            return next((found for one in nodes if (found := places.get(one.mem_id)) is not None), None)

        held = {at for index in wanted if (at := place(index)) is not None}
        before = {at for index in others if index < wanted[0] and (at := place(index)) is not None} - held
        after = {at for index in others if index > wanted[-1] and (at := place(index)) is not None} - held
        if not held:
            return node
        first = max((at + 1 for at in before if at < min(held)), default=0)
        while first < min(held) and children[first].is_element_node and children[first].css_first("a"):
            first += 1  # buttons beside the title
        last = min((at for at in after if at > max(held)), default=len(children))
        box = LexborHTMLParser("<div></div>").css_first("div")
        assert box is not None
        children[first].insert_before(box)  # a copy of it
        wrapper = children[first].prev
        assert wrapper is not None
        for child in children[first:last]:
            wrapper.insert_child(child, move=True)
        return wrapper


def smallest_over(weighted: Sequence[tuple[LexborNode, int]], cover: float = _COVER) -> LexborNode | None:
    """The smallest element over most of the weight."""
    total = sum(weight for _, weight in weighted)
    if not total:
        return None
    sums: Counter[int] = Counter()
    nodes: dict[int, tuple[LexborNode, int]] = {}
    for node, weight in weighted:
        chain = _ancestors(node)
        for depth, ancestor in enumerate(reversed(chain)):
            sums[ancestor.mem_id] += weight
            nodes[ancestor.mem_id] = (ancestor, depth)
    covering = [nodes[identity] for identity, weight in sums.items() if weight >= cover * total]
    return max(covering, key=lambda item: item[1])[0] if covering else None


def _stands_in(node: LexborNode, known: dict[int, bool]) -> bool:
    """Whether `known` is true of a node or of one around it; what is passed on the way is known from then on."""
    passed: list[int] = []
    above: LexborNode | None = node
    while above is not None and above.mem_id not in known:
        passed.append(above.mem_id)
        above = above.parent
    answer = above is not None and known[above.mem_id]
    known.update(dict.fromkeys(passed, answer))
    return answer


def _ancestors(node: LexborNode) -> list[LexborNode]:
    found = [node]
    parent = node.parent
    while parent is not None and parent.is_element_node:
        found.append(parent)
        parent = parent.parent
    return found
