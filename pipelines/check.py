"""documents.jsonl and clicks.jsonl checked: each row by itself, its edits taken back, the capture it names. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from archive.verify.catalogue import Catalogue
from archive.verify.findings import Findings, Problem
from archive.verify.lines import bounded_lines
from pipelines.edits import EditError, from_json, revert
from pipelines.schema import KEYS, ClicksProvenance, ClicksRow, Provenance, Row, sha256

MAX_LINE = 64 * 1024 * 1024

_ROWS: TypeAdapter[Row] = TypeAdapter(Row)
_CLICKS: TypeAdapter[ClicksRow] = TypeAdapter(ClicksRow)
_R = TypeVar("_R", Row, ClicksRow)


def check_documents(source: Iterable[bytes], name: str, catalogue: Catalogue, found: Findings) -> int:
    """Checks the rows of documents.jsonl, given as its bytes in pieces; how many lines there were.

    *name* is what findings call the file; *catalogue* holds the records of the set that it was derived from.
    """
    before = ""
    versions: set[str] = set()
    number = 0
    for number, line in enumerate(bounded_lines(source, MAX_LINE), 1):
        where = f"{name}:{number}"
        row = _read(line, _ROWS, KEYS, where, found)
        if row is None:
            continue
        if row["id"] < before:
            found.add("document.order", where, f"{row['id']} after {before}")
        if row["id"] != before:
            versions.clear()
        if row["version"] in versions:
            found.add("document.order", where, f"{row['id']} {row['version']} stands twice")
        before = row["id"]
        versions.add(row["version"])
        problems = (*_text_problems(row), *_place_problems(row["provenance"], catalogue), *_captures(row, catalogue))
        for problem in problems:
            found.add(problem.code, where, problem.detail)
    return number


def check_clicks(source: Iterable[bytes], name: str, catalogue: Catalogue, found: Findings) -> int:
    """The same for clicks.jsonl."""
    keys = tuple(ClicksRow.__annotations__)
    number = 0
    for number, line in enumerate(bounded_lines(source, MAX_LINE), 1):
        row = _read(line, _CLICKS, keys, f"{name}:{number}", found)
        for problem in _place_problems(row["provenance"], catalogue) if row is not None else ():
            found.add(problem.code, f"{name}:{number}", problem.detail)
    return number


def _read(line: bytes | None, rows: TypeAdapter[_R], keys: tuple[str, ...], where: str, found: Findings) -> _R | None:
    """The row; None where it is none, which is then among the findings."""
    wrong = f"longer than {MAX_LINE} bytes"
    if line is not None:
        try:
            value = json.loads(line)
            row = rows.validate_python(value, strict=True)
            if tuple(value) == keys:
                return row
            wrong = "keys out of order"
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            wrong = f"{'.'.join(map(str, first['loc'])) or 'the line'}: {first['msg']}"
        except (ValueError, RecursionError) as error:
            wrong = f"no JSON: {error}"
    found.add("document.row", where, wrong)
    return None


def _text_problems(row: Row) -> Iterator[Problem]:
    text = row["text"]
    if row["text_sha256"] != _digest(text):
        yield Problem("document.text", f"found {_digest(text)}, stated {row['text_sha256']}")
    try:
        original = revert(text, [from_json(edit) for edit in row["edits"]])
    except EditError as error:
        yield Problem("document.edits", str(error))
    else:
        if row["original_sha256"] != _digest(original):
            yield Problem("document.edits", f"original {_digest(original)}, stated {row['original_sha256']}")
    for section in row["sections"]:
        if not 0 <= section["start"] <= section["end"] <= len(text):
            yield Problem("document.sections", f"from {section['start']} to {section['end']} of {len(text)}")


def _digest(text: str) -> str:
    # JSON can name a lone surrogate, which UTF-8 cannot hold
    return sha256(text.encode("utf-8", "replace").decode("utf-8"))


def _place_problems(stated: Provenance | ClicksProvenance, catalogue: Catalogue) -> Iterator[Problem]:
    record = None
    if not stated["length"]:
        record = catalogue.named(stated["record_id"])
    elif stated["offset"] < 1 << 62:
        record = catalogue.at(stated["file"], stated["offset"])
    if record is None:
        yield Problem("document.provenance", f"no record at {stated['file']}:{stated['offset']}")
    elif record.sound:
        pairs = (
            ("record_id", stated["record_id"], record.id),
            ("length", stated["length"], record.length),
            ("date", stated["date"], record.date),
        )
        for key, value, found in pairs:
            if value != found:
                yield Problem("document.provenance", f"{key} {value}, the record's {found}")


def _captures(row: Row, catalogue: Catalogue) -> Iterator[Problem]:
    for key in ("attachments", "images"):
        for enclosure in row["attachments"] if key == "attachments" else row["images"]:
            if enclosure["capture"] is not None and catalogue.named(enclosure["capture"]) is None:
                yield Problem("document.capture", f"{key}: {enclosure['capture']}")
