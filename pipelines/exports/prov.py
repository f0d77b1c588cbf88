"""Where a row comes from, as W3C PROV in its JSON form (Member Submission, 24 April 2013): one document per row.

Captures (entities) were used by an extraction (activity), which generated the text as extracted. Each edit that stands
in the text is an activity of its own: it used the text before it and generated a revision of it; the last revision is
the document. Edits themselves are entities too, attributed to the software or person that made them, with their spans
and wording, so that those which do not stand in the text are told as well.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence

from pipelines.edits import STANDING
from pipelines.schema import EditRow, PartRow, Provenance, Row

_PREFIXES = {
    name: f"urn:jiucang:{name}:"
    for name in ("document", "extracted", "revision", "capture", "edit", "extraction", "editing", "agent", "terms")
}
_REVISION = {"$": "prov:Revision", "type": "prov:QUALIFIED_NAME"}
_Value = str | int | float | Mapping[str, str] | Sequence[str]


def prov_document(row: Row) -> str:
    """The row's provenance as a line of PROV-JSON without its line end."""
    return _Statements(row).serialised()


class _Statements:
    """The statements about one row, by their kind, in the order in which they are made."""

    def __init__(self, row: Row) -> None:
        self._row = row
        self._key = f"{row['id']}.{row['version']}"
        self._by_kind: dict[str, dict[str, dict[str, _Value]]] = defaultdict(dict)
        self._relations = 0
        self._extraction()
        self._edits()

    def serialised(self) -> str:
        return json.dumps({"prefix": _PREFIXES, **self._by_kind}, ensure_ascii=False, separators=(",", ":"))

    def _say(self, kind: str, name: str, **attributes: _Value | None) -> str:
        named = {key.replace("_", ":", 1): value for key, value in attributes.items() if value is not None}
        self._by_kind[kind][name] = named
        return name

    def _relate(self, kind: str, **ends: _Value) -> None:
        self._relations += 1
        self._by_kind[kind][f"_:r{self._relations}"] = {key.replace("_", ":", 1): end for key, end in ends.items()}

    def _extraction(self) -> None:
        row, provenance = self._row, self._row["provenance"]
        versions = provenance["versions"]
        agent = self._agent(f"jiucang/{versions['jiucang']}", person=False)
        activity = self._say(
            "activity",
            f"extraction:{self._key}",
            terms_profile=versions["profile"],
            terms_method=provenance["method"],
            terms_encoding=provenance["encoding"]["used"],
        )
        self._relate("wasAssociatedWith", prov_activity=activity, prov_agent=agent)
        for capture in (
            self._capture(row["url"], provenance),
            *(self._capture(p["url"], p) for p in provenance["parts"]),
        ):
            self._relate("used", prov_activity=activity, prov_entity=capture)
        original = self._say("entity", f"extracted:{self._key}", terms_sha256=row["original_sha256"])
        self._relate("wasGeneratedBy", prov_entity=original, prov_activity=activity)

    def _capture(self, url: str, place: Provenance | PartRow) -> str:
        return self._say(
            "entity",
            f"capture:{_digest(place['record_id'])}",
            prov_location=place["file"],
            terms_url=url,
            terms_recordId=place["record_id"],
            terms_date=place["date"],
            terms_offset=place["offset"],
            terms_length=place["length"],
            terms_payloadDigest=place["payload_digest"],
        )

    def _edits(self) -> None:
        row = self._row
        standing = [edit for edit in row["edits"] if edit["status"] in STANDING]
        latest = f"extracted:{self._key}"
        for edit in row["edits"]:
            agent = self._agent(edit["agent"], person=edit["time"] is not None)
            entity = self._edit(edit, agent)
            if edit["status"] in STANDING:
                last = edit is standing[-1]
                revision = (
                    f"document:{self._key}" if last else self._say("entity", f"revision:{self._key}.{edit['id']}")
                )
                self._revise(edit, entity, latest, revision, agent)
                latest = revision
        document = self._say(
            "entity",
            f"document:{self._key}",
            prov_label=row["title"],
            terms_url=row["url"],
            terms_sha256=row["text_sha256"],
        )
        if not standing:
            self._relate("wasDerivedFrom", prov_generatedEntity=document, prov_usedEntity=latest)
        if row["supersedes"] is not None:
            earlier = self._say("entity", f"document:{row['id']}.{row['supersedes']}")
            self._relate("wasDerivedFrom", prov_generatedEntity=document, prov_usedEntity=earlier, prov_type=_REVISION)

    def _edit(self, edit: EditRow, agent: str) -> str:
        replaces = edit["replaces"]
        entity = self._say(
            "entity",
            f"edit:{self._key}.{edit['id']}",
            terms_rule=edit["rule"],
            terms_ruleVersion=edit["rule_version"],
            terms_kind=edit["kind"],
            terms_status=edit["status"],
            terms_start=edit["start"],
            terms_end=edit["end"],
            terms_before=edit["before"],
            terms_after=edit["after"],
            terms_confidence=edit["confidence"],
            terms_evidence=edit["evidence"] or None,
            terms_replaces=f"edit:{self._key}.{replaces}" if replaces is not None else None,
        )
        self._relate("wasAttributedTo", prov_entity=entity, prov_agent=agent)
        return entity

    def _revise(self, edit: EditRow, entity: str, before: str, after: str, agent: str) -> None:
        activity = self._say("activity", f"editing:{self._key}.{edit['id']}", prov_endTime=edit["time"])
        self._relate("wasAssociatedWith", prov_activity=activity, prov_agent=agent)
        self._relate("used", prov_activity=activity, prov_entity=before)
        self._relate("used", prov_activity=activity, prov_entity=entity)
        self._relate("wasGeneratedBy", prov_entity=after, prov_activity=activity)
        self._relate(
            "wasDerivedFrom",
            prov_generatedEntity=after,
            prov_usedEntity=before,
            prov_activity=activity,
            prov_type=_REVISION,
        )

    def _agent(self, name: str, *, person: bool) -> str:
        kind = {"$": "prov:Person" if person else "prov:SoftwareAgent", "type": "prov:QUALIFIED_NAME"}
        return self._say("agent", f"agent:{_digest(name)}", prov_type=kind, prov_label=name)


def _digest(text: str) -> str:
    """A local name for what may hold any character."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]
