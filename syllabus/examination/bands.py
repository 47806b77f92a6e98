"""Prediction intervals of forecasts: a model's own quantiles, moved until validation is held as often as is declared.

Conformalised quantile regression (Romano, Patterson and Candès 2019), each side and each step ahead for itself where
validation has origins enough. Origins whose steps overlap are not exchangeable, so what the level promises is only
about true; coverage is measured on test.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from syllabus import frames
from syllabus.conformal import needed

if TYPE_CHECKING:
    from syllabus.examination.forecasts import Forecasts

Floats = NDArray[np.float64]
ENOUGH = 3
"""So many times the rows that a level needs let a step ahead speak for itself."""


@dataclass(frozen=True)
class Bands:
    """How intervals are made around quantiles, in units of each example, on the scale that is learned.

    Args:
        level: how often the true value is to be held.
        ends: which quantiles they are made of, by their places.
        down: for each step ahead, how far below the lower one an interval begins.
        up: how far above the upper one it ends.
        rows: how many values of validation said so.
    """

    level: float
    ends: tuple[int, int]
    down: tuple[float, ...]
    up: tuple[float, ...]
    rows: int

    def around(self, given: Floats, unit: Floats) -> tuple[Floats, Floats]:
        """Return the lower and upper ends `(n, h)` around quantiles `(n, h, q)`, on the scale that is learned."""
        low, high = (given[:, :, at] for at in self.ends)
        low, high = low - unit[:, None] * np.array(self.down), high + unit[:, None] * np.array(self.up)
        # Where both sides move inwards they may pass each other.
        middle = (low + high) / 2
        return np.minimum(low, middle), np.maximum(high, middle)

    def save(self, path: Path) -> None:
        """Write the numbers as JSON."""
        frames.write_json(asdict(self), path)


def load(path: Path) -> Bands:
    """Read what `Bands.save` wrote."""
    plain = frames.read_json(path)
    return Bands(**(plain | {name: tuple(plain[name]) for name in ("ends", "down", "up")}))


def fit(validation: Forecasts, level: float) -> Bands | None:
    """Learn intervals from what was forecast on validation; None where that has fewer values than are needed."""
    quantiles = np.array(validation.task.quantiles)
    low, high = (int(abs(quantiles - end).argmin()) for end in ((1 - level) / 2, (1 + level) / 2))
    given, unit = validation.learned_given, validation.unit[:, None]
    true = validation.task.learned(validation.target)
    under, over = (given[:, :, low] - true) / unit, (true - given[:, :, high]) / unit
    known = int((~np.isnan(true)).sum())
    if known < needed(level):
        return None
    side = 1 - (1 - level) / 2
    sides = [[_reach(scores[:, lead], scores, side) for lead in range(true.shape[1])] for scores in (under, over)]
    return Bands(level, (low, high), tuple(sides[0]), tuple(sides[1]), known)


def _reach(own: Floats, all_: Floats, side: float) -> float:
    """Return how far an end must move to hold its side of the values: of its own step, or of all where it has few."""
    scores = own[~np.isnan(own)]
    if len(scores) < ENOUGH * needed(side):
        scores = all_[~np.isnan(all_)]
    place = math.ceil((len(scores) + 1) * side - 1e-9) - 1
    return float(np.sort(scores)[min(place, len(scores) - 1)])
