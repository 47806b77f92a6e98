"""The candidates side by side, on validation, which chose, and on test."""

from __future__ import annotations

from functools import partial
from typing import Any

from syllabus.reports.material import Material
from syllabus.reports.scale import linear
from syllabus.reports.wording import METRICS
from syllabus.settings import LOWER_IS_BETTER

TITLE = "Candidates"
PARTS = ("validation", "test")
BASELINE = {
    "classification": "answers with the shares of the classes in train",
    "regression": "always answers with train's mean or its median",
    "forecast": "forecasts that what was a season before comes again",
    "language": "knows how often each byte is in train, and nothing of their order",
    "rating": "always answers with train's mean, and ranks items by how many users came to them",
}


def facts(material: Material) -> dict[str, Any]:
    """Return the entries, best on validation first, and all their metrics."""
    metric, evaluated = material.metric, material.run.evaluated
    entries = sorted(evaluated["candidates"], key=lambda entry: _worth(entry["validation"][metric]["value"], metric))
    shown = [entry[part][metric][end] for entry in entries for part in PARTS for end in ("value", "low", "high")]
    prior = evaluated["baseline"].get(metric)
    return {
        "metric": metric,
        "entries": entries,
        "winner": evaluated["winner"]["name"],
        "crossed": evaluated["crossed"],
        "prior": prior,
        "baseline": evaluated["baseline"],
        "baseline_says": BASELINE[material.test["task"]],
        "scale": linear([*shown, prior if _near(prior, shown) else None], most=5),
        "parts": PARTS,
        "names": [name for name in METRICS if name in material.test["metrics"]],
        "best": {part: _best(entries, part) for part in PARTS},
    }


def _worth(value: float | None, metric: str) -> float:
    """Return what sorts the best first."""
    if value is None:
        return float("inf")
    return value if metric in LOWER_IS_BETTER else -value


def _near(prior: float | None, shown: list[float | None]) -> bool:
    """Say whether the baseline fits on the scale without pressing all the others into a corner."""
    known = [value for value in shown if value is not None]
    if prior is None or not known:
        return False
    span = max(known) - min(known)
    return min(known) - span <= prior <= max(known) + span


def _best(entries: list[dict[str, Any]], part: str) -> dict[str, float | None]:
    """Return each metric's best value, to be marked; none where there is nothing to compare."""
    if len(entries) < 2:
        return {}
    return {
        name: min((entry[part][name]["value"] for entry in entries), key=partial(_worth, metric=name))
        for name in entries[0][part]
    }
