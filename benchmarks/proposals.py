"""Precision and recall of proposals on the sample portal's texts: python -m benchmarks.proposals

Into one line in twenty a typing error is planted: a character replaced by one that sounds or looks alike, drawn by
a fixed seed. A line that stands twice is planted in once, so that some errors have a witness and most have none.
"""

from __future__ import annotations

import random

from jiucang.sample.build import build_catalogues
from jiucang.sample.portal import fixed_clock
from jiucang.sample.site import SITES, Origins
from jiucang.sample.truth import build_truth
from pipelines.proposals.counts import Counts
from pipelines.proposals.finder import Finder
from pipelines.proposals.language import language


def main() -> None:
    """Prints the figures."""
    origins = Origins.at({site: 8000 + number for number, site in enumerate(SITES)})
    truth = build_truth(origins, build_catalogues(origins, fixed_clock))
    lines = [line for article in truth.of("main").values() for line in article.repaired]
    before = _spans(lines)
    draw, known = random.Random(1), language()
    planted: dict[int, tuple[int, str]] = {}
    for number, line in enumerate(lines):
        places = [
            at for at, char in enumerate(line) if "\u4e00" <= char <= "\u9fff" and known.singles.get(char, 0) > 50
        ]
        if len(line) < 20 or draw.random() > 0.05:
            continue
        at = draw.choice(places)
        alike = sorted(c for c in {*known.sound_alike(line[at]), *known.shapes.get(line[at], "")} if c in known.singles)
        if alike:
            planted[number] = (at, line[at])
            lines[number] = line[:at] + draw.choice(alike) + line[at + 1 :]
    found = _spans(lines)
    hit = right = 0
    for number, (at, char) in planted.items():
        for start, end, after in found.get(number, ()):
            if start <= at < end:
                hit += 1
                right += after is not None and after[at - start : at - start + 1] == char
                break
    proposals = sum(map(len, found.values()))
    characters = sum(map(len, lines))
    print(f"{characters} characters, {len(planted)} planted, {proposals} proposals")
    print(f"flagged {hit}, right reading {right}: recall {right / len(planted):.2f}, flagged {hit / len(planted):.2f}")
    print(f"precision {hit / proposals:.2f}; in the same texts without them {sum(map(len, before.values()))} proposals")


def _spans(lines: list[str]) -> dict[int, list[tuple[int, int, str | None]]]:
    counts = Counts()
    counts.add("\n".join(lines))
    finder = Finder(language(), counts)
    found = {n: [(s.start, s.end, s.after) for s in finder.suspects(line)] for n, line in enumerate(lines)}
    return {number: spans for number, spans in found.items() if spans}


if __name__ == "__main__":
    main()
