"""An asyncio HTTP/1.1 client that keeps every byte it sends and receives."""
