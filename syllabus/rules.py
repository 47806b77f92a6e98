"""What one key of `params.yaml` says of another, checked on the raw values so that all errors come at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from syllabus import architectures, modalities
from syllabus.errors import nearest
from syllabus.settings import (
    LOWER_IS_BETTER,
    OF_INTERVALS,
    SCHEMES,
    ClassificationGap,
    ClassificationMetric,
    Kind,
    Metric,
    RegressionGap,
    RegressionMetric,
)

Location = tuple[str | int, ...]
Finding = tuple[Location, str] | tuple[Location, ValidationError]
METRICS: Mapping[Kind, tuple[str, ...]] = {
    "classification": get_args(ClassificationMetric),
    "regression": get_args(RegressionMetric),
}
GAPS: Mapping[Kind, tuple[str, ...]] = {
    "classification": get_args(ClassificationGap),
    "regression": get_args(RegressionGap),
}


def broken(raw: Mapping[str, Any], project: Path) -> Iterator[Finding]:
    """Yield where and how `raw` breaks a rule; values of a wrong type are left to the settings themselves."""
    yield from _modality(raw)
    yield from _source(raw)
    yield from _roles(raw)
    yield from _split(raw)
    yield from _candidates(raw, project)
    yield from _trials(raw)
    yield from _gates(raw)
    yield from _task(raw, project)


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


def _source(raw: Mapping[str, Any]) -> Iterator[Finding]:
    source, database = section(raw, "data").get("source"), section(raw, "data", "source")
    if isinstance(source, str) and (scheme := re.match(r"(\w[\w+.-]*)://", source)):
        # What follows the scheme is not repeated: it may hold a password.
        if scheme[1] not in SCHEMES:
            hint = "a database is named by `{table: …, url: ENVIRONMENT_VARIABLE}`"
            yield ("data", "source"), f"unknown scheme {scheme[1]}://; {nearest(scheme[1], SCHEMES)}; {hint}"
        elif "@" in source.split("/")[2]:
            yield ("data", "source"), "a URL here must hold no user or password: this file is kept and shared"
    if database:
        if ("query" in database) == ("table" in database):
            yield ("data", "source"), "names either a query or a table"
        for key, other in (("schema", "table"), ("parameters", "query")):
            if key in database and other not in database:
                yield ("data", "source", key), f"goes with {other}"
        if not re.fullmatch(r"[A-Za-z_]\w*", str(database.get("url", "URL"))):
            told = "must be the name of an environment variable; the URL itself stands in that variable only"
            yield ("data", "source", "url"), told
    yield from _reading(raw)


def _reading(raw: Mapping[str, Any]) -> Iterator[Finding]:
    encoding = section(raw, "data", "reading").get("encoding", "utf-8")
    try:
        "".encode(str(encoding))
    except LookupError:
        yield ("data", "reading", "encoding"), f"unknown encoding {encoding}, such as utf-8, cp1252 or utf-16"
    quote = section(raw, "data", "reading").get("quote", '"')
    if section(raw, "data", "reading").get("delimiter") in (quote, "\n", "\r", "\0"):
        yield ("data", "reading", "delimiter"), "cannot separate cells: it surrounds them, or ends their row"
    freshness = section(raw, "data", "freshness")
    declared = isinstance(section(raw, "data").get("freshness"), Mapping)
    if declared and ("query" in freshness) == ("every" in freshness):
        yield ("data", "freshness"), "names either a query or a time"
    if "query" in freshness and not section(raw, "data", "source"):
        yield ("data", "freshness", "query"), "a query asks a database, and data.source names none"


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
    names, task = _names(raw), section(raw, "data").get("task", "classification")
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
        elif task in METRICS and task not in (tasks := getattr(architectures.load(name, project), "TASKS", (task,))):
            told = f"{name} learns {' and '.join(sorted(tasks))}, and data.task is {task}"
            fitting = [other for other in known if task in getattr(architectures.load(other, project), "TASKS", ())]
            yield ("candidates", position), f"{told}; {nearest(name, fitting)}"
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


def _task(raw: Mapping[str, Any], project: Path) -> Iterator[Finding]:
    """Yield what goes with the other task: a metric, a gap, or a key that has no meaning in this one."""
    task = section(raw, "data").get("task", "classification")
    if task not in METRICS:
        return
    other: Kind = "regression" if task == "classification" else "classification"
    asked = section(raw, "examination").get("metric")
    floors = {("gates", side, name): name for side in ("at_least", "at_most") for name in section(raw, "gates", side)}
    for location, name in (floors | {("examination", "metric"): asked}).items():
        if name in METRICS[other]:
            valid = [one for one in METRICS[task] if location[0] == "gates" or one not in OF_INTERVALS]
            yield location, f"{name} is a metric of {other}, and data.task is {task}; {nearest(name, valid)}"
    if asked in OF_INTERVALS:
        valid = [name for name in METRICS[task] if name not in OF_INTERVALS]
        told = f"{asked} judges prediction intervals, which are made on validation once the winner is known"
        yield ("examination", "metric"), f"{told}: ask for it in gates; {nearest(asked, valid)}"
    fairness = section(raw, "gates", "fairness")
    measure = fairness.get("measure", "equal_opportunity_difference")
    if fairness and measure in GAPS[other]:
        told = f"{measure} is a gap of {other}, and data.task is {task}"
        yield ("gates", "fairness", "measure"), f"{told}; {nearest(measure, GAPS[task])}"
    at_most = fairness.get("at_most")
    if task == "classification" and isinstance(at_most, int | float) and at_most > 1:
        yield ("gates", "fairness", "at_most"), f"a gap between rates is at most 1, received {at_most:g}"
    yield from (_of_classification(raw) if task == "classification" else _of_regression(raw, project))


def _of_classification(raw: Mapping[str, Any]) -> Iterator[Finding]:
    if "examination" in raw and "threshold" not in section(raw, "examination"):
        yield ("examination", "threshold"), "required, and missing"
    for key, where in (("target_transform", "data"), ("interval", "examination")):
        if section(raw, where).get(key) is not None:
            yield (where, key), "goes with data.task: regression"


def _of_regression(raw: Mapping[str, Any], project: Path) -> Iterator[Finding]:
    if section(raw, "data").get("positive") is not None:
        yield ("data", "positive"), "a regression has no positive class: leave it out"
    if "threshold" in section(raw, "examination"):
        yield ("examination", "threshold"), "a regression has no threshold: leave it out"
    pipeline = project / "dvc.yaml"
    if pipeline.is_file() and re.search(r"^ *- *examination\.threshold *$", pipeline.read_text("utf-8"), re.MULTILINE):
        told = "dvc.yaml follows examination.threshold, which a regression does not have"
        yield ("data", "task"), f"{told}: remove that line from the params of tune"


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
