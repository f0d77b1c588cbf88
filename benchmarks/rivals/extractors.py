"""Others that read articles, each in a process of its own: what they say of a set of pages, and how long it took them.

    python -m benchmarks.rivals.extractors trafilatura < pages.jsonl

A line of the input is `{"name", "html"}`, the page as text, decoded for them. The output is JSON: `readings` by name
with `title`, `author`, `published_at` where the contestant tells them, and `lines`; and `seconds` of CPU for all pages,
after a first pass over some that does not count. gne runs in the peers' environment: hence no module of the project is
imported here.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable

Told = dict[str, str | list[str] | None]
Contestant = Callable[[str], Told]
_WARM = 5


def trafilatura() -> Contestant:
    from trafilatura import bare_extraction

    def read(html: str) -> Told:
        found = bare_extraction(html, include_comments=False, include_tables=True, with_metadata=True)
        if found is None or isinstance(found, dict):
            return {"lines": []}
        lines = (found.text or "").split("\n")
        return {"title": found.title, "author": found.author, "published_at": found.date, "lines": lines}

    return read


def readability() -> Contestant:
    from lxml import html as lxml_html
    from readability import Document

    def read(html: str) -> Told:
        document = Document(html)
        body = lxml_html.fromstring(document.summary(html_partial=True) or "<p></p>")
        for element in body.iter("br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "dt", "dd"):
            element.tail = "\n" + (element.tail or "")
        return {"title": document.short_title(), "lines": "".join(body.itertext()).split("\n")}

    return read


def resiliparse() -> Contestant:
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.html import HTMLTree

    def read(html: str) -> Told:
        tree = HTMLTree.parse(html)
        text = extract_plain_text(tree, main_content=True, list_bullets=False, alt_texts=False)
        return {"title": tree.title, "lines": text.split("\n")}

    return read


def gne() -> Contestant:
    from gne import GeneralNewsExtractor

    extractor = GeneralNewsExtractor()

    def read(html: str) -> Told:
        found = extractor.extract(html)
        return {
            "title": found["title"],
            "author": found["author"],
            "published_at": found["publish_time"],
            "lines": found["content"].split("\n"),
        }

    return read


CONTESTANTS = {maker.__name__: maker for maker in (trafilatura, readability, resiliparse, gne)}


def main() -> None:
    logging.disable(logging.CRITICAL)
    read = CONTESTANTS[sys.argv[1]]()
    pages = [json.loads(line) for line in sys.stdin]
    for page in pages[:_WARM]:
        _attempt(read, page["html"])
    started = time.process_time()
    readings = {page["name"]: _attempt(read, page["html"]) for page in pages}
    print(json.dumps({"readings": readings, "seconds": time.process_time() - started}))


def _attempt(read: Contestant, html: str) -> Told:
    """A contestant that raises on a page has read nothing there."""
    try:
        return read(html)
    except Exception:
        return {"lines": []}


if __name__ == "__main__":
    main()
