"""A Scrapy spider that follows every link selectolax finds, and keeps nothing."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urljoin

from scrapy import Request
from scrapy.http import Response
from selectolax.lexbor import LexborHTMLParser

from benchmarks.rivals.common import SiteSpider, main


class SelectolaxSpider(SiteSpider):
    name = "selectolax"

    def parse(self, response: Response) -> Iterator[Request]:
        anchors = LexborHTMLParser(response.body).css("a[href]")
        for href in {anchor.attributes["href"] or "" for anchor in anchors}:
            yield Request(urljoin(response.url, href))


if __name__ == "__main__":
    main(SelectolaxSpider)
