"""YAML files that people write, checked against a pydantic model with errors a person can act on.

An error names the file, the line, the key, what was found and what was expected; an unknown key
names the nearest known one. Aliases are refused (a short file can expand to gigabytes), and so is a
key given twice (YAML keeps the last and loses the first without a word).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

M = TypeVar("M", bound=BaseModel)
Where = tuple[str | int, ...]

MAX_BYTES = 1_000_000
# pydantic's error types, in a person's words; the values in braces come from the error's context
_EXPECTED = {
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "string_type": "a text",
    "list_type": "a list, such as [a, b]",
    "dict_type": "keys and values",
    "model_type": "keys and values",
    "too_short": "at least {min_length} entry",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "literal_error": "{expected}",
    "ip_v4_network": "an address range such as 10.3.0.0/16",
    "ip_v6_network": "an address range such as 10.3.0.0/16",
}


class _Loader(yaml.CSafeLoader):
    """YAML without dates of its own: a day that is none would be an error without a line, and any other no text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in forms if tag != "tag:yaml.org,2002:timestamp"]
    for first, forms in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a file. `line` counts from 1; 0 where the whole file is meant."""

    line: int
    key: str
    message: str

    def at(self, path: Path) -> str:
        """
        >>> Problem(3, "limits.time", "found 'soon'").at(Path("job.yaml")), Problem(0, "", "is empty").at(Path("a"))
        ("job.yaml:3: limits.time: found 'soon'", 'a: is empty')
        """
        return ": ".join(filter(None, (f"{path}:{self.line}" if self.line else str(path), self.key, self.message)))


class BadFile(ValueError):
    """A file that cannot be used; `problems` says why, in the order of the file."""

    def __init__(self, path: Path, problems: list[Problem]) -> None:
        self.path, self.problems = path, problems
        super().__init__("\n".join(problem.at(path) for problem in problems))


def read_model(path: Path, model: type[M]) -> M:
    """The file at *path* as *model*. Raises `BadFile`."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise BadFile(path, [Problem(0, "", f"cannot be read: {error.strerror}")]) from None
    if len(raw) > MAX_BYTES:
        raise BadFile(path, [Problem(0, "", f"is {len(raw)} bytes; expected at most {MAX_BYTES}")])
    return parse_model(raw, model, path)


def parse_model(raw: bytes, model: type[M], path: Path) -> M:
    """YAML bytes (UTF-8) as *model*; *path* is only named in errors. Raises `BadFile`."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise BadFile(path, [Problem(line, "", "is not UTF-8; save the file as UTF-8")]) from None
    try:
        refused = [
            Problem(e.start_mark.line + 1 if e.start_mark else 0, "", "aliases are not read; write the value out")
            for e in yaml.parse(text, Loader=_Loader)
            if isinstance(e, yaml.AliasEvent)
        ]
        if refused:
            raise BadFile(path, refused)
        node = yaml.compose(text, Loader=_Loader)
        data = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        said = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise BadFile(
            path, [Problem(min(mark.line, text.count("\n")) + 1 if mark else 0, "", f"is not YAML: {said}")]
        ) from None
    except BadFile:
        raise
    except (RecursionError, ValueError) as error:
        raise BadFile(path, [Problem(0, "", f"is not YAML that can be read: {type(error).__name__}")]) from None
    if not isinstance(data, dict):
        raise BadFile(path, [Problem(1, "", f"found {_kind(data)}, expected keys and values (see the guide)")])
    lines, doubled = _lines(node)
    if doubled:
        raise BadFile(path, doubled)
    try:
        return model.model_validate(data)
    except ValidationError as error:
        problems = [_problem(detail, lines, model) for detail in error.errors(include_url=False)]
        raise BadFile(path, sorted(dict.fromkeys(problems), key=lambda p: p.line)) from None


def line_of(path: Path, key: str) -> int:
    """The line of a key at the top of the file, from 1; 0 where it is not there. Raises OSError."""
    lines = path.read_text("utf-8-sig", "replace").splitlines()
    return next((number for number, line in enumerate(lines, 1) if line.startswith(f"{key}:")), 0)


def key_lines(path: Path) -> dict[Where, int]:
    """The line of every key and entry of a file that `read_model` accepts, from 1. Raises OSError."""
    return _lines(yaml.compose(path.read_text("utf-8-sig"), Loader=_Loader))[0]


def _lines(root: yaml.Node | None) -> tuple[dict[Where, int], list[Problem]]:
    lines: dict[Where, int] = {(): 1}
    doubled: list[Problem] = []
    for where, line in _walk(root):
        if where in lines and where:
            doubled.append(Problem(line, _dotted(where), f"is given twice (first on line {lines[where]})"))
        lines[where] = line
    return lines, doubled


def _walk(root: yaml.Node | None) -> Iterator[tuple[Where, int]]:
    waiting: list[tuple[Where, yaml.Node | None]] = [((), root)]
    while waiting:
        where, node = waiting.pop()
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                inner = (*where, str(key.value))
                yield inner, key.start_mark.line + 1
                waiting.append((inner, value))
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                yield (*where, index), value.start_mark.line + 1
                waiting.append(((*where, index), value))


def _problem(detail: ErrorDetails, lines: dict[Where, int], model: type[BaseModel]) -> Problem:
    where: Where = tuple(detail["loc"])
    while where and where not in lines and detail["type"] != "missing":
        where = where[:-1]
    line = next(lines[where[:n]] for n in range(len(where), -1, -1) if where[:n] in lines)
    if detail["type"] == "missing":
        return Problem(line, _dotted(where), "is missing")
    if detail["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(where[-1]), _known(model, where[:-1]), n=1, cutoff=0.5)
        return Problem(line, _dotted(where), "is not a known key" + (f"; did you mean {near[0]}?" if near else ""))
    return Problem(line, _dotted(where), f"found {_show(detail['input'])}; {_wanted(detail)}")


def _wanted(detail: ErrorDetails) -> str:
    known = _EXPECTED.get(detail["type"])
    if known is not None:
        return f"expected {known.format_map(detail.get('ctx', {}))}"
    message = detail["msg"].removeprefix("Value error, ")
    return message[0].lower() + message[1:]


def _known(model: type[BaseModel], where: Where) -> list[str]:
    """The keys that the section at *where* may have."""
    for step in where:
        if isinstance(step, int):
            continue
        field = model.model_fields.get(step)
        nested = _nested_model(field.annotation) if field else None
        if nested is None:
            return []
        model = nested
    return list(model.model_fields)


def _nested_model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_nested_model(part) for part in getattr(annotation, "__args__", ()))
    return next((part for part in found if part), None)


def _dotted(where: Where) -> str:
    """
    >>> _dotted(("seeds", 0)), _dotted(("scope", "hosts"))
    ('seeds[0]', 'scope.hosts')
    """
    text = ""
    for step in where:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _show(value: object) -> str:
    text = repr(value) if not isinstance(value, dict | list) else _kind(value)
    return text if len(text) <= 80 else text[:77] + "…"


def _kind(value: object) -> str:
    names = {dict: "keys and values", list: "a list", str: "a text", int: "a number", type(None): "nothing"}
    return "an empty list" if value == [] else names.get(type(value), type(value).__name__)
