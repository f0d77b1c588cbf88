"""The guide to profiles cannot drift: what it shows is valid, and every key of a profile and a sample stands in it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import typer
from pydantic import BaseModel

from crawler.job import load_job
from jiucang import cli
from jiucang.samples import Expected, ExpectedPage
from profiles.load import ProfileSet, builtin_names
from profiles.model import Article, Identity, Labels, ListPage, Profile, Recognise, Requisites
from profiles.strict_yaml import read_model

GUIDE = (Path(__file__).parents[2] / "docs" / "profiles.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, flags=re.M | re.S)


def test_the_files_shown_are_valid(tmp_path: Path) -> None:
    profile, expected, job = blocks("yaml")
    for name, text in (("bwc.yaml", profile), ("expected.yaml", expected), ("job.yaml", job)):
        (tmp_path / name).write_text(text, "utf-8")
    assert ProfileSet.resolve("bwc", tmp_path).profiles[0].article.title[0] == ".bigtitle"
    assert len(read_model(tmp_path / "expected.yaml", Expected).pages) == 2
    assert load_job(tmp_path / "job.yaml").profile == "bwc"


def test_the_commands_shown_exist() -> None:
    group = typer.main.get_command(cli.app).commands["profiles"]  # type: ignore[attr-defined]
    lines = [shlex.split(line) for block in blocks("sh") for line in block.splitlines()]
    assert {words[2] for words in lines} == {"explain", "check"}
    for words in lines:
        known = {option for parameter in group.commands[words[2]].params for option in parameter.opts}
        assert words[:2] == ["jiucang", "profiles"]
        assert {word for word in words if word.startswith("--")} <= known


def test_every_key_is_named() -> None:
    models: tuple[type[BaseModel], ...] = (
        *(Profile, Recognise, Identity, Article, Labels, ListPage, Requisites),
        ExpectedPage,
    )
    keys = {key for model in models for key in model.model_fields} - {"article", "listing"}
    assert {key for key in keys if not re.search(rf"`{key}`", GUIDE)} == set()


def test_every_built_in_profile_has_a_line() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ", GUIDE.partition("## Where the built-in")[2], flags=re.M)
    assert sorted(rows) == sorted(set(builtin_names()) - {"generic"})
