"""Edits as Web Annotations (W3C Recommendation, 23 February 2017), one AnnotationPage of JSON-LD per row.

Each edit is an Annotation of motivation `editing` on the text as extracted, selected by position (code points, as the
data model counts) and by quotation. Its body is the reading proposed or put there; an edit without one (flagged as
garbled) has none. What the vocabulary lacks stands under `jiucang:` keys.
"""

from __future__ import annotations

import json

from pipelines.schema import EditRow, Row

CONTEXT = ["http://www.w3.org/ns/anno.jsonld", {"jiucang": "urn:jiucang:terms:"}]
_Json = dict[str, object]


def annotation_page(row: Row) -> str:
    """The row's edits, sorted as they are in the row, as a line of JSON without its line end."""
    name = f"urn:jiucang:document:{row['id']}:{row['version']}"
    page: _Json = {
        "@context": CONTEXT,
        "id": f"{name}:annotations",
        "type": "AnnotationPage",
        "jiucang:document": {
            "id": name,
            "jiucang:url": row["url"],
            "jiucang:textSha256": row["text_sha256"],
            "jiucang:originalSha256": row["original_sha256"],
        },
        "items": [_annotation(edit, row, name) for edit in row["edits"]],
    }
    return json.dumps(page, ensure_ascii=False, separators=(",", ":"))


def _annotation(edit: EditRow, row: Row, document: str) -> _Json:
    annotation: _Json = {
        "id": f"{document}:edit:{edit['id']}",
        "type": "Annotation",
        "motivation": "editing",
        "creator": {"type": "Software" if edit["time"] is None else "Person", "name": edit["agent"]},
    }
    if edit["time"] is not None:
        annotation["created"] = edit["time"]
    if bodies := _bodies(edit):
        annotation["body"] = bodies
    annotation["target"] = {
        "type": "SpecificResource",
        "source": f"urn:jiucang:text:{row['original_sha256']}",
        "selector": [
            {"type": "TextPositionSelector", "start": edit["start"], "end": edit["end"]},
            {
                "type": "TextQuoteSelector",
                "exact": edit["before"],
                "prefix": edit["prefix"],
                "suffix": edit["suffix"],
            },
        ],
    }
    annotation |= {
        "jiucang:status": edit["status"],
        "jiucang:kind": edit["kind"],
        "jiucang:rule": edit["rule"],
        "jiucang:ruleVersion": edit["rule_version"],
        "jiucang:confidence": edit["confidence"],
    }
    if edit["replaces"] is not None:
        annotation["jiucang:replaces"] = f"{document}:edit:{edit['replaces']}"
    return annotation


def _bodies(edit: EditRow) -> list[_Json]:
    after = edit["after"]
    bodies: list[_Json] = []
    if after is not None:
        bodies.append({"type": "TextualBody", "purpose": "editing", "format": "text/plain", "value": after})
    bodies += [{"type": "TextualBody", "purpose": "describing", "value": said} for said in edit["evidence"]]
    return bodies
