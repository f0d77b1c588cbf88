"""How often characters stand side by side in a collection's own documents, in bounded memory.

Each different line is counted once: a line that stands on every page, or in every version of a document, is no
more evidence for itself than one that stands once.
"""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b
from itertools import pairwise

from pipelines.proposals.language import RUN

_MOST = 400_000
"""Kinds of pairs, and of triples, that are kept; beyond that those seen once are let go."""


class Counts:
    """Pairs and triples of characters and how many times they stand in different lines."""

    def __init__(self) -> None:
        self.pairs: Counter[str] = Counter()
        self.triples: Counter[str] = Counter()
        self._lines: set[bytes] = set()

    def add(self, text: str) -> list[str]:
        """Counts the lines of a text that are new; returns these."""
        fresh: list[str] = []
        for line in text.split("\n"):
            digest = blake2b(line.encode(), digest_size=8).digest()
            if digest in self._lines:
                continue
            self._lines.add(digest)
            fresh.append(line)
            for run in RUN.findall(line):
                framed = f"\n{run}\n"
                self.pairs.update(map("".join, pairwise(framed)))
                self.triples.update(map("".join, zip(framed, framed[1:], framed[2:], strict=False)))
        for counter in (self.pairs, self.triples):
            if len(counter) > _MOST:
                for key in [key for key, count in counter.items() if count == 1]:
                    del counter[key]
        return fresh
