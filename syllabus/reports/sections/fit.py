"""The verdict on the fit, with its evidence."""

from __future__ import annotations

from typing import Any

from syllabus.reports.material import Material
from syllabus.reports.scale import linear

TITLE = "Fit"
PARTS = ("train", "validation", "test", "unseen")


def facts(material: Material) -> dict[str, Any]:
    """Return the verdict, what to try, the signs that were looked for, and the gain on each part."""
    fit = material.run.evaluated["fit"]
    gains = [{"part": part, **fit["parts"][part]} for part in PARTS if part in fit["parts"]]
    shown = [0.0, *(gain["fall"] + side * 1.96 * gain["error"] for gain in gains for side in (-1, 1))]
    leaking = any(sign["seen"] and sign["speaks_for"] == "leak" for sign in fit["signs"])
    passes = fit["verdict"] in (material.settings.gates.fit or (fit["verdict"],))
    return {
        "fit": fit,
        "metric": material.metric,
        "gains": gains,
        "scale": linear(shown, most=5),
        "passes": passes,
        "alarm": fit["verdict"] if not passes else "too good?" if leaking else "",
    }
