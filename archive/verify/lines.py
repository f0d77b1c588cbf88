"""Lines of any length, and JSON of any depth, from files that may hold anything. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from archive.input import PIECE


def pieces(stream: BinaryIO) -> Iterator[bytes]:
    """The stream's bytes from where it stands, a bounded piece at a time. OSError from the stream."""
    while piece := stream.read(PIECE):
        yield piece


def bounded_lines(source: Iterable[bytes], limit: int) -> Iterator[bytes | None]:
    r"""Lines without their LF, None for one of more than *limit* bytes; what follows the last LF is a line too.

    >>> list(bounded_lines([b"a\nbb", b"b\nccccc\n", b"d"], 4))
    [b'a', b'bbb', None, b'd']
    """
    parts: list[bytes] = []
    size = 0
    for piece in source:
        *lines, last = piece.split(b"\n")
        for line in lines:
            whole = size + len(line) <= limit
            yield b"".join((*parts, line)) if whole else None
            parts.clear()
            size = 0
        size += len(last)
        # of a line that is too long nothing is kept but its length
        parts = [*parts, last] if size <= limit else []
    if size:
        yield b"".join(parts) if size <= limit else None


def json_object(raw: bytes | str) -> dict[str, object] | None:
    """The JSON object that *raw* is; None for anything else, and where a text in it could not be written as UTF-8."""
    try:
        value = json.loads(raw)
        if isinstance(value, dict):
            json.dumps(value, ensure_ascii=False).encode()
            return value
    except (ValueError, RecursionError):
        pass
    return None
