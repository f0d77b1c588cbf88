"""Strict checks of what an archive holds: WARC files, indexes, packages, fixity; findings as data, nothing raised."""
