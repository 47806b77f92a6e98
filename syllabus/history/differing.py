"""In what two versions differ: parameters, data, code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from syllabus.history.sides import Side


def parameters(first: Side, second: Side) -> list[dict[str, Any]]:
    """Return the deepest keys of parameter files that differ, in what `dvc.lock` recorded of either."""
    one, other = _flat(_recorded(first)), _flat(_recorded(second))
    keys = sorted(one.keys() | other.keys())
    return [
        {"key": key, "first": one.get(key), "second": other.get(key)}
        for key in keys
        if (key in one, one.get(key)) != (key in other, other.get(key))
    ]


def winners(first: Side, second: Side) -> list[dict[str, Any]]:
    """Return in which parameters of the winners themselves they differ, tuned ones too."""
    made = [side.lineage["parameters"]["winner"] for side in (first, second)]
    one, other = (_flat({"winner": found["name"], "params": found["params"]}) for found in made)
    keys = sorted(one.keys() | other.keys(), key=lambda key: (key != "winner", key))
    return [
        {"key": key, "first": one.get(key), "second": other.get(key)} for key in keys if one.get(key) != other.get(key)
    ]


def data(first: Side, second: Side) -> dict[str, Any]:
    """Return the source and the rows of both, and whether each file is the same."""
    one, other = first.lineage, second.lineage
    rows = [side.report["test"]["n"] for side in (first, second)]
    return {
        "source": {
            "first": one["data"],
            "second": other["data"],
            "same": one["data"]["sha256"] == other["data"]["sha256"],
        },
        "parts": {part: one["parts"].get(part) == other["parts"].get(part) for part in one["parts"]},
        "suite": one["suite"]["sha256"] == other["suite"]["sha256"],
        "test rows": {"first": rows[0], "second": rows[1]},
    }


def code(first: Side, second: Side) -> dict[str, list[str]]:
    """Return which modules that made the winners were changed, added or removed, and whether the lock file differs."""
    one, other = first.lineage, second.lineage
    before, after = one["code"], other["code"]
    return {
        "changed": sorted(name for name in before.keys() & after.keys() if before[name] != after[name]),
        "added": sorted(after.keys() - before.keys()),
        "removed": sorted(before.keys() - after.keys()),
        "versions": ["requirements.lock"] if one["lock file"] != other["lock file"] else [],
    }


def _recorded(side: Side) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for stage in side.stages.values():
        for values in (stage.get("params") or {}).values():
            found |= values
    return found


def _flat(values: Mapping[str, Any]) -> dict[str, Any]:
    return dict(_leaves("", values))


def _leaves(key: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _leaves(f"{key}.{name}" if key else str(name), inner)
    else:
        yield key, value
