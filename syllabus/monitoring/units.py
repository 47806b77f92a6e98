"""Whether the numbers of a column came in another unit: one factor, or degrees, makes them those of the reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
    10.76391042: "as from square metres to square feet",
    3.785411784: "as from gallons to litres",
}
NEAR = 0.1
"""The largest distance by Kolmogorov and Smirnov that is left in the right unit."""
LESS, LESS_OF_SERIES = 3, 2
"""So many times less than in the wrong one it must be; a stretch of a series is less like the whole."""
GROWN = 7
"""A series may have grown by less than so many times by itself: such a factor must fit as in a table."""
FEWEST = 10


def guess(reference: Numbers, values: Floats) -> str | None:
    """Return how values may have come to be of another unit; None where no factor makes them what they were."""
    if len(values) < FEWEST or not reference.known:
        return None
    now = _distance(reference, values)
    # What is too large for a number is of no unit that train knows.
    with np.errstate(over="ignore"):
        left = {says: (_distance(reference, back), large) for says, large, back in _turned(values)}
    best = min(left, key=lambda says: left[says][0])
    apart, large = left[best]
    loose = large and reference.alike is not None
    near = NEAR + 1 / np.sqrt(reference.draws(len(values)) if loose else len(values))
    return best if apart <= min(near, now / (LESS_OF_SERIES if loose else LESS)) else None


def _turned(values: Floats) -> Iterator[tuple[str, bool, Floats]]:
    """Yield what may have happened to values, whether nothing grows so by itself, and what they were before it."""
    for factor, says in FACTORS.items():
        yield f"multiplied by {factor:.6g} ({says})", factor >= GROWN, values / factor
        yield f"divided by {factor:.6g} ({says}, turned around)", factor >= GROWN, values * factor
    yield "in degrees Fahrenheit instead of Celsius", True, (values - 32) / 1.8
    yield "in degrees Celsius instead of Fahrenheit", True, values * 1.8 + 32
    yield "of the other sign", True, -values


def _distance(reference: Numbers, values: Floats) -> float:
    return kolmogorov(reference.counts, reference.counted(values))
