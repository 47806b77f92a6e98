"""Prediction intervals by split conformal prediction: how far from the prediction the true value may lie.

Errors on validation, in units of how large errors are around such a prediction, say how far an interval reaches down
and up (Papadopoulos et al. 2002, "Inductive confidence machines for regression"; Lei et al. 2018, "Distribution-free
predictive inference for regression"). How large errors are is learned from train, so that an interval is wide where
the model errs much. Rows like those of validation are held as often as the level says; that validation chose the model
makes it a little less, so coverage is measured on test.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from syllabus import frames
from syllabus.examples import Task

Floats = NDArray[np.float64]
KNOTS = 10
FEWEST = 30
"""Rows of train behind a knot at the least."""


@dataclass(frozen=True)
class Intervals:
    """Intervals around predictions, as plain numbers on the scale that is learned.

    Args:
        level: how often the true value is to be held.
        knots: predictions, in increasing order.
        scales: how large errors are around each, on average; straight lines between.
        down: how many scales the interval's lower end lies from the prediction, mostly negative.
        up: the same of its upper end.
        rows: how many rows of validation said so.
        transform: as in `Task`.
    """

    level: float
    knots: tuple[float, ...]
    scales: tuple[float, ...]
    down: float
    up: float
    rows: int
    transform: Any = None

    @property
    def task(self) -> Task:
        """What is predicted."""
        return Task("regression", transform=self.transform)

    def around(self, predicted: Floats) -> tuple[Floats, Floats]:
        """Return the lower and upper ends `(n,)` around predictions `(n,)`, all on the target's own scale."""
        learned = self.task.learned(predicted)
        scale = np.interp(learned, self.knots, self.scales)
        return self.task.original(learned + self.down * scale), self.task.original(learned + self.up * scale)

    def save(self, path: Path) -> None:
        """Write the numbers as JSON."""
        frames.write_json(asdict(self), path)


def load(path: Path) -> Intervals:
    """Read what `Intervals.save` wrote."""
    plain: dict[str, Any] = frames.read_json(path)
    return Intervals(**(plain | {name: tuple(plain[name]) for name in ("knots", "scales")}))


def needed(level: float) -> int:
    """Return how many rows an interval of this level needs at the least.

    >>> needed(0.9), needed(0.5)
    (9, 1)
    """
    return math.ceil(level / (1 - level) - 1e-9)


def fit(train: tuple[Floats, Floats], validation: tuple[Floats, Floats], task: Task, level: float) -> Intervals | None:
    """Learn intervals from what was predicted.

    Args:
        train: the true values and the predictions `(n,)`, on the target's own scale.
        validation: the same of validation.
        task: what is predicted.
        level: how often the true value is to be held.

    Returns:
        None where validation has fewer rows than `needed`.
    """
    known, expected = (task.learned(values) for values in train)
    knots, around = scales(expected, abs(known - expected))
    true, predicted = (task.learned(values) for values in validation)
    scores = np.sort((true - predicted) / np.interp(predicted, knots, around))
    n, miss = len(scores), 1 - level
    if n < needed(level):
        return None
    # Of n + 1 exchangeable scores, the last one is as likely to stand in any place.
    below = math.floor((n + 1) * miss / 2 + 1e-9)
    if below:
        down, up = float(scores[below - 1]), float(scores[n - below])
    else:
        # Too few rows for each side by itself: one distance for both.
        up = float(np.sort(abs(scores))[math.ceil((n + 1) * level - 1e-9) - 1])
        down = -up
    return Intervals(level, tuple(knots.tolist()), tuple(around.tolist()), down, up, n, task.transform)


def scales(predicted: Floats, errors: Floats) -> tuple[Floats, Floats]:
    """Return knots and the mean error around each, at least a fifth of the mean of all."""
    overall = float(errors.mean())
    if overall == 0:
        return np.array([0.0]), np.array([1.0])
    order = np.argsort(predicted, kind="stable")
    parts = np.array_split(order, max(1, min(KNOTS, len(order) // FEWEST)))
    knots, places = np.unique([predicted[part].mean() for part in parts], return_inverse=True)
    sums = np.bincount(places, [errors[part].mean() for part in parts])
    return knots, np.maximum(sums / np.bincount(places), overall / 5)
