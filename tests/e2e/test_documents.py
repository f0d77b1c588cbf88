"""What the crawl of the sample gives downstream, against the sample's own truth."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from crawls import Crawled, jiucang

from jiucang.sample.truth import ArticleTruth
from pipelines.edits import from_json, revert


@pytest.fixture(scope="module")
def rows(crawled: Crawled) -> dict[str, dict[str, Any]]:
    text = (crawled.collection / "documents" / "documents.jsonl").read_text("utf-8")
    found = [json.loads(line) for line in text.split("\n") if line]
    assert len({(row["id"], row["version"]) for row in found}) == len(found)
    return {row["url"]: row for row in found}


@pytest.fixture(scope="module")
def documents(crawled: Crawled, rows: dict[str, dict[str, Any]]) -> list[tuple[ArticleTruth, dict[str, Any]]]:
    """Each article of the truth with its one row, which may stand under any of its addresses."""
    by_address = {url: row for row in rows.values() for url in (row["url"], *row["aliases"])}
    truth = crawled.portal.truth.articles
    missing = [article.url for article in truth if not {article.url, article.alias} & by_address.keys()]
    assert not missing
    return [(article, by_address.get(article.url) or by_address[article.alias]) for article in truth]


def test_every_field_is_right(documents: list[tuple[ArticleTruth, dict[str, Any]]]) -> None:
    faults = []
    for article, row in documents:
        wanted = {
            "title": article.title,
            "source": article.source,
            "author": article.author,
            "published_at": article.published_at,
            "clicks": article.clicks,
            "breadcrumb": list(article.breadcrumb),
            "document_number": article.document_number,
            "document_date": article.document_date,
            "issuers": list(article.issuers),
        }
        faults += [f"{article.url} {k}: {row[k]!r}, not {want!r}" for k, want in wanted.items() if row[k] != want]
        for key in ("previous", "next"):
            neighbour = getattr(article, key)
            if (row[key] or {}).get("title") != (neighbour.title if neighbour else None):
                faults.append(f"{article.url} {key}: {row[key]!r}, not {neighbour!r}")
        for key in ("attachments", "images"):
            if sorted(one["url"] for one in row[key]) != sorted(one.url for one in getattr(article, key)):
                faults.append(f"{article.url} {key}: {row[key]!r}")
    assert not faults, "\n".join(faults[:20])


def test_planted_artefacts_are_edited_and_near_misses_are_not(
    documents: list[tuple[ArticleTruth, dict[str, Any]]],
) -> None:
    planted = 0
    for article, row in documents:
        edits = [from_json(edit) for edit in row["edits"]]
        original = revert(row["text"], edits)
        assert original == "\n".join(article.lines), article.url
        assert row["text"] == "\n".join(article.repaired), article.url
        for near in article.near_misses:
            touching = [edit for edit in edits if edit.start < near.end and near.start < edit.end]
            assert not touching, (article.url, near, touching)
        for artefact in article.planted:
            assert any(e.start < artefact.end and artefact.start < e.end for e in edits), (article.url, artefact)
        planted += len(article.planted)
        assert hashlib.sha256(original.encode()).hexdigest() == row["original_sha256"].removeprefix("sha256:")
    assert planted >= 200


def test_pages_that_are_no_documents_give_no_row(crawled: Crawled, rows: dict[str, dict[str, Any]]) -> None:
    truth = crawled.portal.truth
    known = {url for article in truth.articles for url in (article.url, article.alias)}
    single = {column.url for columns in truth.columns.values() for column in columns if column.declared_total is None}
    others = {url for url in rows if url not in known | single and not url.startswith(crawled.portal.origins.shelf)}
    assert not others


@pytest.mark.parametrize("workers", [1, 2])
def test_the_archive_alone_gives_the_same_rows(crawled: Crawled, tmp_path: Path, workers: int) -> None:
    kept = tmp_path / crawled.collection.name
    shutil.copytree(crawled.collection / "archive", kept / "archive")
    out = tmp_path / "again.jsonl"
    done = jiucang("extract", kept, "-o", out, "--workers", str(workers))
    assert done.returncode == 0, done.stderr
    assert out.read_bytes() == (crawled.collection / "documents" / "documents.jsonl").read_bytes()
