"""A crawl that is killed, starved and unplugged on purpose, and an independent look at what it leaves behind."""
