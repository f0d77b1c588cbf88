"""`jiucang review`: proposals and edits on the terminal, and what a person decides about them."""

from __future__ import annotations

import getpass
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from rich.cells import cell_len, chop_cells

from archive.collection import Collection
from jiucang.codes import BAD_INPUT, DONE
from pipelines.edits import CONTEXT, edit_id, from_json, revert
from pipelines.review.applying import places, with_decisions
from pipelines.review.decisions import REVIEW_RULE, BadDecision, Decision, What, append_decisions, in_force
from pipelines.review.decisions import read_decisions as read_lines
from pipelines.schema import EditRow, Row

WIDTH = 80
_HELP = "a accept · r reject · c TEXT correct · s skip · u undo · q quit"


@dataclass(frozen=True, slots=True)
class Item:
    """An edit of a document, to be decided on."""

    document: str
    url: str
    title: str | None
    edit: EditRow
    occurrence: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be done without a dialogue. `what` None only lists; `edit` is an edit's id, or for `add` the
    document's, with `before` and `occurrence` naming the place."""

    what: What | None
    edit: str = ""
    after: str | None = None
    before: str = ""
    occurrence: int = 0


class NotFound(ValueError):
    """No edit or passage of that name; the message says what was looked for."""


def default_name() -> str:
    """Who decides, where nothing else is said: JIUCANG_REVIEWER, else the account's name."""
    try:
        return os.environ.get("JIUCANG_REVIEWER") or getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def review_collection(root: Path, *, by: str | None, asked: Asked | None, as_json: bool, every: bool) -> int:
    """Reviews the collection at *root*; a dialogue where nothing is *asked*. Returns the exit code."""
    collection = Collection(root)
    if not collection.documents.is_file():
        print(f"jiucang: {collection.documents}: is not there; run jiucang extract first", file=sys.stderr)
        return BAD_INPUT
    desk = Desk(collection, by or default_name())
    try:
        if asked is None:
            return converse(desk, every)
        if asked.what is None:
            return show(desk, as_json, every)
        decision = desk.decide(asked)
    except (NotFound, BadDecision) as error:
        print(f"jiucang: {error}", file=sys.stderr)
        return BAD_INPUT
    except OSError as error:
        print(f"jiucang: {error.filename or collection.decisions}: {error.strerror}", file=sys.stderr)
        return BAD_INPUT
    print(f"{decision.what}: {decision.edit}\n  the next jiucang extract takes it in")
    return DONE


class Desk:
    """A collection's rows and decisions."""

    def __init__(self, collection: Collection, by: str) -> None:
        self._collection = collection
        self._by = by
        self._done: list[Decision] = []

    def rows(self) -> Iterator[Row]:
        """As they stand with the decisions of this moment, which the file may not yet have taken in."""
        known: list[Decision] = []
        if self._collection.decisions.is_file():
            known, bad = read_lines(self._collection.decisions)
            for one in bad:
                print(f"{self._collection.decisions}:{one.line}: {one.why}", file=sys.stderr)
        documents, _ = in_force(known)
        with self._collection.documents.open(encoding="utf-8") as file:
            for line in file:
                row = cast(Row, json.loads(line))
                yield with_decisions(row, documents[row["id"]])[0] if row["id"] in documents else row

    def items(self, every: bool) -> Iterator[Item]:
        """What is proposed; with *every* all other edits, too."""
        for row in self.rows():
            seen: dict[tuple[str, ...], int] = {}
            for edit in row["edits"]:
                key = (edit["rule"], edit["before"], edit["prefix"], edit["suffix"])
                seen[key] = seen.get(key, -1) + 1
                if every or edit["status"] == "proposed":
                    yield Item(row["id"], row["url"], row["title"], edit, seen[key])

    def decide(self, asked: Asked) -> Decision:
        """Writes a decision down. NotFound, BadDecision, OSError."""
        if asked.what == "add":
            return self._write(self._added(asked))
        item = next((item for item in self.items(every=True) if item.edit["id"] == asked.edit), None)
        if item is None:
            raise NotFound(f"no edit {asked.edit!r} in {self._collection.documents}")
        return self.on(item, cast(What, asked.what), asked.after)

    def on(self, item: Item, what: What, after: str | None = None) -> Decision:
        """Writes down what was decided on an edit."""
        edit = item.edit
        reading = None if what == "undo" else after if what == "correct" else edit["after"]
        return self._write(
            Decision(
                who=self._by,
                when=_now(),
                what=what,
                document=item.document,
                edit=edit["id"],
                after=reading,
                occurrence=item.occurrence,
                rule=edit["rule"],
                rule_version=edit["rule_version"],
                kind=edit["kind"],
                before=edit["before"],
                prefix=edit["prefix"],
                suffix=edit["suffix"],
            )
        )

    @property
    def decided(self) -> int:
        """How many decisions of this dialogue stand."""
        return len(self._done)

    def undo_last(self) -> Decision | None:
        """Takes back the last decision of this dialogue."""
        if not self._done:
            return None
        last = self._done.pop()
        undone = replace(last, what="undo", after=None, when=_now())
        append_decisions(self._collection.decisions, [undone])
        return undone

    def _added(self, asked: Asked) -> Decision:
        row = next((row for row in self.rows() if row["id"] == asked.edit), None)
        if row is None:
            raise NotFound(f"no document {asked.edit!r} in {self._collection.documents}")
        original = revert(row["text"], [from_json(edit) for edit in row["edits"]])
        found = [at for at in range(len(original)) if asked.before and original.startswith(asked.before, at)]
        if asked.occurrence >= len(found):
            raise NotFound(f"{asked.before!r} stands {len(found)} times in the document as extracted")
        start = found[asked.occurrence]
        end = start + len(asked.before)
        prefix, suffix = original[max(0, start - CONTEXT) : start], original[end : end + CONTEXT]
        occurrence = places(original, asked.before, prefix, suffix).index(start)
        made = edit_id(row["id"], REVIEW_RULE, asked.before, prefix, suffix, occurrence)
        return Decision(
            self._by, _now(), "add", row["id"], made, REVIEW_RULE, "1", "repair",
            asked.before, asked.after, prefix, suffix, occurrence,
        )  # fmt: skip

    def _write(self, decision: Decision) -> Decision:
        append_decisions(self._collection.decisions, [decision])
        self._done.append(decision)
        return decision


