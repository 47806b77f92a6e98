"""The raw values of `params.yaml`, of any type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError


class Invalid(NamedTuple):
    """What does not fit a model that the settings know by name only, such as an architecture's parameters."""

    error: ValidationError
    model: type[BaseModel]


Location = tuple[str | int, ...]
Finding = tuple[Location, str] | tuple[Location, Invalid]


def section(raw: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    """Return the mapping that stands at `path`, or an empty one; a key that is null says nothing."""
    found: Any = raw
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    return {key: value for key, value in found.items() if value is not None} if isinstance(found, Mapping) else {}


def names(raw: Mapping[str, Any]) -> list[str]:
    """Return the candidates that are texts."""
    named = raw.get("candidates")
    return [name for name in named if isinstance(name, str)] if isinstance(named, list) else []


def followed(path: str, project: Path, *stages: str) -> bool:
    """Return whether these stages, or else any one, depend on a file or folder, or on one around it."""
    pipeline = project / "dvc.yaml"
    if not pipeline.is_file():
        return True
    blocks = re.split(r"^  (?=[a-z])", pipeline.read_text("utf-8"), flags=re.MULTILINE)
    deps = {block.partition(":")[0]: set(map(Path, _DEPENDENCY.findall(block))) for block in blocks}
    around = {Path(path), *Path(path).parents}
    following = {stage for stage, named in deps.items() if named & around}
    return following >= set(stages) if stages else bool(following)


_DEPENDENCY = re.compile(r"""^ *- *["']?([^"'#\n]+?)/?["']? *(?:#.*)?$""", re.MULTILINE)
