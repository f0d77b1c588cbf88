"""The record of an attempt, written and read again; and whatever else may stand in its place."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.claims import Claim
from crawler.frontier import PRIORITIES
from crawler.logged import read_ended, read_line, read_lines
from crawler.metadata import OUTCOMES, read_drop, read_metadata, read_outlink
from crawler.records import Reading, drop_line, exchange_records, link_line
from crawler.wire.exchange import Exchange
from profiles.links import Drop, Hop, Outlink
from profiles.outlinks import Pager

URLS = st.from_regex(r"https?://[a-z0-9.]{1,20}/[!-~]{0,40}", fullmatch=True)
LINKS = st.builds(
    Outlink,
    URLS,
    st.sampled_from([str(hop) for hop in Hop]),
    st.sampled_from(sorted(PRIORITIES)),
    st.just(""),
    st.sampled_from(["GET", "POST"]),
    st.binary(max_size=40),
).map(lambda link: link._replace(body=b"") if link.method == "GET" else link)
COUNTS = st.none() | st.integers(0, 10**6)
READINGS = st.builds(
    Reading,
    st.sampled_from(sorted(OUTCOMES)),
    st.none() | st.sampled_from(["status:503", "truncated:length"]),
    st.none() | st.sampled_from(["article", "list"]),
    st.none() | st.just("vsb"),
    pager=st.builds(Pager, COUNTS, COUNTS, COUNTS) | st.none(),
)
WHOLE = {
    "exchange": "0f3a",
    "run": "20141103020000",
    "attempt": "1",
    "role": "page",
    "via": "http://a.example/",
    "hopsFromSeed": "LL",
    "outcome": "captured",
}


def block(**changed: str | None) -> bytes:
    fields = {**WHOLE, **changed}
    return "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value is not None).encode()


@given(READINGS, st.lists(LINKS, max_size=5), st.lists(LINKS, max_size=3))
def test_what_is_written_is_read_again(reading: Reading, links: list[Outlink], left: list[Outlink]) -> None:
    drops = [Drop(link.url, "trap:calendar", link) for link in left]
    written = replace(
        reading,
        outlinks=tuple(map(link_line, links)),
        drops=(*map(drop_line, drops), drop_line(Drop("javascript:void(0)\n", "scheme:javascript"))),
    )
    claim = Claim(1, "http://a.example/b", "GET", b"", 1, "page", "LX", "http://a.example/", 2, 0, None)
    exchange = Exchange(url=claim.url, method="GET", started=datetime(2014, 11, 3, tzinfo=UTC), duration=1.5)
    [record] = exchange_records(exchange, "0f3a", "20141103020000", claim, written)
    assert isinstance(record.block, bytes)
    told = read_metadata(record.block)
    assert told is not None
    assert (told.exchange, told.run, told.attempt, told.role, told.via, told.hops) == (
        "0f3a",
        "20141103020000",
        3,
        "page",
        "http://a.example/",
        "LX",
    )
    assert (told.outcome, told.reason, told.kind, told.profile) == (
        reading.outcome,
        reading.reason,
        reading.kind,
        reading.profile,
    )
    nothing = reading.pager is not None and (reading.pager.items, reading.pager.pages, reading.pager.current) == (
        (None,) * 3
    )
    assert told.pager == (None if nothing else reading.pager)
    assert told.outlinks == tuple(links) and told.drops == tuple(drops)


@given(st.binary(max_size=400))
def test_nothing_in_a_block_is_too_odd_to_be_read(noise: bytes) -> None:
    read_metadata(noise)
    read_metadata(block() + noise)
    read_metadata(noise + b"\r\n" + block())
    list(read_lines([noise, noise]))
    read_ended(noise)


@given(st.text(max_size=200))
def test_nothing_in_a_line_is_too_odd_to_be_read(noise: str) -> None:
    for line in (noise, f"http://a.example/ L page {noise}", f"http://a.example/{noise} L page trap:x"):
        for found in (read_outlink(line), (read_drop(line) or Drop("", "")).outlink):
            assert found is None or (found.role in PRIORITIES and found.hop in set(Hop) and " " not in found.url)
        read_line(line)


@pytest.mark.parametrize(
    "changed",
    [
        {"exchange": None},
        {"exchange": "a b"},
        {"exchange": "x" * 65},
        {"run": None},
        {"run": "../../etc"},
        {"attempt": "0"},
        {"attempt": "-1"},
        {"attempt": "９"},
        {"attempt": "1" * 30},
        {"role": "emperor"},
        {"hopsFromSeed": "LLQ"},
        {"outcome": "perhaps"},
    ],
)
def test_a_record_that_we_did_not_write_is_no_attempt(changed: dict[str, str | None]) -> None:
    assert read_metadata(block()) is not None
    assert read_metadata(block(**changed)) is None


@pytest.mark.parametrize(
    "line",
    [
        "",
        "http://a.example/",
        "http://a.example/ L",
        "http://a.example/ L page extra",
        "http://a.example/ L page POST !!!",
        "http://a.example/ L page post YQ==",
        "http://a.example/ Q page",
        "http:/// L page",
        "ftp://a.example/ L page",
        "file:///etc/passwd L page",
        "http://a.example/\x00 L page",
        "http://a.example/ L page POST YQ== more",
    ],
)
def test_a_line_that_could_not_have_been_written_is_passed_over(line: str) -> None:
    assert read_outlink(line) is None
    told = read_metadata(block() + f"outlink: {line}\r\noutlink: http://a.example/ok L page\r\n".encode())
    assert told is not None and [link.url for link in told.outlinks] == ["http://a.example/ok"]


def test_a_torn_log_gives_its_whole_lines() -> None:
    line = b"2014-11-03T02:00:00.000Z    -1          0 http://a.example/%d L - - #000 - - - 2t,role:page,failed,dns\n"
    text = b"".join(line % number for number in range(50)) + (line % 50)[:-20]
    for size in (1, 7, 4096):
        pieces = [text[at : at + size] for at in range(0, len(text), size)]
        read = list(read_lines(pieces))
        assert [one.url for one in read] == [f"http://a.example/{number}" for number in range(50)]
        assert {(one.attempt, one.role, one.outcome, one.reason) for one in read} == {(2, "page", "failed", "dns")}


@pytest.mark.parametrize(
    "text", [b"[]", b"{}", b"[" * 100_000, b'{"started": 1}', b'{"started": "2014-11-03T02:00:00Z"']
)
def test_a_report_that_is_none_says_nothing(text: bytes) -> None:
    assert read_ended(text) is None


@pytest.mark.parametrize("how", ["interrupted", "error", "DROP TABLE runs"])
def test_a_run_that_was_to_be_resumed_has_not_ended(how: str) -> None:
    text = f'{{"started": "2014-11-03T02:00:00Z", "ended": "2014-11-03T03:00:00Z", "how": "{how}"}}'
    read = read_ended(text.encode())
    assert read is not None and read.how is None
