"""Stylesheets: what they refer to, and what only looks like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.css import css_references

CASES = [
    ("a { background: url(a.png) }", [("a.png", False)]),
    (
        "a { background: url('a b.png') } b { src: url(\"c.woff\") format('woff') }",
        [("a b.png", False), ("c.woff", False)],
    ),
    ("@import 'a.css'; @import url(b.css) screen;", [("a.css", True), ("b.css", True)]),
    ('@IMPORT "a.css";', [("a.css", True)]),
    ("@importance 'x'; a::before { content: 'url(no.png)' }", []),
    ("/* url(no.png) */ a { background: URL( yes.png ) }", [("yes.png", False)]),
    ("/* @import 'no.css'", []),
    ("a { b: url(data:image/png;base64,AAAA) }", []),
    ("a { b: url(#gradient) }", []),
    ("a { b: url() } c { d: url( ) }", []),
    (r"a { b: url(a\(1\).png) }", [("a(1).png", False)]),
    (r"a { b: url('\56fe .png') }", [("图.png", False)]),
    ("a { b: url(图.png) }", [("图.png", False)]),
    ("@import; a { content: 'x.css' }", []),
    ("@charset 'utf-8'; a { b: my-url(no.png) }", []),
    ("background-image: url(&quot;x&quot;)", [("&quot;x&quot;", False)]),
    ("@font-face{src:url(a.eot?#iefix),url(a.ttf)}", [("a.eot?#iefix", False), ("a.ttf", False)]),
    ("a { filter: progid:X(src='no.png') }", []),
    ('a { b: url("left-open.png', [("left-open.png", False)]),
]


@pytest.mark.parametrize(("text", "references"), CASES)
def test_references(text: str, references: list[tuple[str, bool]]) -> None:
    assert css_references(text) == references


@given(st.text(alphabet="url()'\"\\/*@import;{} \n abc.", max_size=200))
def test_nothing_raises_and_nothing_is_invented(text: str) -> None:
    for reference, _ in css_references(text):
        assert "\\" in text or reference in text
