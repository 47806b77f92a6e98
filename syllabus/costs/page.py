"""The page of costs: training beside 1,000 predictions, and where the time of the stages went."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from syllabus import frames, reports, templating
from syllabus.costs import told

TEMPLATES = Path(__file__).parent / "templates"


def write(found: Mapping[str, Any], page: Path) -> None:
    """Write what `told.facts` found as one HTML page."""
    environment = templating.environment(TEMPLATES, {}, upon=[reports.TEMPLATES])
    most = max((one["cpu_seconds"] for one in found["stages"]), default=0) or 1
    total = found["training"]
    frames.write_text(
        environment.get_template("cost.html.j2").render(
            head=told.head(found),
            stages=[_stage(one, most) for one in [*found["stages"], *([total] if total else [])]],
            total=_stage(total, most) if total else None,
            predictions=list(_predictions(found)),
            notes=told.notes(found),
            declared=found["declared"],
            exceeded=found["exceeded"],
        ),
        page,
    )


def _stage(one: Mapping[str, Any], most: float) -> dict[str, Any]:
    share = round(100 * one["cpu_seconds"] / most, 2)
    return {"cells": [*told.row(one), *told.price(one)], "share": share, "total": one["name"] == told.TOTAL}


def _predictions(found: Mapping[str, Any]) -> list[dict[str, str]]:
    return [
        {
            "how": how,
            "milliseconds": f"{one['milliseconds']:,.1f}",
            "energy": told.energy(one),
            "price": "".join(told.price(one)),
        }
        for how, one in told.asked(found)
    ]
