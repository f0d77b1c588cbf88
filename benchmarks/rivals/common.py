"""What both spiders share: Scrapy's defaults, sixteen requests at once, no delay, no debug log."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess

SETTINGS = {
    "CONCURRENT_REQUESTS": 16,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
    "DOWNLOAD_DELAY": 0,
    "ROBOTSTXT_OBEY": False,
    "LOG_LEVEL": "INFO",
}


class SiteSpider(Spider):
    """Stays on the site. Unlike Scrapy's own start, its seed is not exempt from the duplicate filter."""

    allowed_domains = ("127.0.0.1",)

    async def start(self) -> AsyncIterator[Request]:
        for url in self.start_urls:
            yield Request(url)


def main(spider: type[SiteSpider]) -> None:
    """Crawls from the seed that the command line names, and ends with the crawl."""
    process = AsyncCrawlerProcess(SETTINGS)
    process.crawl(spider, start_urls=[sys.argv[1]])
    process.start()
