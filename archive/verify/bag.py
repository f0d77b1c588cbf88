"""A BagIt bag checked as RFC 8493 has it: complete (every file there, none beside) and valid (every digest right).

Manifests name files; only files that were found by walking the bag are opened, so no name and no link leads out of it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from archive.input import PIECE
from archive.verify.findings import Findings
from archive.verify.names import leads_out

MAX_TAG_FILE = 16 * 1024 * 1024

_DECLARATION = re.compile(r"BagIt-Version: (\d+\.\d+)\r?\nTag-File-Character-Encoding: UTF-8(?:\r?\n)?", re.IGNORECASE)
_MANIFEST = re.compile(r"(tag)?manifest-([a-z0-9]+)\.txt")
_LINE = re.compile(r"([0-9A-Fa-f]+)[ \t]+\*?(.+)")
_ESCAPED = re.compile(r"%(0[AaDd]|25)")
_OXUM = re.compile(r"^Payload-Oxum:[ \t]*(\d+)\.(\d+)[ \t]*$", re.IGNORECASE | re.MULTILINE)
_KNOWN = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")


@dataclass(frozen=True, slots=True)
class _Manifest:
    name: str
    algorithm: str
    of_payload: bool
    digests: dict[str, str]


def is_bag(path: Path) -> bool:
    return (path / "bagit.txt").is_file()


def check_bag(root: Path, found: Findings) -> None:
    """Checks the bag in folder *root*. OSError becomes a finding."""
    try:
        files = {path.relative_to(root).as_posix(): path.stat().st_size for path in _files(root, root, found)}
        _check_bag(root, files, found)
    except OSError as error:
        found.add("package.unreadable", root.name, f"{error.filename}: {error.strerror}")


def _check_bag(root: Path, files: dict[str, int], found: Findings) -> None:
    declared = _text(root, "bagit.txt", files, found)
    if declared is not None and not _DECLARATION.fullmatch(declared):
        found.add("bag.declaration", "bagit.txt", f"found {declared[:100]!r}")
    if not (root / "data").is_dir():
        found.add("bag.payload", root.name, "")
    if files.get("fetch.txt"):
        found.add("bag.fetch", "fetch.txt", "")
    manifests = [m for name in sorted(files) if (m := _manifest(root, name, files, found)) is not None]
    payload = {name for name in files if name.startswith("data/")}
    if not any(manifest.of_payload for manifest in manifests):
        found.add("bag.manifest", root.name, "no manifest of the payload")
    for manifest in manifests:
        if manifest.of_payload:
            for name in sorted(payload - manifest.digests.keys()):
                found.add("bag.unlisted", manifest.name, name)
        for name in manifest.digests:
            if name not in files:
                found.add("bag.missing", manifest.name, name)
    for name in sorted(files):
        _check_digests(root, name, [(m, m.digests[name]) for m in manifests if name in m.digests], found)
    _check_oxum(_text(root, "bag-info.txt", files, found), [files[name] for name in payload], found)


def _files(folder: Path, root: Path, found: Findings) -> Iterator[Path]:
    """The regular files below *folder*; links and what else is no file are findings, and not followed."""
    waiting = [folder]
    while waiting:
        for path in sorted(waiting.pop().iterdir()):
            if path.is_symlink() or not (path.is_file() or path.is_dir()):
                found.add("package.link", path.relative_to(root).as_posix(), "")
            elif path.is_dir():
                waiting.append(path)
            else:
                yield path


def _text(root: Path, name: str, files: dict[str, int], found: Findings) -> str | None:
    """A tag file's text; None where there is none that may be read."""
    size = files.get(name)
    if size is None:
        return None
    if size > MAX_TAG_FILE:
        found.add("package.too-large", name, f"{size} bytes")
        return None
    return (root / name).read_bytes()[:MAX_TAG_FILE].decode("utf-8-sig", "replace")


def _manifest(root: Path, name: str, files: dict[str, int], found: Findings) -> _Manifest | None:
    match = _MANIFEST.fullmatch(name)
    if match is None:
        return None
    if match[2] not in _KNOWN:
        found.add("bag.algorithm", name, match[2])
        return None
    text = _text(root, name, files, found)
    digests: dict[str, str] = {}
    for number, line in enumerate((text or "").splitlines(), 1):
        parts = read_manifest_line(line)
        where = f"{name}:{number}"
        if not line.strip():
            continue
        if parts is None:
            found.add("bag.manifest", where, f"found {line[:100]!r}, expected a digest and a name")
            continue
        digest, path = parts
        why = leads_out(path) or ("not below data/" if not match[1] and not path.startswith("data/") else None)
        if why is not None:
            found.add("package.name", where, f"{path!r}: {why}")
        elif path in digests:
            found.add("bag.manifest", where, f"{path!r} stands twice")
        else:
            digests[path] = digest
    return _Manifest(name, match[2], not match[1], digests)


def read_manifest_line(line: str) -> tuple[str, str] | None:
    """Digest in lower case, and path, of a manifest's line (RFC 8493 2.1.3); None where it is none.

    >>> read_manifest_line("AB12  data/100%25.txt")
    ('ab12', 'data/100%.txt')
    """
    parts = _LINE.fullmatch(line)
    if parts is None:
        return None
    return parts[1].lower(), _ESCAPED.sub(lambda found: chr(int(found[1], 16)), parts[2]).removeprefix("./")


def _check_digests(root: Path, name: str, stated: list[tuple[_Manifest, str]], found: Findings) -> None:
    """The file against every manifest that lists it, read once."""
    if not stated:
        return
    hashes = {m.algorithm: hashlib.new(m.algorithm, usedforsecurity=False) for m, _ in stated}
    with (root / name).open("rb") as stream:
        while piece := stream.read(PIECE):
            for each in hashes.values():
                each.update(piece)
    for manifest, digest in stated:
        actual = hashes[manifest.algorithm].hexdigest()
        if actual != digest:
            found.add("bag.digest", name, f"{manifest.name}: found {actual}, stated {digest}")


def _check_oxum(info: str | None, sizes: list[int], found: Findings) -> None:
    match = _OXUM.search(info) if info else None
    if match and (int(match[1]), int(match[2])) != (sum(sizes), len(sizes)):
        found.add("bag.oxum", "bag-info.txt", f"stated {match[1]}.{match[2]}, found {sum(sizes)}.{len(sizes)}")
