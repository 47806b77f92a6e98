"""The winner on test: metrics, confusion, curves and calibration."""

from __future__ import annotations

from typing import Any

from syllabus.reports.material import Material
from syllabus.reports.scale import UNIT, linear
from syllabus.reports.sections.curves import line
from syllabus.reports.wording import METRICS
from syllabus.settings import LOWER_IS_BETTER

TITLE = "Examination"
SHARES = 8
"""With more classes than this a cell of the confusion matrix has no room for its share."""


def facts(material: Material) -> dict[str, Any] | None:
    """Return what the examination of a classifier found; None for another task."""
    test = material.test
    if test["task"] != "classification":
        return None
    confusion = test["confusion"]
    return {
        "test": test,
        "primary": material.metric,
        "metrics": _metrics(material),
        "unit": UNIT,
        "classes": test["classes"],
        "confusion": [_confused(row, place) for place, row in enumerate(confusion)],
        "shares": len(confusion) <= SHARES,
        "by_class": _by_class(test["classes"], confusion) if len(confusion) > 2 else [],
        "roc": _curve(material, "roc", "false_positive_rate", "true_positive_rate"),
        "recalls": _curve(material, "precision_recall", "recall", "precision"),
        "calibration": test["calibration"],
        "asked_calibration": material.settings.examination.calibration,
        "threshold": _threshold(material),
    }


def _metrics(material: Material) -> list[dict[str, Any]]:
    baseline = material.run.evaluated["baseline"]
    return [
        {
            "name": name,
            "prior": baseline.get(name),
            "gain": _gain(name, measured["value"], baseline.get(name)),
            **measured,
        }
        for name in METRICS
        if (measured := material.test["metrics"].get(name)) is not None
    ]


def _gain(name: str, value: float | None, prior: float | None) -> float | None:
    """Return how much better than the baseline, whichever way is better."""
    if value is None or prior is None:
        return None
    return prior - value if name in LOWER_IS_BETTER else value - prior


def _confused(row: list[int], place: int) -> list[dict[str, Any]]:
    """Return a class's cells: how many, of how many, and how dark from 0 to 10."""
    total = sum(row)
    return [
        {
            "count": n,
            "share": n / total if total else 0.0,
            "right": at == place,
            # The least of errors is seen, too.
            "heat": 0 if not n else max(1, round(10 * n / total)),
        }
        for at, n in enumerate(row)
    ]


def _by_class(classes: list[str], confusion: list[list[int]]) -> list[dict[str, Any]]:
    """Return precision, recall, F1 and what each class is most often taken for; the worst first."""
    found = []
    for place, name in enumerate(classes):
        hits, n = confusion[place][place], sum(confusion[place])
        decided = sum(row[place] for row in confusion)
        other = max((at for at in range(len(classes)) if at != place), key=lambda at: confusion[place][at])
        found.append(
            {
                "name": name,
                "n": n,
                "precision": hits / decided if decided else None,
                "recall": hits / n if n else None,
                "f1": 2 * hits / (n + decided) if n + decided else None,
                "taken_for": (classes[other], confusion[place][other]) if confusion[place][other] else None,
            }
        )
    return sorted(found, key=lambda row: (row["f1"] is None, row["f1"]))


def _curve(material: Material, plot: str, across: str, up: str) -> dict[str, Any] | None:
    """Return a curve, those of the single classes, and the point that the threshold chose."""
    points = material.plot(plot)
    if not points:
        return None
    by_class: dict[str, list[tuple[float, float]]] = {}
    for point in material.plot(f"{plot}_by_class"):
        by_class.setdefault(point["class"], []).append((float(point[across]), float(point[up])))
    threshold = material.test["threshold"]
    chosen = None
    if threshold is not None and "threshold" in points[0]:
        # The rows go from the highest threshold down: the last one at or above decides the same examples.
        above = [point for point in points if float(point["threshold"]) >= threshold]
        chosen = (float(above[-1][across]), float(above[-1][up])) if above else None
    return {
        "whole": line([(float(point[across]), float(point[up])) for point in points], UNIT, UNIT),
        "by_class": {name: line(curve, UNIT, UNIT) for name, curve in by_class.items()},
        "chosen": chosen,
    }


def _threshold(material: Material) -> dict[str, Any] | None:
    """Return how the threshold was chosen, and what others would have given on the rows that it was chosen on."""
    points, chosen = material.plot("threshold"), material.test["chosen"]
    if not points or chosen is None:
        return None
    at = [float(point["threshold"]) for point in points]
    drawn = {
        name: line(list(zip(at, (float(point[name]) for point in points), strict=True)), UNIT, UNIT)
        for name in ("precision", "recall")
    }
    found = {"chosen": chosen, "costs": material.test["costs"], "lines": drawn}
    if "cost" not in points[0]:
        return found | {"cost": None}
    costs = [float(point["cost"]) for point in points]
    scale = linear([0.0, *costs], most=5)
    return found | {"cost": {"scale": scale, "line": line(list(zip(at, costs, strict=True)), UNIT, scale)}}
