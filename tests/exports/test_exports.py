"""Each export read back by other means: from every one of them the text as extracted can be had again."""

from __future__ import annotations

import hashlib
import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from jiucang.exporting import Exports, extract_and_export
from pipelines.exports.annotations import annotation_page
from pipelines.exports.prov import prov_document
from pipelines.exports.tei import file_name, tei_document
from pipelines.schema import Row

TEI = "{http://www.tei-c.org/ns/1.0}"
XML_ID = "{http://www.w3.org/XML/1998/namespace}id"


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _taken_back(text: str, edits: Iterable[tuple[int, str, str]]) -> str:
    """`edits` as (start in the original, before, after); the way back, written once more for the proof."""
    out, at, shift = "", 0, 0
    for start, before, after in sorted(edits):
        place = start + shift
        assert text[place : place + len(after)] == after
        out += text[at:place] + before
        at = place + len(after)
        shift += len(after) - len(before)
    return out + text[at:]


def test_an_annotation_page_a_row_takes_the_text_back(rows: list[Row]) -> None:
    for row in rows:
        page = json.loads(annotation_page(row))
        assert page["@context"][0] == "http://www.w3.org/ns/anno.jsonld"
        assert len(page["items"]) == len(row["edits"])
        standing = []
        for item, edit in zip(page["items"], row["edits"], strict=True):
            position, quote = item["target"]["selector"]
            bodies = [body["value"] for body in item.get("body", []) if body["purpose"] == "editing"]
            assert (item["type"], item["motivation"]) == ("Annotation", "editing")
            assert bodies == ([edit["after"]] if edit["after"] is not None else [])
            assert item["target"]["source"] == f"urn:jiucang:text:{row['original_sha256']}"
            if item["jiucang:status"] in ("applied", "accepted"):
                standing.append((position["start"], quote["exact"], bodies[0]))
        original = _taken_back(row["text"], standing)
        assert _sha256(original) == row["original_sha256"]
        for item in page["items"]:
            position, quote = item["target"]["selector"]
            assert original[position["start"] : position["end"]] == quote["exact"]
            assert original[: position["start"]].endswith(quote["prefix"])
            assert original[position["end"] :].startswith(quote["suffix"])


def test_annotations_are_named_once_and_persons_told_from_software(rows: list[Row]) -> None:
    pages = [json.loads(annotation_page(row)) for row in rows]
    names = [item["id"] for page in pages for item in page["items"]]
    assert len(names) == len(set(names)) >= 7
    decided = [item for item in pages[-1]["items"] if "created" in item]
    assert {item["creator"]["type"] for item in decided} == {"Person"}
    assert {item["creator"]["type"] for item in pages[-1]["items"] if "created" not in item} == {"Software"}


def _local(record: Any) -> str:
    return str(record.identifier.localpart)


def _plain(record: Any) -> dict[str, Any]:
    return {name.localpart: value for name, value in record.attributes}


def test_provenance_is_read_by_the_prov_package(rows: list[Row]) -> None:
    model = pytest.importorskip("prov.model", reason="the package prov, which reads PROV-JSON, is not installed")
    for row in rows:
        document = model.ProvDocument.deserialize(content=prov_document(row), format="json")
        entities = {str(record.identifier): record for record in document.get_records(model.ProvEntity)}
        key = f"{row['id']}.{row['version']}"
        captures = [_plain(entity)["recordId"] for name, entity in entities.items() if name.startswith("capture:")]
        parts = [part["record_id"] for part in row["provenance"]["parts"]]
        assert sorted(captures) == sorted([row["provenance"]["record_id"], *parts])
        edits = [_plain(entity) for name, entity in entities.items() if name.startswith("edit:")]
        standing = [e for e in edits if e["status"] in ("applied", "accepted")]
        assert len(edits) == len(row["edits"])
        original = _taken_back(row["text"], [(e["start"], e["before"], e["after"]) for e in standing])
        assert _sha256(original) == _plain(entities[f"extracted:{key}"])["sha256"] == row["original_sha256"]
        chain: dict[str, list[str]] = {}
        for derived in document.get_records(model.ProvDerivation):
            ends = {name.localpart: str(value) for name, value in derived.formal_attributes}
            chain.setdefault(ends["generatedEntity"], []).append(ends["usedEntity"])
        at, steps = f"document:{key}", 0
        while at != f"extracted:{key}":
            at = next(one for one in chain[at] if not one.startswith("document:"))
            steps += 1
        assert steps == max(1, len(standing))


def _read(node: ElementTree.Element, wanted: tuple[str, str]) -> str:
    """The text of one reading: of each choice the child that is in *wanted*."""
    text = node.text or ""
    for child in node:
        tag = child.tag.removeprefix(TEI)
        if tag == "choice":
            text += "".join(_read(part, wanted) for part in child if part.tag.removeprefix(TEI) in wanted)
        elif tag == "lb":
            text += "\n"
        else:
            assert tag == "g"
            text += chr(int(child.attrib["ref"].rpartition(":")[2], 16))
        text += child.tail or ""
    return text


def test_both_readings_of_a_tei_document(rows: list[Row]) -> None:
    for row in rows:
        root = ElementTree.fromstring(tei_document(row).encode())
        paragraphs = root.findall(f".//{TEI}body/{TEI}p")
        assert "\n".join(_read(p, ("corr", "reg")) for p in paragraphs) == row["text"]
        assert _sha256("\n".join(_read(p, ("sic", "orig")) for p in paragraphs)) == row["original_sha256"]
        marked = [element.attrib[XML_ID] for element in root.iter() if XML_ID in element.attrib]
        assert len(marked) == len(set(marked))
        pointed = {element.attrib["resp"].removeprefix("#") for element in root.iter() if "resp" in element.attrib}
        assert pointed <= set(marked)


def test_the_command_writes_every_form(documents: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    exports = Exports(annotations=tmp_path / "new" / "a.jsonl", prov=tmp_path / "p.jsonl", tei=tmp_path / "tei")
    assert extract_and_export(lambda: 0, documents, exports, quiet=False) == 0
    rows = [json.loads(line) for line in documents.read_text("utf-8").splitlines()]
    for path, line_of in ((tmp_path / "new" / "a.jsonl", annotation_page), (tmp_path / "p.jsonl", prov_document)):
        assert path.read_text("utf-8") == "".join(line_of(row) + "\n" for row in rows)
    assert sorted(path.name for path in (tmp_path / "tei").iterdir()) == sorted(map(file_name, rows))
    assert capsys.readouterr().out.split() == [
        str(tmp_path / "new" / "a.jsonl"),
        str(tmp_path / "p.jsonl"),
        str(tmp_path / "tei"),
    ]


def test_a_form_that_cannot_be_written_is_a_message(
    documents: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert extract_and_export(lambda: 0, documents, Exports(tei=tmp_path / "file" / "tei"), quiet=True) == 2
    assert re.match(r"jiucang: .*file.*: Not a directory", capsys.readouterr().err)


def test_nothing_is_exported_after_bad_input(tmp_path: Path) -> None:
    exports = Exports(prov=tmp_path / "p.jsonl")
    assert extract_and_export(lambda: 2, tmp_path / "none.jsonl", exports, quiet=True) == 2
    assert list(tmp_path.iterdir()) == []
