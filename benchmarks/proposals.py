"""How many proposals on clean text are false, and how many planted errors are found.

    python -m benchmarks.proposals FOLDER

Measured on the tenth of the law and newspaper text that the tables do not know, and on the sample portal's texts; the
packages are fetched into FOLDER. The text is counted as the collection that it stands in, first as it is, then with
errors planted (`benchmarks.planted`).
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from benchmarks.planted import KINDS, TRAINED_ON, Error, parts, plant
from jiucang.sample.build import build_catalogues
from jiucang.sample.portal import fixed_clock
from jiucang.sample.site import SITES, Origins
from jiucang.sample.truth import build_truth
from pipelines.proposals.compounds import compounds
from pipelines.proposals.counts import Counts
from pipelines.proposals.finder import Finder, Suspect
from pipelines.proposals.garbled import garbled
from pipelines.proposals.language import language
from pipelines.proposals.likelihood import Likelihood

_EVERY = 1000


@dataclass(frozen=True, slots=True)
class Measured:
    """`false` proposals in clean text of so many characters; of planted errors, by kind, how many there were, how
    many lie in a proposal and how many of these are read rightly."""

    characters: int
    false: list[Suspect]
    planted: Counter[str]
    flagged: Counter[str]
    right: Counter[str]


def measure(lines: Sequence[str]) -> Measured:
    """Of lines that are clean."""
    false = _suspects(lines)
    spoilt, errors = plant(lines, language(), random.Random(1), _EVERY)
    found = _suspects(spoilt)
    begins = [0, *accumulate(len(line) + 1 for line in spoilt)]
    flagged: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for error in errors:
        at = begins[error.line] + error.at
        for one in found:
            if one.start <= at < one.end:
                flagged[error.kind] += 1
                right[error.kind] += _reads(one, at, error)
                break
    return Measured(sum(map(len, lines)), false, Counter(error.kind for error in errors), flagged, right)


def _reads(one: Suspect, at: int, error: Error) -> bool:
    return one.after is not None and one.after[at - one.start : at - one.start + 1] == error.right


def _suspects(lines: Sequence[str]) -> list[Suspect]:
    text = "\n".join(lines)
    with tempfile.TemporaryDirectory() as folder:
        counts = Counts(Path(folder) / "counts", language())
        counts.add(text)
        counts.settle()
        likelihood = Likelihood(language(), counts)
        return [*Finder(likelihood).suspects(text), *compounds(text, likelihood), *garbled(text, likelihood)]


def sample_lines() -> list[str]:
    """The lines of the sample portal's articles, each once; one typing error is in them."""
    origins = Origins.at({site: 8000 + number for number, site in enumerate(SITES)})
    truth = build_truth(origins, build_catalogues(origins, fixed_clock))
    return list(dict.fromkeys(line for article in truth.of("main").values() for line in article.repaired))


def main(folder: Path, *, show: bool) -> None:
    """Prints the table of docs/repair.md; with *show* also the false proposals."""
    texts = {name: parts(name, folder).measured for name in TRAINED_ON} | {"sample portal": sample_lines()}
    print(
        "| text | characters | false | per million | planted | flagged | right | recall: sound | shape | any | alone |"
    )
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    for name, lines in texts.items():
        told = measure(lines)
        planted, flagged, right = (sum(one.values()) for one in (told.planted, told.flagged, told.right))
        shares = " | ".join(f"{told.right[kind] / max(1, told.planted[kind]):.2f}" for kind in KINDS)
        false = f"{len(told.false)} | {len(told.false) / told.characters * 1e6:.0f}"
        print(f"| {name} | {told.characters:,} | {false} | {planted} | {flagged} | {right} | {shares} |")
        for one in told.false if show else ():
            print("   ", one.before, one.after, one.confidence, *one.evidence)


if __name__ == "__main__":
    main(Path(sys.argv[1]), show="--show" in sys.argv)
