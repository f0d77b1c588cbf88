"""Counts what a WARC file holds, with warcio and in a process of its own.

    python -m benchmarks.captured FILE…

prints JSON: `responses` with status 200, `distinct` of their addresses, `bytes` of their bodies,
`largest` body, and `sizes` on disk.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator


def count(files: list[Path]) -> dict[str, int]:
    """Reads every record to its end; raises what warcio raises on a file that is no WARC."""
    responses, total, largest = 0, 0, 0
    addresses: set[str] = set()
    for file in files:
        with file.open("rb") as stream:
            for record in ArchiveIterator(stream):
                if record.rec_type != "response" or record.http_headers.get_statuscode() != "200":
                    continue
                body = 0
                while piece := record.content_stream().read(1 << 20):
                    body += len(piece)
                responses += 1
                total += body
                largest = max(largest, body)
                addresses.add(record.rec_headers.get_header("WARC-Target-URI").strip("<>"))
    sizes = sum(file.stat().st_size for file in files)
    return {"responses": responses, "distinct": len(addresses), "bytes": total, "largest": largest, "sizes": sizes}


if __name__ == "__main__":
    print(json.dumps(count([Path(name) for name in sys.argv[1:]])))
