"""The tree itself: docstrings, paths, size of modules, who may import what beyond the floors."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGES = ("archive", "profiles", "pipelines", "crawler", "jiucang")
# absolute paths of the machines where the project is made, however they are quoted
MACHINE_PATH = re.compile(r"(?<![\w.~/-])/(?:work|root|farm|opt/jc|tmp/h)/[A-Za-z.]")
# under the AGPL and the GPL: the tests may compare with them, the program may not call them
TEST_ONLY = frozenset({"surt", "pywb", "cdxj_indexer", "hypothesis", "pytest"})


def modules(tracked: list[Path], root: Path) -> Iterator[tuple[str, ast.Module]]:
    for path in tracked:
        name = path.relative_to(root)
        if path.suffix == ".py" and name.parts[0] in PACKAGES:
            yield str(name), ast.parse(path.read_bytes())


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module.partition(".")[0]


def test_every_module_says_what_it_is_for(tracked: list[Path], root: Path) -> None:
    assert [name for name, tree in modules(tracked, root) if not ast.get_docstring(tree)] == []


def test_a_package_file_holds_little_but_its_docstring(tracked: list[Path], root: Path) -> None:
    found = [
        name
        for name, tree in modules(tracked, root)
        if name.endswith("__init__.py")
        for node in tree.body[1:]
        if not (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).startswith("__"))
    ]
    assert found == []


def test_no_path_of_a_machine_is_tracked(tracked: list[Path], root: Path) -> None:
    found = []
    for path in tracked:
        if path == Path(__file__).resolve():
            continue
        text = path.read_bytes().decode("utf-8", "replace")
        found += [f"{path.relative_to(root)}: {match[0]}" for match in MACHINE_PATH.finditer(text)]
    assert found == []


@pytest.mark.parametrize("text", ['open("|work|x")', "see |root|.cache", "`|opt|jc|bin`"])
def test_machine_paths_are_seen(text: str) -> None:
    assert MACHINE_PATH.search(text.replace("|", "/"))


@pytest.mark.parametrize("text", ["/static/work/x.css", "http://h.example/root/a.htm", "../work/a"])
def test_paths_of_a_portal_are_none(text: str) -> None:
    assert not MACHINE_PATH.search(text)


def test_tools_of_the_tests_stay_there(tracked: list[Path], root: Path) -> None:
    found = [(name, sorted(TEST_ONLY & set(imported(tree)))) for name, tree in modules(tracked, root)]
    assert [pair for pair in found if pair[1]] == []


def test_architecture_names_only_modules_that_are_there(root: Path) -> None:
    text = (root / "docs/architecture.md").read_text(encoding="utf-8")
    missing = []
    for room in re.split(r"^### ", text, flags=re.M)[1:]:
        package = room.partition("/")[0]
        for cell in re.findall(r"^\| (`[^|]*) \|", room, flags=re.M):
            names = re.findall(r"`([\w/]+(?:\.py|/))`", cell)
            missing += [f"{package}/{name}" for name in names if not (root / package / name).exists()]
    assert missing == []
