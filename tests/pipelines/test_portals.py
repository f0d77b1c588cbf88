"""Pages of portals that no profile was written for: our own texts in the markup of a dozen systems.

`portals/expected.yaml` says what a reader sees on each; what is left out there is empty.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
import yaml

from pipelines.edits import from_json, revert
from pipelines.run import extract
from pipelines.schema import KEYS, SCHEMA

FOLDER = Path(__file__).parent / "portals"
PAGES: list[dict[str, Any]] = yaml.safe_load((FOLDER / "expected.yaml").read_text("utf-8"))


def _record(page: Mapping[str, Any]) -> bytes:
    body = (FOLDER / page["file"]).read_text("utf-8").encode(page.get("encoding", "utf-8"))
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    head = (
        f"WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:x:{page['file']}>\r\n"
        f"WARC-Date: 2014-11-03T02:00:00Z\r\nWARC-Target-URI: {page['url']}\r\n"
        f"Content-Type: application/http;msgtype=response\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return gzip.compress(head.encode() + block + b"\r\n\r\n", mtime=0)


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("portals")
    (folder / "pages.warc.gz").write_bytes(b"".join(map(_record, PAGES)))
    extract([folder / "pages.warc.gz"], folder / "documents.jsonl", workers=1)
    found = map(json.loads, (folder / "documents.jsonl").read_text("utf-8").splitlines())
    return {row["url"]: row for row in found}


def _folded(value: object) -> object:
    """The value without white space, which neither titles nor paragraphs are compared by."""
    if isinstance(value, str):
        return re.sub(r"\s+", "", value)
    return [_folded(item) for item in value] if isinstance(value, list) else value


def _linked(pair: list[str] | None, base: str) -> dict[str, str] | None:
    return {"title": pair[0], "url": urljoin(base, pair[1])} if pair else None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page["file"].removesuffix(".html"))
def test_a_page_is_read_as_a_reader_sees_it(page: dict[str, Any], rows: Mapping[str, dict[str, Any]]) -> None:
    row, url = rows[page["url"]], page["url"]
    for name in ("title", "source", "author", "published_at", "clicks", "document_number"):
        assert _folded(row[name]) == _folded(page.get(name)), name
    assert row["breadcrumb"] == page.get("breadcrumb", [])
    assert (row["previous"], row["next"]) == (_linked(page.get("previous"), url), _linked(page.get("next"), url))
    attachments = [{"title": item["name"], "url": item["url"]} for item in row["attachments"]]
    assert attachments == [_linked(item, url) for item in page.get("attachments", [])]
    assert [item["url"] for item in row["images"]] == [urljoin(url, item) for item in page.get("images", [])]
    original = revert(row["text"], [from_json(edit) for edit in row["edits"]])
    paragraphs = [line.replace("\t", "|").rstrip("|") for line in original.split("\n") if line]
    assert _folded(paragraphs) == _folded(page.get("paragraphs", []))
    assert set(page.get("warnings", [])) <= {warning["code"] for warning in row["warnings"]}


TEXT, MAYBE, TEXTS = (str,), (str, type(None)), "texts"
SHAPE: dict[str, object] = {
    **dict.fromkeys(("schema", "id", "version", "url", "captured_at", "text", "text_sha256", "original_sha256"), TEXT),
    **dict.fromkeys(("supersedes", "title", "source", "author", "published_at", "clicks_at"), MAYBE),
    **dict.fromkeys(("document_number", "document_date"), MAYBE),
    **dict.fromkeys(("aliases", "breadcrumb", "issuers"), TEXTS),
    "clicks": (int, type(None)),
    "previous": {"title": TEXT, "url": MAYBE},
    "next": {"title": TEXT, "url": MAYBE},
    "sections": [{"level": (int,), "number": TEXT, "heading": MAYBE, "start": (int,), "end": (int,)}],
    "attachments": [{"name": MAYBE, "url": TEXT, "media_type": MAYBE, "capture": MAYBE}],
    "images": [{"name": MAYBE, "url": TEXT, "media_type": MAYBE, "capture": MAYBE}],
    "edits": [
        {
            **dict.fromkeys(("id", "rule", "rule_version", "kind", "status", "before", "prefix", "suffix"), TEXT),
            **dict.fromkeys(("after", "time", "replaces"), MAYBE),
            "start": (int,),
            "end": (int,),
            "confidence": (int, float),
            "evidence": TEXTS,
            "agent": TEXT,
        }
    ],
    "provenance": {
        **dict.fromkeys(("file", "record_id", "date", "method"), TEXT),
        "offset": (int,),
        "length": (int,),
        "payload_digest": MAYBE,
        "encoding": {"used": TEXT, "declared": MAYBE, "why": TEXT},
        "versions": {"jiucang": TEXT, "profile": TEXT},
        "parts": [
            {
                **dict.fromkeys(("url", "file", "record_id", "date"), TEXT),
                "offset": (int,),
                "length": (int,),
                "payload_digest": MAYBE,
            }
        ],
    },
    "warnings": [{"code": TEXT, "detail": TEXT}],
}


def _assert_shape(value: object, shape: object, where: str) -> None:
    if shape == TEXTS:
        assert isinstance(value, list), where
        assert all(isinstance(item, str) for item in value), where
    elif isinstance(shape, list):
        assert isinstance(value, list), where
        for item in value:
            _assert_shape(item, shape[0], where)
    elif isinstance(shape, dict):
        if value is None and where in ("previous", "next"):
            return
        assert isinstance(value, dict), where
        assert value.keys() == shape.keys(), where
        for key, inner in shape.items():
            _assert_shape(value[key], inner, f"{where}.{key}")
    else:
        assert isinstance(shape, tuple)
        assert isinstance(value, shape), where
        assert not isinstance(value, bool), where


def test_every_row_has_every_key_and_its_type(rows: Mapping[str, dict[str, Any]]) -> None:
    assert len(rows) == len(PAGES)
    assert SHAPE.keys() == set(KEYS)
    for row in rows.values():
        assert tuple(row) == KEYS
        assert row["schema"] == SCHEMA
        for key, shape in SHAPE.items():
            _assert_shape(row[key], shape, key)
        assert (row["clicks"] is None) == (row["clicks_at"] is None)
        assert all(row["text"][s["start"] : s["end"]] for s in row["sections"])
