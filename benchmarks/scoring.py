"""How near a reading of pages comes to what a person read there: recall of each field, invented values, F1 of text.

Recall is the share of articles whose value is not empty in the gold and is given exactly; `invented` counts values
where the gold says there is none. Paragraphs are compared as multisets, text as a sequence of characters (F1 of their
longest common subsequence), both without white space and before any repair. Days and times count as far as the gold
is precise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from benchmarks.gold import GoldPage, Value, fold, paragraph_hash
from pipelines.edits import from_json, revert
from pipelines.schema import Enclosure, Neighbour, Row


@dataclass(frozen=True, slots=True)
class Reading:
    """What someone says of a page. `values` holds the fields it can tell at all, folded as the gold's are."""

    values: Mapping[str, Value]
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Field:
    """`of` is the number of articles that have a value; where none has, `recall` is 1."""

    recall: float
    of: int
    invented: int


_NONE = Field(1.0, 0, 0)


@dataclass(frozen=True, slots=True)
class Figures:
    """`articles` is how many there are, `found` how many were read as such, `spurious` what was taken for one."""

    articles: int
    found: int
    spurious: int
    paragraph_f1: float
    text_f1: float
    fields: Mapping[str, Field]

    def to_json(self) -> dict[str, object]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, object]) -> Figures:
        """Reads what `to_json` wrote; raises TypeError where it is something else."""
        fields = value["fields"]
        if not isinstance(fields, dict):
            raise TypeError(f"fields: found {fields!r}, expected an object")
        return cls(**{**value, "fields": {name: Field(**field) for name, field in fields.items()}})  # type: ignore[arg-type]


def reading_of(row: Row) -> Reading:
    """A row as a reading, its repairs taken back."""
    original = revert(row["text"], [from_json(edit) for edit in row["edits"]])
    return Reading(
        values={
            "title": fold(row["title"]),
            "source": fold(row["source"]),
            "author": fold(row["author"]),
            "published_at": row["published_at"],
            "clicks": row["clicks"],
            "breadcrumb": [fold(label) for label in row["breadcrumb"]],
            "previous": _address(row["previous"]),
            "next": _address(row["next"]),
            "attachments": _addresses(row["attachments"]),
            "images": _addresses(row["images"]),
            "document_number": fold(row["document_number"]),
        },
        lines=original.split("\n"),
    )


def _address(neighbour: Neighbour | None) -> str | None:
    return neighbour["url"] if neighbour is not None else None


def _addresses(enclosures: Sequence[Enclosure]) -> list[str]:
    return sorted(item["url"] for item in enclosures)


def score(pages: Sequence[GoldPage], readings: Mapping[str, Reading]) -> Figures:
    """`readings` go by the page's `name`; a page without one was not taken for an article."""
    articles = [page for page in pages if page.article]
    right, of, invented = Counter[str](), Counter[str](), Counter[str]()
    paragraphs: list[float] = []
    texts: list[float] = []
    for page in articles:
        reading = readings.get(page.name)
        for name, want, got in _compared(page, reading):
            of[name] += bool(want)
            right[name] += bool(want) and _agree(name, want, got)
            invented[name] += bool(got) and not want
        lines = [line for line in (reading.lines if reading is not None else ()) if fold(line)]
        if page.paragraphs is not None:
            paragraphs.append(_paragraph_f1(Counter(page.paragraphs), Counter(map(paragraph_hash, lines))))
        if page.text is not None:
            texts.append(text_f1(page.text, fold("".join(lines))))
    return Figures(
        articles=len(articles),
        found=sum(page.name in readings for page in articles),
        spurious=sum(page.name in readings for page in pages if not page.article),
        paragraph_f1=_mean(paragraphs),
        text_f1=_mean(texts),
        fields={
            name: Field(round(right[name] / n, 4) if n else 1.0, n, invented[name])
            for name, n in sorted(of.items())
            if n or invented[name]
        },
    )


def faults(page: GoldPage, reading: Reading) -> Iterator[str]:
    """The fields of an article that are not as the gold has them, and `paragraphs`."""
    yield from (name for name, want, got in _compared(page, reading) if (want or got) and not _agree(name, want, got))
    got_lines = Counter(paragraph_hash(line) for line in reading.lines if fold(line))
    if page.paragraphs is not None and got_lines != Counter(page.paragraphs):
        yield "paragraphs"


def _compared(page: GoldPage, reading: Reading | None) -> Iterator[tuple[str, Value, Value]]:
    for name, want in page.wanted.items():
        yield name, want, reading.values.get(name) if reading is not None else None


def _agree(name: str, want: Value, got: Value) -> bool:
    if name == "published_at" and isinstance(want, str) and isinstance(got, str):
        return got[: len(want)] == want
    return got == want


def _paragraph_f1(want: Counter[str], got: Counter[str]) -> float:
    total = want.total() + got.total()
    return 2 * (want & got).total() / total if total else 1.0


def text_f1(want: str, got: str) -> float:
    """2·LCS / (both lengths): 1 where they are equal, two empty texts included.

    >>> text_f1("保卫处通知", "保卫处"), text_f1("ab", "ba"), text_f1("", "")
    (0.75, 0.5, 1.0)
    """
    if want == got:
        return 1.0
    return 2 * _common(want, got) / (len(want) + len(got))


def _common(a: str, b: str) -> int:
    """Length of the longest common subsequence, a column of the table in one integer (Hyyrö 2004)."""
    places: dict[str, int] = {}
    for index, char in enumerate(a):
        places[char] = places.get(char, 0) | 1 << index
    full = (1 << len(a)) - 1
    column = full
    for char in b:
        matches = column & places.get(char, 0)
        column = (column + matches | column - matches) & full
    return len(a) - column.bit_count()


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 4) if values else 1.0


def fallen(before: Figures, after: Figures) -> list[str]:
    """What is worse after than before, or no longer measured: one sentence each, empty where nothing is."""
    said = []
    for name in ("articles", "found", "paragraph_f1", "text_f1"):
        if (new := getattr(after, name)) < (old := getattr(before, name)):
            said.append(f"{name}: {new}, was {old}")
    if after.spurious > before.spurious:
        said.append(f"spurious: {after.spurious}, was {before.spurious}")
    for name in sorted(before.fields.keys() | after.fields.keys()):
        old, new = before.fields.get(name, _NONE), after.fields.get(name, _NONE)
        if new.recall < old.recall or new.of < old.of or new.invented > old.invented:
            said.append(f"{name}: {new}, was {old}")
    return said
