"""What was met before, by hash, in memory that does not grow."""

from __future__ import annotations

from hashlib import blake2b


class Seen:
    """Texts, each as two bits of 2 to the power of *bits*: of very many, some that are new are taken for known ones."""

    def __init__(self, bits: int) -> None:
        self._bits = bits
        self._held = bytearray((1 << bits) // 8)

    def add(self, text: str) -> bool:
        """Whether the text is new; from now on it is not."""
        digest = int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
        new = False
        for place in (digest & (1 << self._bits) - 1, digest >> 64 - self._bits):
            bit = 1 << (place & 7)
            new |= not self._held[place >> 3] & bit
            self._held[place >> 3] |= bit
        return new
