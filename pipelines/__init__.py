"""Captures → documents: decode, kind, extract, metadata, repair, rows.

These are not Scrapy's ITEM_PIPELINES. Each step is a plain function over what a WARC file holds,
so that the same code runs after a crawl, on anyone's WARC, years later. Never imports `crawler`.
"""
