"""`jiucang profiles check`: problems name file, line and key; samples are compared value by value."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jiucang.cli import app

RUNNER = CliRunner()
PROFILE = """\
name: bwc
inherits: vsb
cms: VSB
description: 保卫处
article:
  title: [.bigtitle]
"""
PAGE = """\
<html><head><meta charset="{charset}"><title>保卫处</title></head><body>
<div class="bigtitle">关于加强用电管理的通知</div>
<p>来源：保卫处 发布时间：2014-11-03</p>
<form name="_newscontent_fromname"><div id="vsb_content"><p>各单位：</p><p>请节约用电。</p>
<table><tr><td>甲</td><td>乙</td></tr><tr><td>丙</td><td>丁</td></tr></table></div></form>
<p>上一条：<a href="1739.htm">巡查简报</a></p></body></html>
"""
EXPECTED = """\
pages:
  - file: article.htm
    url: http://bwc.example.edu.cn/info/1018/1740.htm
    kind: article
    id: '1740'
    title: 关于加强用电管理的通知
    source: 保卫处
    author: null
    published_at: '2014-11-03'
    previous: [巡查简报, 1739.htm]
    next: null
    attachments: []
    lines: [各单位：, 请节约用电。, 甲|乙, 丙|丁]
"""


@pytest.fixture
def portal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a profile and its samples, and the place where the command runs."""
    (tmp_path / "samples").mkdir()
    (tmp_path / "bwc.yaml").write_text(PROFILE, "utf-8")
    (tmp_path / "samples" / "article.htm").write_bytes(PAGE.format(charset="gb2312").encode("gbk"))
    (tmp_path / "samples" / "expected.yaml").write_text(EXPECTED, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(*arguments: str) -> tuple[int, str, str]:
    done = RUNNER.invoke(app, ["profiles", "check", *arguments])
    return done.exit_code, done.stdout, done.stderr


def test_a_profile_that_reads_its_samples(portal: Path) -> None:
    assert check("bwc.yaml") == (0, "bwc.yaml: as it should be\n", "")
    code, said, complaints = check("bwc.yaml", "--samples", "samples")
    assert (code, complaints) == (0, "")
    assert said == "bwc.yaml: as it should be, 1 sample pages, 10 values compared\n"
    assert check("bwc", "--samples", "samples/expected.yaml")[0] == 0


def test_a_value_that_came_out_differently(portal: Path) -> None:
    expected = portal / "samples" / "expected.yaml"
    expected.write_text(
        EXPECTED.replace("source: 保卫处", "source: 后勤处").replace("author: null", "author: 某人"), "utf-8"
    )
    code, said, complaints = check("bwc.yaml", "--samples", "samples")
    assert code == 1
    assert "problems: 2" in said
    assert complaints.splitlines() == [
        "samples/expected.yaml:7: pages[0].source: found '保卫处', expected '后勤处'",
        "samples/expected.yaml:8: pages[0].author: found None, expected '某人' (no label on the page)",
    ]


def test_without_its_selector_the_title_is_another(portal: Path) -> None:
    (portal / "bwc.yaml").write_text(PROFILE.replace("[.bigtitle]", "[.none]"), "utf-8")
    (portal / "samples" / "article.htm").write_text(
        PAGE.format(charset="utf-8").replace("<div class", "<h1>保卫处</h1><div class"), "utf-8"
    )
    code, _, complaints = check("bwc.yaml", "--samples", "samples")
    assert code == 1
    assert complaints.startswith("samples/expected.yaml:6: pages[0].title: found ")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[.bigtitle]", "['div[']", "bwc.yaml:6: article.title[0]: found 'div['; expected a CSS selector"),
        ("article:", "artcle:", "bwc.yaml:5: artcle: is not a known key; did you mean article?"),
        ("inherits: vsb", "inherits: vbs", "bwc.yaml:2: inherits: found 'vbs', expected a profile beside this file"),
        ("inherits: vsb", "inherits: bwc", "bwc.yaml:2: inherits: found 'bwc', expected a profile"),
        ("name: bwc", "name: other", "bwc.yaml:1: name: found 'other', expected 'bwc', the name of the file"),
    ],
)
def test_a_profile_with_a_fault(portal: Path, old: str, new: str, said: str) -> None:
    (portal / "bwc.yaml").write_text(PROFILE.replace(old, new), "utf-8")
    code, _, complaints = check("bwc.yaml")
    assert code == 1
    assert said in complaints


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("title:", "titel:", "expected.yaml:6: pages[0].titel: is not a known key; did you mean title?"),
        ("'2014-11-03'", "20141103", "expected.yaml:9: pages[0].published_at"),
        (
            "[巡查简报, 1739.htm]",
            "[巡查简报]",
            "expected.yaml:10: pages[0].previous: found a list; expected at least 2",
        ),
        ("file: article.htm", "html: x\n    file: article.htm", "expected one of file and html"),
        ("file: article.htm", "html: x\n    encoding: gb99", "expected an encoding such as gb18030"),
        ("pages:", "page:", "expected.yaml:1: page: is not a known key; did you mean pages?"),
    ],
)
def test_expected_values_with_a_fault(portal: Path, old: str, new: str, said: str) -> None:
    (portal / "samples" / "expected.yaml").write_text(EXPECTED.replace(old, new, 1), "utf-8")
    code, _, complaints = check("bwc.yaml", "--samples", "samples")
    assert code == 1
    assert said in complaints


def test_what_is_not_there(portal: Path) -> None:
    code, said, complaints = check("nix")
    assert (code, said) == (2, "")
    assert "is no profile; expected a YAML file or one of dedecms" in complaints
    (portal / "samples" / "article.htm").unlink()
    code, said, complaints = check("bwc.yaml", "--samples", "samples")
    assert (code, said) == (2, "")
    assert "samples/article.htm: No such file" in complaints
    assert check("bwc.yaml", "--samples", "nowhere")[0] == 2


def test_json(portal: Path) -> None:
    (portal / "samples" / "expected.yaml").write_text(EXPECTED.replace("kind: article", "kind: list"), "utf-8")
    code, said, complaints = check("bwc.yaml", "--samples", "samples", "--json")
    data = json.loads(said)
    assert (code, complaints) == (1, "")
    assert (data["pages"], data["values"]) == (1, 10)
    assert data["problems"] == [
        {
            "file": "samples/expected.yaml",
            "line": 4,
            "key": "pages[0].kind",
            "message": "found 'article', expected 'list'",
        }
    ]
