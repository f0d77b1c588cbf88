"""Addresses in scripts: literals only, nothing run, nothing guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.scripts import opened, redirect_target


@pytest.mark.parametrize(
    ("script", "target"),
    [
        ("window.location.href='main.htm';", "main.htm"),
        ('location = "a.htm"', "a.htm"),
        ("top.location.replace( 'a.htm' )", "a.htm"),
        ("self.location.assign('a.htm')", "a.htm"),
        ("document.location.href = 'http://b.example/?a=1&amp;b=2'", "http://b.example/?a=1&b=2"),
        ("<!--\nwindow.location.href='//b.example/x';\n//-->", "//b.example/x"),
        ("// location.href='no.htm'", None),
        ("/* location.href='no.htm' */", None),
        ("if (location.href == 'a.htm') {}", None),
        ("location.href = base + 'a.htm'", None),
        ("location.href = 'a.htm?id=' + id", None),
        ("mylocation.href = 'a.htm'", None),
        ("location.reload()", None),
        ("location.href=''", None),
    ],
)
def test_redirect_target(script: str, target: str | None) -> None:
    assert redirect_target(script) == target


@pytest.mark.parametrize(
    ("handler", "targets"),
    [
        ("window.open('a.htm','w','width=600');return false", ["a.htm"]),
        ("javascript:window.open('a.htm')", ["a.htm"]),
        ("location.href='zt/mlt.htm'", ["zt/mlt.htm"]),
        ("javascript:void(0)", []),
        ("window.open('','_self');window.close()", []),
        ("reopen('a.htm')", []),
        ("javascript:if(confirm(%27x%27))window.location=%27http://a.example/b%27", ["http://a.example/b"]),
        ("this.style.backgroundColor='red'", []),
    ],
)
def test_opened(handler: str, targets: list[str]) -> None:
    assert opened(handler) == targets


@given(st.text(alphabet="window.open(location.href='\"+/*\\ )%27x;", max_size=300))
def test_nothing_raises(script: str) -> None:
    redirect_target(script)
    opened("javascript:" + script)
