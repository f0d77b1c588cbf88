"""What an element needs to be shown: the references in its attributes, as a browser would ask for them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from profiles.css import css_references

Attributes = dict[str, str | None]

SELECTOR = (
    "a, area, img, link, script, iframe, frame, style, embed, object, param, source, video, audio, track, image, "
    "bgsound, input[type=image i], input[type=submit i], button, select[onchange], body[onload], "
    "[style*='('], [background], [onclick], [data-href], [data-url]"
)
"""The elements that lead somewhere."""

_EMBEDDED_RELS = frozenset("stylesheet icon apple-touch-icon apple-touch-icon-precomposed mask-icon manifest".split())
_WITH_SRC = frozenset("img script embed source video audio track input bgsound".split())
_MOVIES = frozenset(("movie", "src", "filename", "url"))
_WITH_SRCSET = frozenset(("img", "source"))
_MAX_SRCSET = 20_000
_CANDIDATE = re.compile(r"([^\s,]\S*+)(?:(?<=,)|[^,]*+)")


def embedded_references(tag: str, attributes: Attributes, extra: tuple[str, ...]) -> Iterator[str | None]:
    """The references of an element, some of them perhaps empty. `extra`: attributes that hold an address."""
    yield from _by_element(tag, attributes)
    for name in extra:
        if name in attributes:
            yield attributes[name]
    if "background" in attributes:
        yield attributes["background"]
    if (style := attributes.get("style")) and "(" in style:
        for reference, _ in css_references(style):
            yield reference


def _by_element(tag: str, attributes: Attributes) -> Iterator[str | None]:
    if tag in _WITH_SRC:
        yield attributes.get("src")
    if tag in _WITH_SRCSET:
        yield from _srcset(attributes.get("srcset"))
        yield from _srcset(attributes.get("data-srcset"))
    if tag == "link":
        if not _EMBEDDED_RELS.isdisjoint((attributes.get("rel") or "").lower().split()):
            yield attributes.get("href")
    elif tag == "video":
        yield attributes.get("poster")
    elif tag == "object":
        yield attributes.get("data")
    elif tag == "param":
        if (attributes.get("name") or "").lower() in _MOVIES:
            yield attributes.get("value")
    elif tag == "image":
        yield attributes.get("xlink:href") or attributes.get("href")


def _srcset(value: str | None) -> Iterator[str]:
    """The addresses of a srcset (https://html.spec.whatwg.org/#parse-a-srcset-attribute): each runs up to a
    blank; a comma at its end ends the candidate, one within it does not."""
    if value:
        for candidate in _CANDIDATE.finditer(value[:_MAX_SRCSET]):
            yield candidate[1].rstrip(",")
