"""Benchmarks: jiucang against other crawlers on one synthetic portal, on loopback."""
