"""What the task, the metrics and the gates say of each other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from syllabus.errors import nearest
from syllabus.rules.raw import Finding, section
from syllabus.settings import (
    LOWER_IS_BETTER,
    OF_INTERVALS,
    ClassificationGap,
    ClassificationMetric,
    Kind,
    Metric,
    RegressionGap,
    RegressionMetric,
)

METRICS: Mapping[Kind, tuple[str, ...]] = {
    "classification": get_args(ClassificationMetric),
    "regression": get_args(RegressionMetric),
}
GAPS: Mapping[Kind, tuple[str, ...]] = {
    "classification": get_args(ClassificationGap),
    "regression": get_args(RegressionGap),
}


def broken(raw: Mapping[str, Any], project: Path) -> Iterator[Finding]:
    """Yield where and how a rule of the task is broken."""
    yield from _task(raw, project)
    yield from _gates(raw)


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
    yield from _threshold(raw)
    for key, where in (("target_transform", "data"), ("interval", "examination")):
        if section(raw, where).get(key) is not None:
            yield (where, key), "goes with data.task: regression"


def _threshold(raw: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield where it is not clear by what a threshold is chosen, or what a cost is."""
    asked = section(raw, "examination").get("threshold")
    chosen = section(raw, "examination", "threshold")
    if isinstance(asked, Mapping) and len(chosen) != 1:
        named = " and ".join(chosen) or "nothing"
        yield ("examination", "threshold"), f"is chosen by one of recall, precision, cost and metric, received {named}"
    if chosen.get("cost") is not None:
        return
    asking = [("examination", "metric")] if section(raw, "examination").get("metric") == "cost" else []
    for location in (*asking, *([("gates", "at_most", "cost")] if "cost" in section(raw, "gates", "at_most") else [])):
        told = "needs what errors cost, in examination.threshold"
        yield location, f"{told}: {{cost: {{false_positive: 1, false_negative: 20}}}}"


def _of_regression(raw: Mapping[str, Any], project: Path) -> Iterator[Finding]:
    if section(raw, "data").get("positive") is not None:
        yield ("data", "positive"), "a regression has no positive class: leave it out"
    if section(raw, "data").get("class_weights") is not None:
        yield ("data", "class_weights"), "a regression has no classes to weigh: leave it out"
    for key in ("threshold", "calibration"):
        if key in section(raw, "examination"):
            yield ("examination", key), f"a regression has no {key}: leave it out"
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
