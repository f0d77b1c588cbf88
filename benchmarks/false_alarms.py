"""How often the closed rules change clean Chinese, and how often they are wrong in that.

    python -m benchmarks.false_alarms FOLDER                  the table, in Markdown
    python -m benchmarks.false_alarms FOLDER --write          takes it into false_alarms.json and docs/repair.md
    python -m benchmarks.false_alarms FOLDER --show RULE      every false edit of a rule, with its digest
    python -m benchmarks.false_alarms FOLDER --sample RULE N  N edits of a rule (the same ones each time), to be read
    python -m benchmarks.false_alarms --speed                 CPU time of each rule over generated text

Packages are fetched into FOLDER; each different paragraph counts once. Generated text is `benchmarks.prose`. What
makes an edit a false alarm is in `benchmarks.judging`.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

from benchmarks.clean_text import SOURCES, paragraphs
from benchmarks.judging import digest, is_false, judged, shown
from benchmarks.prose import documents
from pipelines.repair.rule import Change, Rule
from pipelines.repair.table import RULES

MEASURED = Path(__file__).with_name("false_alarms.json")
GUIDE = Path(__file__).parents[1] / "docs" / "repair.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
SEED = 5
GENERATED = 2_000_000
"""Characters."""
_TIMED = 300_000


@dataclass(frozen=True, slots=True)
class Measured:
    """A rule's figures. `fired` and `false` count edits in package text, `generated` those in generated text, where
    each is false; the rates are false edits per million characters of either."""

    version: str
    kind: str
    status: str
    fired: int
    false: int
    per_million: float
    generated: int
    generated_per_million: float


@dataclass(frozen=True, slots=True)
class Table:
    """What one run measured: characters by source, figures by rule."""

    packages: Mapping[str, int]
    generated: int
    rules: Mapping[str, Measured]

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Table:
        value = json.loads(text)
        rules = {name: Measured(**figures) for name, figures in value["rules"].items()}
        return cls(packages=value["packages"], generated=value["generated"], rules=rules)

    def markdown(self) -> str:
        total = sum(self.packages.values())
        parts = ", ".join(f"{name} {count:,}" for name, count in self.packages.items())
        lines = [
            f"{total:,} characters out of packages: {parts}; {self.generated:,} characters generated with seed {SEED}.",
            "",
            "| rule | version | kind | status | fired | false | per million | generated | per million |",
            "|---|---|---|---|---|---|---|---|---|",
        ]
        for name, one in self.rules.items():
            cells = (name, one.version, one.kind, one.status, one.fired, one.false)
            rates = (f"{one.per_million:.2f}", one.generated, f"{one.generated_per_million:.2f}")
            lines.append("| " + " | ".join(map(str, (*cells, *rates))) + " |")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class _Fired:
    rule: Rule
    text: str
    change: Change
    generated: bool


def _texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Pairs of source and text; the empty source is the generated text."""
    seen: set[str] = set()
    for source in SOURCES:
        for line in paragraphs(source, folder):
            if line not in seen:
                seen.add(line)
                yield source.name, line
    for text in documents(SEED, GENERATED):
        yield "", text


def measure(folder: Path) -> tuple[Table, list[_Fired], list[_Fired]]:
    """The table, all that fired, and what of it is false."""
    characters: Counter[str] = Counter()
    fired: list[_Fired] = []
    for name, text in _texts(folder):
        characters[name] += len(text)
        fired += [_Fired(rule, text, change, not name) for rule in RULES for change in rule.find(text)]
    read = judged()
    false = [one for one in fired if is_false(one.rule, one.text, one.change, generated=one.generated, read=read)]
    generated = characters.pop("")
    total = sum(characters.values())
    in_packages = Counter(one.rule.id for one in fired if not one.generated)
    wrong = Counter((one.rule.id, one.generated) for one in false)
    rules = {
        rule.id: Measured(
            version=rule.version,
            kind=rule.kind,
            status=rule.status,
            fired=in_packages[rule.id],
            false=wrong[rule.id, False],
            per_million=round(wrong[rule.id, False] * 1e6 / total, 2),
            generated=wrong[rule.id, True],
            generated_per_million=round(wrong[rule.id, True] * 1e6 / generated, 2),
        )
        for rule in RULES
    }
    return Table(dict(characters), generated, rules), fired, false


def in_guide(guide: str, table: Table) -> str:
    """The guide's text with this table between its marks."""
    before, _, rest = guide.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table.markdown()}\n{END}{after}"


def speed() -> None:
    """Prints the microseconds of CPU that each rule takes for 1,000 characters of generated text."""
    texts = list(documents(SEED, _TIMED))
    length = sum(map(len, texts))
    for rule in RULES:
        begun = time.process_time()
        for text in texts:
            list(rule.find(text))
        print(f"{rule.id:24} {(time.process_time() - begun) * 1e9 / length:8.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--show", metavar="RULE")
    parser.add_argument("--sample", nargs=2, metavar=("RULE", "N"))
    parser.add_argument("--speed", action="store_true")
    given = parser.parse_args()
    if given.speed or given.folder is None:
        speed()
        return
    table, fired, false = measure(given.folder)
    print(table.markdown())
    if given.sample:
        name, count = given.sample
        fired = [one for one in fired if one.rule.id == name]
        false = Random(SEED).sample(fired, min(int(count), len(fired)))
    for one in false if given.sample else [one for one in false if one.rule.id == given.show]:
        print(digest(one.rule, one.text, one.change), repr(shown(one.text, one.change)))
    if given.write:
        MEASURED.write_text(table.to_json(), encoding="utf-8")
        GUIDE.write_text(in_guide(GUIDE.read_text("utf-8"), table), encoding="utf-8")


if __name__ == "__main__":
    main()
