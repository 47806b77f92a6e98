"""The winner of a regression on test: metrics, predicted against actual, residuals, and prediction intervals."""

from __future__ import annotations

from typing import Any

from syllabus.reports.material import Material
from syllabus.reports.scale import Scale, linear
from syllabus.reports.wording import METRICS
from syllabus.settings import LOWER_IS_BETTER, OF_INTERVALS

TITLE = "Examination"
DRAWN = 400
"""So many examples are drawn: more would be one blot."""


def facts(material: Material) -> dict[str, Any] | None:
    """Return what the examination of a regression found; None for another task."""
    test = material.test
    if test["task"] != "regression":
        return None
    points = [(float(row["actual"]), float(row["predicted"])) for row in material.plot("predicted")]
    drawn = points[:: max(1, -(-len(points) // DRAWN))]
    return {
        "test": test,
        "target": material.settings.data.target,
        "primary": material.metric,
        "metrics": measures(material, ordinary=True),
        "of_intervals": measures(material, ordinary=False),
        "predicted": _scatter([(predicted, actual) for actual, predicted in drawn], square=True),
        "residuals": _scatter([(predicted, actual - predicted) for actual, predicted in drawn], square=False),
        "coverage": _coverage(test["intervals"], test["metrics"]["coverage"]["high"]),
        "by_time": material.settings.split.method == "time",
        "largest": test["largest"],
    }


def measures(material: Material, *, ordinary: bool) -> list[dict[str, Any]]:
    """Return the metrics that judge predictions, or those that judge intervals."""
    baseline = material.run.evaluated["baseline"]
    return [
        {"name": name, "prior": baseline.get(name), "share": _share(name, measured["value"], baseline.get(name))}
        | measured
        for name in METRICS
        if (measured := material.test["metrics"].get(name)) is not None and (name not in OF_INTERVALS) == ordinary
    ]


def _share(name: str, value: float | None, prior: float | None) -> float | None:
    """Return an error as a share of the baseline's."""
    return value / prior if name in LOWER_IS_BETTER and value is not None and prior else None


def _scatter(points: list[tuple[float, float]], *, square: bool) -> dict[str, Any] | None:
    """Return the places of the points; where both axes mean the same, both have one scale."""
    if not points:
        return None
    x, y = linear([a for a, _ in points], most=4), linear([b for _, b in points], most=5)
    if square:
        x = y = linear([number for point in points for number in point], most=4)
    return {"x": x, "y": y, "points": [(x.at(a), y.down(b)) for a, b in points], "zero": y.down(0.0)}


def _coverage(intervals: dict[str, Any] | None, most: float | None) -> dict[str, Any] | None:
    """Return the bins of the coverage with their scales, and whether the whole falls short of what is declared."""
    if not intervals or not intervals["bins"]:
        return None
    bins, level = intervals["bins"], intervals["level"]
    x = linear([one[end] for one in bins for end in ("from", "to")], most=4)
    lowest = min(level, *(one["low"] for one in bins))
    y = (
        Scale(0.0, 1.0, (0.0, 0.25, 0.5, 0.75, 1.0))
        if lowest < 0.5
        else Scale(0.5, 1.0, (0.5, 0.6, 0.7, 0.8, 0.9, 1.0))
    )
    widths = linear([0.0, *(one["width"] for one in bins)], most=5)
    return {"level": level, "rows": intervals["rows"], "bins": bins, "x": x, "y": y, "widths": widths} | {
        "short": most is not None and most < level
    }
