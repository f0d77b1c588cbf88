from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.digests import BadDigest, Digest, Digester, digest_of

ALGORITHMS = ["md5", "sha1", "sha256", "sha512"]


@given(st.sampled_from(ALGORITHMS), st.binary())
def test_every_written_form_is_one_digest(algorithm: str, data: bytes) -> None:
    raw = hashlib.new(algorithm, data).digest()
    expected = Digest(algorithm, raw.hex())
    forms = [
        raw.hex(),
        raw.hex().upper(),
        base64.b32encode(raw).decode(),
        base64.b32encode(raw).decode().rstrip("=").lower(),
        base64.b64encode(raw).decode(),
        base64.urlsafe_b64encode(raw).decode().rstrip("="),
    ]
    labels = [algorithm, algorithm.upper(), algorithm.replace("sha", "sha-")]
    assert {Digest.parse(f" {label}:{form}") for label in labels for form in forms} == {expected}
    assert Digest.parse(str(expected)) == expected
    assert expected.hashes(data) is True
    assert expected.hashes(data + b"x") is False


@pytest.mark.parametrize(
    "text", ["", "sha1", "sha1:", ":abc", "sha1:xyz", "sha256:" + "g" * 64, "sha1:" + "!" * 32, "md5:" + "1" * 26]
)
def test_what_is_no_digest_says_so(text: str) -> None:
    with pytest.raises(BadDigest) as caught:
        Digest.parse(text)
    assert caught.value.text == text


def test_an_unknown_algorithm_is_kept_as_written_and_cannot_be_checked() -> None:
    digest = Digest.parse("blake3:AbC")
    assert str(digest) == "blake3:AbC"
    assert digest.hashes(b"") is None
    with pytest.raises(BadDigest):
        Digester("blake3")


@given(st.lists(st.binary()))
def test_piece_by_piece_is_the_same_as_at_once(pieces: list[bytes]) -> None:
    digester = Digester()
    for piece in pieces:
        digester.update(memoryview(piece))
    assert digester.digest() == digest_of(b"".join(pieces))
