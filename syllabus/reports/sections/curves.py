"""The loss on train and on validation by iteration, for each candidate."""

from __future__ import annotations

from typing import Any

from syllabus.reports.material import Material, rows
from syllabus.reports.scale import Scale, exact, linear

TITLE = "Learning curves"
POINTS = 240
"""A curve is drawn with at most about so many points."""


def facts(material: Material) -> dict[str, Any] | None:
    """Return a panel for each entry of the contest that has a curve."""
    panels = [
        _panel(entry, rows(material.folder(entry["candidate"], entry["variant"]) / "curve.csv"))
        for entry in material.run.evaluated["candidates"]
    ]
    kept = [panel | {"winner": panel["name"] == material.winner["name"]} for panel in panels if panel["points"]]
    return {"panels": kept} if kept else None


def _panel(entry: dict[str, Any], lines: list[dict[str, str]]) -> dict[str, Any]:
    points = [(int(line["iteration"]), float(line["train"]), float(line["validation"])) for line in lines]
    if not points:
        return {"name": entry["name"], "points": 0}
    best = min(points, key=lambda point: (point[2], point[0]))
    x = exact([point[0] for point in points])
    y = linear([loss for point in points for loss in point[1:]], most=5)
    drawn = _thinned(points, best)
    return {
        "name": entry["name"],
        "points": len(points),
        "x": x,
        "y": y,
        "train": line([(point[0], point[1]) for point in drawn], x, y),
        "validation": line([(point[0], point[2]) for point in drawn], x, y),
        "best": best,
        "last": points[-1],
    }


def _thinned(points: list[tuple[int, float, float]], best: tuple[int, float, float]) -> list[tuple[int, float, float]]:
    every = max(1, len(points) // POINTS)
    return sorted({*points[::every], points[-1], best})


def line(points: list[tuple[float, float]], x: Scale, y: Scale) -> str:
    """Return the points of a polyline on an area of 100 by 100."""
    return " ".join(f"{x.at(a):g},{y.down(b):g}" for a, b in points)
