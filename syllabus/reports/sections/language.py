"""The winner of a language task on test: metrics, what it writes, the pieces that it reads, and what costs it most."""

from __future__ import annotations

from typing import Any

from syllabus.reports.material import Material
from syllabus.reports.scale import linear
from syllabus.reports.wording import METRICS

TITLE = "Examination"
DRAWN = 400
"""So many documents are drawn: more would be one blot."""


def facts(material: Material) -> dict[str, Any] | None:
    """Return what the examination of a language model found; None for another task."""
    test, evaluated = material.test, material.run.evaluated
    if test["task"] != "language":
        return None
    found = {name: test["metrics"][name] for name in METRICS if name in test["metrics"]}
    points = [(float(row["bytes"]), float(row["bits_per_byte"])) for row in material.plot("documents")]
    drawn = points[:: max(1, -(-len(points) // DRAWN))]
    x, y = linear([0.0, *(size for size, _ in drawn)], most=4), linear([bits for _, bits in drawn], most=5)
    return {
        "test": test,
        "primary": material.metric,
        "metrics": [{"name": name, "prior": evaluated["baseline"].get(name), **one} for name, one in found.items()],
        "rivals": _rivals(material),
        "samples": evaluated["samples"],
        "pieces": evaluated["pieces"],
        "documents": {"x": x, "y": y, "points": [(x.at(size), y.down(bits)) for size, bits in drawn]},
    }


def _rivals(material: Material) -> list[dict[str, Any]]:
    """Return what everything that was tried takes for a byte of test, the least first."""
    evaluated = material.run.evaluated
    named = [(one["name"], one["test"]["bits_per_byte"]["value"]) for one in evaluated["candidates"]]
    named += [
        ("xz, which has read train", evaluated["xz"]),
        ("how often each byte is", evaluated["baseline"]["bits_per_byte"]),
    ]
    known = sorted((bits, name) for name, bits in named if bits is not None)
    most = max(bits for bits, _ in known)
    return [
        {"name": name, "bits": bits, "share": bits / most, "winner": name == material.winner["name"]}
        for bits, name in known
    ]
