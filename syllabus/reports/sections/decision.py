"""Every gate: what it asks, what the model showed, and what to do where it failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from syllabus.reports.material import Material
from syllabus.reports.scale import linear
from syllabus.reports.wording import count, number

if TYPE_CHECKING:
    from syllabus.registry.gates import Gate

TITLE = "Decision"


def facts(material: Material) -> dict[str, Any]:
    """Return the gates, those that failed first."""
    gates = sorted(material.decision.gates, key=lambda gate: gate.passed)
    return {
        "gates": [{"gate": gate, "shown": _shown(gate), "picture": _picture(gate)} for gate in gates],
        "alarm": f"{len(material.decision.failed)} failed" if material.decision.failed else "",
    }


def _shown(gate: Gate) -> str:
    """Write the value as its threshold is written: a number of things has no decimals."""
    if isinstance(gate.value, int):
        return count(gate.value)
    if isinstance(gate.value, float) and gate.threshold is not None:
        whole = gate.value.is_integer() and gate.threshold.is_integer()
        return count(gate.value) if whole else number(gate.value)
    return number(gate.value)


def _picture(gate: Gate) -> dict[str, Any] | None:
    """Return where the value stands and which side of the threshold passes; None for what is no number."""
    if not isinstance(gate.value, float) or gate.threshold is None:
        return None
    upper = gate.asks.startswith("at most")
    largest = max(abs(gate.value), abs(gate.threshold))
    scale = linear([min(0.0, gate.value), 1.0 if 0.5 < largest <= 1.0 else 1.3 * largest or 1.0])
    return {"scale": scale, "from": 0.0 if upper else scale.at(gate.threshold), "upper": upper}
