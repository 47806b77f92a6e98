"""What the task, the metrics and the gates say of each other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from syllabus.errors import nearest
from syllabus.rules.raw import Finding, section
from syllabus.settings import (
    LOWER_IS_BETTER,
    OF_INTERVALS,
    ClassificationGap,
    ClassificationMetric,
    ForecastMetric,
    Kind,
    LanguageMetric,
    Metric,
    RatingMetric,
    RegressionGap,
    RegressionMetric,
)


@dataclass(frozen=True)
class Asked:
    """What may be asked of a task.

    Args:
        metrics: that judge it.
        gaps: that measure its fairness; none where it has no groups.
        keys: of `data` and `examination` that it reads, of those that not every task does.
    """

    metrics: tuple[str, ...]
    gaps: tuple[str, ...]
    keys: frozenset[tuple[str, str]]


TASKS: Mapping[Kind, Asked] = {
    "classification": Asked(
        get_args(ClassificationMetric),
        get_args(ClassificationGap),
        frozenset(
            {
                ("data", "positive"),
                ("data", "class_weights"),
                ("examination", "threshold"),
                ("examination", "calibration"),
                ("examination", "mitigation"),
            }
        ),
    ),
    "regression": Asked(
        get_args(RegressionMetric),
        get_args(RegressionGap),
        frozenset({("data", "target_transform"), ("examination", "interval")}),
    ),
    "forecast": Asked(
        get_args(ForecastMetric), (), frozenset({("data", "target_transform"), ("examination", "interval")})
    ),
    "language": Asked(get_args(LanguageMetric), (), frozenset({("examination", "samples")})),
    "rating": Asked(get_args(RatingMetric), (), frozenset()),
}


def broken(raw: Mapping[str, Any], project: Path) -> Iterator[Finding]:
    """Yield where and how a rule of the task is broken."""
    task = section(raw, "data").get("task", "classification")
    if task in TASKS:
        yield from _metrics(raw, task)
        yield from _fairness(raw, task)
        yield from _keys(raw, task, project)
    yield from _gates(raw)


def _metrics(raw: Mapping[str, Any], task: Kind) -> Iterator[Finding]:
    """Yield the metrics of other tasks, and those that can choose no winner."""
    known = TASKS[task].metrics
    asked = section(raw, "examination").get("metric")
    floors = {("gates", side, name): name for side in ("at_least", "at_most") for name in section(raw, "gates", side)}
    decides = section(raw, "retraining").get("metric")
    for location, name in (floors | {("examination", "metric"): asked, ("retraining", "metric"): decides}).items():
        others = [other for other, of in TASKS.items() if name in of.metrics]
        if others and task not in others:
            valid = [one for one in known if location[0] != "examination" or one not in OF_INTERVALS]
            told = f"{name} is a metric of {' and '.join(others)}, and data.task is {task}"
            yield location, f"{told}; {nearest(str(name), valid)}"
    if asked in OF_INTERVALS and asked in known:
        valid = [name for name in known if name not in OF_INTERVALS]
        told = f"{asked} judges prediction intervals, which are made on validation once the winner is known"
        yield ("examination", "metric"), f"{told}: ask for it in gates; {nearest(str(asked), valid)}"


def _fairness(raw: Mapping[str, Any], task: Kind) -> Iterator[Finding]:
    fairness, gaps = section(raw, "gates", "fairness"), TASKS[task].gaps
    if not gaps:
        for location in (("gates", "fairness"), ("examination", "sensitive")):
            if section(raw, location[0]).get(location[1]):
                yield location, f"a {task} is not examined across groups of people: leave it out"
        return
    measure = fairness.get("measure", "equal_opportunity_difference")
    others = [other for other, of in TASKS.items() if measure in of.gaps]
    if fairness and others and task not in others:
        told = f"{measure} is a gap of {' and '.join(others)}, and data.task is {task}"
        yield ("gates", "fairness", "measure"), f"{told}; {nearest(measure, gaps)}"
    at_most = fairness.get("at_most")
    if task == "classification" and isinstance(at_most, int | float) and at_most > 1:
        yield ("gates", "fairness", "at_most"), f"a gap between rates is at most 1, received {at_most:g}"


def _keys(raw: Mapping[str, Any], task: Kind, project: Path) -> Iterator[Finding]:
    """Yield the keys that say nothing of this task, and the one that its `dvc.yaml` names."""
    of = TASKS[task].keys
    for where, key in sorted(frozenset().union(*(one.keys for one in TASKS.values())) - of):
        if section(raw, where).get(key) is not None:
            others = " or ".join(other for other, one in TASKS.items() if (where, key) in one.keys)
            yield (where, key), f"goes with data.task: {others}, and says nothing of a {task}: leave it out"
    if ("examination", "threshold") in of:
        if "examination" in raw and "threshold" not in section(raw, "examination"):
            yield ("examination", "threshold"), "required, and missing"
        yield from _threshold(raw)
        return
    pipeline = project / "dvc.yaml"
    if pipeline.is_file() and re.search(r"^ *- *examination\.threshold *$", pipeline.read_text("utf-8"), re.MULTILINE):
        told = f"dvc.yaml follows examination.threshold, which a {task} does not have"
        yield ("data", "task"), f"{told}: remove that line from the params of tune"


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
    across = section(raw, "examination", "mitigation").get("across")
    if isinstance(across, str) and across not in (sensitive or ()):
        told = f"{across} is none of the sensitive columns"
        yield ("examination", "mitigation", "across"), f"{told}: name it in examination.sensitive, too"
