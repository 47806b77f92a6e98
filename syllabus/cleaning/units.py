"""Columns whose cells carry several units: `180 cm` beside `1.8 m`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

FIT = 0.95
"""The share of the cells that must be a number with a unit."""
SCALES: Mapping[str, float] = {
    "": 1.0,
    "k": 1e3,
    "K": 1e3,
    "M": 1e6,
    "mn": 1e6,
    "Mio": 1e6,
    "B": 1e9,
    "bn": 1e9,
    "Mrd": 1e9,
}
"""Beginnings of thousands, millions and billions, as in 19M."""
KINDS: tuple[Mapping[str, float], ...] = (
    {"mm": 0.001, "cm": 0.01, "dm": 0.1, "m": 1.0, "km": 1000.0, "in": 0.0254, "inch": 0.0254, "ft": 0.3048,
     "yd": 0.9144, "mi": 1609.344, "miles": 1609.344},
    {"mg": 1e-6, "g": 0.001, "kg": 1.0, "t": 1000.0, "oz": 0.028349523125, "lb": 0.45359237, "lbs": 0.45359237},
    {"ml": 0.001, "cl": 0.01, "dl": 0.1, "l": 1.0, "L": 1.0, "mL": 0.001},
    {"ms": 0.001, "s": 1.0, "sec": 1.0, "min": 60.0, "h": 3600.0, "hr": 3600.0, "hrs": 3600.0, "d": 86400.0,
     "days": 86400.0},
    {"B": 1.0, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12},
    {"Pa": 1.0, "hPa": 100.0, "kPa": 1000.0, "bar": 1e5, "psi": 6894.757293168361},
    {"W": 1.0, "kW": 1000.0, "MW": 1e6, "hp": 745.6998715822702},
    {"%": 0.01, "": 1.0},
    SCALES,
)  # fmt: skip
"""Units of one kind, each with what it is in the kind's own unit (SI; the pound, inch and foot of 1959)."""

_CELL = re.compile(r"[+-]?\d[\d.,]*\s*([^\d\s.,+-]\S{0,11})?")


def unit(cell: str) -> str | None:
    """Return the unit of a number, empty for a bare one; None for what is no number."""
    found = _CELL.fullmatch(cell.strip())
    return (found[1] or "") if found else None


def proposed(counts: Mapping[str, int]) -> dict[str, float]:
    """Return what the number before each unit is multiplied by, in the most frequent unit; nothing for a single unit.

    >>> proposed({"180 cm": 3, "1.8 m": 5, "175cm": 1})
    {'cm': 0.01, 'm': 1.0}
    >>> proposed({"12 A": 3, "7 B": 5}), proposed({"5 kg": 2, "7 kg": 1})
    ({}, {})
    """
    units: Counter[str] = Counter()
    for value, count in counts.items():
        if (name := unit(value)) is not None:
            units[name] += count
    total = sum(counts.values())
    kind = next(
        (kind for kind in KINDS if units and set(units) <= {*kind} and sum(units.values()) >= FIT * total), None
    )
    if kind is None or len(units) < 2:
        return {}
    most = max(sorted(units), key=lambda name: units[name])
    return {name: float(f"{kind[name] / kind[most]:.12g}") for name in sorted(units)}
