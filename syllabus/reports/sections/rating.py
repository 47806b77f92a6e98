"""The winner on ratings of test: metrics, what stands among the first ranks, and those that train does not have."""

from __future__ import annotations

from typing import Any

from syllabus.reports.material import Material
from syllabus.reports.wording import METRICS

TITLE = "Examination"


def facts(material: Material) -> dict[str, Any] | None:
    """Return what the examination of ratings found; None for another task."""
    test, evaluated = material.test, material.run.evaluated
    if test["task"] != "rating":
        return None
    found = {name: test["metrics"][name] for name in METRICS if name in test["metrics"]}
    return {
        "test": test,
        "primary": material.metric,
        "metrics": [{"name": name, "prior": evaluated["baseline"].get(name), **one} for name, one in found.items()],
        "ranks": [{name: float(held) for name, held in row.items()} for row in material.plot("ranks")],
        "source": material.run.ingested["ratings"],
        "recommended": evaluated["recommended"],
        "cold": [one for one in test["cold"] if one["rows"]],
    }
