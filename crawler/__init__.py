"""The crawl: job, wire, spider, frontier, recorder. Scrapy carries it at named seams. Never imports `pipelines`."""
