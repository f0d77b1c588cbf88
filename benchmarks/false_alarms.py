"""How often the applying rules fire on clean Chinese: python -m benchmarks.false_alarms FOLDER

Packages are fetched into FOLDER; each different paragraph counts once. Every edit is taken for a false alarm, which
is too strict where the text is at fault; `--show N` prints that many of each rule with their surroundings.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from benchmarks.clean_text import SOURCES, paragraphs
from pipelines.repair.table import RULES


def main(folder: Path, show: int) -> None:
    """Prints the table in Markdown."""
    characters: Counter[str] = Counter()
    alarms: Counter[str] = Counter()
    examples: dict[str, list[str]] = defaultdict(list)
    for name, line in _lines(folder):
        characters[name] += len(line)
        for rule in RULES:
            for change in rule.find(line):
                alarms[rule.id] += 1
                examples[rule.id].append(line[max(0, change.start - 12) : change.end + 12])
    total = sum(characters.values())
    print(f"{total} characters: " + ", ".join(f"{name} {count}" for name, count in characters.items()))
    print("\n| rule | version | kind | fired | per million |\n|---|---|---|---|---|")
    for rule in RULES:
        count = alarms[rule.id]
        print(f"| {rule.id} | {rule.version} | {rule.kind} | {count} | {count * 1e6 / total:.2f} |")
        for example in examples[rule.id][:show]:
            print(f"    {example!r}")


def _lines(folder: Path) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for source in SOURCES:
        for line in paragraphs(source, folder):
            if line not in seen:
                seen.add(line)
                yield source.name, line


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--show", type=int, default=0)
    given = parser.parse_args()
    main(given.folder, given.show)
