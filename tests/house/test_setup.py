"""The scripts around the project: the Makefile's promises, the CI script, the apt list."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path


def run(words: list[str], cwd: Path, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": f"{path}:{os.environ['PATH']}" if path else os.environ["PATH"]}
    for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PYTHON"):
        environment.pop(name, None)
    return subprocess.run(words, cwd=cwd, env=environment, capture_output=True, text=True, timeout=60)


def program(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)


def test_an_old_python_is_refused_by_name(root: Path, tmp_path: Path) -> None:
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        (tmp_path / name).write_bytes((root / name).read_bytes())
    pretence = "import sys; sys.version_info = (3, 10, 9); sys.version = '3.10.9 (x)'; exec(sys.argv[1])"
    program(tmp_path / "bin", "python3", f'exec "{sys.executable}" -c "{pretence}" "$2"')
    ended = run(["make", "setup"], tmp_path, tmp_path / "bin")
    assert ended.returncode != 0
    assert "needs Python 3.11 or newer; python3 is 3.10.9" in ended.stderr
    assert not (tmp_path / ".venv").exists()


def test_missing_packages_are_one_line_where_they_cannot_be_installed(root: Path, tmp_path: Path) -> None:
    (tmp_path / ".ci").mkdir()
    (tmp_path / ".ci/apt").write_bytes((root / ".ci/apt").read_bytes())
    (tmp_path / "apt-packages.txt").write_text("# a comment\nno-such-package  # why\nnor-this\n", encoding="utf-8")
    program(tmp_path / "bin", "id", "echo 1000")
    ended = run(["bash", ".ci/apt"], tmp_path, tmp_path / "bin")
    assert ended.returncode == 0
    assert ended.stdout == "For all of the tests: sudo apt-get install no-such-package nor-this\n"


def test_root_on_debian_installs_what_is_missing_and_nothing_else(root: Path, tmp_path: Path) -> None:
    (tmp_path / ".ci").mkdir()
    (tmp_path / ".ci/apt").write_bytes((root / ".ci/apt").read_bytes())
    (tmp_path / "apt-packages.txt").write_text("there\nmissing  # why\n", encoding="utf-8")
    program(tmp_path / "bin", "id", "echo 0")
    program(tmp_path / "bin", "dpkg-query", 'case "$*" in *there) printf installed ;; *) exit 1 ;; esac')
    program(tmp_path / "bin", "apt-get", f'echo "$@" >> {tmp_path}/asked')
    ended = run(["bash", ".ci/apt"], tmp_path, tmp_path / "bin")
    assert (ended.returncode, ended.stdout) == (0, "")
    update, install = (tmp_path / "asked").read_text(encoding="utf-8").splitlines()
    assert update.split()[0] == "update"
    assert [word for word in install.split() if not word.startswith("-")] == ["install", "missing"]


def test_every_target_is_explained(root: Path) -> None:
    text = (root / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.+)$", text, flags=re.M)
    assert phony is not None
    told = set(re.findall(r"^# make ([a-z-]+) ", text, flags=re.M))
    assert told == set(phony[1].split()) - {"help", "apt"}


def test_the_ci_script_passes_the_exit_code_on(root: Path, tmp_path: Path) -> None:
    (tmp_path / ".ci").mkdir()
    for name in ("apt", "run"):
        (tmp_path / ".ci" / name).write_bytes((root / ".ci" / name).read_bytes())
    (tmp_path / "apt-packages.txt").write_text("", encoding="utf-8")
    (tmp_path / "Makefile").write_text("test:\n\t@echo '1 failed in 0.1s'; exit 3\n", encoding="utf-8")
    ended = run(["bash", ".ci/run"], tmp_path)
    assert ended.returncode == 2
    assert ended.stdout == "1 failed in 0.1s\n"
