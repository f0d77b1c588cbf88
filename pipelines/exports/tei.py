"""A row as a TEI P5 document: a reading text in which every edit shows both readings.

A repair that stands in the text is `<choice><sic>…</sic><corr>…</corr></choice>`, a normalisation
`<choice><orig>…</orig><reg>…</reg></choice>`. Paragraphs and rows of tables are `<p>`; a line end within an edit is
`<lb/>`. What XML cannot hold (control characters) is `<g ref="urn:jiucang:char:HEX"/>`. Proposed and rejected edits are
no part of a reading: those are in the row, in the annotations and in the provenance.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from pipelines.edits import STANDING, from_json, revert
from pipelines.schema import EditRow, Row

_NO_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters outside XML 1.0's Char; and the carriage return, which a parser reads as a line feed."""


def file_name(row: Row) -> str:
    """A name for the row's document that no other row of any extraction has."""
    return f"{row['id']}-{row['version']}.xml"


def tei_document(row: Row) -> str:
    """The row as an XML document that ends with a line feed."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<TEI xmlns="http://www.tei-c.org/ns/1.0" xml:lang="zh">
{_header(row)}
<text><body>
{_body(row)}
</body></text>
</TEI>
"""


def _header(row: Row) -> str:
    provenance = row["provenance"]
    author = f"<author>{_text(row['author'])}</author>" if row["author"] is not None else ""
    published = row["published_at"]
    date = f"<date when={quoteattr(published)}>{published}</date>" if published is not None else ""
    publisher = f"<publisher>{_text(row['source'])}</publisher>" if row["source"] is not None else ""
    number = f'<idno type="document-number">{_text(row["document_number"])}</idno>' if row["document_number"] else ""
    agents = sorted({edit["agent"] for edit in row["edits"] if edit["status"] in STANDING})
    resp = "".join(
        f'<respStmt xml:id="agent.{at}"><resp>edits</resp><name>{_text(name)}</name></respStmt>'
        for at, name in enumerate(agents)
    )
    return f"""<teiHeader>
<fileDesc>
<titleStmt><title>{_text(row["title"] or "")}</title>{author}{resp}</titleStmt>
<publicationStmt><p>jiucang {_text(provenance["versions"]["jiucang"])}</p></publicationStmt>
<sourceDesc><bibl><title>{_text(row["title"] or "")}</title>{author}{publisher}{date}{number}
<idno type="url">{_text(row["url"])}</idno>
<idno type="document">{row["id"]}</idno><idno type="version">{row["version"]}</idno>
<idno type="warc-record">{_text(provenance["record_id"])}</idno></bibl></sourceDesc>
</fileDesc>
<encodingDesc><editorialDecl>
<p>SHA-256 of the text as extracted (sic, orig): {row["original_sha256"]}</p>
<p>SHA-256 of the text as edited (corr, reg): {row["text_sha256"]}</p>
</editorialDecl></encodingDesc>
</teiHeader>"""


def _body(row: Row) -> str:
    agents = sorted({edit["agent"] for edit in row["edits"] if edit["status"] in STANDING})
    out = ["<p>"]
    for piece in _pieces(row):
        if isinstance(piece, str):
            out.append(_text(piece).replace("\n", "</p>\n<p>"))
        else:
            out.append(_choice(piece, agents.index(piece["agent"])))
    return "".join([*out, "</p>"])


def _pieces(row: Row) -> Iterator[str | EditRow]:
    """The text as extracted in stretches, and in their places the edits that stand in the text."""
    original = revert(row["text"], [from_json(edit) for edit in row["edits"]])
    at = 0
    for edit in row["edits"]:
        if edit["status"] in STANDING:
            yield original[at : edit["start"]]
            yield edit
            at = edit["end"]
    yield original[at:]


def _choice(edit: EditRow, agent: int) -> str:
    old, new = ("sic", "corr") if edit["kind"] == "repair" else ("orig", "reg")
    before, after = (_text(part).replace("\n", "<lb/>") for part in (edit["before"], edit["after"] or ""))
    said = f'type={quoteattr(edit["rule"])} resp="#agent.{agent}"'
    return f'<choice xml:id="edit.{edit["id"]}"><{old}>{before}</{old}><{new} {said}>{after}</{new}></choice>'


def _text(text: str) -> str:
    return _NO_XML.sub(lambda found: f'<g ref="urn:jiucang:char:{ord(found[0]):X}"/>', escape(text))
