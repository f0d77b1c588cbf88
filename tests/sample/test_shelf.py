"""The shelf's table holds: what each case claims is what a careful reading of its bytes gives."""

from __future__ import annotations

import pytest

from archive.http1 import ResponseParser
from jiucang.sample.replies import Close, Stall
from jiucang.sample.shelf import BODY_LIMIT, CASES, Case, judge

NAMES = [case.name for case in CASES]


def read(case: Case) -> tuple[bytes, bytes, bytes, str | None]:
    """before, message, after and WARC-Truncated as a client with a body limit would have them."""
    parser = ResponseParser(case.method)
    message = b""
    room = BODY_LIMIT + 20_000
    for at in range(0, len(wire := case.reply().wire), 1000):
        message += parser.feed(wire[at : at + 1000]).raw
        if len(message) > room:
            return parser.before, message, b"", "length"
    stalled = any(isinstance(piece, Stall) for piece in case.pieces)
    ended = any(isinstance(piece, Close) for piece in case.pieces)
    if not parser.done:
        message += (parser.eof() if ended else parser.cut()).raw
    unanswered = not message
    reason = None if unanswered or parser.complete else "time" if stalled else "disconnect"
    return parser.before, message, parser.after, reason


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_a_careful_reading_is_judged_right(case: Case) -> None:
    assert judge(case, *read(case)) is None


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_a_careless_one_is_judged_wrong(case: Case) -> None:
    before, message, after, reason = read(case)
    assert judge(case, before, message, after, "length" if reason is None else None)
    assert judge(case, before + b"x", message, after, reason)
    assert judge(case, before, message + b"x", after, reason)
    assert judge(case, before, b"x" + message, after, reason)
    if case.expected.after:
        assert judge(case, before, message, b"", reason)
    if case.expected.verdict in ("exact", "unparsed"):
        assert judge(case, before, message[:-1], after, reason)


@pytest.mark.parametrize("case", [case for case in CASES if case.expected.status], ids=lambda case: case.name)
def test_its_status_is_what_the_table_says(case: Case) -> None:
    parser = ResponseParser(case.method)
    parser.feed(case.reply().wire)
    parser.cut()
    assert parser.head is not None
    assert parser.head.status == case.expected.status


@pytest.mark.parametrize("case", [case for case in CASES if case.expected.verdict == "unparsed"], ids=lambda c: c.name)
def test_what_is_no_http_is_not_read_as_such(case: Case) -> None:
    parser = ResponseParser("GET")
    parser.feed(case.reply().wire)
    parser.eof()
    assert parser.parsed is False


def test_names_are_unique() -> None:
    assert len(set(NAMES)) == len(NAMES)
