"""Archive files and the rules they follow: URLs, digests, HTTP messages, WARC, CDXJ.

The lowest floor: imports nothing else of this project.
"""
