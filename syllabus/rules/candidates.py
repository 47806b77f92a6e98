"""What the candidates, their parameters and their budgets say of each other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from syllabus import architectures
from syllabus.errors import nearest
from syllabus.rules import raw as raws
from syllabus.rules.raw import Finding, Invalid, names, section
from syllabus.rules.task import TASKS
from syllabus.rules.unseen import NAMES


def broken(raw: Mapping[str, Any], project: Path) -> Iterator[Finding]:
    """Yield where and how a rule of the candidates is broken."""
    yield from _candidates(raw, project)
    yield from _trials(raw)


def _candidates(raw: Mapping[str, Any], project: Path) -> Iterator[Finding]:
    declared = section(raw, "architectures")
    known, own = architectures.names(project), architectures.own(project)
    listed, task = names(raw), section(raw, "data").get("task", "classification")
    for position, name in enumerate(listed):
        if name not in known:
            yield ("candidates", position), f"unknown architecture {name}; {nearest(name, known)}"
        elif name in listed[:position]:
            yield ("candidates", position), f"{name} is named twice"
        elif name in own and not _followed(name, project):
            yield (
                ("candidates", position),
                f"no stage in dvc.yaml depends on architectures/{name}.py, so an edit of it would go unnoticed: "
                f"add `- architectures/{name}.py` to the deps of train and tune",
            )
        elif name not in declared:
            yield ("candidates", position), f"{name} has no entry under architectures: add `{name}: {{}}`"
        elif said := architectures.unfit(architectures.load(name, project), name):
            yield ("candidates", position), said
        elif _unseen(architectures.load(name, project), project):
            told = f"no stage in dvc.yaml depends on syllabus/deep, which {name} is made of"
            yield ("candidates", position), f"{told}: add `- syllabus/deep` to the deps of train, tune and evaluate"
        elif task in TASKS and task not in (tasks := getattr(architectures.load(name, project), "TASKS", (task,))):
            told = f"{name} learns {' and '.join(sorted(tasks))}, and data.task is {task}"
            fitting = [other for other in known if task in getattr(architectures.load(other, project), "TASKS", ())]
            yield ("candidates", position), f"{told}; {nearest(name, fitting)}"
    for name, params in declared.items():
        if name not in known:
            yield ("architectures", name), f"unknown architecture {name}; {nearest(name, known)}"
        elif isinstance(params, Mapping):
            architecture = architectures.load(name, project)
            for field in sorted(NAMES & architecture.Params.model_fields.keys()):
                told = f"{name} has a parameter {field}, of which DVC's run cache sees no change"
                yield ("architectures", name), f"{told}: give it another name"
            try:
                checked = architecture.Params.model_validate(dict(params))
            except ValidationError as error:
                yield ("architectures", name), Invalid(error, architecture.Params)
                continue
            for path in architectures.files(architecture, checked) if name in listed else ():
                if not raws.followed(path, project, "train", "tune"):
                    told = (
                        f"train and tune do not both depend on {path} in dvc.yaml, so a change in it would go unnoticed"
                    )
                    yield ("architectures", name), f"{told}: add `- {path}` to their deps"


def _followed(name: str, project: Path) -> bool:
    """Return whether a stage depends on the project's own architecture, by its name, the item's or their folder."""
    pipeline = project / "dvc.yaml"
    if not pipeline.is_file():
        return True
    file = rf"(?:/(?:{re.escape(name)}|\$\{{item\}})\.py)?"
    text = pipeline.read_text(encoding="utf-8")
    return re.search(rf"^ *- *architectures{file}/? *(?:#.*)?$", text, re.MULTILINE) is not None


def _unseen(architecture: architectures.Architecture, project: Path) -> bool:
    """Return whether stages that follow Syllabus's own files would not see an edit of the room of the networks."""
    pipeline = project / "dvc.yaml"
    if "torch" not in getattr(architecture, "NEEDS", {}) or not pipeline.is_file():
        return False
    text = pipeline.read_text(encoding="utf-8")
    by_file = re.search(r"^ *- *syllabus/architectures", text, re.MULTILINE) is not None
    return by_file and re.search(r"^ *- *syllabus/deep/? *(?:#.*)?$", text, re.MULTILINE) is None


def _trials(raw: Mapping[str, Any]) -> Iterator[Finding]:
    if isinstance(section(raw, "tuning").get("folds"), int) and section(raw, "split").get("method") == "time":
        yield (
            ("tuning", "folds"),
            "folds would tell the past what comes after it; a split by time has none: leave it out",
        )
    budgets, listed = section(raw, "tuning", "trials"), names(raw)
    # A candidate that is dropped from the list keeps its entries, here as under architectures.
    known = {*listed, *section(raw, "architectures")}
    for name in budgets:
        if name not in known:
            yield ("tuning", "trials", name), f"{name} is not a candidate; {nearest(name, listed)}"
    for name in listed if budgets else ():
        if name not in budgets:
            yield ("tuning", "trials"), f"candidate {name} is missing: give one number for all, or one for each"
