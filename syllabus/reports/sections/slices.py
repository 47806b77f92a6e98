"""Where the winner does worse than on the whole."""

from __future__ import annotations

from typing import Any

from syllabus.reports.material import Material
from syllabus.reports.scale import Scale, linear

TITLE = "Slices"
FIRST = 12
"""So many of the worst are shown unfolded."""


def facts(material: Material) -> dict[str, Any] | None:
    """Return the slices, those that do worse beyond chance first and the small ones last."""
    if not material.test["slices"]:
        return None
    # Sorting is stable: within a verdict the examination's order stays, the worst first.
    found = sorted(material.test["slices"], key=lambda one: one["verdict"] != "worse")
    judged = [one for one in found if one["low"] is not None]
    worse = sum(one["verdict"] == "worse" for one in found)
    return {
        "metric": material.metric,
        "whole": material.test["metrics"][material.metric]["value"],
        "scale": _scale(judged),
        "first": found[:FIRST],
        "others": found[FIRST:],
        "worse": worse,
        "alarm": f"{worse} worse" if worse else "",
        "judged": len(judged),
        "columns": sorted({one["column"] for one in found}),
        "classes": material.test["task"] == "classification",
        "smallest": material.settings.examination.smallest_group,
    }


def _scale(judged: list[dict[str, Any]]) -> Scale:
    """Return a scale of all gaps; one wide interval may not press them into a corner, and runs over its end."""
    gaps = [0.0, *(one["gap"] for one in judged)]
    room = 0.6 * (max(gaps) - min(gaps))
    ends = [one[end] for one in judged for end in ("low", "high")]
    return linear([*gaps, *(min(max(end, min(gaps) - room), max(gaps) + room) for end in ends)], most=5)
