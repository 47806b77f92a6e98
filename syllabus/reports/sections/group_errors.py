"""The errors of a regression in each sensitive group, and the gaps between groups."""

from __future__ import annotations

from typing import Any

from syllabus.reports.material import Material
from syllabus.reports.scale import linear

TITLE = "Fairness"
MEASURES = {
    "mean_error": ("mean error", "above nought: predicted too high on average"),
    "mae": ("mean absolute error", "how far off on average"),
}


def facts(material: Material) -> dict[str, Any] | None:
    """Return the attributes, then their crossings; None for another task or where nothing sensitive is declared."""
    if material.test["task"] != "regression" or not material.test["fairness"]:
        return None
    audited = [_attribute(attribute) for attribute in material.test["fairness"]]
    return {
        "attributes": [one for one in audited if not one["crossed"]],
        "crossings": [one for one in audited if one["crossed"]],
        "measures": MEASURES,
        "gate": material.settings.gates.fairness,
        "smallest": material.settings.examination.smallest_group,
        "level": (material.test["intervals"] or {}).get("level"),
    }


def _attribute(attribute: dict[str, Any]) -> dict[str, Any]:
    scales = {}
    for measure in MEASURES:
        # A group of a handful has an interval that would press all the others into a corner.
        shown = [group[measure] for group in attribute["groups"] if not group[measure]["small"]]
        shown = shown or [group[measure] for group in attribute["groups"]]
        scales[measure] = linear([0.0, *(one[end] for one in shown for end in ("value", "low", "high"))], most=4)
    return {
        "name": attribute["name"],
        "crossed": attribute["crossed"],
        "groups": attribute["groups"],
        "scales": scales,
        "gaps": [
            {"measure": measure, "all": gap, "large": attribute["gaps_large"][measure]}
            for measure, gap in attribute["gaps"].items()
        ],
    }
