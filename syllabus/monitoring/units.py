"""Whether the numbers of a column came in another unit: one factor, or degrees, makes them those of the reference."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from syllabus.monitoring.drift import kolmogorov

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from syllabus.monitoring.distributions import Numbers

    Floats = NDArray[np.float64]

FACTORS: Mapping[float, str] = {
    1000: "thousands, as from kilometres to metres",
    100: "hundredths, as from metres to centimetres or from dollars to cents",
    10: "tenths, as from centimetres to millimetres",
    1_000_000: "millions",
    60: "as from minutes to seconds or from hours to minutes",
    3600: "as from hours to seconds",
    24: "as from days to hours",
    7: "as from weeks to days",
    12: "as from feet to inches or from years to months",
    2.54: "as from inches to centimetres",
    25.4: "as from inches to millimetres",
    3.280839895: "as from metres to feet",
    1.609344: "as from miles to kilometres",
    1.852: "as from nautical miles to kilometres",
    2.2046226218: "as from kilograms to pounds",
    3.785411784: "as from gallons to litres",
}
NEAR = 0.1
"""The largest distance by Kolmogorov and Smirnov that is left in the right unit."""
LESS = 3
"""So many times less than in the wrong one it must be."""
FEWEST = 10


def guess(reference: Numbers, values: Floats) -> str | None:
    """Return how values may have come to be of another unit; None where no factor makes them what they were."""
    if len(values) < FEWEST or not reference.known:
        return None
    told: dict[str, Callable[[Floats], Floats]] = {}
    for factor, says in FACTORS.items():
        told[f"multiplied by {factor:.6g} ({says})"] = lambda held, by=factor: held / by
        told[f"divided by {factor:.6g} ({says}, turned around)"] = lambda held, by=factor: held * by
    told["degrees Fahrenheit instead of Celsius"] = lambda held: (held - 32) / 1.8
    told["degrees Celsius instead of Fahrenheit"] = lambda held: held * 1.8 + 32
    told["of the other sign"] = lambda held: -held
    now = _distance(reference, values)
    left = {says: _distance(reference, back(values)) for says, back in told.items()}
    best = min(left, key=lambda says: left[says])
    return best if left[best] <= min(NEAR + 1 / np.sqrt(len(values)), now / LESS) else None


def _distance(reference: Numbers, values: Floats) -> float:
    return kolmogorov(reference.counts, reference.counted(values))
