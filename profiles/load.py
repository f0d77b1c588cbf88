"""Profiles from YAML: the built-in ones, and those that lie beside a job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from profiles.model import Profile, StoredProfiles
from profiles.page import Page
from profiles.recognition import recogniser
from profiles.strict_yaml import BadFile, Problem, line_of, parse_model, read_model

BUILTIN = Path(__file__).parent / "builtin"
GENERIC = "generic"
"""The profile that reads every page no other recognises."""

COMMON = ("vsb", "webplus", "trs", "jcms")
"""The profiles asked first, the most common before the others: the first costs a page the least."""


class BadProfile(BadFile):
    """A profile that cannot be used."""


@dataclass(frozen=True, slots=True)
class ProfileSet:
    """Profiles in the order in which they are asked; the last reads what no other recognises."""

    profiles: tuple[Profile, ...]

    def __post_init__(self) -> None:
        if not self.profiles:
            raise ValueError("a set of profiles holds at least one")

    @classmethod
    def resolve(cls, name_or_path: str = "auto", folder: Path | None = None) -> ProfileSet:
        """The profiles of a job: `auto` is every built-in one; otherwise the one named, which then reads every page.

        A name is looked up beside the job (`folder`, as NAME.yaml) and then among the built-in profiles; what
        ends in .yaml or .yml is a path, relative to `folder`. Raises `BadProfile`.
        """
        if name_or_path == "auto":
            others = [name for name in builtin_names() if name not in (*COMMON, GENERIC)]
            return cls(tuple(_builtin(name) for name in (*COMMON, *others, GENERIC)))
        found = profile_file(name_or_path, folder or Path())
        if found is None:
            raise BadProfile(Path(name_or_path), [Problem(0, "", f"does not exist; {expected_profile()}")])
        return cls((_resolved(found, ()),))

    def recognise(self, page: Page) -> Profile:
        """The profile with the best evidence in the page or its address, else the last."""
        place = recogniser(tuple(profile.compiled for profile in self.profiles[:-1])).first(page)
        return self.profiles[-1 if place is None else place]

    def named(self, name: str) -> Profile | None:
        """The profile of that name, as a capture's metadata names it."""
        return next((profile for profile in self.profiles if profile.name == name), None)

    def to_yaml(self) -> str:
        """The resolved profiles, complete: nothing is inherited any more. `from_yaml` reads it."""
        data = [profile.model_dump(mode="json", exclude_defaults=True) for profile in self.profiles]
        return yaml.safe_dump({"profiles": data}, allow_unicode=True, sort_keys=False, width=120)

    @classmethod
    def from_yaml(cls, text: str | bytes, origin: str = "profiles.yaml") -> ProfileSet:
        """What `to_yaml` wrote; `origin` is named in errors. Raises `BadProfile`."""
        raw = text.encode() if isinstance(text, str) else text
        path = Path(origin)
        try:
            stored = parse_model(raw, StoredProfiles, path)
        except BadFile as error:
            raise BadProfile(error.path, error.problems) from None
        for index, profile in enumerate(stored.profiles):
            if profile.inherits is not None:
                raise BadProfile(path, [Problem(0, f"profiles[{index}].inherits", "expected a resolved profile")])
        return cls(tuple(stored.profiles))


def profile_file(name_or_path: str, folder: Path) -> Path | None:
    """Where the profile of that name or path stands, for a job in *folder*; None where there is none."""
    if name_or_path.endswith((".yaml", ".yml")):
        path = folder / name_or_path
        return path if path.is_file() else None
    return _find(name_or_path, folder)


def expected_profile() -> str:
    """What may be written where a profile is asked for, to be said to whoever wrote something else."""
    return f"expected {', '.join(['auto', *builtin_names()])}, or a YAML file beside the job"


def builtin_names() -> list[str]:
    return sorted(path.stem for path in BUILTIN.glob("*.yaml"))


@cache
def _builtin(name: str) -> Profile:
    return _resolved(BUILTIN / f"{name}.yaml", ())


def _find(name: str, folder: Path) -> Path | None:
    if not name or "/" in name or "\\" in name or name.startswith("."):
        return None
    return next((path for path in (folder / f"{name}.yaml", BUILTIN / f"{name}.yaml") if path.is_file()), None)


def _resolved(path: Path, children: tuple[Path, ...]) -> Profile:
    """The profile in the file, merged with its ancestors. `children` are the files that led here."""
    try:
        profile = read_model(path, Profile)
    except BadFile as error:
        raise BadProfile(error.path, error.problems) from None
    parent_name = profile.inherits
    if parent_name is None:
        return profile
    # a site's own `vsb.yaml` may stand on the built-in one of that name
    parent = _find(parent_name, path.parent if parent_name != path.stem else BUILTIN)
    if parent is None:
        expected = ", ".join(builtin_names())
        message = f"found {parent_name!r}, expected a profile beside this file or one of {expected}"
        raise BadProfile(path, [Problem(line_of(path, "inherits"), "inherits", message)])
    if parent.resolve() in (path.resolve(), *(child.resolve() for child in children)):
        names = " → ".join(p.stem for p in (*children, path, parent))
        raise BadProfile(path, [Problem(line_of(path, "inherits"), "inherits", f"found a circle: {names}")])
    return merged(profile, _resolved(parent, (*children, path)))


def merged(child: Profile, parent: Profile) -> Profile:
    """`child` standing on `parent`: lists joined, the child's first; single values the child's where it gives them."""
    above = parent.model_dump(exclude_unset=True, exclude={"recognise", "inherits"})
    data = _merge(child.model_dump(exclude_unset=True, exclude={"inherits"}), above)
    return Profile.model_validate(data)


def _merge(child: Mapping[str, object], parent: Mapping[str, object]) -> dict[str, object]:
    out: dict[str, object] = dict(parent)
    for key, own in child.items():
        inherited = out.get(key)
        if isinstance(own, Mapping) and isinstance(inherited, Mapping):
            out[key] = _merge(own, inherited)
        elif isinstance(own, list) and isinstance(inherited, list):
            out[key] = own + [item for item in inherited if item not in own]
        else:
            out[key] = own
    return out
