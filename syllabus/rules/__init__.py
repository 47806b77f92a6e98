"""What one key of `params.yaml` says of another, checked on the raw values so that all errors come at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from syllabus.rules import candidates, cleaning, modality, monitoring, source, task
from syllabus.rules.raw import Finding, Invalid, Location, section
from syllabus.rules.task import TASKS

__all__ = ["TASKS", "Finding", "Invalid", "Location", "broken", "section"]


def broken(raw: Mapping[str, Any], project: Path) -> Iterator[Finding]:
    """Yield where and how `raw` breaks a rule; values of a wrong type are left to the settings themselves."""
    yield from modality.broken(raw, project)
    yield from source.broken(raw)
    yield from cleaning.broken(raw)
    yield from _roles(raw)
    yield from _features(raw)
    yield from _split(raw)
    yield from candidates.broken(raw, project)
    yield from task.broken(raw, project)
    yield from monitoring.broken(raw)


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


def _features(raw: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what `data.dates` and `data.texts` say of a column that is something else."""
    roles = section(raw, "data", "columns")
    for key, fitting in (("dates", ("date", "time", None)), ("texts", ("text",))):
        for column in section(raw, "data", key):
            role = roles.get(column)
            if role not in fitting:
                told = f"{column} has the role {role}" if role else f"{column} has no role"
                yield (
                    ("data", key, column),
                    f"{told}: give it data.columns: {{{column}: {fitting[0]}}}, or leave this out",
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
