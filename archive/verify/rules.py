"""The fields of a record: which its type needs, which it must not have, what their values look like. Pure.

The tables follow WARC/1.1 clauses 5 and 6; where WARC/1.0 differs (dates, angle brackets about URIs) a rule says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from ipaddress import ip_address

from archive.digests import BadDigest, Digest
from archive.verify.findings import Problem
from archive.verify.heads import NAMES, Head

PAYLOADLESS = frozenset({"warcinfo", "metadata"})
"""Types without a payload (clause 4)."""

IDENTICAL = "identical-payload-digest"
PROFILES = tuple(
    f"http://netpreserve.org/warc/{version}/revisit/{kind}"
    for version in ("1.0", "1.1")
    for kind in (IDENTICAL, "server-not-modified")
)

_EVERY = ("warc-type", "warc-record-id", "warc-date")

_REFERS = ("warc-refers-to-target-uri", "warc-refers-to-date")
_SEGMENT = ("warc-segment-origin-id", "warc-segment-total-length")
_CAPTURE = ("warc-refers-to", *_REFERS, "warc-filename", "warc-profile", *_SEGMENT)
_WIRE = ("warc-concurrent-to", "warc-ip-address")

#: For each type: the fields it needs beside those that every record needs, and those it must not have.
_TYPES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "warcinfo": (
        (),
        ("warc-target-uri", "warc-warcinfo-id", *_WIRE, "warc-refers-to", *_REFERS, "warc-profile", *_SEGMENT),
    ),
    "response": (("warc-target-uri",), _CAPTURE),
    "resource": (("warc-target-uri",), _CAPTURE),
    "request": (("warc-target-uri",), _CAPTURE),
    "metadata": ((), (*_REFERS, "warc-filename", "warc-profile", *_SEGMENT)),
    "revisit": (("warc-target-uri", "warc-profile"), ("warc-filename", *_SEGMENT)),
    "conversion": (("warc-target-uri",), (*_REFERS, *_WIRE, "warc-filename", "warc-profile", *_SEGMENT)),
    "continuation": (
        ("warc-target-uri", "warc-segment-number", "warc-segment-origin-id"),
        ("warc-refers-to", *_REFERS, *_WIRE, "warc-filename", "warc-profile"),
    ),
}

_DATE = {
    "1.0": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII),
    "1.1": re.compile(r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?Z)?)?)?", re.ASCII),
}
_ID = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*:[!-;=?-~]+>")
_URI = re.compile(r'[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"\x00-\x1f\x7f]+')
_SHA256 = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
_NUMBER = re.compile(r"\d{1,18}", re.ASCII)
_REASONS = ("length", "time", "disconnect", "unspecified")


def check_fields(head: Head) -> list[Problem]:
    """Everything about the fields that can be told from one head alone.

    Content-Length is left out: without it a record cannot be passed over, so the walk reports it.
    """
    fields, version = head.fields, head.version
    record_type = head.get("warc-type")
    shape = _shape(record_type, tuple(fields))
    problems = list(shape.problems)
    for name, check in shape.checks:
        for value in fields[name]:
            if (problem := check(value, version)) is not None:
                problems.append(problem)
    if head.repeated:
        problems += [
            Problem("field.repeated", f"{NAMES[name]} stands {len(fields[name])} times")
            for name in fields
            if name in NAMES and len(fields[name]) > 1 and name != "warc-concurrent-to"
        ]
    if "content-type" not in fields and head.get("content-length") not in (None, "0") and record_type != "continuation":
        problems.append(Problem("field.content-type", f"{record_type} without Content-Type"))
    if record_type == "revisit":
        problems += _revisit(head)
    return problems


@dataclass(frozen=True, slots=True)
class _Shape:
    """What the names alone say of a record, and whose values are still to be looked at."""

    problems: tuple[Problem, ...]
    checks: tuple[tuple[str, Callable[[str, str], Problem | None]], ...]


@lru_cache(maxsize=1024)
def _shape(record_type: str | None, names: tuple[str, ...]) -> _Shape:
    """Records of one kind and one writer have the same names in the same order, hence the cache."""
    problems = [Problem("field.missing", f"{NAMES[name]} is missing") for name in _EVERY if name not in names]
    if record_type in _TYPES:
        required, forbidden = _TYPES[record_type]
        problems += [Problem("field.missing", f"{record_type} without {NAMES[n]}") for n in required if n not in names]
        problems += [Problem("field.forbidden", f"{record_type} with {NAMES[n]}") for n in forbidden if n in names]
        if record_type in PAYLOADLESS and "warc-payload-digest" in names:
            problems.append(Problem("digest.payload-undefined", f"{record_type} with WARC-Payload-Digest"))
    elif record_type is not None:
        problems.append(Problem("field.type-unknown", record_type))
    return _Shape(tuple(problems), tuple((name, _VALUES[name]) for name in names if name in _VALUES))


def _revisit(head: Head) -> list[Problem]:
    profile = (head.get("warc-profile") or "").strip("<>")
    if profile and profile not in PROFILES:
        return [Problem("revisit.profile", profile)]
    if profile.endswith(IDENTICAL) and "warc-payload-digest" not in head.fields:
        return [Problem("revisit.no-digest", "WARC-Payload-Digest is missing")]
    return []


@lru_cache(maxsize=4096)
def _date(value: str, version: str) -> Problem | None:
    """The records of an exchange share a date, so most are looked at once."""
    form = _DATE["1.0" if version == "1.0" else "1.1"]
    if not form.fullmatch(value):
        return Problem("field.date", f"found {value!r}, expected 2014-11-03T02:00:00Z" + _precision(value, version))
    year, month, day = value[:4], value[5:7] or "01", value[8:10] or "01"
    time = value[11:].rstrip("Z").partition(".")[0] or "00:00"
    try:
        datetime.fromisoformat(f"{year}-{month}-{day}T{time}")
    except ValueError as error:
        return Problem("field.date", f"found {value!r}: {error}")
    return None


def _precision(value: str, version: str) -> str:
    return "; fractions came with WARC/1.1" if version == "1.0" and "." in value else ""


def _record_id(value: str, _version: str) -> Problem | None:
    return None if _ID.fullmatch(value) else Problem("field.record-id", f"found {value!r}, expected <urn:uuid:…>")


@lru_cache(maxsize=1024)
def _reference(value: str, _version: str) -> Problem | None:
    return None if _ID.fullmatch(value) else Problem("field.reference", f"found {value!r}, expected <urn:uuid:…>")


@lru_cache(maxsize=4096)
def _uri(value: str, version: str) -> Problem | None:
    bare = bare_uri(value)
    if not _URI.fullmatch(bare):
        return Problem("field.uri", f"found {value!r}, expected an absolute URI, percent-encoded")
    if not bare.isascii():
        return Problem("field.uri-non-ascii", f"found {value!r}, expected percent-encoded bytes")
    if bare is not value and version != "1.0":
        return Problem("field.uri-brackets", value)
    return None


@lru_cache(maxsize=1024)
def _ip(value: str, _version: str) -> Problem | None:
    try:
        ip_address(value)
    except ValueError:
        return Problem("field.ip", f"found {value!r}")
    return None


def _truncated(value: str, _version: str) -> Problem | None:
    return None if value in _REASONS else Problem("field.truncated", f"found {value!r}, known: {', '.join(_REASONS)}")


def _number(value: str, _version: str) -> Problem | None:
    return None if _NUMBER.fullmatch(value) else Problem("field.segment", f"found {value!r}, expected digits")


def _digest(value: str, _version: str) -> Problem | None:
    return None if read_digest(value) is not None else Problem("digest.syntax", f"found {value!r}")


_VALUES: dict[str, Callable[[str, str], Problem | None]] = {
    "warc-date": _date,
    "warc-refers-to-date": _date,
    "warc-record-id": _record_id,
    "warc-concurrent-to": _reference,
    "warc-warcinfo-id": _reference,
    "warc-refers-to": _reference,
    "warc-segment-origin-id": _reference,
    "warc-target-uri": _uri,
    "warc-refers-to-target-uri": _uri,
    "warc-ip-address": _ip,
    "warc-truncated": _truncated,
    "warc-segment-number": _number,
    "warc-segment-total-length": _number,
    "warc-block-digest": _digest,
    "warc-payload-digest": _digest,
}


def bare_uri(value: str) -> str:
    """A URI without the angle brackets that the grammar of WARC/1.0 puts about it."""
    return value[1:-1] if value.startswith("<") and value.endswith(">") else value


def read_length(head: Head) -> int | None:
    """Content-Length in bytes; None where there is none or it is no number below 10^18."""
    value = head.get("content-length")
    return int(value) if value is not None and _NUMBER.fullmatch(value) else None


@lru_cache(maxsize=64)
def read_digest(value: str) -> Digest | None:
    """A digest in any notation; None where it cannot be read. Asked for twice of each record, hence the cache."""
    if _SHA256.fullmatch(value):
        return Digest("sha256", value[7:])
    try:
        return Digest.parse(value)
    except BadDigest:
        return None
