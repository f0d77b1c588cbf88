"""A plain Scrapy spider that follows every link LinkExtractor finds, and keeps nothing."""

from __future__ import annotations

from collections.abc import Iterator

from scrapy import Request
from scrapy.http import Response, TextResponse
from scrapy.linkextractors import LinkExtractor

from benchmarks.rivals.common import SiteSpider, main


class LinkExtractorSpider(SiteSpider):
    name = "linkextractor"
    links = LinkExtractor()

    def parse(self, response: Response) -> Iterator[Request]:
        if isinstance(response, TextResponse):
            for link in self.links.extract_links(response):
                yield Request(link.url)


if __name__ == "__main__":
    main(LinkExtractorSpider)
