r"""decisions.jsonl: what people decided about edits, a line each; lines are appended and never changed.

A decision carries the passage it is about, not only the edit's id, so that it can be told whether the text is
still the one that was decided on, and so that an accepted reading stands even where a later version of the
software no longer proposes it. On one edit the last line counts; `undo` takes the last one back.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

from archive.files import OS_FILES
from archive.verify.lines import bounded_lines, json_object, pieces
from pipelines.edits import CONTEXT, edit_id
from pipelines.schema import Kind

What = Literal["accept", "reject", "correct", "add", "undo"]

REVIEW_RULE = "review"
"""The `rule` of an edit that a person made."""

MAX_LINE = 1 << 20
_WHO = 200
_ID = re.compile(r"[0-9a-f]{32}")
_WHEN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")


class BadDecision(ValueError):
    """A decision that says too little or contradicts itself: `key` at fault, what was `found`, what `expected`."""

    def __init__(self, key: str, found: object, expected: str) -> None:
        self.key, self.found, self.expected = key, found, expected
        super().__init__(f"{key}: found {found!r:.80}, expected {expected}")


@dataclass(frozen=True, slots=True)
class Decision:
    """One line. `edit` is the id of the edit decided on; of an added one the id that it gets.

    `before`, `prefix`, `suffix` and `occurrence` say where in the text as extracted, as in an edit. `rule`,
    `rule_version` and `kind` are those of the edit decided on. `after` is what was accepted or rejected, or what
    the person puts there; null where a passage without a sure reading was rejected, and in `undo`.
    """

    who: str
    when: str
    what: What
    document: str
    edit: str
    rule: str
    rule_version: str
    kind: Kind
    before: str
    after: str | None
    prefix: str
    suffix: str
    occurrence: int

    def __post_init__(self) -> None:
        if self.what not in get_args(What):
            raise BadDecision("what", self.what, " | ".join(get_args(What)))
        if not self.who.strip() or len(self.who) > _WHO or _CONTROL.search(self.who) or "\n" in self.who:
            raise BadDecision("who", self.who, f"a name of at most {_WHO} characters")
        if not _WHEN.fullmatch(self.when):
            raise BadDecision("when", self.when, "a UTC time such as 2014-11-03T02:00:00Z")
        for key, identity in (("document", self.document), ("edit", self.edit)):
            if not _ID.fullmatch(identity):
                raise BadDecision(key, identity, "32 hexadecimal digits")
        if self.kind not in get_args(Kind):
            raise BadDecision("kind", self.kind, " | ".join(get_args(Kind)))
        if max(len(self.prefix), len(self.suffix)) > CONTEXT or self.occurrence < 0:
            raise BadDecision("prefix, suffix, occurrence", self.occurrence, f"at most {CONTEXT} characters, from 0")
        if self.after is None and self.what in ("accept", "correct", "add"):
            raise BadDecision("after", None, f"the text that {self.what} puts there")
        if self.after is not None and _CONTROL.search(self.after):
            raise BadDecision("after", self.after, "text without control characters")
        if self.after == self.before and self.what != "undo":
            raise BadDecision("after", self.after, "something else than `before`")

    @property
    def made(self) -> str:
        """The id of the edit that this decision puts into the text, where it is a person's own."""
        return edit_id(self.document, REVIEW_RULE, self.before, self.prefix, self.suffix, self.occurrence)


_KEYS = tuple(Decision.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no decision. `torn` where it is the last and has no end: a write that a power loss cut."""

    line: int
    why: str
    torn: bool


def read_decisions(path: Path) -> tuple[list[Decision], list[BadLine]]:
    """The decisions in the order of the file, and the lines that are none. Raises OSError."""
    decisions: list[Decision] = []
    bad: list[BadLine] = []
    for number, line, ended in _lines(path):
        if line is not None and not line.strip():
            continue
        try:
            decisions.append(_parsed(line))
        except BadDecision as error:
            bad.append(BadLine(number, str(error), torn=not ended))
    return decisions, bad


def _lines(path: Path) -> Iterator[tuple[int, bytes | None, bool]]:
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 1))
        whole = file.read(1) == b"\n"
        file.seek(0)
        held: tuple[int, bytes | None] | None = None
        for number, line in enumerate(bounded_lines(pieces(file), MAX_LINE), 1):
            if held is not None:
                yield *held, True
            held = number, line
        if held is not None:
            yield *held, whole


def _parsed(line: bytes | None) -> Decision:
    if line is None:
        raise BadDecision("line", f"more than {MAX_LINE} bytes", "a decision")
    value = json_object(line)
    if value is None:
        raise BadDecision("line", line[:40].decode("utf-8", "replace"), "a JSON object")
    if value.keys() != set(_KEYS):
        odd = sorted(value.keys() ^ set(_KEYS))
        raise BadDecision("keys", ", ".join(odd), f"exactly {', '.join(_KEYS)}")
    for key, item in value.items():
        types = (int,) if key == "occurrence" else (str, type(None)) if key == "after" else (str,)
        if not isinstance(item, types) or isinstance(item, bool):
            raise BadDecision(key, item, " | ".join(one.__name__ for one in types))
    return Decision(**value)  # type: ignore[arg-type]


def append_decisions(path: Path, decisions: Iterable[Decision]) -> None:
    """Adds lines at the end, on disk when this returns; several processes may do so at once. Raises OSError.

    A last line that a power loss cut short is ended first, so that it spoils no other.
    """
    lines = "".join(json.dumps(asdict(one), ensure_ascii=False, separators=(",", ":")) + "\n" for one in decisions)
    data = lines.encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        size = os.fstat(handle).st_size
        if size and os.pread(handle, 1, size - 1) != b"\n":
            data = b"\n" + data
        while data:
            data = data[os.write(handle, data) :]
        os.fsync(handle)
    finally:
        os.close(handle)
    OS_FILES.fsync_folder(path.parent)


def in_force(decisions: Iterable[Decision]) -> tuple[dict[str, list[Decision]], list[Decision]]:
    """What counts in the end: by document the last decision on each edit, in the order of the file; and the
    `undo` lines that found nothing to take back."""
    stacks: dict[tuple[str, str], list[tuple[int, Decision]]] = {}
    idle: list[Decision] = []
    for number, decision in enumerate(decisions):
        stack = stacks.setdefault((decision.document, decision.edit), [])
        if decision.what != "undo":
            stack.append((number, decision))
        elif stack:
            stack.pop()
        else:
            idle.append(decision)
    last = sorted((stack[-1] for stack in stacks.values() if stack), key=lambda item: item[0])
    documents: dict[str, list[Decision]] = {}
    for _, decision in last:
        documents.setdefault(decision.document, []).append(decision)
    return documents, idle
