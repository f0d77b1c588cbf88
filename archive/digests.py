"""Digests as WARC fields and CDXJ lines carry them: `algorithm:value`.

Written: `sha256:` and lower-case hexadecimal, the form Browsertrix uses; warcio, FastWARC, cdxj-indexer
and pywb take it. Read: what other crawlers wrote, `sha1:` with base 32 above all. WARC/1.1 (clause 5.8)
leaves algorithm and encoding open, so digests are compared by what they decode to.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

ALGORITHM = "sha256"

_SIZES = {"md5": 16, "sha1": 20, "sha224": 28, "sha256": 32, "sha384": 48, "sha512": 64}


class BadDigest(ValueError):
    """A text that is no digest. `text` as found (cut to 200 characters), `why` a short English reason."""

    def __init__(self, text: str, why: str) -> None:
        self.text = text[:200]
        self.why = why
        super().__init__(f"{self.text!r}: {why}")


@dataclass(frozen=True, slots=True)
class Digest:
    """`algorithm` in lower case without hyphens; `value` in lower-case hexadecimal.

    An algorithm this module does not know keeps its value as written.

    >>> str(Digest.parse("SHA-1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ"))
    'sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709'
    """

    algorithm: str
    value: str

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.value}"

    @classmethod
    def parse(cls, text: str) -> Digest:
        """A digest in any of the forms seen in WARC files: hexadecimal, base 32 or base 64, told by length.

        Raises `BadDigest`.
        """
        label, colon, value = text.strip().partition(":")
        algorithm = label.lower().replace("-", "")
        if not colon or not algorithm or not value:
            raise BadDigest(text, "expected algorithm:value")
        size = _SIZES.get(algorithm)
        return cls(algorithm, value if size is None else _decoded(text, value, size).hex())

    def hashes(self, data: bytes) -> bool | None:
        """Whether this is the digest of `data`; None where the algorithm is not known here."""
        if self.algorithm not in _SIZES:
            return None
        return hashlib.new(self.algorithm, data, usedforsecurity=False).hexdigest() == self.value


class Digester:
    """A digest computed piece by piece."""

    __slots__ = ("_hash", "algorithm")

    def __init__(self, algorithm: str = ALGORITHM) -> None:
        """Raises `BadDigest` for an algorithm that is not known here."""
        if algorithm not in _SIZES:
            raise BadDigest(algorithm, f"algorithm is none of {', '.join(_SIZES)}")
        self.algorithm = algorithm
        self._hash = hashlib.new(algorithm, usedforsecurity=False)

    def update(self, data: bytes | bytearray | memoryview) -> None:
        self._hash.update(data)

    def digest(self) -> Digest:
        """The digest of everything so far; more may follow."""
        return Digest(self.algorithm, self._hash.hexdigest())


def digest_of(data: bytes | bytearray | memoryview) -> Digest:
    """
    >>> str(digest_of(b""))
    'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
    """
    return Digest(ALGORITHM, hashlib.sha256(data).hexdigest())


def _decoded(text: str, value: str, size: int) -> bytes:
    bare = value.rstrip("=")
    try:
        if len(bare) == 2 * size:
            return bytes.fromhex(bare)
        if len(bare) == (size * 8 + 4) // 5:
            return base64.b32decode(bare + "=" * (-len(bare) % 8), casefold=True)
        if len(bare) == (size * 8 + 5) // 6:
            standard = bare.replace("-", "+").replace("_", "/")
            return base64.b64decode(standard + "=" * (-len(bare) % 4), validate=True)
    except ValueError:
        raise BadDigest(text, "neither hexadecimal nor base 32 nor base 64") from None
    raise BadDigest(text, f"{len(value)} characters fit no encoding of {size} bytes")
