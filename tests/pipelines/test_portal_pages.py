"""A floor under the quality on real pages, scored by the scorer that comes with them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.run import extract

PAGES = Path(__file__).parents[3] / "shared" / "portal-pages"


@pytest.mark.skipif(not (PAGES / "score.py").is_file(), reason="no ../shared/portal-pages beside the project")
def test_real_portal_pages_keep_their_score(tmp_path: Path) -> None:
    packed, out = tmp_path / "pages.warc.gz", tmp_path / "documents.jsonl"
    subprocess.run([sys.executable, PAGES / "pack.py", packed], check=True)
    extract([packed], out, workers=2)
    scored = subprocess.run([sys.executable, PAGES / "score.py", out], check=True, capture_output=True, text=True)
    figures = json.loads(scored.stdout)
    assert (figures["found"], figures["spurious"]) == (29, 0), scored.stderr
    assert figures["paragraph_f1"] >= 0.98, scored.stderr
    assert figures["text_f1"] >= 0.99, scored.stderr
    for name, value in figures.items():
        if isinstance(value, dict):
            assert value["recall"] >= 0.95, (name, scored.stderr)
            assert value["invented"] == 0, (name, scored.stderr)
