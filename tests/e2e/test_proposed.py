"""Typing errors of the sample portal, proposed for in the extraction that ends its crawl."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from crawls import Crawled

from jiucang.sample.truth import ArticleTruth
from pipelines.edits import from_json, revert


@pytest.fixture(scope="module")
def rows(crawled: Crawled) -> list[dict[str, Any]]:
    text = (crawled.collection / "documents" / "documents.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def documents(crawled: Crawled, rows: list[dict[str, Any]]) -> list[tuple[ArticleTruth, dict[str, Any]]]:
    by_address = {url: row for row in rows for url in (row["url"], *row["aliases"])}
    return [(one, by_address.get(one.url) or by_address[one.alias]) for one in crawled.portal.truth.articles]


def proposed(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (edit for edit in row["edits"] if edit["status"] == "proposed")


def test_every_typing_error_with_a_witness_is_proposed_with_its_records(
    documents: list[tuple[ArticleTruth, dict[str, Any]]], rows: list[dict[str, Any]]
) -> None:
    texts = {row["provenance"]["record_id"]: row["text"] for row in rows}
    planted = [(article, row, typo) for article, row in documents for typo in article.typos]
    assert planted
    for article, row, typo in planted:
        [edit] = [edit for edit in proposed(row) if edit["start"] <= typo.start < edit["end"]]
        at = typo.start - edit["start"]
        assert edit["rule"] == "collation", article.url
        assert edit["after"] == edit["before"][:at] + typo.after + edit["before"][at + len(typo.before) :]
        named = [record for record in texts if record in edit["evidence"][0]]
        assert named
        right = typo.after + edit["suffix"][:6]
        assert all(right in texts[record] for record in named)


def test_little_else_is_proposed_and_nothing_in_what_is_right(
    documents: list[tuple[ArticleTruth, dict[str, Any]]],
) -> None:
    characters = sum(len(row["text"]) for _, row in documents)
    false = []
    for article, row in documents:
        for edit in proposed(row):
            if not any(edit["start"] < typo.end and typo.start < edit["end"] for typo in article.typos):
                false.append((article.url, edit["before"], edit["after"], edit["evidence"]))
    assert len(false) <= characters * 50e-6, false


def test_a_proposal_leaves_the_text_as_it_is(documents: list[tuple[ArticleTruth, dict[str, Any]]]) -> None:
    for article, row in documents:
        assert row["text"] == "\n".join(article.repaired)
        assert revert(row["text"], [from_json(edit) for edit in row["edits"]]) == article.text
