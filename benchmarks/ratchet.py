"""Quality may rise and not fall: the figures of the last agreed state, and those of now.

    python -m benchmarks.ratchet            # the figures, what is wrong page by page, what fell (exit code 1)
    python -m benchmarks.ratchet --write    # takes what was measured as the new state

The figures stand in `figures.json`, by set of pages: `synthetic` are the project's own, `portal-pages` real ones
that are measured where they are beside the project.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.gold import REAL, GoldPage, pack, real, synthetic
from benchmarks.scoring import Figures, Reading, fallen, faults, reading_of, score
from pipelines.run import extract

FIGURES = Path(__file__).with_name("figures.json")


def page_sets() -> dict[str, list[GoldPage]]:
    """The sets of pages that can be measured here, by name."""
    sets = {"synthetic": synthetic()}
    if (REAL / "gold.jsonl").is_file():
        sets["portal-pages"] = real()
    return sets


def read_by_jiucang(pages: Sequence[GoldPage], folder: Path, workers: int = 1) -> dict[str, Reading]:
    """What `extract` makes of a WARC of the pages (written into `folder`), by name of the page."""
    pack(pages, folder / "pages.warc.gz")
    extract([folder / "pages.warc.gz"], folder / "documents.jsonl", workers=workers)
    names = {page.record_id: page.name for page in pages}
    rows = map(json.loads, (folder / "documents.jsonl").read_text("utf-8").splitlines())
    return {names[row["provenance"]["record_id"]]: reading_of(row) for row in rows}


def agreed() -> dict[str, Figures]:
    """The figures of the last agreed state."""
    return {name: Figures.from_json(value) for name, value in json.loads(FIGURES.read_text("utf-8")).items()}


def write(figures: Mapping[str, Figures]) -> None:
    """Takes `figures` as agreed; those of sets that were not measured stay."""
    kept = agreed() if FIGURES.exists() else {}
    out = {name: value.to_json() for name, value in sorted((kept | dict(figures)).items())}
    FIGURES.write_text(json.dumps(out, indent=1) + "\n", encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="take what is measured as the new state")
    chosen = parser.parse_args()
    before = agreed() if FIGURES.exists() else {}
    measured: dict[str, Figures] = {}
    worse: list[str] = []
    for name, pages in page_sets().items():
        with tempfile.TemporaryDirectory() as folder:
            readings = read_by_jiucang(pages, Path(folder), workers=2)
        measured[name] = figures = score(pages, readings)
        print(name, json.dumps(figures.to_json()))
        for page in pages:
            if page.article and (wrong := list(faults(page, readings.get(page.name, Reading({}, ()))))):
                print(f"  {page.name}: {', '.join(wrong)}")
        worse += [f"{name}: {what}" for what in fallen(before.get(name, figures), figures)]
    print(*worse, sep="\n")
    if chosen.write:
        write(measured)
        return 0
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
