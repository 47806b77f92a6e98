"""What a model has learned, in nats: how much lower its log loss is than that of the prior of train.

Model and prior answer the same rows, so that the noise of a gain is small and known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from syllabus.examination import metrics

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from syllabus.examination.predictions import Predictions

FLOOR = 1e-6
"""A probability counts as at least that much, or one certain error would outweigh all the rest."""


@dataclass(frozen=True)
class Gain:
    """What a model gained over the prior on one part.

    Args:
        n: rows.
        nats: the mean fall of the log loss.
        error: its standard error.
        share: of the prior's loss.
        primary: the primary metric's value; None where the part has none.
    """

    n: int
    nats: float
    error: float
    share: float
    primary: float | None


def measure(part: Predictions, prior: Sequence[float], primary: str) -> Gain:
    """Return the gain on a part of at least one row."""
    before = prior_losses(part, prior)
    saved = before - losses(part)
    nats, error = float(saved.mean()), float(saved.std() / np.sqrt(len(saved)))
    value = metrics.measure(part, [primary])[primary].value
    return Gain(len(part), nats, error, nats / float(before.mean()), value)


def losses(part: Predictions) -> NDArray[np.float64]:
    """Return `(n,)` log losses in nats."""
    given = part.probabilities[np.arange(len(part)), part.target]
    found: NDArray[np.float64] = -np.log(given.clip(FLOOR, None))
    return found


def prior_losses(part: Predictions, prior: Sequence[float]) -> NDArray[np.float64]:
    """Return `(n,)` log losses of the prior, the share of each class in train."""
    found: NDArray[np.float64] = -np.log(np.array(prior).clip(FLOOR, None))[part.target]
    return found
