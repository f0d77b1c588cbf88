"""A record's head read strictly (WARC/1.1 clause 4): what the reader forgives is a problem here. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from archive.verify.findings import Problem

_VERSION = re.compile(r"WARC/(\d+\.\d+)")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_REGULAR = re.compile(rb"WARC/1\.[01]\r\n(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\x00-\x08\x0a-\x1f\x7f]*\r\n)*\r\n")
_PAIR = re.compile(r"([^:\n]+):([^\r]*)")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
NAMES = {
    "warc-type": "WARC-Type",
    "warc-record-id": "WARC-Record-ID",
    "warc-date": "WARC-Date",
    "content-length": "Content-Length",
    "content-type": "Content-Type",
    "warc-concurrent-to": "WARC-Concurrent-To",
    "warc-block-digest": "WARC-Block-Digest",
    "warc-payload-digest": "WARC-Payload-Digest",
    "warc-ip-address": "WARC-IP-Address",
    "warc-refers-to": "WARC-Refers-To",
    "warc-refers-to-target-uri": "WARC-Refers-To-Target-URI",
    "warc-refers-to-date": "WARC-Refers-To-Date",
    "warc-target-uri": "WARC-Target-URI",
    "warc-truncated": "WARC-Truncated",
    "warc-warcinfo-id": "WARC-Warcinfo-ID",
    "warc-filename": "WARC-Filename",
    "warc-profile": "WARC-Profile",
    "warc-identified-payload-type": "WARC-Identified-Payload-Type",
    "warc-segment-number": "WARC-Segment-Number",
    "warc-segment-origin-id": "WARC-Segment-Origin-ID",
    "warc-segment-total-length": "WARC-Segment-Total-Length",
}
"""The defined fields (clause 5): lower case, and as the standard writes them."""

_LOWER = {written: lower for lower, written in NAMES.items()}
_KNOWN_VERSIONS = ("1.0", "1.1")


@dataclass(frozen=True, slots=True)
class Head:
    """`version` is `1.1`, or empty where the line is none; `fields` has lower-case names, and values in their order.

    `repeated` says whether any field has several values.
    """

    version: str
    fields: dict[str, list[str]]
    repeated: bool

    def get(self, name: str) -> str | None:
        """The first value of the field called `name` (lower case)."""
        values = self.fields.get(name)
        return values[0] if values else None


def read_head(raw: bytes) -> tuple[Head, list[Problem]]:
    r"""A head with its empty line, and what is wrong with its form.

    >>> head, problems = read_head(b"WARC/1.1\r\nX-Name: a\r\n b\r\n\r\n")
    >>> head.get("x-name"), problems
    ('a b', [])
    """
    head = regular_head(raw)
    if head is not None:
        return head, []
    problems: list[Problem] = []
    breaks = raw.count(b"\r\n")
    if raw.count(b"\n") != breaks or raw.count(b"\r") != breaks:
        problems.append(Problem("record.line-ends", "expected CR LF after every line"))
    if control := _CONTROL.search(raw):
        problems.append(Problem("record.field-syntax", f"control character {control[0]!r}"))
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        problems.append(Problem("record.field-encoding", f"byte {error.start} of the head: {error.reason}"))
        text = raw.decode("utf-8", "replace")
    first, *lines = text.split("\n")
    version, fields = _version(first.rstrip("\r"), problems), _fields(lines, problems)
    return Head(version, fields, any(len(values) > 1 for values in fields.values())), problems


def regular_head(raw: bytes) -> Head | None:
    """A head in whose form nothing is wrong, and every field has a line of its own; None for any other."""
    if not _REGULAR.fullmatch(raw):
        return None
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    fields: dict[str, list[str]] = {}
    pairs = _PAIR.findall(text, 10)
    for name, value in pairs:
        lower = _LOWER.get(name) or name.lower()
        if lower in fields:
            fields[lower].append(value.strip())
        else:
            fields[lower] = [value.strip()]
    return Head(text[5:8], fields, len(fields) < len(pairs))


def _version(line: str, problems: list[Problem]) -> str:
    match = _VERSION.fullmatch(line)
    if not match:
        problems.append(Problem("record.version-line", f"found {line[:60]!r}, expected WARC/1.1"))
        return ""
    if match[1] not in _KNOWN_VERSIONS:
        problems.append(Problem("record.version-unknown", line))
    return match[1]


def _fields(lines: list[str], problems: list[Problem]) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    last: list[str] | None = None
    for line in lines:
        name, _, value = line.partition(":")
        lower = _LOWER.get(name)
        if lower is None:
            if line[:1] in (" ", "\t") and last is not None:
                last[-1] = f"{last[-1]} {line.strip()}".strip()
                continue
            if len(name) == len(line) or not _TOKEN.fullmatch(name):
                if line.rstrip("\r"):
                    problems.append(Problem("record.field-syntax", f"found {line[:60]!r}, expected name: value"))
                continue
            lower = name.lower()
        last = fields.get(lower)
        if last is None:
            last = fields[lower] = []
        last.append(value.strip())
    return fields