def show(desk: Desk, as_json: bool, every: bool) -> int:
    """Lists; with *as_json* an object a line."""
    for item in desk.items(every):
        if as_json:
            known = {"document": item.document, "url": item.url, "title": item.title}
            print(json.dumps({**known, **item.edit}, ensure_ascii=False))
        else:
            print("\n".join(described(item)))
    return DONE


def converse(desk: Desk, every: bool, ask: Callable[[str], str] = input) -> int:
    """One after the other, the surest first, until the last or `q`."""
    items = sorted(desk.items(every), key=lambda item: -item.edit["confidence"])
    print("\n".join(_wrapped(_summary(items), "")))
    at = 0
    while at < len(items):
        print(f"\n{at + 1} of {len(items)}")
        print("\n".join(described(items[at])))
        print(_HELP)
        try:
            answer = ask("> ").strip()
        except EOFError:
            break
        word, _, rest = answer.partition(" ")
        if word == "q":
            break
        try:
            if word in ("u", "undo"):
                at = _undone(desk, items, at)
            else:
                at += _carried_out(desk, items[at], word, rest.strip())
        except BadDecision as error:
            print(error)
    print(f"{desk.decided} decided on, {len(items)} were there; the next jiucang extract takes the decisions in")
    return DONE


def _summary(items: Sequence[Item]) -> str:
    if not items:
        return "nothing is proposed"
    rules = Counter(item.edit["rule"] for item in items)
    documents = len({item.document for item in items})
    counted = ", ".join(f"{rule} {count}" for rule, count in sorted(rules.items()))
    return f"{len(items)} to decide on in {documents} documents: {counted}; the surest first"


def _undone(desk: Desk, items: Sequence[Item], at: int) -> int:
    """The place of what is to be decided on again."""
    undone = desk.undo_last()
    print("undone" if undone else "nothing to undo")
    places = (place for place, item in enumerate(items) if undone and item.edit["id"] == undone.edit)
    return next(places, at)


def _carried_out(desk: Desk, item: Item, word: str, rest: str) -> int:
    """By how many items the dialogue moves on."""
    whats: dict[str, What] = {"a": "accept", "accept": "accept", "r": "reject", "reject": "reject"}
    if word in ("s", "skip"):
        return 1
    if word in ("c", "correct"):
        desk.on(item, "correct", rest)
        return 1
    if word in whats:
        desk.on(item, whats[word])
        return 1
    print(f"{word!r} is no command")
    return 0


def described(item: Item) -> Iterator[str]:
    """Lines of at most 80 columns, a Chinese character counting as two."""
    edit = item.edit
    after = "?" if edit["after"] is None else edit["after"] or "∅"
    yield from _wrapped(f"{edit['id']}  {edit['rule']}  {edit['status']}  {edit['confidence']:.2f}", "")
    yield from _wrapped(_plain(item.title or item.url), "  ")
    change = f"[{edit['before'] or '∅'} → {after}]"
    yield from _wrapped(_plain(edit["prefix"] + change + edit["suffix"]), "  ")
    for line in edit["evidence"]:
        yield from _wrapped(_plain(line), "    ")


def _plain(text: str) -> str:
    """Without what a terminal would obey: the text is a portal's."""
    return "".join(char if char.isprintable() else "⏎" if char == "\n" else "·" for char in text)


def _wrapped(text: str, indent: str) -> Iterator[str]:
    yield from (indent + part for part in chop_cells(text, WIDTH - cell_len(indent)))


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
