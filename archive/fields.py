"""Named fields of a WARC record's head, as they stand (WARC/1.1 clause 4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


class NamedFields:
    """A record's fields in their order, names as written; `get` and `all` disregard case."""

    __slots__ = ("_first", "pairs")

    def __init__(self, pairs: tuple[tuple[str, str], ...]) -> None:
        self.pairs = pairs
        self._first = {name.lower(): value for name, value in reversed(pairs)}

    def get(self, name: str) -> str | None:
        """The first value of the field."""
        return self._first.get(name.lower())

    def all(self, name: str) -> tuple[str, ...]:
        lower = name.lower()
        return tuple(value for key, value in self.pairs if key.lower() == lower)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.pairs)

    def __len__(self) -> int:
        return len(self.pairs)

    @classmethod
    def parse(cls, lines: Iterable[str]) -> NamedFields:
        """Fields of a head's lines. Folded lines are joined by a blank; a line without a colon is a name alone.

        >>> NamedFields.parse(["X-Long: a", "  b", "odd"]).pairs
        (('X-Long', 'a b'), ('odd', ''))
        """
        pairs: list[tuple[str, str]] = []
        for line in lines:
            text = line.strip()
            if line[:1] in (" ", "\t") and pairs:
                name, value = pairs[-1]
                pairs[-1] = (name, f"{value} {text}".strip())
            elif text:
                name, _, value = text.partition(":")
                pairs.append((name.rstrip(), value.lstrip()))
        return cls(tuple(pairs))
