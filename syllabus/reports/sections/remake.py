"""What the run was made from, and how to make it again."""

from __future__ import annotations

from typing import Any

from syllabus.reports.material import Material

TITLE = "How to make it again"


def facts(material: Material) -> dict[str, Any]:
    """Return the seed, the winner's parameters beside the declared ones, the settings and the digests."""
    winner, settings = material.winner, material.settings
    declared = material.model(winner["candidate"], "declared")["params"]
    sections = {
        name: getattr(settings, name).model_dump(mode="json")
        for name in ("data", "validation", "split", "tuning", "examination", "gates")
    }
    return {
        "seed": settings.seed,
        "source": material.run.ingested["source"],
        "suite": settings.validation.suite,
        "winner": winner,
        "params": [(name, declared.get(name), value) for name, value in winner["params"].items()],
        "settings": [
            (f"{section}.{name}", value) for section, values in sections.items() for name, value in values.items()
        ],
        "code": material.run.code,
        "registered": material.decision.passed,
    }
