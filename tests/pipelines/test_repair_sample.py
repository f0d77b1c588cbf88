"""Repairs and notation measured on the sample portal's articles, whose artefacts and near misses are known."""

from __future__ import annotations

from itertools import chain

import pytest

from jiucang.sample.build import build_catalogues
from jiucang.sample.portal import fixed_clock
from jiucang.sample.site import SITES, Origins
from jiucang.sample.truth import ArticleTruth, build_truth
from pipelines.edits import apply, revert
from pipelines.notation import document_number, issuers, signature_date
from pipelines.repair.run import repair
from pipelines.repair.table import RULES
from pipelines.sections import sections


@pytest.fixture(scope="module")
def articles() -> list[ArticleTruth]:
    origins = Origins.at({site: 8000 + number for number, site in enumerate(SITES)})
    return list(build_truth(origins, build_catalogues(origins, fixed_clock)).of("main").values())


def test_every_applying_rule_has_something_to_do(articles: list[ArticleTruth]) -> None:
    fired = {name for one in articles for edit in repair(one.text, "d", agent="t") for name in edit.rule.split("+")}
    assert fired == {rule.id for rule in RULES if rule.status == "applied"}


def test_every_planted_artefact_is_undone_and_nothing_else(articles: list[ArticleTruth]) -> None:
    assert {planted.rule for planted in chain.from_iterable(one.planted for one in articles)}
    for article in articles:
        edits = repair(article.text, str(article.id), agent="test")
        repaired = apply(article.text, edits)
        assert repaired == "\n".join(article.repaired), article.title
        assert revert(repaired, edits) == article.text
        for span in (*article.near_misses, *article.typos):
            assert not any(edit.start < span.end and span.start < edit.end for edit in edits), span


def test_without_normalisation_only_repairs_are_made(articles: list[ArticleTruth]) -> None:
    for article in articles:
        edits = repair(article.text, str(article.id), agent="test", normalise=False)
        repairs = [planted for planted in article.planted if planted.kind == "repair"]
        assert len(edits) == len(repairs), article.title


def test_numbers_dates_and_issuers(articles: list[ArticleTruth]) -> None:
    for article in articles:
        assert document_number(article.repaired, article.title) == article.document_number
        assert signature_date(article.repaired) == article.document_date
        assert tuple(issuers(article.repaired)) == article.issuers


def test_no_numbered_line_is_missed(articles: list[ArticleTruth]) -> None:
    """The key lists four schemes; items numbered 1、 are sections, too."""
    for article in articles:
        text = "\n".join(article.repaired)
        found = {text.count("\n", 0, one.start): one.number for one in sections(text)}
        wanted = {one.line: one.number for one in article.sections}
        assert {line: number.strip("第章条") for line, number in wanted.items()}.items() <= found.items(), article.title
        assert all(text.split("\n")[line][0].isdigit() for line in found.keys() - wanted.keys())
