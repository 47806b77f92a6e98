"""What the keys under `data` say of the modality, and what it reads of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

from pydantic import ValidationError

from syllabus import modalities
from syllabus.errors import nearest
from syllabus.rules.raw import Finding, Invalid, followed, section
from syllabus.settings import Cleaning, Data, Kind


def broken(raw: Mapping[str, Any], project: Path) -> Iterator[Finding]:
    """Yield where a key under `data` is not what its modality can read."""
    data = section(raw, "data")
    name = data.get("modality", "tables")
    if not isinstance(name, str):
        return
    if name not in modalities.names():
        yield ("data", "modality"), f"unknown modality {name}; {nearest(name, modalities.names())}"
        return
    modality = modalities.load(name)
    task = data.get("task", "classification")
    if isinstance(task, str) and task in get_args(Kind) and task not in modality.TASKS:
        told = " or ".join(sorted(modality.TASKS))
        where = "task" if "task" in data else "modality"
        yield ("data", where), f"{name} are learned by task: {told}, not by {task}"
    stands = getattr(modality, "STANDS_FOR_TARGET", None)
    if stands is None and data.get("target") is None:
        yield ("data", "target"), "required, and missing"
    if stands is not None and data.get("target") is not None:
        yield ("data", "target"), f"{name} has no column to predict: leave it out"
    for location in _unread(data, modality):
        valid = sorted(modalities.COMMON | modality.SETTINGS)
        yield ("data", *location), f"says nothing of {name}, so leave it out; they read {', '.join(valid)}"
    declared = data.get("options", {})
    if not isinstance(declared, Mapping):
        return
    try:
        options = modalities.parsed(modality, declared)
    except ValidationError as error:
        yield ("data", "options"), Invalid(error, modality.Options)
        return
    for path in modality.files(options):
        if not followed(path, project):
            told = f"no stage in dvc.yaml depends on {path}, so a change in it would go unnoticed: add it to the deps"
            yield ("data", "options"), f"{told} of ingest"


def _unread(data: Mapping[str, Any], modality: ModuleType) -> Iterator[tuple[str, ...]]:
    """Yield the keys, known to the settings, that this modality does not read."""
    for key, held in data.items():
        if key not in Data.model_fields or key in modalities.COMMON or key in modality.SETTINGS:
            continue
        inside = [name.split(".")[1] for name in modality.SETTINGS if name.startswith(f"{key}.")]
        if inside and isinstance(held, Mapping):
            yield from ((key, name) for name in held if name in Cleaning.model_fields and name not in inside)
        else:
            yield (key,)
