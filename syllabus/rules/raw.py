"""The raw values of `params.yaml`, of any type."""

from __future__ import annotations

from collections.abc import Mapping
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
