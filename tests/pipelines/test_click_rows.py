"""clicks.jsonl over many runs: what a count costs does not grow with their number."""

from __future__ import annotations

from pathlib import Path

from pipelines.clicks import ClickCounts
from pipelines.drafts import Drafts
from pipelines.index import CaptureIndex


def steps(folder: Path, runs: int) -> int:
    """What SQLite does (in thousands of its steps) for the rows of documents that show a number and have a counter."""
    folder.mkdir()
    drafts, index = Drafts(folder / "drafts.db"), CaptureIndex(folder / "captures.db")
    counts = ClickCounts(drafts.db, index)
    for document in range(20):
        for run in range(runs):
            name, moment = f"{document}-{run}", f"2014-{run:04d}"
            sighting = (str(document), moment, name, "http://a.example/", str(run), None, "v", name)
            drafts.db.execute("INSERT INTO sightings VALUES (?, ?, ?, ?, ?, ?, ?, ?)", sighting)
            for counter in ("", "counter"):
                count = (str(document), counter, moment, name + counter, str(run), run, moment, "f.warc.gz", 0, 1)
                drafts.db.execute("INSERT INTO counts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", count)
    taken = 0

    def step() -> int:
        nonlocal taken
        taken += 1
        return 0

    drafts.db.set_progress_handler(step, 1000)
    rows = list(counts.rows())
    # a counter's answer stands for the number in the page of its run
    assert [row["clicks"] for row in rows] == list(range(runs)) * 20
    drafts.close()
    index.close()
    return taken


def test_twice_the_runs_cost_twice_as_much(tmp_path: Path) -> None:
    assert steps(tmp_path / "200", 200) < 2.5 * steps(tmp_path / "100", 100)
