"""The locks: complete, hashed, in agreement, and without a word about where packages come from."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

RUNTIME, DEV, PEERS = "requirements.lock", "requirements-dev.lock", "requirements-peers.lock"
LOCKS = (RUNTIME, DEV, PEERS)


def pins(path: Path) -> dict[str, str]:
    """Name to version and hashes."""
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = (line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))
    return {line.partition("==")[0]: line.partition("==")[2] for line in lines}


def normal(requirement: str) -> str:
    name = re.match(r"[\w.-]+", requirement)
    assert name is not None
    return re.sub(r"[-_.]+", "-", name[0]).lower()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_host(root: Path, lock: str) -> None:
    text = (root / lock).read_text(encoding="utf-8")
    assert not re.search(
        r"://|^ *-|index-url|find-links|trusted-host|@ ", re.sub(r"^    --hash=", "", text, flags=re.M), re.M
    )


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_a_hash(root: Path, lock: str) -> None:
    pinned = pins(root / lock)
    assert pinned
    for name, rest in pinned.items():
        assert re.fullmatch(r"[a-z0-9-]+", name), name
        assert re.fullmatch(r"[\w.+!]+(?: ; [^#]+?)?(?: +--hash=sha256:[0-9a-f]{64})+ *", rest), name


def test_the_tests_run_what_is_delivered(root: Path) -> None:
    runtime, dev = pins(root / RUNTIME), pins(root / DEV)
    # hashes too: a package may not come from other files in the tests
    assert {name: dev.get(name) for name in runtime} == runtime


def test_the_locks_hold_what_the_project_asks_for(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = project["project"]["dependencies"] + project["build-system"]["requires"]
    assert {normal(name) for name in wanted} - pins(root / RUNTIME).keys() == set()
    dev = project["project"]["optional-dependencies"]["dev"]
    assert {normal(name) for name in dev} - pins(root / DEV).keys() == set()
    peers = re.findall(r"^[\w.-]+", (root / "requirements-peers.in").read_text(encoding="utf-8"), flags=re.M)
    assert {normal(name) for name in peers} - pins(root / PEERS).keys() == set()


def test_copyleft_tools_are_not_delivered(root: Path) -> None:
    assert not {"surt", "pywb", "cdxj-indexer"} & pins(root / RUNTIME).keys()
