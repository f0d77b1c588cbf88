"""The guide to schedules and the systemd units name what there is."""

from __future__ import annotations

import configparser
import dataclasses
import re
import shlex
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer

from crawler.job import load_job
from jiucang.cli import app
from jiucang.codes import STOPPED
from jiucang.schedule.ledger import Run
from jiucang.schedule.notices import notice_of

DOCS = Path(__file__).resolve().parents[2] / "docs"
GUIDE = (DOCS / "schedules.md").read_text(encoding="utf-8")
UNITS = sorted((DOCS / "systemd").iterdir())


def known(words: list[str]) -> bool:
    """Whether `jiucang` has the command and the options that *words* begin with and hold."""
    group = typer.main.get_command(app).commands[words[0]]  # type: ignore[attr-defined]
    command = group.commands[words[1]]
    options = {option for parameter in command.params for option in parameter.opts}
    return {word for word in words if word.startswith("-")} <= options


def test_the_commands_of_the_guide() -> None:
    shown = [shlex.split(line) for line in re.findall(r"^jiucang (.+)$", GUIDE, flags=re.M)]
    assert {words[1] for words in shown} == {"run", "due", "list", "next", "history", "pause"}
    assert all(known(words) for words in shown)


def test_the_job_of_the_guide(tmp_path: Path) -> None:
    [text] = re.findall(r"^```yaml\n(.*?)^```$", GUIDE, flags=re.M | re.S)
    path = tmp_path / "job.yaml"
    path.write_text(text, encoding="utf-8")
    assert load_job(path).schedule is not None


def test_the_fields_of_a_notice_are_in_the_guide() -> None:
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    values = dict.fromkeys((field.name for field in dataclasses.fields(Run)), "")
    run = Run(**values | {"started": moment, "ended": None, "due": 0, "passed_over": 0, "exit_code": 0})  # type: ignore[arg-type]
    table = GUIDE.partition("| key | value |")[2].partition("\n\n")[0]
    assert re.findall(r"`(\w+)`(?=[^|]* \|[^|]+\|$)", table, flags=re.M) == list(notice_of(run).fields)


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit(path: Path) -> None:
    unit = configparser.ConfigParser(interpolation=None, strict=True)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(path.read_text(encoding="utf-8"))
    if path.suffix == ".timer":
        assert path.with_suffix(".service") in UNITS
        return
    service = unit["Service"]
    program, *words = shlex.split(service["ExecStart"])
    assert (Path(program).name, known(words)) == ("jiucang", True)
    # SIGTERM to the crawls as well would be a second one, which means "at once"
    assert (service["KillMode"], int(service["SuccessExitStatus"])) == ("mixed", STOPPED)
