"""The benchmark that reads the same pages with other extractors (`python -m benchmarks.text`)."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.gold import synthetic
from benchmarks.rivals.extractors import CONTESTANTS
from benchmarks.text import contest, show


def test_every_contestant_reads_and_jiucang_reads_best() -> None:
    pages = [page for page in synthetic() if page.article and page.text][:8]
    here = [name for name in CONTESTANTS if name != "gne"]
    results = contest(pages, here, rounds=1, peers=Path("not asked"))
    assert results.keys() == {"jiucang", *here}
    best, _ = results.pop("jiucang")
    for name, (figures, rate) in results.items():
        assert figures.found > 0, name
        assert rate > 0, name
        assert figures.paragraph_f1 < best.paragraph_f1, name
    assert "| trafilatura |" in show("eight", results)


def test_a_contestant_that_is_not_installed_is_left_out(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    results = contest(synthetic()[:1], ["gne"], rounds=1, peers=tmp_path / "python")
    assert results.keys() == {"jiucang"}
    assert "gne: " in capfd.readouterr().err
