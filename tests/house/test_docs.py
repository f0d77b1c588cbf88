"""The guides cannot drift: commands, options, targets, keys and links in them are those that exist."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from crawler.job import Job, job_schema, load_job
from jiucang import cli, codes

READMES = ("README.md", "README.zh-CN.md")
SCHEMA_COMMAND = "make docs/job.schema.json"


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.M | re.S)


def command_lines(text: str) -> list[list[str]]:
    return [shlex.split(line, comments=True) for block in blocks(text, "sh") for line in block.splitlines() if line]


def commands(command: Any, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], set[str]]:
    """The options of every command below *command* that does something, by its words. Typer names no public type."""
    inner = getattr(command, "commands", None)
    if inner is None:
        return {path: {option for parameter in command.params for option in parameter.opts}}
    found: dict[tuple[str, ...], set[str]] = {}
    for name, below in inner.items():
        found |= commands(below, (*path, name))
    return found


def existing() -> dict[tuple[str, ...], set[str]]:
    return commands(typer.main.get_command(cli.app))


def find(words: list[str]) -> tuple[tuple[str, ...], set[str]] | None:
    known = existing()
    return next(((path, known[path]) for n in (2, 1) if (path := tuple(words[:n])) in known), None)


@pytest.mark.parametrize("readme", READMES)
def test_commands_of_the_readme_exist(root: Path, readme: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (root / "Makefile").read_text(encoding="utf-8"), flags=re.M))
    for words in command_lines((root / readme).read_text(encoding="utf-8")):
        if words[0] == "make":
            assert set(words[1:]) <= targets
        elif words[0] == "jiucang":
            found = find(words[1:])
            assert found is not None, words
            assert {word for word in words if word.startswith("-")} <= found[1], words
        elif words[0] == "scrapy":
            assert words[1] in ("list", "crawl"), words
        else:
            assert words[0] in (".", "jq"), words


def test_every_command_is_in_the_readme(root: Path) -> None:
    text = (root / "README.md").read_text(encoding="utf-8")
    shown = {found[0] for words in command_lines(text) if words[0] == "jiucang" and (found := find(words[1:]))}
    # `make demo` is how the guide shows it
    assert existing().keys() - shown - {("demo",)} == set()


def test_both_readmes_show_the_same(root: Path) -> None:
    english, chinese = ((root / name).read_text(encoding="utf-8") for name in READMES)
    assert blocks(english, r"\w*") == blocks(chinese, r"\w*")
    assert sum(line.startswith("## ") for line in english.splitlines()) == sum(
        line.startswith("## ") for line in chinese.splitlines()
    )


def test_exit_codes_of_the_readme(root: Path) -> None:
    known = {codes.DONE, codes.FAULTS, codes.BAD_INPUT, codes.STOPPED}
    for name in READMES:
        rows = re.findall(r"^\| (\d+) \|", (root / name).read_text(encoding="utf-8"), flags=re.M)
        assert {int(row) for row in rows} == known


@pytest.mark.parametrize("guide", [*READMES, "docs/job-file.md"])
def test_the_job_file_shown_is_valid(root: Path, guide: str, tmp_path: Path) -> None:
    shown = blocks((root / guide).read_text(encoding="utf-8"), "yaml")
    assert shown
    for number, text in enumerate(shown):
        path = tmp_path / f"{number}.yaml"
        path.write_text(text, encoding="utf-8")
        load_job(path)


def leaves(schema: dict[str, Any], node: dict[str, Any], prefix: str = "") -> dict[str, dict[str, Any]]:
    """Keys of a job file with a value of their own, dotted, each with its part of the schema."""
    found: dict[str, dict[str, Any]] = {}
    for key, value in node["properties"].items():
        inner = next((ref for part in (value, *value.get("anyOf", [])) if (ref := part.get("$ref"))), None)
        if inner is None:
            found[prefix + key] = value
        else:
            found |= leaves(schema, schema["$defs"][inner.rpartition("/")[2]], f"{prefix}{key}.")
    return found


def test_the_guide_has_every_key_of_the_job_file_and_its_default(root: Path) -> None:
    text = (root / "docs/job-file.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([a-z_.]+)` \| ([^|]+) \|", text, flags=re.M))
    schema = job_schema()
    keys = leaves(schema, schema)
    assert rows.keys() == keys.keys()
    plain = Job.model_validate({"name": "a", "seeds": ["http://a.example/"], "schedule": {"cron": "0 2 * * 0"}})
    for key, shown in rows.items():
        section, _, name = key.rpartition(".")
        owner = getattr(plain, section) if section else plain
        if shown in ("required", "none"):
            assert ("default" not in keys[key]) == (shown == "required"), key
            assert shown == "required" or keys[key]["default"] is None, key
        else:
            value = yaml.safe_load(shown.strip("`"))
            stated = type(owner).model_validate({**owner.model_dump(), name: value})
            assert getattr(stated, name) == getattr(owner, name), key


def test_the_published_schema_is_that_of_the_program(root: Path) -> None:
    published = json.loads((root / "docs/job.schema.json").read_text(encoding="utf-8"))
    assert published == job_schema(), f"the job file has changed: {SCHEMA_COMMAND}"


def test_links_of_the_guides_lead_somewhere(root: Path, tracked: list[Path]) -> None:
    broken = []
    for path in tracked:
        if path.suffix != ".md":
            continue
        for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
            if not re.match(r"[a-z]+:", target) and not (path.parent / target.partition("#")[0]).exists():
                broken.append(f"{path.relative_to(root)}: {target}")
    assert broken == []


def test_every_decision_is_in_the_list_under_its_title(root: Path) -> None:
    folder = root / "docs/decisions"
    listed = re.findall(
        r"^\| \[(\d{4})\]\((\S+)\) \| (.+) \|$", (folder / "README.md").read_text(encoding="utf-8"), re.M
    )
    assert sorted(name for _, name, _ in listed) == sorted(path.name for path in folder.glob("[0-9]*.md"))
    for number, name, title in listed:
        text = (folder / name).read_text(encoding="utf-8")
        assert text.startswith(f"# {number} — {title}\n"), name
        for part in ("Context", "Decision", "Why", "Consequences", "What would change it"):
            assert f"**{part}.**" in text, f"{name} lacks {part}"
