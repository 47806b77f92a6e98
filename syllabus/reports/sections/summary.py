"""The verdict at one glance: what stands above all sections."""

from __future__ import annotations

from typing import Any

from syllabus.reports.material import Material
from syllabus.reports.scale import Scale, linear


def facts(material: Material) -> dict[str, Any]:
    """Return the decision, the primary metric against its baseline and its gate, and the counts."""
    run, gates = material.run, material.decision.gates
    ours, prior = material.test["metrics"][material.metric], run.evaluated["baseline"].get(material.metric)
    checks = run.validated["checks"]
    asked = next((gate for gate in gates if gate.name == material.metric), None)
    return {
        "registered": material.decision.passed,
        "gates": gates,
        "failed": material.decision.failed,
        "winner": material.winner,
        "about": material.settings.about,
        "ours": ours,
        "prior": prior,
        "asked": asked,
        "scale": _scale(ours, prior, asked.threshold if asked else None, from_nought=material.lower_is_better),
        "upper": material.lower_is_better,
        "fit": run.evaluated["fit"],
        "rows": run.split["rows"],
        "checks": len(checks),
        "holding": sum(check["success"] for check in checks),
        "quarantined": run.validated["quarantined"],
    }


def _scale(ours: dict[str, Any], prior: float | None, asked: float | None, *, from_nought: bool) -> Scale:
    shown = [0.0 if from_nought else None, ours["value"], ours["low"], ours["high"], prior, asked]
    return linear(shown, most=6, within=(0.0, max(1.0, *(value or 0.0 for value in shown))))
