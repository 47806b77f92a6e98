"""What one key of `params.yaml` says of another, checked on the raw values so that all errors come at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from syllabus import architectures, modalities
from syllabus.errors import nearest
from syllabus.settings import LOWER_IS_BETTER, Metric

Location = tuple[str | int, ...]
Finding = tuple[Location, str] | tuple[Location, ValidationError]


def broken(raw: Mapping[str, Any], project: Path) -> Iterator[Finding]:
    """Yield where and how `raw` breaks a rule; values of a wrong type are left to the settings themselves."""
    yield from _modality(raw)
    yield from _roles(raw)
    yield from _split(raw)
    yield from _candidates(raw, project)
    yield from _trials(raw)
    yield from _gates(raw)


def section(raw: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    """Return the mapping that stands at `path`, or an empty one."""
    found: Any = raw
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _modality(raw: Mapping[str, Any]) -> Iterator[Finding]:
    name = section(raw, "data").get("modality", "tables")
    if isinstance(name, str) and name not in modalities.names():
        yield ("data", "modality"), f"unknown modality {name}; {nearest(name, modalities.names())}"


def _roles(raw: Mapping[str, Any]) -> Iterator[Finding]:
    by = section(raw, "split").get("by")
    target = section(raw, "data").get("target")
    for column, role in section(raw, "data", "columns").items():
        if column == target:
            yield ("data", "columns", column), "the target has no role; it is what the others predict"
        if role in ("group", "time") and by != column:
            yield (
                ("data", "columns", column),
                f"rows of one {role} would leak between parts: set split.method to {role} and split.by to "
                f"{column}, or give the column another role",
            )


def _split(raw: Mapping[str, Any]) -> Iterator[Finding]:
    split = section(raw, "split")
    method, by = split.get("method", "stratified"), split.get("by")
    if method in ("group", "time", "hash") and by is None:
        yield (
            ("split", "method"),
            f"method {method} needs `by`: the column of the groups, the time or the key",
        )
    if method in ("stratified", "random") and by is not None:
        yield ("split", "by"), f"goes with the methods group, time and hash, not with {method}"
    parts = {"train": 0.8, "validation": 0.1, "test": 0.1} | dict(section(split, "parts"))
    if all(isinstance(share, int | float) for share in parts.values()):
        total = sum(parts.values())
        if set(parts) == {"train", "validation", "test"} and abs(total - 1) > 1e-9:
            yield ("split", "parts"), f"train, validation and test must add up to 1, received {total:g}"


def _candidates(raw: Mapping[str, Any], project: Path) -> Iterator[Finding]:
    declared = section(raw, "architectures")
    known, own = architectures.names(project), architectures.own(project)
    names = _names(raw)
    for position, name in enumerate(names):
        if name not in known:
            yield ("candidates", position), f"unknown architecture {name}; {nearest(name, known)}"
        elif name in names[:position]:
            yield ("candidates", position), f"{name} is named twice"
        elif name in own and not _followed(name, project):
            yield (
                ("candidates", position),
                f"no stage in dvc.yaml depends on architectures/{name}.py, so an edit of it would go unnoticed: "
                f"add `- architectures/{name}.py` to the deps of train and tune",
            )
        elif name not in declared:
            yield ("candidates", position), f"{name} has no entry under architectures: add `{name}: {{}}`"
    for name, params in declared.items():
        if name not in known:
            yield ("architectures", name), f"unknown architecture {name}; {nearest(name, known)}"
        elif isinstance(params, Mapping):
            try:
                architectures.load(name, project).Params.model_validate(dict(params))
            except ValidationError as error:
                yield ("architectures", name), error


def _followed(name: str, project: Path) -> bool:
    """Return whether a stage depends on the project's own architecture, by its name, the item's or their folder."""
    pipeline = project / "dvc.yaml"
    if not pipeline.is_file():
        return True
    file = rf"(?:/(?:{re.escape(name)}|\$\{{item\}})\.py)?"
    text = pipeline.read_text(encoding="utf-8")
    return re.search(rf"^ *- *architectures{file}/? *(?:#.*)?$", text, re.MULTILINE) is not None


def _names(raw: Mapping[str, Any]) -> list[str]:
    """Return the candidates that are texts."""
    named = raw.get("candidates")
    return [name for name in named if isinstance(name, str)] if isinstance(named, list) else []


def _trials(raw: Mapping[str, Any]) -> Iterator[Finding]:
    budgets, names = section(raw, "tuning", "trials"), _names(raw)
    # A candidate that is dropped from the list keeps its entries, here as under architectures.
    known = {*names, *section(raw, "architectures")}
    for name in budgets:
        if name not in known:
            yield ("tuning", "trials", name), f"{name} is not a candidate; {nearest(name, names)}"
    for name in names if budgets else ():
        if name not in budgets:
            yield ("tuning", "trials"), f"candidate {name} is missing: give one number for all, or one for each"


def _gates(raw: Mapping[str, Any]) -> Iterator[Finding]:
    for name in section(raw, "gates", "at_least"):
        if name in LOWER_IS_BETTER:
            yield ("gates", "at_least", name), f"{name} is better when lower: put it under gates.at_most"
    for name in section(raw, "gates", "at_most"):
        if name not in LOWER_IS_BETTER and name in get_args(Metric):
            yield ("gates", "at_most", name), f"{name} is better when higher: put it under gates.at_least"
    sensitive = section(raw, "examination").get("sensitive")
    if section(raw, "gates", "fairness") and not sensitive:
        yield ("gates", "fairness"), "needs the sensitive columns in examination.sensitive"
