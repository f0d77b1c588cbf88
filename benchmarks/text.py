"""Side by side on the same article pages, in one run: how well they are read, and how many a second.

    python -m benchmarks.text [--rounds 3] [--only trafilatura gne] [--peers .venv-peers/bin/python]

jiucang reads the pages through `extract`, from a WARC; trafilatura, readability, resiliparse and gne are given them
decoded, as text, and asked in a process of their own. They take turns; speed is the median of the rounds, in documents
a CPU second without start-up. Fields that a contestant does not tell count as not found. What is measured is said in
`scoring.py`; the pages are those of the ratchet, articles only. gne needs the peers' environment, which `make test`
sets up.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.gold import GoldPage, Value, fold
from benchmarks.host import OUT, ROOT, describe, environment
from benchmarks.ratchet import page_sets, read_by_jiucang
from benchmarks.rivals.extractors import CONTESTANTS
from benchmarks.scoring import Figures, Reading, score
from pipelines.captures import Answer, Head
from pipelines.rows import read_document
from profiles.load import ProfileSet
from profiles.page import Page

PEERS = ROOT / ".venv-peers" / "bin" / "python"
_FIELDS = ("title", "source", "author", "published_at", "breadcrumb", "previous", "next", "attachments")
"""Fields of the table; how images are told differs too much between the contestants."""


def seconds_of_jiucang(pages: Sequence[GoldPage]) -> float:
    """CPU seconds for all pages, from the bytes of an answer to a draft."""
    profiles, head = ProfileSet.resolve(), Head(200, "text/html", "")
    answers = [Answer(page.url, head, page.body, complete=True, payload_digest=None) for page in pages]
    for answer in answers[:5]:
        read_document(answer, profiles, "benchmark")
    started = time.process_time()
    for answer in answers:
        read_document(answer, profiles, "benchmark")
    return time.process_time() - started


def ask(name: str, pages: Sequence[GoldPage], python: Path) -> tuple[dict[str, Reading], float] | None:
    """What a rival says, and its CPU seconds; None where it is not installed."""
    asked = "".join(
        json.dumps({"name": page.name, "html": Page.parse(page.body, page.url).text}) + "\n" for page in pages
    )
    command = [str(python), "-m", "benchmarks.rivals.extractors", name]
    try:
        run = subprocess.run(
            command, input=asked, env=environment(), cwd=ROOT, capture_output=True, text=True, check=False
        )
    except OSError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return None
    if run.returncode:
        print(f"{name}: {run.stderr.strip().rpartition(chr(10))[2]}", file=sys.stderr)
        return None
    told = json.loads(run.stdout)
    return {name: _reading(said) for name, said in told["readings"].items() if said["lines"]}, told["seconds"]


def _reading(said: Mapping[str, object]) -> Reading:
    values: dict[str, Value] = {name: fold(str(said[name])) for name in ("title", "author") if said.get(name)}
    if said.get("published_at"):
        values["published_at"] = str(said["published_at"]).strip().replace(" ", "T")
    lines = said["lines"]
    assert isinstance(lines, list)
    return Reading(values, lines)


def contest(
    pages: Sequence[GoldPage], names: Sequence[str], rounds: int, peers: Path
) -> dict[str, tuple[Figures, float]]:
    """Figures and documents a second, by contestant."""
    with tempfile.TemporaryDirectory() as folder:
        readings = {"jiucang": read_by_jiucang(pages, Path(folder))}
    spans: dict[str, list[float]] = {"jiucang": []}
    for _ in range(rounds):
        spans["jiucang"].append(seconds_of_jiucang(pages))
        for name in names:
            told = ask(name, pages, peers if name == "gne" else Path(sys.executable))
            if told is not None:
                readings[name] = told[0]
                spans.setdefault(name, []).append(told[1])
    return {name: (score(pages, said), len(pages) / statistics.median(spans[name])) for name, said in readings.items()}


def show(title: str, results: Mapping[str, tuple[Figures, float]]) -> str:
    head = ["paragraph F1", "text F1", *_FIELDS, "invented", "documents/s"]
    lines = [f"\n{title}\n", f"| | {' | '.join(head)} |", "|---|" + "--:|" * len(head)]
    for name, (figures, rate) in results.items():
        cells = [f"{figures.paragraph_f1:.2f}", f"{figures.text_f1:.2f}"]
        cells += [f"{figures.fields[field].recall:.2f}" if field in figures.fields else "" for field in _FIELDS]
        cells += [str(sum(field.invented for field in figures.fields.values())), f"{rate:.0f}"]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=list(CONTESTANTS), default=list(CONTESTANTS))
    parser.add_argument("--peers", type=Path, default=PEERS, help="the Python that has gne")
    chosen = parser.parse_args()
    machine = describe()
    content: dict[str, object] = {"machine": machine}
    missing = set()
    for title, pages in page_sets().items():
        articles = [page for page in pages if page.article]
        results = contest(articles, chosen.only, chosen.rounds, chosen.peers)
        missing |= set(chosen.only) - results.keys()
        print(show(f"{title}, {len(articles)} articles", results))
        content[title] = {name: {**figures.to_json(), "rate": rate} for name, (figures, rate) in results.items()}
    print(f"\nload {machine['load_average']:.1f}")
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "text.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
